import t from 'tap';
import { decodeItemJson } from '../../src/encoding/attribute-json.js';
import type { AttributeValue } from '../../src/encoding/attribute-value.js';
import {
  applyUpdate,
  conditionFromExpected,
  conditionFromFilter,
  conditionsByAttribute,
  conditionsFromLegacy,
  ExpressionError,
  evaluateCondition,
  type LegacyOperator,
  matchKeySchema,
  type QueryKeySchema,
  updateFromAttributeUpdates,
} from '../../src/expression/index.js';
import { compile, itemOf, type Json, jsonOf, present } from './fixtures.js';

const schema: QueryKeySchema = {
  partitionKey: { name: 'pk', type: 'S' },
  sortKey: { name: 'sk', type: 'S' },
};
const values = { ':p': { S: 'p' }, ':s': { S: 's' }, ':t': { S: 't' }, ':n': { N: '1' } };

/** Only the values that the text names. */
function analyze(source: string, keys: QueryKeySchema = schema) {
  const used = Object.fromEntries(Object.entries(values).filter(([name]) => source.includes(name)));
  return matchKeySchema(
    conditionsByAttribute(present(compile({ keyCondition: source }, used).keyCondition)),
    keys,
  );
}

t.test('what a query asks of its keys', (t) => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['pk = :p', { partitionKey: 'p' }],
    [':p = pk', { partitionKey: 'p' }],
    ['pk = :p AND sk = :s', { partitionKey: 'p', sortKey: { operator: '=', values: ['s'] } }],
    ['(sk >= :s) AND (pk = :p)', { partitionKey: 'p', sortKey: { operator: '>=', values: ['s'] } }],
    ['pk = :p AND :s <= sk', { partitionKey: 'p', sortKey: { operator: '>=', values: ['s'] } }],
    ['pk = :p AND :s > sk', { partitionKey: 'p', sortKey: { operator: '<', values: ['s'] } }],
    [
      'pk = :p AND sk BETWEEN :s AND :t',
      { partitionKey: 'p', sortKey: { operator: 'BETWEEN', values: ['s', 't'] } },
    ],
    [
      'pk = :p AND begins_with(sk, :s)',
      { partitionKey: 'p', sortKey: { operator: 'begins_with', values: ['s'] } },
    ],
  ];
  for (const [source, expected] of cases) t.same(analyze(source), expected, source);
  t.end();
});

