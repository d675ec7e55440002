/** What is in a manifest. */
import { tableName } from '../src/compaction/table-name.js';
import { manifestVersion } from '../src/partition/manifest-format.js';
import { type ManifestStep, walkManifest } from '../src/partition/manifest-walk.js';
import type { PlacedTable, VersionEdit } from '../src/partition/version-edit.js';
import type { Disk } from '../src/vfs/disk.js';
import { readWholeFile } from '../src/vfs/io.js';
import { formatBytes, formatCounted, formatKey, formatTime } from './format.js';
import { damageAt, type InspectedItem, json } from './inspected-item.js';

export async function* inspectManifest(disk: Disk, path: string): AsyncGenerator<InspectedItem> {
  const bytes = await readWholeFile(disk, path);
  const steps = [...walkManifest(bytes, path)];
  if (steps[0]?.kind !== 'damage' || steps[0].offset > 0) {
    yield {
      text: `manifest, format ${manifestVersion}, ${formatBytes(bytes.length)}`,
      json: json('manifest', { format: manifestVersion, sizeBytes: bytes.length }),
    };
  }
  for (const step of steps) yield itemOf(step);
}

function itemOf(step: ManifestStep): InspectedItem {
  const { offset } = step;
  switch (step.kind) {
    case 'damage':
      return damageAt(offset, step.fault);
    case 'torn':
      return {
        text: `at ${offset}: ${formatBytes(step.length)} of an edit that was cut off`,
        json: json('torn', { offset, bytes: step.length }),
      };
    case 'edit': {
      const { ordinal, edit, length } = step;
      const heading = `at ${offset}: edit ${ordinal}, ${formatBytes(length)}`;
      return {
        text: [heading, ...changesOf(edit).map((change) => `  ${change}`)].join('\n'),
        json: json('edit', { offset, bytes: length, ordinal, ...plain(edit) }),
        keys: (edit.added ?? []).flatMap(({ properties }) => [properties.smallestKey, properties.largestKey]),
        counts: true,
      };
    }
  }
}

function changesOf(edit: VersionEdit): string[] {
  const changes: string[] = [];
  if (edit.nextFileNumber !== undefined) changes.push(`next file ${edit.nextFileNumber}`);
  if (edit.flushed !== undefined) {
    const { sequence, timestampMs } = edit.flushed;
    const written = sequence === 0 ? '' : ` of ${formatTime(timestampMs)}`;
    changes.push(`tables hold records up to ${sequence}${written}`);
  }
  for (const fileNumber of edit.removed ?? []) changes.push(`- ${tableName(fileNumber)}`);
  for (const table of edit.added ?? []) changes.push(addition(table));
  for (const [name, sequence] of edit.readers ?? []) {
    const reader = JSON.stringify(name);
    changes.push(
      sequence === null ? `reader ${reader} is gone` : `reader ${reader} has passed record ${sequence}`,
    );
  }
  return changes;
}

function addition({ level, properties }: PlacedTable): string {
  const { fileNumber, sizeBytes, entries, tombstones, smallestKey, largestKey } = properties;
  return (
    `+ ${tableName(fileNumber)} on level ${level}: ${formatBytes(sizeBytes)}, ` +
    `${formatCounted(entries, 'entry', 'entries')}, ${formatCounted(tombstones, 'deletion')}, ` +
    `records ${properties.smallestSequence} to ${properties.largestSequence}, ` +
    `keys ${formatKey(smallestKey)} to ${formatKey(largestKey)}`
  );
}

function plain({ readers, ...edit }: VersionEdit): object {
  return readers === undefined ? edit : { ...edit, readers: Object.fromEntries(readers) };
}
