/** Inputs of the operations on several items: batches and transactions. */
import { boolean, list, map, required, string, structure } from '../shape.js';
import {
  attributeNames,
  attributes,
  attributesToGet,
  returnConsumedCapacity,
  returnItemCollectionMetrics,
  returnValuesOnConditionCheckFailure,
  tableName,
  tableNameKey,
  text,
} from './common.js';

/** Per table of a BatchGetItem; the whole request has the same limit, which is a rule of its own. */
export const BATCH_GET_MAX = 100;
/** Per table of a BatchWriteItem; the whole request has the same limit, which is a rule of its own. */
export const BATCH_WRITE_MAX = 25;
export const TRANSACTION_MAX = 100;

export const batchGetItem = structure('BatchGetItemInput', {
  ReturnConsumedCapacity: returnConsumedCapacity,
  RequestItems: required(
    map(
      tableNameKey,
      structure('KeysAndAttributes', {
        Keys: required(list(attributes, { min: 1, max: BATCH_GET_MAX })),
        AttributesToGet: attributesToGet,
        ConsistentRead: boolean,
        ProjectionExpression: text,
        ExpressionAttributeNames: attributeNames,
      }),
      { min: 1, max: BATCH_GET_MAX },
    ),
  ),
});

export const batchWriteItem = structure('BatchWriteItemInput', {
  ReturnConsumedCapacity: returnConsumedCapacity,
  ReturnItemCollectionMetrics: returnItemCollectionMetrics,
  RequestItems: required(
    map(
      tableNameKey,
      list(
        structure('WriteRequest', {
          DeleteRequest: structure('DeleteRequest', { Key: required(attributes) }),
          PutRequest: structure('PutRequest', { Item: required(attributes) }),
        }),
        { min: 1, max: BATCH_WRITE_MAX },
      ),
      // An empty map is the business of a rule, which words it in another way.
      { max: BATCH_WRITE_MAX },
    ),
  ),
});

const condition = {
  ExpressionAttributeNames: attributeNames,
  ExpressionAttributeValues: attributes,
  ReturnValuesOnConditionCheckFailure: returnValuesOnConditionCheckFailure,
};

export const transactWriteItems = structure('TransactWriteItemsInput', {
  ReturnConsumedCapacity: returnConsumedCapacity,
  ReturnItemCollectionMetrics: returnItemCollectionMetrics,
  ClientRequestToken: string({ min: 1, max: 36 }),
  TransactItems: required(
    list(
      structure('TransactWriteItem', {
        ConditionCheck: structure('ConditionCheck', {
          TableName: required(tableName),
          Key: required(attributes),
          ConditionExpression: required(text),
          ...condition,
        }),
        Put: structure('Put', {
          TableName: required(tableName),
          Item: required(attributes),
          ConditionExpression: text,
          ...condition,
        }),
        Delete: structure('Delete', {
          TableName: required(tableName),
          Key: required(attributes),
          ConditionExpression: text,
          ...condition,
        }),
        Update: structure('Update', {
          TableName: required(tableName),
          Key: required(attributes),
          UpdateExpression: required(text),
          ConditionExpression: text,
          ...condition,
        }),
      }),
      { min: 1, max: TRANSACTION_MAX },
    ),
  ),
});

export const transactGetItems = structure('TransactGetItemsInput', {
  ReturnConsumedCapacity: returnConsumedCapacity,
  TransactItems: required(
    list(
      structure('TransactGetItem', {
        Get: required(
          structure('Get', {
            TableName: required(tableName),
            Key: required(attributes),
            ProjectionExpression: text,
            ExpressionAttributeNames: attributeNames,
          }),
        ),
      }),
      { min: 1, max: TRANSACTION_MAX },
    ),
  ),
});