t.test('what it cannot ask', (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['pk = :p OR sk = :s', 'Invalid operator used in KeyConditionExpression: OR'],
    ['NOT pk = :p', 'Invalid operator used in KeyConditionExpression: NOT'],
    ['pk IN (:p)', 'Invalid operator used in KeyConditionExpression: IN'],
    ['pk <> :p', 'Invalid operator used in KeyConditionExpression: <>'],
    ['pk = :p AND contains(sk, :s)', 'Invalid operator used in KeyConditionExpression: contains'],
    ['attribute_exists(pk)', 'Invalid operator used in KeyConditionExpression: attribute_exists'],
    ['size(pk) = :n', 'KeyConditionExpressions cannot contain nested operations'],
    ['pk.a = :p', 'KeyConditionExpressions cannot have conditions on nested attributes'],
    ['pk = :p AND pk = :s', 'KeyConditionExpressions must only contain one condition per key'],
    [
      'pk = sk',
      'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
    ],
    [':p = :s', 'Invalid condition in KeyConditionExpression: No key attribute specified'],
    [
      'pk = :p AND :s BETWEEN sk AND :t',
      'Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand',
    ],
    ['sk = :s', 'Query condition missed key schema element: pk'],
    ['pk = :p AND further = :s', 'Query condition missed key schema element: sk'],
    ['pk > :p', 'Query key condition not supported'],
    ['pk = :p AND sk = :s AND further = :t', 'Conditions can be of length 1 or 2 only'],
    [
      'pk = :n',
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
    [
      'pk = :p AND sk < :n',
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
  ];
  for (const [source, message] of cases)
    t.throws(() => analyze(source), new ExpressionError(message), source);
  t.throws(() => analyze('pk = :p AND sk = :s', { partitionKey: schema.partitionKey }), {
    message: 'Query key condition not supported',
  });
  t.end();
});

function list(...json: readonly Json[]): AttributeValue[] {
  return [...decodeItemJson(Object.fromEntries(json.map((value, index) => [`v${index}`, value]))).values()];
}

t.test('KeyConditions', (t) => {
  const query = (operator: LegacyOperator, ...operands: readonly Json[]) =>
    matchKeySchema(
      conditionsFromLegacy(
        new Map([
          ['pk', { ComparisonOperator: 'EQ', AttributeValueList: list({ S: 'p' }) }],
          ['sk', { ComparisonOperator: operator, AttributeValueList: list(...operands) }],
        ]),
      ),
      schema,
    );
  t.same(query('BEGINS_WITH', { S: 's' }).sortKey, { operator: 'begins_with', values: ['s'] });
  t.same(query('LE', { S: 's' }).sortKey, { operator: '<=', values: ['s'] });
  t.throws(() => query('NE', { S: 's' }), {
    message: 'Attempted conditional constraint is not an indexable operation',
  });
  t.throws(() => conditionsFromLegacy(new Map()), {
    message: 'Conditions can be of length 1 or 2 only',
  });
  t.end();
});

t.test('filters and expectations', (t) => {
  const item = itemOf({ n: { N: '5' }, s: { S: 'abc' } });
  const holds = (name: string, operator: LegacyOperator, ...operands: readonly Json[]) =>
    evaluateCondition(
      conditionFromFilter(
        new Map([[name, { ComparisonOperator: operator, AttributeValueList: list(...operands) }]]),
      ),
      item,
    );
  t.equal(holds('n', 'GT', { N: '4' }), true);
  t.equal(holds('n', 'IN', { N: '4' }, { N: '5' }), true);
  t.equal(holds('n', 'BETWEEN', { N: '4' }, { N: '5' }), true);
  t.equal(holds('s', 'CONTAINS', { S: 'b' }), true);
  t.equal(holds('s', 'NOT_CONTAINS', { S: 'x' }), true);
  t.equal(holds('missing', 'NOT_CONTAINS', { S: 'x' }), false);
  t.equal(holds('missing', 'NE', { S: 'x' }), true);
  t.equal(holds('missing', 'NULL'), true);
  t.equal(holds('s', 'NOT_NULL'), true);

  const [five] = list({ N: '5' });
  const expected = new Map([
    ['n', { Value: present(five) }],
    ['x', { Exists: false }],
  ]);
  t.equal(evaluateCondition(conditionFromExpected(expected), item), true);
  t.equal(evaluateCondition(conditionFromExpected(expected), undefined), false);
  t.equal(evaluateCondition(conditionFromExpected(expected, 'OR'), undefined), true);
  t.end();
});

t.test('AttributeUpdates', (t) => {
  const item = itemOf({ n: { N: '5' }, l: { L: [] }, s: { SS: ['a', 'b'] }, gone: { S: 'x' } });
  const [seven, listed, set] = list({ N: '7' }, { L: [{ S: 'y' }] }, { SS: ['a'] });
  const update = updateFromAttributeUpdates(
    new Map([
      ['n', { Action: 'ADD' as const, Value: present(seven) }],
      ['l', { Action: 'ADD' as const, Value: present(listed) }],
      ['new', { Action: 'ADD' as const, Value: present(listed) }],
      ['s', { Action: 'DELETE' as const, Value: present(set) }],
      ['gone', { Action: 'DELETE' as const, Value: undefined }],
      ['put', { Action: undefined, Value: present(seven) }],
    ]),
  );
  t.strictSame(jsonOf(applyUpdate(update, item)), {
    n: { N: '12' },
    l: { L: [{ S: 'y' }] },
    s: { SS: ['b'] },
    new: { L: [{ S: 'y' }] },
    put: { N: '7' },
  });
  t.end();
});
