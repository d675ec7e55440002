/** Valid requests of every operation, with most of their members: what mutation starts from. */

export type Request = readonly [operation: string, input: Readonly<Record<string, unknown>>];

export const TABLE = 'table';
const TABLE_ARN = `arn:aws:dynamodb:eu-west-1:000000000000:table/${TABLE}`;
const Key = { pk: { S: 'a' }, sk: { N: '1' } };
const PLACEHOLDERS = {
  ExpressionAttributeNames: { '#n': 'amount', '#m': 'tree' },
  ExpressionAttributeValues: { ':one': { N: '1' }, ':s': { S: 's' } },
};

/** One attribute of every type. */
export const ITEM = {
  ...Key,
  lsi: { S: 'local' },
  word: { S: 'text' },
  amount: { N: '12.5' },
  photo: { B: 'AAEC' },
  yes: { BOOL: true },
  nothing: { NULL: true },
  strings: { SS: ['a', 'b'] },
  numbers: { NS: ['1', '2'] },
  binaries: { BS: ['AA==', 'AQ=='] },
  steps: { L: [{ N: '1' }, { S: 'x' }, { M: { a: { N: '1' } } }] },
  tree: { M: { a: { N: '1' }, b: { M: { c: { L: [{ S: 'y' }] } } } } },
};

export const CREATE_TABLE = {
  TableName: TABLE,
  BillingMode: 'PROVISIONED',
  ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'lsi', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'local',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'lsi', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['amount'] },
    },
  ],
};

/** What reads and writes items, and leaves the table as it is. */
export const itemRequests: readonly Request[] = [
  [
    'PutItem',
    {
      TableName: TABLE,
      Item: ITEM,
      ConditionExpression: 'attribute_not_exists(pk) OR #n >= :one AND begins_with(#m.a, :s)',
      ...PLACEHOLDERS,
      ReturnValues: 'ALL_OLD',
      ReturnConsumedCapacity: 'INDEXES',
      ReturnItemCollectionMetrics: 'SIZE',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  ],
  ['PutItem', { TableName: TABLE, Item: ITEM }],
  [
    'PutItem',
    {
      TableName: TABLE,
      Item: ITEM,
      Expected: {
        amount: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ N: '1' }, { N: '99' }] },
        nothing: { ComparisonOperator: 'NULL' },
      },
      ConditionalOperator: 'OR',
    },
  ],
  [
    'GetItem',
    {
      TableName: TABLE,
      Key,
      ConsistentRead: true,
      ProjectionExpression: 'pk, steps[2].a, #n, #m.b.c[0]',
      ExpressionAttributeNames: PLACEHOLDERS.ExpressionAttributeNames,
    },
  ],
  ['GetItem', { TableName: TABLE, Key, AttributesToGet: ['pk', 'tree'], ReturnConsumedCapacity: 'TOTAL' }],
  [
    'UpdateItem',
    {
      TableName: TABLE,
      Key,
      UpdateExpression:
        'SET #m.a = #n + :one, word = if_not_exists(word, :s) REMOVE steps[1] ADD numbers :ns',
      ConditionExpression: 'attribute_type(#n, :type) AND NOT contains(strings, :s)',
      ExpressionAttributeNames: PLACEHOLDERS.ExpressionAttributeNames,
      ExpressionAttributeValues: {
        ...PLACEHOLDERS.ExpressionAttributeValues,
        ':ns': { NS: ['7'] },
        ':type': { S: 'N' },
      },
      ReturnValues: 'UPDATED_NEW',
    },
  ],
  [
    'UpdateItem',
    {
      TableName: TABLE,
      Key,
      AttributeUpdates: {
        amount: { Action: 'ADD', Value: { N: '1' } },
        strings: { Action: 'DELETE', Value: { SS: ['a'] } },
        steps: { Action: 'PUT', Value: { L: [] } },
      },
      Expected: { nothing: { Exists: false } },
      ReturnValues: 'ALL_NEW',
    },
  ],
  [
    'DeleteItem',
    {
      TableName: TABLE,
      Key,
      ConditionExpression: 'size(steps) < :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'ALL_OLD',
    },
  ],
  ['DeleteItem', { TableName: TABLE, Key, Expected: { pk: { Value: { S: 'b' } } } }],
  ['DeleteItem', { TableName: TABLE, Key, ReturnConsumedCapacity: 'TOTAL' }],
  [
    'Query',
    {
      TableName: TABLE,
      IndexName: 'local',
      KeyConditionExpression: 'pk = :pk AND lsi BETWEEN :pk AND :z',
      FilterExpression: '#n IN (:one, :s) OR attribute_exists(#m)',
      ProjectionExpression: 'pk, #n',
      ExpressionAttributeNames: PLACEHOLDERS.ExpressionAttributeNames,
      ExpressionAttributeValues: {
        ...PLACEHOLDERS.ExpressionAttributeValues,
        ':pk': { S: 'a' },
        ':z': { S: 'z' },
      },
      ExclusiveStartKey: { ...Key, lsi: { S: 'local' } },
      ScanIndexForward: false,
      Limit: 10,
      Select: 'SPECIFIC_ATTRIBUTES',
      ReturnConsumedCapacity: 'INDEXES',
    },
  ],
  [
    'Query',
    {
      TableName: TABLE,
      KeyConditions: {
        pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'a' }] },
        sk: { ComparisonOperator: 'GE', AttributeValueList: [{ N: '0' }] },
      },
      QueryFilter: { amount: { ComparisonOperator: 'NOT_NULL' }, word: { ComparisonOperator: 'NULL' } },
      ConditionalOperator: 'OR',
      ConsistentRead: true,
    },
  ],
  [
    'Scan',
    {
      TableName: TABLE,
      FilterExpression: '#n > :one AND NOT contains(#m, :s)',
      ...PLACEHOLDERS,
      Segment: 0,
      TotalSegments: 2,
      Limit: 5,
      Select: 'COUNT',
    },
  ],
  [
    'Scan',
    {
      TableName: TABLE,
      IndexName: 'local',
      ScanFilter: { lsi: { ComparisonOperator: 'BEGINS_WITH', AttributeValueList: [{ S: 'l' }] } },
    },
  ],
  [
    'Scan',
    {
      TableName: TABLE,
      ExclusiveStartKey: Key,
      ProjectionExpression: '#n',
      ExpressionAttributeNames: { '#n': 'amount' },
    },
  ],
  [
    'BatchWriteItem',
    {
      RequestItems: {
        [TABLE]: [{ PutRequest: { Item: ITEM } }, { DeleteRequest: { Key: { ...Key, sk: { N: '2' } } } }],
      },
      ReturnConsumedCapacity: 'TOTAL',
      ReturnItemCollectionMetrics: 'SIZE',
    },
  ],
  [
    'BatchGetItem',
    {
      RequestItems: {
        [TABLE]: {
          Keys: [Key, { ...Key, sk: { N: '2' } }],
          ProjectionExpression: 'pk, #n',
          ExpressionAttributeNames: { '#n': 'amount' },
          ConsistentRead: true,
        },
      },
    },
  ],
];

