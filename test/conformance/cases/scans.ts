/** Scan: pages, filters, counts, segments; and pages that are cut by size. */
import { type Case, type JsonObject, refusals, type Suite } from '../case.js';
import { n, put, s, table, tableOf } from '../tables.js';

const TableName = tableOf('scans');
const large = tableOf('large');
const empty = tableOf('empty');
const hashed = tableOf('hashed');
const SEGMENTS = 4;
/** Of the hashes 0008c2d9, 000efbc1, 001fef29 and 00447728: in this order, whatever else is in the table. */
const HASHED = ['3635', '228', '1668', '3435'].map((pk) => ({ pk: s(pk) }));
const HASHED_SEGMENTS: readonly (readonly [segment: number, items: readonly JsonObject[]])[] = [
  [0, HASHED.slice(0, 2)],
  [1, HASHED.slice(2, 3)],
  [2, []],
  [4, HASHED.slice(3)],
  [4095, []],
];

const rows: readonly JsonObject[] = Array.from({ length: 12 }, (_, index) => ({
  pk: s(`key ${index}`),
  v: n(index),
  ...(index % 3 === 0 && { third: { BOOL: true } }),
}));
/** Six items of 300 KB: three read a page past its limit of 1 MB, the fourth is the first after it. */
const LARGE = 'x'.repeat(300 * 1024);
const largeRows: readonly JsonObject[] = [1, 2, 3, 4, 5, 6].map((sk) => ({
  pk: s('p'),
  sk: n(sk),
  v: s(LARGE),
}));

const filters: readonly (readonly [
  expression: string,
  values: JsonObject | undefined,
  found: readonly JsonObject[],
])[] = [
  ['attribute_exists(third)', undefined, rows.filter((row) => 'third' in row)],
  ['v < :v', { ':v': n(4) }, rows.slice(0, 4)],
  ['v BETWEEN :v AND :w', { ':v': n(4), ':w': n(5) }, rows.slice(4, 6)],
  ['begins_with(pk, :v)', { ':v': s('key 1') }, [rows[1], rows[10], rows[11]] as JsonObject[]],
  ['absent = :v', { ':v': n(1) }, []],
];

const SEGMENT_BOUND =
  'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ';

