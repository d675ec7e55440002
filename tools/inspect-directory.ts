/** What a data directory says of itself: its marker, and the tables in its catalog. */
import { posix } from 'node:path';
import { manifestPath } from '../src/partition/file-names.js';
import { verifyPartition } from '../src/partition/verify.js';
import { CatalogContent } from '../src/table/catalog-content.js';
import { decodeMarker, MARKER_FORMAT, markerPath } from '../src/table/directory-marker.js';
import { TableError } from '../src/table/errors.js';
import type { TableDefinition } from '../src/table/types.js';
import type { Disk } from '../src/vfs/disk.js';
import type { Finding } from '../src/vfs/findings.js';
import { readWholeFile } from '../src/vfs/io.js';
import { formatCounted, formatTime } from './format.js';
import { damageAt, type InspectedItem, json } from './inspected-item.js';

/** The directory of the catalog's partition, when `path` is that, or a data directory. */
export async function catalogOf(disk: Disk, path: string): Promise<string | undefined> {
  const below = posix.join(path, 'catalog');
  if ((await disk.status(manifestPath(below))) !== undefined) return below;
  const isCatalog = posix.basename(path) === 'catalog';
  return isCatalog && (await disk.status(manifestPath(path))) !== undefined ? path : undefined;
}

/** The tables in a catalog, from its manifest, sorted files and log as they are at the moment. */
export async function* inspectCatalog(disk: Disk, directory: string): AsyncGenerator<InspectedItem> {
  const content = new CatalogContent();
  const findings: Finding[] = [];
  await verifyPartition({
    disk,
    directory,
    observer: { onFinding: (finding) => void findings.push(finding), onBytes: () => undefined },
    onVersion: (...version) => content.see(...version),
  });
  const { definitions, deleted } = content;
  yield {
    text: `catalog: ${formatCounted(definitions.length, 'table')}`,
    json: json('catalog', { tables: definitions.length }),
  };
  for (const definition of definitions) yield tableItem(definition);
  for (const id of deleted) {
    const text = `deleted: tables/${id}, if it is still there`;
    yield { text, json: json('deleted', { id }), counts: true };
  }
  for (const { severity, path, offset, fault } of findings) {
    if (severity === 'damage') yield damageAt(offset ?? 0, `${path}: ${fault}`);
  }
  for (const fault of content.faults()) yield damageAt(0, fault);
}

function tableItem(definition: TableDefinition): InspectedItem {
  const { name, id, key, localIndexes, partitionCount, createdAtMs, settings } = definition;
  const keys = [key.partition, ...(key.sort === null ? [] : [key.sort])];
  const lines = [
    `table ${name}: tables/${id}, ${formatCounted(partitionCount, 'partition')}`,
    `  created ${formatTime(createdAtMs)}, ${settings.billingMode}, ${definition.arn}`,
    `  key ${keys.map((attribute) => `${attribute.name} (${attribute.type})`).join(', ')}`,
    ...localIndexes.map(
      (index) =>
        `  local index ${index.name}: ${index.sort.name} (${index.sort.type}), ${index.projection.kind}, ` +
        `key space ${index.space}`,
    ),
  ];
  return { text: lines.join('\n'), json: json('table', definition), keys: [name], counts: true };
}

/** The file that says that a directory is a data directory. */
export async function* inspectMarker(disk: Disk, path: string): AsyncGenerator<InspectedItem> {
  try {
    const { complete } = decodeMarker(await readWholeFile(disk, path), markerPath(posix.dirname(path)));
    const state = complete ? '' : ', not completely made yet';
    yield {
      text: `marker of a data directory, format ${MARKER_FORMAT}${state}`,
      json: json('marker', { format: MARKER_FORMAT, complete }),
    };
  } catch (error) {
    if (!(error instanceof TableError && error.code === 'CORRUPT')) throw error;
    yield damageAt(0, error.message);
  }
}
