/** The bytes on disk, frozen: a change here is a new version of the format. */
import fc from 'fast-check';
import t from 'tap';
import { Block, BlockBuilder } from '../../src/sstable/block.js';
import { CorruptionError } from '../../src/sstable/errors.js';
import {
  decodeFooter,
  decodeProperties,
  encodeFooter,
  encodeProperties,
  openBlock,
  sealBlock,
} from '../../src/sstable/format.js';
import { VarintReader, writeVarint } from '../../src/sstable/varint.js';
import { drain, entriesOf, newDisk, open, overwrite, readBytes, show, writeTable } from './fixture.js';

const table = { path: '/data/000007.sst', fileNumber: 7 };

/** What version 1 wrote for `apple=red apricot=-`. */
const goldenTable = [
  '000504016170706c65726564020500027269636f7400000000020000000100000000c63603d001060000000000000000',
  '000080000000002000000000000400000000000000000000000000000002000000000000000000000008801000000000',
  '00800404000000008000005c92ccf1000003000026000000000100000001000000005c431ae002010c03010205617070',
  '6c650761707269636f7400ab6418f60700000000000000260000000000000026000000000000006f0000000000000086',
  '000000000000000100000000000000358f192e0100feff5661727665535354',
].join('');

t.test('golden bytes of a table', async (t) => {
  const expected = [
    // data block: entries of one group
    '00 05 04 01 6170706c65 726564', // shared 0, unshared 5, value 3 + 1, sequence 1, `apple`, `red`
    '02 05 00 02 7269636f74', // shared 2, unshared 5, tombstone, sequence 2, `ricot`
    '00000000 02000000 01000000', // start of group 0, entries, groups
    '00 SEAL', // not compressed
    // filter: kind 1, 6 probes, one block of 512 bits
    '01 06 0000',
    'FILTER',
    '00 SEAL',
    // index root: the empty separator, handle of offset 0 and length 38
    '00 00 03 00 00 26',
    '00000000 01000000 01000000',
    '00 SEAL',
    // properties: entries, tombstones, key bytes, value bytes, smallest and largest sequence, the key range
    '02 01 0c 03 01 02 05 6170706c65 07 61707269636f74',
    '00 SEAL',
    // footer: file number, end of data, filter, index root, properties, levels, zero, checksum, version, magic
    '0700000000000000 2600000000000000 2600000000000000 6f00000000000000 8600000000000000',
    '01000000 00000000 SEAL 0100 feff 5661727665535354',
  ];
  const disk = await newDisk();
  await writeTable(disk, entriesOf('apple=red apricot=-'));
  const hex = (await readBytes(disk)).toString('hex');
  const pattern = expected
    .join('')
    .replaceAll(' ', '')
    .replaceAll('SEAL', '[0-9a-f]{8}')
    .replaceAll('FILTER', '[0-9a-f]{128}');
  t.match(hex, new RegExp(`^${pattern}$`));
  t.equal(hex, goldenTable, 'checksums and filter bits included');
});

t.test('a table of version 1 is read', async (t) => {
  const disk = await newDisk();
  await overwrite(disk, Buffer.from(goldenTable, 'hex'));
  const opened = await open(disk);
  t.equal(show(await drain(opened.cursor({}))), 'apple=red apricot=-');
  await opened.verify();
});

t.test('varints', async (t) => {
  const cases: [value: number, hex: string][] = [
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [16_383, 'ff7f'],
    [2 ** 31 - 1, 'ffffffff07'],
    [2 ** 31, '8080808008'],
    [2 ** 35 + 1, '818080808001'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ];
  for (const [value, hex] of cases) {
    const bytes = Buffer.alloc(8);
    const end = writeVarint(bytes, 0, value);
    t.equal(bytes.toString('hex', 0, end), hex);
    const reader = new VarintReader(bytes, 0, end);
    t.equal(reader.next(), value);
    t.match(reader, { position: end, malformed: false });
  }
  for (const hex of ['', '80', 'ffffffffffffff10', 'ffffffffffffffff01']) {
    const reader = new VarintReader(Buffer.from(hex, 'hex'), 0, hex.length / 2);
    reader.next();
    t.ok(reader.malformed, `malformed: ${hex}`);
  }
  for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) t.throws(() => writeVarint(Buffer.alloc(8), 0, value));
});

