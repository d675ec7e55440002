/** Which writes look at the old item, and what one record holds. */
import t from 'tap';
import { type Item, NumberValue } from '../../src/encoding/attribute-value.js';
import type { Mutation } from '../../src/partition/types.js';
import { itemAddress, itemKey } from '../../src/table/key-layout.js';
import type { LocalIndexDefinition } from '../../src/table/types.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { definitionOf } from './fixture.js';
import { MemoryPartition, ownerOf } from './memory-partition.js';

const address = itemAddress('a', undefined, 4);
const item: Item = new Map<string, string | NumberValue>([
  ['pk', 'a'],
  ['x', new NumberValue('1')],
]);
const exists = { kind: 'attribute_exists', path: ['pk'] } as const;
const byX: LocalIndexDefinition = {
  name: 'by-x',
  space: 2,
  sort: { name: 'x', type: 'N' },
  projection: { kind: 'KEYS_ONLY', attributes: [] },
};

function openOwner(localIndexes: readonly LocalIndexDefinition[] = []) {
  const partition = new MemoryPartition();
  return {
    partition,
    owner: ownerOf(definitionOf({ localIndexes }), partition, new VirtualClock()),
  };
}

t.test('a put that asks nothing of the old item is written blindly', async (t) => {
  const blind = { write: 1, update: 0 };
  const looking = { write: 0, update: 1 };
  const put = { address, item, sizeBytes: 5 };
  for (const [more, calls] of [
    [{}, blind],
    [{ returnOld: true }, looking],
    [{ measure: true }, looking],
    [{ condition: exists }, looking],
  ] as const) {
    const { owner, partition } = openOwner();
    await owner.put({ ...put, ...more });
    t.same(partition.calls, calls, JSON.stringify(more));
  }
  const { owner, partition } = openOwner([byX]);
  await owner.put(put);
  t.same(partition.calls, looking, 'with an index');
});

t.test('a put that is refused writes nothing', async (t) => {
  const { owner, partition } = openOwner([byX]);
  t.same(await owner.put({ address, item, sizeBytes: 5, condition: exists, returnOldOnFailure: true }), {
    written: false,
    item: undefined,
  });
  t.equal(partition.entries.size, 0);
});

t.test('an item and its index entries are one record', async (t) => {
  const { owner, partition } = openOwner([byX]);
  const records: (readonly Mutation[] | null)[] = [];
  const update = partition.update.bind(partition);
  partition.update = (key, decide) =>
    update(key, (current) => {
      const mutations = decide(current);
      records.push(mutations);
      return mutations;
    });
  await owner.put({ address, item, sizeBytes: 5 });
  await owner.put({ address, item: new Map(item).set('x', new NumberValue('2')), sizeBytes: 5 });
  await owner.put({
    address,
    item: new Map(item).set('x', new NumberValue('2')).set('v', 'v'),
    sizeBytes: 7,
  });
  await owner.delete({ address });
  await owner.delete({ address });
  const shape = records.map((record) =>
    record?.map(({ key, value }) => `${value === null ? '-' : '+'}${key.charCodeAt(0)}`).join(' '),
  );
  t.same(shape, ['+1 +2', '+1 -2 +2', '+1', '-1 -2', undefined]);
  t.equal(partition.entries.size, 0);
});

t.test('stored keys are what the layout says', async (t) => {
  const { owner, partition } = openOwner();
  await owner.put({ address, item, sizeBytes: 5 });
  t.ok(partition.get(itemKey(address)));
  t.same(owner.get({ address }), { item, sizeBytes: 5 });
});
