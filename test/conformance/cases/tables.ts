/** CreateTable, UpdateTable, DescribeTable, DeleteTable, ListTables and tags. */
import { type Case, type JsonObject, type Refusals, refusals, type Suite } from '../case.js';
import { localIndex, put, s, table, tableOf } from '../tables.js';

const TableName = tableOf('tables');
const fresh = tableOf('tables-fresh');
const ResourceArn = `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`;
const PREFIX = 'One or more parameter values were invalid: ';
const TAGS = [
  { Key: 'été 2025', Value: '' },
  { Key: 'a+b=c.d_e:f/g@h-i', Value: 'x '.repeat(127) },
];
const bounds = (units: string) => `Given value 1000000000001 for ${units} is out of bounds`;
const undefinedKeys = (keys: string, attributes: string) =>
  `${PREFIX}Some index key attributes are not defined in AttributeDefinitions. Keys: [${keys}], AttributeDefinitions: [${attributes}]`;

const hash = (AttributeName: string): JsonObject => ({ AttributeName, KeyType: 'HASH' });
const range = (AttributeName: string): JsonObject => ({ AttributeName, KeyType: 'RANGE' });
const attribute = (AttributeName: string, AttributeType = 'S'): JsonObject => ({
  AttributeName,
  AttributeType,
});
const units = (ReadCapacityUnits: number, WriteCapacityUnits: number): JsonObject => ({
  ReadCapacityUnits,
  WriteCapacityUnits,
});

function create(
  keys: readonly JsonObject[],
  attributes: readonly JsonObject[],
  more: JsonObject = {},
): JsonObject {
  return {
    TableName: fresh,
    KeySchema: keys,
    AttributeDefinitions: attributes,
    BillingMode: 'PAY_PER_REQUEST',
    ...more,
  };
}

const pk = [hash('pk')];
const both = [hash('pk'), range('sk')];
const withX = [attribute('pk'), attribute('sk'), attribute('x')];
const indexes = (...LocalSecondaryIndexes: readonly JsonObject[]) =>
  create(both, withX, { LocalSecondaryIndexes });

const badTables = refusals([
  [
    'a provisioned table without units',
    'CreateTable',
    create(pk, [attribute('pk')], { BillingMode: 'PROVISIONED' }),
    `${PREFIX}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`,
  ],
  [
    'an on-demand table with units',
    'CreateTable',
    create(pk, [attribute('pk')], { ProvisionedThroughput: units(1, 1) }),
    `${PREFIX}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`,
  ],
  [
    'too many read units',
    'CreateTable',
    create(pk, [attribute('pk')], {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: units(1_000_000_000_001, 1),
    }),
    bounds('ReadCapacityUnits'),
  ],
  [
    'too many write units',
    'CreateTable',
    create(pk, [attribute('pk')], {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: units(1, 1_000_000_000_001),
    }),
    bounds('WriteCapacityUnits'),
  ],
  [
    'a key that is not defined',
    'CreateTable',
    create(pk, [attribute('other')]),
    undefinedKeys('pk', 'other'),
  ],
  [
    'two keys and one definition',
    'CreateTable',
    create(both, [attribute('pk')]),
    'Invalid KeySchema: Some index key attribute have no definition',
  ],
  [
    'two keys of one name',
    'CreateTable',
    create([hash('pk'), range('pk')], [attribute('pk'), attribute('x')]),
    'Both the Hash Key and the Range Key element in the KeySchema have the same name',
  ],
  [
    'a range key first',
    'CreateTable',
    create([range('pk')], [attribute('pk')]),
    'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
  ],
  [
    'two hash keys',
    'CreateTable',
    create([hash('pk'), hash('sk')], [attribute('pk'), attribute('sk')]),
    'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type',
  ],
  [
    'a definition that is not used',
    'CreateTable',
    create(pk, [attribute('pk'), attribute('x')]),
    `${PREFIX}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`,
  ],
  ['no local indexes', 'CreateTable', indexes(), `${PREFIX}List of LocalSecondaryIndexes is empty`],
  [
    'a local index without sort keys',
    'CreateTable',
    create(pk, [attribute('pk'), attribute('x')], { LocalSecondaryIndexes: [localIndex('index', 'x')] }),
    `${PREFIX}Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex`,
  ],
  [
    'a local index on what is not defined',
    'CreateTable',
    indexes(localIndex('index', 'y')),
    undefinedKeys('pk, y', 'pk, sk, x'),
  ],
  [
    'a local index of another partition',
    'CreateTable',
    indexes({ ...localIndex('index', 'x'), KeySchema: [hash('sk'), range('x')] }),
    `${PREFIX}Index KeySchema does not have the same leading hash key as table KeySchema for index: index. index hash key: sk, table hash key: pk`,
  ],
  [
    'a local index of a partition alone',
    'CreateTable',
    indexes({ ...localIndex('index', 'x'), KeySchema: [hash('pk')] }),
    `${PREFIX}Index KeySchema does not have a range key for index: index`,
  ],
  [
    'an index without projection type',
    'CreateTable',
    indexes(localIndex('index', 'x', {})),
    `${PREFIX}Unknown ProjectionType: null`,
  ],
  [
    'an index of all and some',
    'CreateTable',
    indexes(localIndex('index', 'x', { ProjectionType: 'ALL', NonKeyAttributes: ['a'] })),
    `${PREFIX}ProjectionType is ALL, but NonKeyAttributes is specified`,
  ],
  [
    'an index of keys and some',
    'CreateTable',
    indexes(localIndex('index', 'x', { ProjectionType: 'KEYS_ONLY', NonKeyAttributes: ['a'] })),
    `${PREFIX}ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified`,
  ],
  [
    'two indexes of one name',
    'CreateTable',
    indexes(localIndex('index', 'x'), localIndex('index', 'x')),
    `${PREFIX}Duplicate index name: index`,
  ],
  [
    'six local indexes',
    'CreateTable',
    indexes(...[1, 2, 3, 4, 5, 6].map((index) => localIndex(`index${index}`, 'x'))),
    `${PREFIX}Number of LocalSecondaryIndexes exceeds per-table limit of 5`,
  ],
  ['an update of nothing', 'UpdateTable', { TableName }, /^At least one of ProvisionedThroughput/],
  [
    'no index updates',
    'UpdateTable',
    { TableName, GlobalSecondaryIndexUpdates: [] },
    /^At least one of ProvisionedThroughput/,
  ],
  [
    'an index update of nothing',
    'UpdateTable',
    { TableName, GlobalSecondaryIndexUpdates: [{}] },
    `${PREFIX}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null`,
  ],
  [
    'two updates of an index',
    'UpdateTable',
    {
      TableName,
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'index' } }, { Delete: { IndexName: 'index' } }],
    },
    `${PREFIX}Only one global secondary index update per index is allowed simultaneously. Index: index`,
  ],
  [
    'too many units of an index',
    'UpdateTable',
    {
      TableName,
      GlobalSecondaryIndexUpdates: [
        { Update: { IndexName: 'index', ProvisionedThroughput: units(1_000_000_000_001, 1) } },
      ],
    },
    `${bounds('ReadCapacityUnits')} for index index`,
  ],
  [
    'units of an on-demand table',
    'UpdateTable',
    { TableName, ProvisionedThroughput: units(1, 1) },
    /ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST$/,
  ],
]);

