/** Random update expressions against a naive reading of what they do. */
import fc from 'fast-check';
import t from 'tap';
import { openFixture, tableInput } from '../api/fixture.js';
import { attributes, tries } from './arbitraries.js';
import { Writer } from './paths.js';
import { type Action, Refused, updated, updateOf, write } from './updates.js';
import { identityOfItem, type WireItem } from './values.js';

const TableName = 'table';
const Key = { pk: { S: 'a' } };

const sample = fc
  .option(attributes, { nil: undefined, freq: 7 })
  .chain((item) => fc.record({ item: fc.constant(item), actions: updateOf(item ?? {}) }));

type Outcome = { readonly item: WireItem | undefined } | 'refused';

/** What only takes away makes no item where there is none. */
function outcomeOf(item: WireItem | undefined, actions: readonly Action[]): Outcome {
  try {
    const result = { ...updated(item ?? {}, actions), ...Key };
    const gives = actions.some(({ kind }) => kind === 'SET' || kind === 'ADD');
    return { item: item === undefined && !gives ? undefined : result };
  } catch (error) {
    if (error instanceof Refused) return 'refused';
    throw error;
  }
}

t.test('an item becomes what an update should make of it, or stays as it is', async (t) => {
  const { call } = await openFixture();
  await call('CreateTable', tableInput());
  const outcomes = { updated: 0, refused: 0 };
  const property = fc.asyncProperty(sample, async ({ item, actions }) => {
    if (item === undefined) await call('DeleteItem', { TableName, Key });
    else await call('PutItem', { TableName, Item: { ...item, ...Key } });
    const writer = new Writer();
    const UpdateExpression = write(actions, writer);
    const request = { TableName, Key, UpdateExpression, ...writer.definitions(), ReturnValues: 'ALL_NEW' };
    const reply = await call('UpdateItem', request);
    const { Item } = await call('GetItem', { TableName, Key });

    const expected = outcomeOf(item, actions);
    const isRefused = expected === 'refused';
    const isReplied = isRefused
      ? reply.error === 'ValidationException'
      : same(reply.Attributes, expected.item);
    const stored = isRefused ? item && { ...item, ...Key } : expected.item;
    if (!isReplied || !same(Item, stored)) {
      const texts = [reply, Item, expected].map((value) => JSON.stringify(value));
      throw new Error(`${UpdateExpression}: replied ${texts[0]}, is ${texts[1]}, should be ${texts[2]}`);
    }
    outcomes[isRefused ? 'refused' : 'updated'] += 1;
  });
  await fc.assert(property, tries(500));
  t.comment(outcomes);
  t.ok(outcomes.updated > 50 && outcomes.refused > 50, 'many are allowed and many are not');
});

function same(found: unknown, expected: WireItem | undefined): boolean {
  if (found === undefined || expected === undefined) return found === expected;
  return identityOfItem(found as WireItem) === identityOfItem(expected);
}
