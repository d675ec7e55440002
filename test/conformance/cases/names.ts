/** Names of attributes: not empty, 64 KB at most (less one byte). */
import { type JsonObject, refusals, type Suite } from '../case.js';
import { n, s, table, tableOf } from '../tables.js';

const TableName = tableOf('names');
const Key = { pk: s('item') };
const LONGEST = 'n'.repeat(65_535);
const TOO_LONG = `${LONGEST}n`;
const TOO_LARGE = '1 validation error detected: Attribute name is too large, must be less than 65536 bytes';

const update = (name: string): JsonObject => ({
  TableName,
  Key,
  UpdateExpression: 'SET #n = :v',
  ExpressionAttributeNames: { '#n': name },
  ExpressionAttributeValues: { ':v': n(1) },
});

type Places = (name: string) => readonly (readonly [place: string, operation: string, input: JsonObject])[];

/** Where a name may stand. */
const places: Places = (name) => [
  ['an expectation', 'DeleteItem', { TableName, Key, Expected: { [name]: { Exists: false } } }],
  ['an item', 'PutItem', { TableName, Item: { ...Key, [name]: n(1) } }],
  [
    'an item of a batch',
    'BatchWriteItem',
    { RequestItems: { [TableName]: [{ PutRequest: { Item: { ...Key, [name]: n(1) } } }] } },
  ],
  ['an update', 'UpdateItem', update(name)],
  ['a legacy update', 'UpdateItem', { TableName, Key, AttributeUpdates: { [name]: { Value: n(1) } } }],
  [
    'a projection',
    'GetItem',
    { TableName, Key, ProjectionExpression: '#n', ExpressionAttributeNames: { '#n': name } },
  ],
  ['attributes to get', 'GetItem', { TableName, Key, AttributesToGet: [name] }],
  ['a filter', 'Scan', { TableName, ScanFilter: { [name]: { ComparisonOperator: 'NULL' } } }],
];

/** Where a name may stand in a document. */
const nestedPlaces: Places = (name) => [
  ['a map of an item', 'PutItem', { TableName, Item: { ...Key, m: { M: { [name]: n(1) } } } }],
  [
    'a map in a list that an update sets',
    'UpdateItem',
    {
      TableName,
      Key,
      UpdateExpression: 'SET m = :v',
      ExpressionAttributeValues: { ':v': { L: [{ M: { [name]: n(1) } }] } },
    },
  ],
];
const everywhere: Places = (name) => [...places(name), ...nestedPlaces(name)];

export const names: Suite = {
  name: 'names of attributes',
  tables: [table(TableName, 'S')],
  cases: [
    ...everywhere(LONGEST).map(([place, operation, input]) => ({
      name: `the longest name in ${place}`,
      request: [operation, input] as const,
      expect: { output: {} },
    })),
    ...refusals(
      everywhere(TOO_LONG).map(([place, ...request]) => [
        `too long a name in ${place}`,
        ...request,
        TOO_LARGE,
      ]),
    ),
    ...refusals(
      places('').map(([place, ...request]) => [
        `an empty name in ${place}`,
        ...request,
        /Empty attribute name/,
      ]),
    ),
  ],
};
