/** Parts that are whole, each with a right checksum, but do not belong together. */
import t from 'tap';
import type { VersionedEntry } from '../../src/memtable/types.js';
import { decodeFooter, footerBytes } from '../../src/sstable/format.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import { TableFile } from '../../src/sstable/table-file.js';
import { checkTable } from '../../src/sstable/verify.js';
import { type TablePart, walkTable } from '../../src/sstable/walk.js';
import { fileNumber, newDisk, open, overwrite, path, readBytes, writeTable } from './fixture.js';

/** Tables of these have the same shape: sections of equal length at equal offsets, sealed with equal seeds. */
function entries(prefix: string, sequence: number, value = 'value'): VersionedEntry[] {
  return Array.from({ length: 40 }, (_, i) => ({
    key: `${prefix}-${String(i).padStart(3, '0')}`,
    sequence,
    value: Buffer.from(value),
  }));
}

async function bytesOf(table: readonly VersionedEntry[]): Promise<Buffer> {
  const disk = await newDisk();
  await writeTable(disk, table, { blockBytes: 100 });
  return readBytes(disk);
}

t.test('sections of two tables, put together', async (t) => {
  const base = await bytesOf(entries('m', 9));
  const footer = decodeFooter(base.subarray(-footerBytes), { path, fileNumber }, base.length);
  const { dataEnd, filterOffset, indexOffset, propertiesOffset } = footer;
  const end = base.length - footerBytes;
  const cases: [name: string, from: number, to: number, other: VersionedEntry[], fault: RegExp][] = [
    ['filter of other keys', filterOffset, indexOffset, entries('x', 9), /filter denies a key/],
    ['index of lower keys', indexOffset, propertiesOffset, entries('a', 9), /lies outside its block/],
    ['index of higher keys', indexOffset, propertiesOffset, entries('x', 9), /lies outside its block/],
    ['properties of lower keys', propertiesOffset, end, entries('a', 9), /not the smallest/],
    ['properties of other sequences', propertiesOffset, end, entries('m', 8), /properties differ/],
    ['a block of lower keys', secondBlock(base), dataEnd, entries('a', 9), /keys do not ascend/],
  ];
  const untouched = await newDisk();
  await overwrite(untouched, base);
  await (await open(untouched)).verify();
  for (const [name, from, to, other, fault] of cases) {
    const bytes = Buffer.from(base);
    const foreign = await bytesOf(other);
    t.equal(foreign.length, base.length, 'tables of the same shape');
    foreign.copy(bytes, from, from, to);
    const disk = await newDisk();
    await overwrite(disk, bytes);
    await t.rejects(
      open(disk).then((table) => table.verify()),
      { code: 'TABLE_CORRUPT', message: fault },
      name,
    );
  }
});

/** Where the second block begins: with the next key that is stored whole, as blocks have less than a group each. */
function secondBlock(base: Buffer): number {
  return base.indexOf(Buffer.from('\x00\x05\x06\x09m-', 'latin1'), 1);
}

t.test('behind a fault the check goes on', async (t) => {
  const disk = await newDisk();
  const many = Array.from({ length: 5000 }, (_, i) => ({
    key: `${String(i * 7919).padStart(9, '0')}-${'k'.repeat(20)}`,
    sequence: 1 + i,
    value: Buffer.from('value'),
  }));
  await writeTable(disk, many, { blockBytes: 64 });
  const base = await readBytes(disk);
  const file = () => new TableFile(new OpenFiles({ limit: 1 }).file(disk, path), fileNumber);
  const parts: TablePart[] = [];
  for await (const step of walkTable(file())) if (step.kind !== 'fault') parts.push(step);
  const leaves = parts.filter(({ kind }) => kind === 'index leaf');
  t.ok(leaves.length > 1, `${leaves.length} leaves`);
  t.equal(
    parts.reduce((sum, { length }) => sum + length, 0),
    base.length,
    'the parts are the file',
  );
  for (const damaged of [parts.find(({ kind }) => kind === 'data'), leaves[0], parts[1], parts[2]]) {
    const { offset, kind } = damaged as TablePart;
    const bytes = Buffer.from(base);
    bytes[offset] = (bytes[offset] as number) ^ 1;
    await overwrite(disk, bytes);
    const faults: number[] = [];
    let entries = 0;
    await checkTable(file(), {
      onFault: (fault) => faults.push(fault.offset),
      onEntry: () => {
        entries += 1;
      },
    });
    t.same(faults, [offset], `one fault for the ${kind}`);
    t.ok(entries > many.length / 2, `${entries} entries were read nevertheless`);
  }
});
