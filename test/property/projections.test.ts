/** Random projection expressions against a naive reading of what they keep. */
import fc from 'fast-check';
import t from 'tap';
import { openFixture, tableInput } from '../api/fixture.js';
import { attributes, pathTo, tries } from './arbitraries.js';
import { disjoint, type Path, Writer } from './paths.js';
import { identityOfItem, type Wire, type WireItem } from './values.js';

const TableName = 'table';
const Key = { pk: { S: 'a' } };

const sample = attributes.chain((item) =>
  fc.record({
    item: fc.constant(item),
    paths: fc
      .array(pathTo(item), { minLength: 1, maxLength: 5 })
      .map((paths) => disjoint(paths, (path) => path)),
  }),
);

const beginsWith = (path: Path, prefix: Path) => prefix.every((step, index) => step === path[index]);

/** What is at `path`, less everything that none of `paths` leads to. Undefined when that is all. */
function pruned(value: Wire, path: Path, paths: readonly Path[]): Wire | undefined {
  if (paths.some((wanted) => beginsWith(path, wanted))) return value;
  if (!paths.some((wanted) => beginsWith(wanted, path))) return undefined;
  if ('L' in value) {
    const L = value.L.flatMap((element, index) => pruned(element, [...path, index], paths) ?? []);
    return L.length > 0 ? { L } : undefined;
  }
  if (!('M' in value)) return undefined;
  const entries = Object.entries(value.M).flatMap(([name, entry]) => {
    const kept = pruned(entry, [...path, name], paths);
    return kept === undefined ? [] : [[name, kept] as const];
  });
  return entries.length > 0 ? { M: Object.fromEntries(entries) } : undefined;
}

function prunedItem(item: WireItem, paths: readonly Path[]): WireItem {
  const entries = Object.entries(item).flatMap(([name, value]) => {
    const kept = pruned(value, [name], paths);
    return kept === undefined ? [] : [[name, kept] as const];
  });
  return Object.fromEntries(entries);
}

t.test('GetItem, BatchGetItem and Scan return what is asked for', async (t) => {
  const { call } = await openFixture();
  await call('CreateTable', tableInput());
  const property = fc.asyncProperty(sample, async ({ item, paths }) => {
    await call('PutItem', { TableName, Item: { ...item, ...Key } });
    const writer = new Writer();
    const ProjectionExpression = paths.map((path) => writer.path(path)).join(',');
    const projection = { ProjectionExpression, ...writer.definitions() };
    const got = await call('GetItem', { TableName, Key, ...projection });
    const batch = await call('BatchGetItem', {
      RequestItems: { [TableName]: { Keys: [Key], ...projection } },
    });
    const scan = await call('Scan', { TableName, ...projection });
    const expected = identityOfItem(prunedItem(item, paths));
    const found = [
      got.Item,
      (batch.Responses as { table?: unknown[] } | undefined)?.table?.[0],
      (scan.Items as unknown[] | undefined)?.[0],
    ];
    if (found.every((each) => each !== undefined && identityOfItem(each as WireItem) === expected)) return;
    throw new Error(`${ProjectionExpression}: ${JSON.stringify([got, batch, scan])}, expected ${expected}`);
  });
  await fc.assert(property, tries(300));
  t.pass();
});
