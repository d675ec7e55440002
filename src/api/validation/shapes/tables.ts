/** Inputs of the operations on tables, their tags and their time to live. */
import { boolean, enumeration, integer, list, long, required, string, structure } from '../shape.js';
import { NAME_PATTERN } from '../table-name.js';
import { indexName, tableName, text } from './common.js';

const ATTRIBUTE_NAME_MAX = 255;
/** Partition and sort keys of a table or a local index. */
const KEY_ATTRIBUTES_MAX = 2;
/** A global index may have four attributes in its partition key and four in its sort key. */
const INDEX_KEY_ATTRIBUTES_MAX = 8;

const attributeName = string({ min: 1, max: ATTRIBUTE_NAME_MAX });

const attributeDefinitions = list(
  structure('AttributeDefinition', {
    AttributeName: required(attributeName),
    AttributeType: required(enumeration(['B', 'N', 'S'])),
  }),
);

const keySchemaElement = structure('KeySchemaElement', {
  AttributeName: required(attributeName),
  KeyType: required(enumeration(['HASH', 'RANGE'])),
});
const keySchema = list(keySchemaElement, { min: 1, max: KEY_ATTRIBUTES_MAX });
const globalKeySchema = list(keySchemaElement, { min: 1, max: INDEX_KEY_ATTRIBUTES_MAX });

const projection = structure('Projection', {
  ProjectionType: enumeration(['ALL', 'INCLUDE', 'KEYS_ONLY']),
  NonKeyAttributes: list(attributeName, { min: 1, max: 20 }),
});

const provisionedThroughput = structure('ProvisionedThroughput', {
  WriteCapacityUnits: required(long({ min: 1 })),
  ReadCapacityUnits: required(long({ min: 1 })),
});
const onDemandThroughput = structure('OnDemandThroughput', {
  MaxReadRequestUnits: long(),
  MaxWriteRequestUnits: long(),
});
const warmThroughput = structure('WarmThroughput', {
  ReadUnitsPerSecond: long(),
  WriteUnitsPerSecond: long(),
});

/** Also that of TableThroughputMode, which the published model lacks: the same, where BillingMode is not given. */
const billingMode = enumeration(['PROVISIONED', 'PAY_PER_REQUEST']);
const tableClass = enumeration(['STANDARD', 'STANDARD_INFREQUENT_ACCESS']);
const streamSpecification = structure('StreamSpecification', {
  StreamEnabled: required(boolean),
  StreamViewType: enumeration(['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY']),
});
const sseSpecification = structure('SSESpecification', {
  Enabled: boolean,
  SSEType: enumeration(['AES256', 'KMS']),
  KMSMasterKeyId: text,
});
const tags = list(
  structure('Tag', {
    Key: required(string({ min: 1, max: 128 })),
    Value: required(string({ max: 256 })),
  }),
);

const globalSecondaryIndex = {
  Projection: required(projection),
  IndexName: required(indexName),
  ProvisionedThroughput: provisionedThroughput,
  KeySchema: required(globalKeySchema),
  OnDemandThroughput: onDemandThroughput,
  WarmThroughput: warmThroughput,
};

export const createTable = structure('CreateTableInput', {
  AttributeDefinitions: required(attributeDefinitions),
  TableName: required(tableName),
  BillingMode: billingMode,
  TableThroughputMode: billingMode,
  ProvisionedThroughput: provisionedThroughput,
  KeySchema: required(keySchema),
  LocalSecondaryIndexes: list(
    structure('LocalSecondaryIndex', {
      Projection: required(projection),
      IndexName: required(indexName),
      KeySchema: required(keySchema),
    }),
  ),
  GlobalSecondaryIndexes: list(structure('GlobalSecondaryIndex', globalSecondaryIndex)),
  StreamSpecification: streamSpecification,
  SSESpecification: sseSpecification,
  Tags: tags,
  TableClass: tableClass,
  DeletionProtectionEnabled: boolean,
  WarmThroughput: warmThroughput,
  ResourcePolicy: text,
  OnDemandThroughput: onDemandThroughput,
});

export const updateTable = structure('UpdateTableInput', {
  AttributeDefinitions: attributeDefinitions,
  TableName: required(tableName),
  BillingMode: billingMode,
  TableThroughputMode: billingMode,
  ProvisionedThroughput: provisionedThroughput,
  GlobalSecondaryIndexUpdates: list(
    structure('GlobalSecondaryIndexUpdate', {
      Update: structure('UpdateGlobalSecondaryIndexAction', {
        IndexName: required(indexName),
        ProvisionedThroughput: provisionedThroughput,
        OnDemandThroughput: onDemandThroughput,
        WarmThroughput: warmThroughput,
      }),
      Create: structure('CreateGlobalSecondaryIndexAction', globalSecondaryIndex),
      Delete: structure('DeleteGlobalSecondaryIndexAction', { IndexName: required(indexName) }),
    }),
  ),
  StreamSpecification: streamSpecification,
  SSESpecification: sseSpecification,
  TableClass: tableClass,
  DeletionProtectionEnabled: boolean,
  OnDemandThroughput: onDemandThroughput,
  WarmThroughput: warmThroughput,
});

export const describeTable = structure('DescribeTableInput', { TableName: required(tableName) });

export const deleteTable = structure('DeleteTableInput', { TableName: required(tableName) });

export const listTables = structure('ListTablesInput', {
  Limit: integer({ min: 1, max: 100 }),
  ExclusiveStartTableName: string({ pattern: NAME_PATTERN, min: 3, max: 255 }),
});

export const describeTimeToLive = structure('DescribeTimeToLiveInput', { TableName: required(tableName) });

export const updateTimeToLive = structure('UpdateTimeToLiveInput', {
  TableName: required(tableName),
  TimeToLiveSpecification: required(
    structure('TimeToLiveSpecification', {
      AttributeName: required(attributeName),
      Enabled: required(boolean),
    }),
  ),
});

const resourceArn = string({ min: 1, max: 1283 });

export const tagResource = structure('TagResourceInput', {
  ResourceArn: required(resourceArn),
  Tags: required(tags),
});

export const untagResource = structure('UntagResourceInput', {
  ResourceArn: required(resourceArn),
  TagKeys: required(list(string({ min: 1, max: 128 }))),
});

export const listTagsOfResource = structure('ListTagsOfResourceInput', {
  ResourceArn: required(resourceArn),
  NextToken: text,
});

export const describeLimits = structure('DescribeLimitsInput', {});
export const describeEndpoints = structure('DescribeEndpointsRequest', {});
