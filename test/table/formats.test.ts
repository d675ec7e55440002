/** What is on disk, byte by byte: these bytes never change. */
import t from 'tap';
import { type Item, NumberValue } from '../../src/encoding/attribute-value.js';
import { decodeDefinition, encodeDefinition } from '../../src/table/catalog.js';
import {
  HASH_END,
  hashBound,
  hashOfKey,
  hashShare,
  indexKey,
  itemAddress,
  itemKey,
  partitionOf,
} from '../../src/table/key-layout.js';
import { decodeStored, encodeStored, storedSize } from '../../src/table/stored-item.js';
import { definitionOf } from './fixture.js';

const hex = (text: string | Uint8Array) =>
  (typeof text === 'string' ? Buffer.from(text, 'latin1') : Buffer.from(text)).toString('hex');

t.test('keys', async (t) => {
  const address = itemAddress('user', new NumberValue('7'), 4);
  const hash = 'd741838b';
  const partitionKey = '757365720001';
  const sortKey = 'c0824700';
  t.equal(hex(itemKey(address)), `01${hash}${partitionKey}${sortKey}`);
  t.equal(hex(indexKey(2, address, 'ix')), `02${hash}${partitionKey}6978${sortKey}`);
  t.equal(hashOfKey(itemKey(address)), Number.parseInt(hash, 16));
  t.equal(address.partition, partitionOf(Number.parseInt(hash, 16), 4));
  t.equal(hex(itemKey(itemAddress(new Uint8Array([0, 1]), undefined, 4))).slice(10), '00ff010001');
});

t.test('shares of the hash range touch and do not overlap', async (t) => {
  for (const count of [1, 2, 3, 4, 7, 1000, 999_983]) {
    t.equal(hashShare(0, count).from, 0);
    t.equal(hashShare(count - 1, count).to, HASH_END);
    for (const index of [0, 1, count >> 1, count - 2].filter((at) => at >= 0 && at < count - 1)) {
      t.equal(hashShare(index, count).to, hashShare(index + 1, count).from);
    }
  }
  for (const count of [1, 3, 4, 1024]) {
    for (const index of [0, count - 1]) {
      const { from, to } = hashShare(index, count);
      t.same([partitionOf(from, count), partitionOf(to - 1, count)], [index, index]);
    }
  }
  t.equal(hex(hashBound(1, 0)), '0100000000');
  t.equal(hex(hashBound(1, HASH_END)), '02');
});

t.test('stored items', async (t) => {
  const item: Item = new Map([['pk', 'a']]);
  const stored = encodeStored(item, 0x012345);
  t.equal(hex(stored), '010123450192a2706ba161');
  t.equal(storedSize(stored), 0x012345);
  t.same(decodeStored(stored), item);
  stored[0] = 2;
  t.throws(() => storedSize(stored), { code: 'CORRUPT', message: /version 2/ });
  t.throws(() => decodeStored(stored), { code: 'CORRUPT' });
});

t.test('catalog entries', async (t) => {
  const definition = definitionOf({ name: 'table', sort: 'N' });
  const bytes = encodeDefinition(definition);
  t.equal(bytes[0], 2);
  t.same(decodeDefinition('Ttable', bytes), definition);
  t.throws(() => decodeDefinition('Tother', bytes), { code: 'CORRUPT', message: /other/ });
  t.throws(() => decodeDefinition('Ttable', Buffer.from([3])), { code: 'CORRUPT', message: /version 3/ });
  t.throws(() => decodeDefinition('Ttable', bytes.subarray(0, 20)), { code: 'CORRUPT', message: /parse/ });
});
