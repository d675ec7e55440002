/**
 * The inputs of operations after validation, derived from the shape table: members have their types, attribute values
 * are decoded, maps are `Map`s, absent (or null) members are missing.
 */
import type { AttributeMap, AttributeValue } from '../../encoding/attribute-value.js';
import type { operationShapes } from './operations.js';
import type { Static } from './shape.js';
import type * as common from './shapes/common.js';

export type OperationName = keyof typeof operationShapes;
export type Input<O extends OperationName> = Static<(typeof operationShapes)[O]>;

export type CreateTableInput = Input<'CreateTable'>;
export type UpdateTableInput = Input<'UpdateTable'>;
export type DescribeTableInput = Input<'DescribeTable'>;
export type DeleteTableInput = Input<'DeleteTable'>;
export type ListTablesInput = Input<'ListTables'>;
export type PutItemInput = Input<'PutItem'>;
export type GetItemInput = Input<'GetItem'>;
export type UpdateItemInput = Input<'UpdateItem'>;
export type DeleteItemInput = Input<'DeleteItem'>;
export type QueryInput = Input<'Query'>;
export type ScanInput = Input<'Scan'>;
export type BatchGetItemInput = Input<'BatchGetItem'>;
export type BatchWriteItemInput = Input<'BatchWriteItem'>;
export type TransactWriteItemsInput = Input<'TransactWriteItems'>;
export type TransactGetItemsInput = Input<'TransactGetItems'>;
export type TagResourceInput = Input<'TagResource'>;
export type UntagResourceInput = Input<'UntagResource'>;
export type ListTagsOfResourceInput = Input<'ListTagsOfResource'>;
export type DescribeTimeToLiveInput = Input<'DescribeTimeToLive'>;
export type UpdateTimeToLiveInput = Input<'UpdateTimeToLive'>;

/** The key of an item: its partition key and, where the table has one, its sort key. */
export type Key = AttributeMap;
/** `#name` → attribute name. */
export type ExpressionAttributeNames = ReadonlyMap<string, string>;
/** `:value` → attribute value. */
export type ExpressionAttributeValues = ReadonlyMap<string, AttributeValue>;

/** Entry of the legacy parameters KeyConditions, QueryFilter and ScanFilter. */
export type Conditions = Static<typeof common.conditions>;
export type Condition = Conditions extends ReadonlyMap<string, infer C> ? C : never;
/** Entry of the legacy parameter Expected. */
export type Expected = Static<typeof common.expected>;
export type ExpectedAttributeValue = Expected extends ReadonlyMap<string, infer E> ? E : never;
/** Entry of the legacy parameter AttributeUpdates. */
export type AttributeUpdates = NonNullable<UpdateItemInput['AttributeUpdates']>;
export type AttributeValueUpdate = AttributeUpdates extends ReadonlyMap<string, infer U> ? U : never;

export type ComparisonOperator = Condition['ComparisonOperator'];
export type ConditionalOperator = Static<typeof common.conditionalOperator>;
export type ReturnConsumedCapacity = Static<typeof common.returnConsumedCapacity>;
export type ReturnItemCollectionMetrics = Static<typeof common.returnItemCollectionMetrics>;
export type ReturnValues = Static<typeof common.returnValues>;
export type Select = Static<typeof common.select>;

type Element<T> = T extends readonly (infer E)[] ? E : never;
type Entry<T> = T extends ReadonlyMap<string, infer E> ? E : never;
export type KeysAndAttributes = Entry<BatchGetItemInput['RequestItems']>;
export type WriteRequest = Element<Entry<BatchWriteItemInput['RequestItems']>>;
export type TransactWriteItem = Element<TransactWriteItemsInput['TransactItems']>;
export type TransactGetItem = Element<TransactGetItemsInput['TransactItems']>;
export type KeySchema = CreateTableInput['KeySchema'];
export type KeySchemaElement = Element<KeySchema>;
export type AttributeDefinition = Element<CreateTableInput['AttributeDefinitions']>;
export type LocalSecondaryIndex = Element<NonNullable<CreateTableInput['LocalSecondaryIndexes']>>;
export type GlobalSecondaryIndex = Element<NonNullable<CreateTableInput['GlobalSecondaryIndexes']>>;
export type GlobalSecondaryIndexUpdate = Element<
  NonNullable<UpdateTableInput['GlobalSecondaryIndexUpdates']>
>;
export type Projection = LocalSecondaryIndex['Projection'];
export type ProvisionedThroughput = NonNullable<CreateTableInput['ProvisionedThroughput']>;
export type Tag = Element<TagResourceInput['Tags']>;
