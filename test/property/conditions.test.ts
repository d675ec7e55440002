/** Random conditions, as a filter and as a condition, against a naive reading of what they mean. */
import fc from 'fast-check';
import t from 'tap';
import { type Json, openFixture, tableInput } from '../api/fixture.js';
import { attributes, SCALARS, tries } from './arbitraries.js';
import { type Condition, conditionOn, holds, write } from './conditions.js';
import { Writer } from './paths.js';
import { identityOfItem, type WireItem } from './values.js';

const TableName = 'table';
const ITEMS = 3;

const sample = fc.array(attributes, { minLength: ITEMS, maxLength: ITEMS }).chain((items) =>
  fc.record({
    items: fc.constant(items.map((item, index): WireItem => ({ ...item, pk: { S: String(index) } }))),
    condition: conditionOn(...items),
  }),
);

t.test('a condition holds for the items for which it should', async (t) => {
  const { call } = await openFixture();
  await call('CreateTable', tableInput());
  const outcomes = { held: 0, failed: 0 };
  const property = fc.asyncProperty(sample, async ({ items, condition }) => {
    const requests = items.map((Item) => ({ PutRequest: { Item } }));
    const written = await call('BatchWriteItem', { RequestItems: { [TableName]: requests } });
    mustBe([written.error], [undefined], 'write', written);
    const writer = new Writer();
    const text = write(condition, writer);
    const expected = items.filter((item) => holds(condition, item));
    outcomes.held += expected.length;
    outcomes.failed += ITEMS - expected.length;

    const scan = await call('Scan', { TableName, FilterExpression: text, ...writer.definitions() });
    mustBe(identities(scan.Items), expected.map(identityOfItem), text, scan);
    mustBe([scan.Count, scan.ScannedCount], [expected.length, ITEMS], text, scan);

    const [Item = {}] = items;
    const put = { TableName, Item, ConditionExpression: text, ...writer.definitions() };
    const outcome = await call('PutItem', { ...put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    if (holds(condition, Item)) mustBe([Object.keys(outcome)], [[]], text, outcome);
    else {
      mustBe([outcome.error], ['ConditionalCheckFailedException'], text, outcome);
      mustBe(identities([outcome.Item]), [identityOfItem(Item)], text, outcome);
    }
  });
  await fc.assert(property, tries(400));
  t.comment(outcomes);
  t.ok(outcomes.held > 100 && outcomes.failed > 100, 'many hold and many do not');
});

t.test('every comparison of every two scalars', async (t) => {
  const { call } = await openFixture();
  await call('CreateTable', tableInput({ pk: 'N' }));
  const items = SCALARS.map((v, index): WireItem => ({ pk: { N: String(index) }, v }));
  for (const Item of items) await call('PutItem', { TableName, Item });
  for (const value of SCALARS) {
    for (const operator of ['=', '<>', '<', '<=', '>', '>=']) {
      const condition: Condition = {
        kind: 'compare',
        operator,
        left: { kind: 'path', path: ['v'] },
        right: { kind: 'value', value },
      };
      const writer = new Writer();
      const text = write(condition, writer);
      const scan = await call('Scan', { TableName, FilterExpression: text, ...writer.definitions() });
      const expected = items.filter((item) => holds(condition, item));
      mustBe(
        identities(scan.Items),
        expected.map(identityOfItem),
        `${text} with ${JSON.stringify(value)}`,
        scan,
      );
    }
  }
  t.pass();
});

function identities(items: unknown): string[] {
  return Array.isArray(items) ? items.map((item: WireItem) => identityOfItem(item)) : [];
}

/** In any order. */
function mustBe(found: readonly unknown[], expected: readonly unknown[], text: string, reply: Json): void {
  const sorted = (values: readonly unknown[]) =>
    JSON.stringify(values.map((value) => JSON.stringify(value)).sort());
  if (sorted(found) === sorted(expected)) return;
  throw new Error(`${text}: ${JSON.stringify(reply)}, expected ${JSON.stringify(expected)}`);
}