export const scans: Suite = {
  name: 'scans',
  tables: [table(TableName, 'S'), table(large, 'S', 'N'), table(empty, 'S'), table(hashed, 'S')],
  given: [
    ...rows.map((row) => put(TableName, row)),
    ...largeRows.map((row) => put(large, row)),
    ...HASHED.map((row) => put(hashed, row)).reverse(),
  ],
  cases: [
    {
      name: 'everything',
      request: ['Scan', { TableName }],
      expect: {
        output: { Items: rows, Count: 12, ScannedCount: 12, LastEvaluatedKey: undefined },
        unordered: true,
      },
    },
    {
      name: 'nothing',
      request: ['Scan', { TableName: empty }],
      expect: { output: { Items: [], Count: 0, ScannedCount: 0, LastEvaluatedKey: undefined } },
    },
    {
      name: 'in the order of the hash',
      request: ['Scan', { TableName: hashed }],
      expect: { output: { Items: HASHED } },
    },
    ...HASHED_SEGMENTS.map(([Segment, Items]) => ({
      name: `segment ${Segment} of the hashes`,
      request: ['Scan', { TableName: hashed, Segment, TotalSegments: 4096 }] as const,
      expect: { output: { Items, LastEvaluatedKey: undefined } },
    })),
    {
      name: 'a count',
      request: ['Scan', { TableName, Select: 'COUNT' }],
      expect: { output: { Items: undefined, Count: 12, ScannedCount: 12 } },
    },
    {
      name: 'a limit counts what is read',
      request: ['Scan', { TableName, Limit: 5, FilterExpression: 'attribute_exists(absent)' }],
      expect: { output: { Items: [], Count: 0, ScannedCount: 5 } },
    },
    {
      name: 'a projection',
      request: ['Scan', { TableName, ProjectionExpression: 'v' }],
      expect: { output: { Items: rows.map(({ v }) => ({ v: v as JsonObject })) }, unordered: true },
    },
    {
      name: 'AttributesToGet',
      request: ['Scan', { TableName, AttributesToGet: ['v'] }],
      expect: { output: { Items: rows.map(({ v }) => ({ v: v as JsonObject })) }, unordered: true },
    },
    ...filters.map(
      ([FilterExpression, values, found]): Case => ({
        name: `${FilterExpression} with ${JSON.stringify(values ?? {})}`,
        request: [
          'Scan',
          { TableName, FilterExpression, ...(values && { ExpressionAttributeValues: values }) },
        ],
        expect: { output: { Items: found, Count: found.length, ScannedCount: 12 }, unordered: true },
      }),
    ),
    {
      name: 'a page ends when it has read 1 MB',
      request: [
        'Query',
        {
          TableName: large,
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': s('p') },
          ProjectionExpression: 'sk',
        },
      ],
      expect: {
        output: {
          Items: [1, 2, 3, 4].map((sk) => ({ sk: n(sk) })),
          LastEvaluatedKey: { pk: s('p'), sk: n(4) },
        },
      },
      afterwards: [
        [
          ['Scan', { TableName: large, Select: 'COUNT' }],
          { output: { Count: 4, LastEvaluatedKey: { pk: s('p'), sk: n(4) } } },
        ],
        [
          ['Scan', { TableName: large, Select: 'COUNT', ExclusiveStartKey: { pk: s('p'), sk: n(4) } }],
          { output: { Count: 2, LastEvaluatedKey: undefined } },
        ],
      ],
    },
    ...refusals([
      [
        'a segment of none',
        'Scan',
        { TableName, Segment: 0 },
        'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
      ],
      [
        'segments without a segment',
        'Scan',
        { TableName, TotalSegments: SEGMENTS },
        'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
      ],
      [
        'a segment too high',
        'Scan',
        { TableName, Segment: 4, TotalSegments: SEGMENTS },
        `${SEGMENT_BOUND}4 is not less than TotalSegments: 4`,
      ],
      [
        'specific attributes that are not named',
        'Scan',
        { TableName, Select: 'SPECIFIC_ATTRIBUTES' },
        'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
      ],
      [
        'an unknown index',
        'Scan',
        { TableName, IndexName: 'absent' },
        'The table does not have the specified index: absent',
      ],
      [
        'an empty filter',
        'Scan',
        { TableName, FilterExpression: '' },
        'Invalid FilterExpression: The expression can not be empty;',
      ],
      [
        'a long filter',
        'Scan',
        {
          TableName,
          FilterExpression: `${'a'.repeat(4092)} = :a`,
          ExpressionAttributeValues: { ':a': n(1) },
        },
        'Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression size: 4097',
      ],
      [
        'both kinds of filter',
        'Scan',
        { TableName, FilterExpression: 'a = b', ScanFilter: {}, AttributesToGet: ['a'] },
        'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet, ScanFilter} Expression parameters: {FilterExpression}',
      ],
      [
        'values without a filter',
        'Scan',
        { TableName, ExpressionAttributeValues: { ':a': n(1) } },
        'ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null',
      ],
      [
        'names without an expression',
        'Scan',
        { TableName, ExpressionAttributeNames: { '#a': 'a' } },
        'ExpressionAttributeNames can only be specified when using expressions',
      ],
      [
        'a start key that is none',
        'Scan',
        { TableName, ExclusiveStartKey: { x: s('a') } },
        'The provided starting key is invalid: The provided key element does not match the schema',
      ],
      [
        'a start key with a bad value',
        'Scan',
        { TableName, ExclusiveStartKey: { pk: { N: 'x' } } },
        'The provided starting key is invalid: The parameter cannot be converted to a numeric value: x',
      ],
    ]),
  ],
};
