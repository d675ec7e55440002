/** The table of shapes: one entry per operation. */
import * as batches from './shapes/batches.js';
import * as items from './shapes/items.js';
import * as tables from './shapes/tables.js';

export const operationShapes = {
  BatchGetItem: batches.batchGetItem,
  BatchWriteItem: batches.batchWriteItem,
  CreateTable: tables.createTable,
  DeleteItem: items.deleteItem,
  DeleteTable: tables.deleteTable,
  DescribeEndpoints: tables.describeEndpoints,
  DescribeLimits: tables.describeLimits,
  DescribeTable: tables.describeTable,
  DescribeTimeToLive: tables.describeTimeToLive,
  GetItem: items.getItem,
  ListTables: tables.listTables,
  ListTagsOfResource: tables.listTagsOfResource,
  PutItem: items.putItem,
  Query: items.query,
  Scan: items.scan,
  TagResource: tables.tagResource,
  TransactGetItems: batches.transactGetItems,
  TransactWriteItems: batches.transactWriteItems,
  UntagResource: tables.untagResource,
  UpdateItem: items.updateItem,
  UpdateTable: tables.updateTable,
  UpdateTimeToLive: tables.updateTimeToLive,
} as const;
