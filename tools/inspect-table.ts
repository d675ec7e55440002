/** What is in a sorted file. */
import { posix } from 'node:path';
import { fileNumberOf } from '../src/compaction/table-name.js';
import { footerBytes, formatVersion } from '../src/sstable/format.js';
import { OpenFiles } from '../src/sstable/open-files.js';
import { TableFile } from '../src/sstable/table-file.js';
import { type TablePart, walkTable } from '../src/sstable/walk.js';
import type { Disk } from '../src/vfs/disk.js';
import { readUpTo } from '../src/vfs/io.js';
import { formatBytes, formatCounted, formatKey } from './format.js';
import { damageAt, type InspectedItem, json } from './inspected-item.js';

export async function* inspectTable(disk: Disk, path: string): AsyncGenerator<InspectedItem> {
  const nameSays = fileNumberOf(posix.basename(path));
  const { fileNumber: footerSays, footerOffset } = await readFooterNumber(disk, path);
  // Checksums depend on the number. A copy may have any name; one that is a number must be the right one.
  const fileNumber = footerSays ?? nameSays ?? 0;
  if (footerSays !== undefined && nameSays !== undefined && nameSays !== footerSays)
    yield damageAt(footerOffset, `this is file ${footerSays}, not ${nameSays}`);
  const file = new TableFile(new OpenFiles({ limit: 1 }).file(disk, path), fileNumber);
  try {
    for await (const step of walkTable(file)) {
      if (step.kind === 'fault') yield damageAt(step.error.offset, step.error.fault);
      else yield* itemsOf(step, fileNumber);
    }
  } finally {
    await file.close();
  }
}

/** The number that the footer has, whether or not the footer is intact; undefined when it cannot be one. */
async function readFooterNumber(
  disk: Disk,
  path: string,
): Promise<{ readonly fileNumber: number | undefined; readonly footerOffset: number }> {
  const file = await disk.open(path, { access: 'read' });
  try {
    const footerOffset = Math.max(0, (await file.sizeBytes()) - footerBytes);
    const bytes = Buffer.alloc(8);
    const length = await readUpTo(file, bytes, 0, bytes.length, footerOffset);
    const fileNumber = Number(bytes.readBigUInt64LE());
    const isOne = length === bytes.length && Number.isSafeInteger(fileNumber);
    return { fileNumber: isOne ? fileNumber : undefined, footerOffset };
  } finally {
    await file.close();
  }
}

function* itemsOf(part: TablePart, fileNumber: number): Generator<InspectedItem> {
  const { offset, length } = part;
  const place = { offset, bytes: length };
  switch (part.kind) {
    case 'footer': {
      const { dataEnd, indexLevels } = part.footer;
      const sizeBytes = offset + length;
      yield {
        text: `sorted file ${fileNumber}, format ${formatVersion}, ${formatBytes(sizeBytes)}: data to ${dataEnd}, ${formatCounted(indexLevels, 'level')} of index`,
        json: json('sorted file', { format: formatVersion, sizeBytes, ...part.footer }),
      };
      break;
    }
    case 'properties': {
      const { fileNumber: _, sizeBytes: __, ...properties } = part.properties;
      const { entries, tombstones, smallestSequence, largestSequence, smallestKey, largestKey } = properties;
      yield {
        text: `at ${offset}: properties: ${formatCounted(entries, 'entry', 'entries')}, ${formatCounted(tombstones, 'deletion')}, records ${smallestSequence} to ${largestSequence}, keys ${formatKey(smallestKey)} to ${formatKey(largestKey)}`,
        json: json('properties', { ...place, ...properties }),
      };
      break;
    }
    case 'filter':
      yield { text: `at ${offset}: filter, ${formatBytes(length)}`, json: json('filter', place) };
      break;
    case 'index root':
    case 'index leaf':
      yield {
        text: `at ${offset}: ${part.kind}, ${formatBytes(length)}, ${formatCounted(part.index.count, 'block')}`,
        json: json(part.kind, { ...place, blocks: part.index.count }),
      };
      break;
    case 'data':
      yield {
        text: `at ${offset}: data block, ${formatBytes(length)}, ${formatCounted(part.block.count, 'entry', 'entries')}`,
        json: json('data block', { ...place, entries: part.block.count }),
      };
      for (let entry = 0; entry < part.block.count; entry += 1) yield entryItem(part, entry);
  }
}

function entryItem({ block, offset }: Extract<TablePart, { kind: 'data' }>, at: number): InspectedItem {
  const { key, sequence, value } = block.entryAt(at);
  const what = value === null ? 'deleted' : formatBytes(value.length);
  return {
    text: `  ${formatKey(key)} ${what}, record ${sequence}`,
    json: json('entry', { block: offset, key, sequence, valueBytes: value?.length ?? null }),
    keys: [key],
    counts: true,
  };
}
