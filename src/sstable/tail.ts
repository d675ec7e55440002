/** The end of a table: what is read when it is opened. */
import { Block } from './block.js';
import { CorruptionError } from './errors.js';
import { Filter } from './filter.js';
import { decodeFooter, decodeProperties, type Footer, footerBytes, openBlock } from './format.js';
import { tailBytes } from './limits.js';
import type { TableFile } from './table-file.js';
import type { TableProperties } from './types.js';

/** What opening reads: everything behind the index leaves. */
export interface TableTail {
  readonly footer: Footer;
  readonly properties: TableProperties;
  readonly root: Block;
  readonly filter: Filter | undefined;
}

export async function readTail(file: TableFile): Promise<TableTail> {
  const sizeBytes = await file.sizeBytes();
  let start = Math.max(0, sizeBytes - tailBytes);
  let bytes = await file.readSpan(start, sizeBytes - start);
  const footer = decodeFooter(bytes.subarray(Math.max(0, bytes.length - footerBytes)), file, sizeBytes);
  if (footer.filterOffset < start) {
    start = footer.filterOffset;
    bytes = await file.readSpan(start, sizeBytes - start);
  }
  const section = (from: number, to: number) =>
    openBlock(bytes.subarray(from - start, to - start), file, from);
  const { filterOffset, indexOffset, propertiesOffset } = footer;
  const stored = decodeProperties(section(propertiesOffset, sizeBytes - footerBytes), file, propertiesOffset);
  // The root outlives `bytes`, most of which are not its own.
  const rootBytes = Buffer.from(section(indexOffset, propertiesOffset));
  const root = new Block(rootBytes, { path: file.path, offset: indexOffset });
  if (root.keyAt(0) !== '')
    throw new CorruptionError(file.path, indexOffset, 'the index does not cover every key');
  return {
    footer,
    properties: { fileNumber: file.fileNumber, sizeBytes, ...stored },
    root,
    filter:
      filterOffset === indexOffset
        ? undefined
        : new Filter(section(filterOffset, indexOffset), { path: file.path, offset: filterOffset }),
  };
}