t.test('footer and properties come back as they were', async (t) => {
  const footer = {
    fileNumber: 7,
    dataEnd: 2 ** 33,
    filterOffset: 2 ** 34,
    indexOffset: 2 ** 34 + 5,
    propertiesOffset: 2 ** 35,
    indexLevels: 2 as const,
  };
  t.same(decodeFooter(encodeFooter(footer), table, 2 ** 35 + 100), footer);
  const properties = {
    entries: 3,
    tombstones: 2,
    keyBytes: 2 ** 40,
    valueBytes: 2 ** 50,
    smallestKey: '\0',
    largestKey: '\xff'.repeat(300),
    smallestSequence: 1,
    largestSequence: Number.MAX_SAFE_INTEGER,
  };
  t.same(decodeProperties(encodeProperties(properties), table, 0), properties);
});

t.test('a footer that contradicts itself is refused', async (t) => {
  const good = {
    fileNumber: 7,
    dataEnd: 100,
    filterOffset: 100,
    indexOffset: 150,
    propertiesOffset: 200,
    indexLevels: 1 as const,
  };
  const cases: [name: string, footer: typeof good | { indexLevels: 2 }][] = [
    ['no data', { ...good, dataEnd: 0 }],
    ['filter within data', { ...good, filterOffset: 99 }],
    ['leaves, but one level', { ...good, filterOffset: 120 }],
    ['two levels, but no leaves', { ...good, indexLevels: 2 }],
    ['index before filter', { ...good, indexOffset: 90 }],
    ['no index', { ...good, indexOffset: 200 }],
    ['properties behind the end', { ...good, propertiesOffset: 250 }],
  ];
  t.same(decodeFooter(encodeFooter(good), table, 300), good);
  for (const [name, footer] of cases) {
    t.throws(
      () => decodeFooter(encodeFooter({ ...good, ...footer }), table, 300),
      { code: 'TABLE_CORRUPT', offset: 236 },
      name,
    );
  }
});

t.test('compression is used when it saves, and undone exactly', async (t) => {
  const place = { fileNumber: 7, offset: 4096 };
  const cases: [name: string, payload: Buffer, isSmaller: boolean][] = [
    ['repetitive', Buffer.alloc(4000, 'abc'), true],
    ['incompressible', Buffer.from(Array.from({ length: 256 }, (_, i) => (i * 167) & 0xff)), false],
    ['a single byte', Buffer.from('x'), false],
  ];
  for (const [name, payload, isSmaller] of cases) {
    const sealed = Buffer.concat(sealBlock(payload, place, 'deflate'));
    t.equal(sealed.length < payload.length, isSmaller, name);
    t.same(openBlock(sealed, table, 4096), payload, name);
    t.throws(() => openBlock(sealed, table, 4097), { code: 'TABLE_CORRUPT' }, 'elsewhere in the file');
    t.throws(
      () => openBlock(sealed, { ...table, fileNumber: 8 }, 4096),
      { code: 'TABLE_CORRUPT' },
      'in another file',
    );
  }
});

/** Every entry and every search; throws nothing but `CorruptionError`. */
function exercise(bytes: Buffer): void {
  try {
    const block = new Block(bytes, { path: table.path, offset: 0 });
    if (block.count > 100_000) return;
    block.find('m');
    block.floor('');
    for (let entry = 0; entry < block.count; entry += 1) {
      block.entryAt(entry);
      if (block.entryAt(entry).value !== null) block.numbersAt(entry);
    }
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
  }
}

t.test('malformed blocks whose checksum is right are corruption, not a crash', async () => {
  const builder = new BlockBuilder();
  for (let i = 0; i < 40; i += 1)
    builder.add(`key-${String(i).padStart(3, '0')}`, i + 1, i % 3 === 0 ? null : Buffer.from('ab'));
  const good = Buffer.from(builder.finish());
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, byte] of changes) bytes[at] = byte;
        exercise(bytes);
      },
    ),
    { numRuns: 2000, seed: 20_240_604 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => exercise(Buffer.from(bytes))),
    { numRuns: 1000, seed: 20_240_605 },
  );
});
