/** Tables with something of everything in them, dumped and restored on disks in memory. */
import { posix } from 'node:path';
import { DirectoryTarget } from '../../src/backup/directory-target.js';
import { DirectoryFiles } from '../../src/backup/dump-files.js';
import type { DumpSummary } from '../../src/backup/dump-format.js';
import { type Choice, type RestoredTable, restoreDump } from '../../src/backup/read-dump.js';
import type { RestoreTarget, TablesAtMoment } from '../../src/backup/types.js';
import { writeDump } from '../../src/backup/write-dump.js';
import {
  type AttributeValue,
  BinarySet,
  type Item,
  NumberSet,
  NumberValue,
  StringSet,
} from '../../src/encoding/attribute-value.js';
import { itemSizeBytes } from '../../src/encoding/item-size.js';
import { addressOfItem } from '../../src/table/key-schema.js';
import { decodeStored } from '../../src/table/stored-item.js';
import type { Table } from '../../src/table/table.js';
import type { Tables } from '../../src/table/tables.js';
import { TablesSnapshot } from '../../src/table/tables-snapshot.js';
import type { LocalIndexDefinition } from '../../src/table/types.js';
import type { Disk } from '../../src/vfs/disk.js';
import { readWholeFile } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { SystemClock } from '../../src/vfs/system-clock.js';
import { openOnDisk } from '../table/engine.js';
import { draftOf } from '../table/fixture.js';

export const DUMP = '/backup/dump';
export const clock = new SystemClock();
const silent = { onBytes: () => undefined };

const byWeight: LocalIndexDefinition = {
  name: 'by-weight',
  space: 2,
  sort: { name: 'weight', type: 'N' },
  projection: { kind: 'INCLUDE', attributes: ['text'] },
};

export function open(disk: Disk = new MemoryDisk(), { partitionCount = 4, seed = 1 } = {}): Promise<Tables> {
  return openOnDisk({ disk, clock, random: new SeededRandom(seed), options: { partitionCount } });
}

export function put(table: Table, item: Item): Promise<unknown> {
  return table.put({ address: addressOfItem(table.definition, item), item, sizeBytes: itemSizeBytes(item) });
}

export function item(attributes: Record<string, AttributeValue>): Item {
  return new Map(Object.entries(attributes));
}

export const number = (text: string | number) => new NumberValue(String(text));

/** `things` and `empty`; `large`: items of 400 KB. */
export async function fill(tables: Tables): Promise<void> {
  await fillSmall(tables);
  const large = await tables.create(draftOf({ name: 'large' }));
  // With names and key. Control characters grow to six times that, letters do not.
  for (const [pk, character] of [
    ['a', '\u0001'],
    ['b', 'x'],
    ['c', 'y'],
  ] as const) {
    await put(large, item({ pk, text: character.repeat(400 * 1024 - 'pk'.length - 1 - 'text'.length) }));
  }
}

/** `things`: every type, an index, tags and settings. `empty`. */
export async function fillSmall(tables: Tables): Promise<void> {
  const things = draftOf({ name: 'things', sort: 'N', localIndexes: [byWeight] });
  const table = await tables.create({
    ...things,
    settings: {
      ...things.settings,
      billingMode: 'PROVISIONED',
      throughput: { ...things.settings.throughput, read: 5, write: 7 },
      deletionProtection: true,
      tableClass: 'STANDARD_INFREQUENT_ACCESS',
      encryptionKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/k',
      timeToLive: { attribute: 'until', enabled: true, changedAtMs: 5 },
      tags: [['owner', 'nobody']],
    },
  });
  for (let n = 0; n < 60; n += 1) await put(table, everything(n));
  await tables.create(draftOf({ name: 'empty' }));
}

function everything(n: number): Item {
  const some = item({
    pk: `key-${n % 7}`,
    sk: number(n),
    text: `"line"\n\u{1f600} ${n}`,
    bytes: Uint8Array.of(0, n, 255),
    yes: true,
    nothing: null,
    decimal: number('-1234567890.0987654321'),
    list: [number(1), 'two', [null], new Map([['', '']])],
    map: new Map([['__proto__', 'is a name']]),
    strings: new StringSet(['a', '']),
    numbers: new NumberSet(['1.5', '2']),
    binaries: new BinarySet([Uint8Array.of(1), Uint8Array.of()]),
  });
  return n % 3 === 0 ? some : new Map([...some, ['weight', number(n % 5)]]);
}

export interface DumpOptions {
  readonly disk: Disk;
  readonly directory?: string;
  readonly level?: number;
}

export async function dump(
  tables: Tables,
  options: DumpOptions,
  names?: readonly string[],
): Promise<DumpSummary> {
  return dumpMoment(await TablesSnapshot.take(tables, clock, names), options);
}

export async function dumpMoment(
  source: TablesAtMoment,
  { disk, directory = DUMP, level = 1 }: DumpOptions,
): Promise<DumpSummary> {
  try {
    const target = await DirectoryTarget.make(disk, directory);
    return await writeDump({ source, target, clock, random: new SeededRandom(2), level, progress: silent });
  } finally {
    source.release();
  }
}

export async function restore(
  target: RestoreTarget,
  disk: Disk,
  { directory = DUMP, ...choice }: Partial<Choice> & { readonly directory?: string } = {},
): Promise<readonly RestoredTable[]> {
  const files = await DirectoryFiles.open(disk, directory);
  if (files === undefined) throw new Error('there is no dump');
  const all: Choice = { names: undefined, newName: undefined, overwrite: false };
  return restoreDump({ files, target, choice: { ...all, ...choice }, progress: silent });
}

/** Path, relative to the directory, to content; without what names the moment. */
export async function filesOf(disk: Disk, directory = DUMP): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of await disk.list(directory)) {
    const path = posix.join(directory, name);
    if ((await disk.status(path))?.isDirectory !== true) files.set(name, await readWholeFile(disk, path));
    else for (const [below, content] of await filesOf(disk, path)) files.set(`${name}/${below}`, content);
  }
  return files;
}

/** The data files of a dump, by table and name. */
export async function dataOf(
  disk: Disk,
  summary: DumpSummary,
  directory = DUMP,
): Promise<Map<string, string>> {
  const data = new Map<string, string>();
  for (const [path, content] of await filesOf(disk, directory)) {
    const table = summary.tables.find(({ exportId }) => path.startsWith(`AWSDynamoDB/${exportId}/data/`));
    if (table !== undefined) data.set(`${table.name}/${posix.basename(path)}`, content.toString('base64'));
  }
  return data;
}

/** Everything that a table is but when it was made. */
export function identityOf(table: Table | undefined): object {
  const { id: _, createdAtMs: __, ...rest } = table?.definition ?? { id: '', createdAtMs: 0 };
  return rest;
}

export async function itemsOf(tables: Tables, name: string): Promise<Item[]> {
  const snapshot = await TablesSnapshot.take(tables, clock, [name]);
  const items: Item[] = [];
  for await (const batch of snapshot.items(0))
    items.push(...batch.map((stored) => decodeStored(Buffer.from(stored))));
  snapshot.release();
  return items;
}

/** Of the table's index: keys and values, as they are stored. */
export async function indexEntriesOf(table: Table | undefined): Promise<string[]> {
  const entries: string[] = [];
  for (const partition of table?.partitions ?? []) {
    const cursor = partition.range({ from: '\u0002', to: '\u0003' });
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      entries.push(`${entry.key}=${Buffer.from(entry.value).toString('base64')}`);
    }
    cursor.close();
  }
  return entries;
}