/** What says something about tables, or changes them. */
export const tableRequests: readonly Request[] = [
  [
    'CreateTable',
    {
      ...CREATE_TABLE,
      TableName: 'another',
      Tags: [{ Key: 'k', Value: 'v' }],
      DeletionProtectionEnabled: false,
      TableClass: 'STANDARD',
      SSESpecification: { Enabled: true, SSEType: 'KMS' },
      StreamSpecification: { StreamEnabled: false },
    },
  ],
  ['UpdateTable', { TableName: TABLE, BillingMode: 'PAY_PER_REQUEST' }],
  [
    'UpdateTable',
    { TableName: TABLE, ProvisionedThroughput: { ReadCapacityUnits: 6, WriteCapacityUnits: 6 } },
  ],
  ['UpdateTable', { TableName: TABLE, DeletionProtectionEnabled: true }],
  ['DeleteTable', { TableName: TABLE }],
  ['DescribeTable', { TableName: TABLE }],
  ['ListTables', { ExclusiveStartTableName: 'abc', Limit: 10 }],
  ['DescribeTimeToLive', { TableName: TABLE }],
  ['DescribeLimits', { x: 1 }],
  ['DescribeEndpoints', { x: 1 }],
  ['TagResource', { ResourceArn: TABLE_ARN, Tags: [{ Key: 'k', Value: 'v' }] }],
  ['UntagResource', { ResourceArn: TABLE_ARN, TagKeys: ['k'] }],
  ['ListTagsOfResource', { ResourceArn: TABLE_ARN }],
];

export const requests: readonly Request[] = [...itemRequests, ...tableRequests];
