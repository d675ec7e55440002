/** Inputs of the operations on one item, and of Query and Scan. */
import { attributeValue, boolean, enumeration, integer, map, required, structure } from '../shape.js';
import {
  attributeNames,
  attributes,
  attributesToGet,
  conditionalOperator,
  conditions,
  expected,
  indexName,
  returnConsumedCapacity,
  returnItemCollectionMetrics,
  returnValues,
  returnValuesOnConditionCheckFailure,
  select,
  tableName,
  text,
} from './common.js';

const SEGMENTS_MAX = 1_000_000;

const expressionParameters = {
  ConditionExpression: text,
  ExpressionAttributeNames: attributeNames,
  ExpressionAttributeValues: attributes,
  ReturnValuesOnConditionCheckFailure: returnValuesOnConditionCheckFailure,
};

export const putItem = structure('PutItemInput', {
  ReturnConsumedCapacity: returnConsumedCapacity,
  TableName: required(tableName),
  Item: required(attributes),
  ConditionalOperator: conditionalOperator,
  Expected: expected,
  ReturnValues: returnValues,
  ReturnItemCollectionMetrics: returnItemCollectionMetrics,
  ...expressionParameters,
});

export const deleteItem = structure('DeleteItemInput', {
  ReturnConsumedCapacity: returnConsumedCapacity,
  TableName: required(tableName),
  ReturnValues: returnValues,
  ReturnItemCollectionMetrics: returnItemCollectionMetrics,
  Key: required(attributes),
  ConditionalOperator: conditionalOperator,
  Expected: expected,
  ...expressionParameters,
});

export const updateItem = structure('UpdateItemInput', {
  ReturnConsumedCapacity: returnConsumedCapacity,
  TableName: required(tableName),
  ReturnItemCollectionMetrics: returnItemCollectionMetrics,
  ReturnValues: returnValues,
  Key: required(attributes),
  ConditionalOperator: conditionalOperator,
  Expected: expected,
  AttributeUpdates: map(
    text,
    structure('AttributeValueUpdate', {
      Action: enumeration(['ADD', 'DELETE', 'PUT']),
      Value: attributeValue,
    }),
  ),
  UpdateExpression: text,
  ...expressionParameters,
});

export const getItem = structure('GetItemInput', {
  ReturnConsumedCapacity: returnConsumedCapacity,
  AttributesToGet: attributesToGet,
  TableName: required(tableName),
  Key: required(attributes),
  ConsistentRead: boolean,
  ProjectionExpression: text,
  ExpressionAttributeNames: attributeNames,
});

export const query = structure('QueryInput', {
  Limit: integer({ min: 1 }),
  ExclusiveStartKey: attributes,
  ReturnConsumedCapacity: returnConsumedCapacity,
  AttributesToGet: attributesToGet,
  QueryFilter: conditions,
  Select: select,
  ConditionalOperator: conditionalOperator,
  KeyConditions: conditions,
  TableName: required(tableName),
  ConsistentRead: boolean,
  IndexName: indexName,
  ScanIndexForward: boolean,
  KeyConditionExpression: text,
  FilterExpression: text,
  ProjectionExpression: text,
  ExpressionAttributeNames: attributeNames,
  ExpressionAttributeValues: attributes,
});

export const scan = structure('ScanInput', {
  Limit: integer({ min: 1 }),
  ReturnConsumedCapacity: returnConsumedCapacity,
  AttributesToGet: attributesToGet,
  Segment: integer({ min: 0, max: SEGMENTS_MAX - 1 }),
  Select: select,
  ScanFilter: conditions,
  ConditionalOperator: conditionalOperator,
  TotalSegments: integer({ min: 1, max: SEGMENTS_MAX }),
  TableName: required(tableName),
  ExclusiveStartKey: attributes,
  IndexName: indexName,
  ConsistentRead: boolean,
  FilterExpression: text,
  ProjectionExpression: text,
  ExpressionAttributeNames: attributeNames,
  ExpressionAttributeValues: attributes,
});