const absent = (operation: string): Case => ({
  name: `${operation} of a table that is not there`,
  request: [
    operation,
    { TableName: 'no-such-table', ...(operation === 'UpdateTable' && { BillingMode: 'PAY_PER_REQUEST' }) },
  ],
  expect: {
    type: 'ResourceNotFoundException',
    message: 'Requested resource not found: Table: no-such-table not found',
  },
});

export const tables: Suite = {
  name: 'tables',
  tables: [table(TableName, 'S')],
  given: [put(TableName, { pk: s('a') })],
  cases: [
    ...badTables,
    ...['DescribeTable', 'DeleteTable', 'UpdateTable'].map(absent),
    {
      name: 'a table of the same name',
      request: ['CreateTable', table(TableName, 'S')],
      expect: { type: 'ResourceInUseException', message: `Table already exists: ${TableName}` },
    },
    {
      name: 'units for a table that is on demand in other words',
      rawOnly: true,
      request: [
        'CreateTable',
        create(pk, [attribute('pk')], {
          BillingMode: null,
          TableThroughputMode: 'PAY_PER_REQUEST',
          ProvisionedThroughput: units(1, 1),
        }),
      ],
      expect: {
        type: 'ValidationException',
        message: `${PREFIX}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`,
      },
    },
    {
      name: 'list from a name on',
      request: ['ListTables', { ExclusiveStartTableName: TableName.slice(0, -1), Limit: 1 }],
      expect: { output: { TableNames: [TableName] } },
    },
    {
      name: 'tags of letters, numbers, spaces and signs',
      request: ['TagResource', { ResourceArn, Tags: TAGS }],
      expect: { output: {} },
      afterwards: [
        [['ListTagsOfResource', { ResourceArn }], { output: { Tags: TAGS }, unordered: true }],
        [['UntagResource', { ResourceArn, TagKeys: TAGS.map((tag) => tag.Key) }], { output: {} }],
        [['ListTagsOfResource', { ResourceArn }], { output: { Tags: [] } }],
      ],
    },
    ...refusals(
      ['ReadUnitsPerSecond', 'WriteUnitsPerSecond'].map((units) => [
        `fewer warm ${units} than every table has`,
        'UpdateTable',
        { TableName, WarmThroughput: { [units]: 100 } },
        `${PREFIX}Requested ${units} for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported`,
      ]),
    ),
    {
      name: 'a protected table cannot be deleted',
      given: [['UpdateTable', { TableName, DeletionProtectionEnabled: true }]],
      request: ['DeleteTable', { TableName }],
      expect: { type: 'ValidationException', message: /deletion protection/i },
      afterwards: [[['UpdateTable', { TableName, DeletionProtectionEnabled: false }], { output: {} }]],
    },
    ...['TagResource', 'UntagResource', 'ListTagsOfResource'].flatMap((operation) =>
      refusals([
        [`${operation} of nothing`, operation, {}, 'Invalid TableArn'],
        [
          `${operation} of what is no table`,
          operation,
          {
            ResourceArn: 'arn:aws:s3:::bucket/key',
            ...(operation === 'TagResource' && { Tags: [] }),
            ...(operation === 'UntagResource' && { TagKeys: [] }),
          },
          'Invalid TableArn: Invalid ResourceArn provided as input arn:aws:s3:::bucket/key',
        ],
      ]),
    ),
    ...refusals([
      ...['what?', 'a<b', 'star*', 'smile \u{1f600}'].flatMap(
        (text): Refusals => [
          [`the tag key ${text}`, 'TagResource', { ResourceArn, Tags: [{ Key: text, Value: '' }] }, /./],
          [`the tag value ${text}`, 'TagResource', { ResourceArn, Tags: [{ Key: 'a', Value: text }] }, /./],
        ],
      ),
      ['no tags', 'TagResource', { ResourceArn, Tags: [] }, 'Atleast one Tag needs to be provided as Input.'],
      [
        'no tag keys',
        'UntagResource',
        { ResourceArn, TagKeys: [] },
        'Atleast one Tag Key needs to be provided as Input.',
      ],
    ]),
  ],
};
