/** Which rules each operation's input must keep, in the service's order. */
import { validationError } from '../service-error.js';
import type { Input, OperationName } from './input-types.js';
import {
  checkAttributeUpdates,
  checkConditionalOperator,
  checkConditions,
  checkExpected,
} from './legacy-rules.js';
import {
  checkAttributeNames,
  checkAttributesToGet,
  checkDialect,
  checkExpressionParameters,
  checkItem,
  checkNamesOfValue,
  checkPlaceholders,
  checkReturnValues,
  checkSegments,
  checkTags,
  throwFault,
  throwStartKeyFault,
} from './rules.js';
import { BATCH_GET_MAX, BATCH_WRITE_MAX } from './shapes/batches.js';
import { checkNameLength, parseResourceArn } from './table-name.js';
import type { AttributeFault } from './type-phase.js';

type Rules<O extends OperationName> = (input: Input<O>, faults: readonly AttributeFault[]) => void;

export const operationRules: { readonly [O in OperationName]?: Rules<O> } = {
  PutItem(input, faults) {
    checkNameLength(input.TableName);
    checkExpressionParameters(input, ['ConditionExpression'], ['Expected']);
    throwFault(faults, 'Item');
    checkReturnValues(input.ReturnValues);
    checkItem(input.Item);
    throwFault(faults, 'Expected');
    checkExpected(input.Expected, input.ConditionalOperator);
    checkPlaceholders(input, faults);
  },

  DeleteItem(input, faults) {
    checkNameLength(input.TableName);
    checkExpressionParameters(input, ['ConditionExpression'], ['Expected']);
    throwFault(faults, 'Key');
    checkReturnValues(input.ReturnValues);
    throwFault(faults, 'Expected');
    checkExpected(input.Expected, input.ConditionalOperator);
    checkPlaceholders(input, faults);
  },

  UpdateItem(input, faults) {
    checkNameLength(input.TableName);
    checkExpressionParameters(
      input,
      ['UpdateExpression', 'ConditionExpression'],
      ['AttributeUpdates', 'Expected'],
    );
    throwFault(faults, 'Key');
    throwFault(faults, 'AttributeUpdates');
    checkAttributeNames(input.AttributeUpdates?.keys());
    for (const { Value } of input.AttributeUpdates?.values() ?? []) checkNamesOfValue(Value);
    checkAttributeUpdates(input.AttributeUpdates);
    throwFault(faults, 'Expected');
    checkExpected(input.Expected, input.ConditionalOperator);
    checkPlaceholders(input, faults);
  },

  GetItem(input, faults) {
    checkNameLength(input.TableName);
    checkExpressionParameters(input, ['ProjectionExpression'], ['AttributesToGet']);
    throwFault(faults, 'Key');
    checkAttributesToGet(input.AttributesToGet);
    checkPlaceholders(input, faults);
  },

  Query(input, faults) {
    checkNameLength(input.TableName);
    checkExpressionParameters(
      input,
      ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression'],
      // KeyConditions goes with every expression but the one that replaced it.
      input.KeyConditionExpression === undefined
        ? ['AttributesToGet', 'QueryFilter', 'ConditionalOperator']
        : ['AttributesToGet', 'QueryFilter', 'ConditionalOperator', 'KeyConditions'],
    );
    throwFault(faults, 'QueryFilter');
    checkConditions(input.QueryFilter);
    checkConditionalOperator(input.ConditionalOperator, input.QueryFilter);
    checkAttributesToGet(input.AttributesToGet);
    throwStartKeyFault(faults);
    if (input.KeyConditions === undefined && input.KeyConditionExpression === undefined) {
      throw validationError(
        'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
      );
    }
    checkPlaceholders(input, faults);
    throwFault(faults, 'KeyConditions');
    checkConditions(input.KeyConditions);
  },

  Scan(input, faults) {
    checkNameLength(input.TableName);
    checkExpressionParameters(
      input,
      ['ProjectionExpression', 'FilterExpression'],
      ['AttributesToGet', 'ScanFilter', 'ConditionalOperator'],
    );
    checkAttributesToGet(input.AttributesToGet);
    throwFault(faults, 'ScanFilter');
    checkConditions(input.ScanFilter);
    checkConditionalOperator(input.ConditionalOperator, input.ScanFilter);
    throwStartKeyFault(faults);
    checkSegments(input.Segment, input.TotalSegments);
    checkPlaceholders(input, faults);
  },

  BatchGetItem(input, faults) {
    let count = 0;
    // What is asked of one table excludes the other dialect for all tables.
    checkDialect(
      Object.assign({}, ...input.RequestItems.values()),
      ['ProjectionExpression'],
      ['AttributesToGet'],
    );
    for (const request of input.RequestItems.values()) {
      checkExpressionParameters(request, ['ProjectionExpression'], ['AttributesToGet']);
      checkAttributesToGet(request.AttributesToGet);
      checkPlaceholders(request, faults);
      count += request.Keys.length;
    }
    throwFault(faults, 'RequestItems');
    if (count > BATCH_GET_MAX) throw validationError('Too many items requested for the BatchGetItem call');
  },

  BatchWriteItem(input, faults) {
    if (input.RequestItems.size === 0) {
      throw validationError('The requestItems parameter is required for BatchWriteItem');
    }
    let count = 0;
    for (const requests of input.RequestItems.values()) {
      for (const { PutRequest, DeleteRequest } of requests) {
        if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
          throw validationError(
            'Supplied AttributeValue has more than one datatypes set, ' +
              'must contain exactly one of the supported datatypes',
          );
        }
      }
      count += requests.length;
    }
    throwFault(faults, 'RequestItems');
    if (count > BATCH_WRITE_MAX) {
      throw validationError('Too many items requested for the BatchWriteItem call');
    }
    for (const requests of input.RequestItems.values()) {
      for (const { PutRequest } of requests) if (PutRequest !== undefined) checkItem(PutRequest.Item);
    }
  },

  TransactWriteItems(input, faults) {
    for (const action of input.TransactItems) {
      const [request, ...others] = Object.values(action);
      if (request === undefined || others.length > 0) {
        throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
      }
      checkNameLength(request.TableName);
      checkExpressionParameters(
        request,
        action.Update === undefined ? ['ConditionExpression'] : ['UpdateExpression', 'ConditionExpression'],
        [],
      );
    }
    throwFault(faults, 'TransactItems');
    for (const action of input.TransactItems) {
      for (const request of Object.values(action)) checkPlaceholders(request, faults);
      if (action.Put !== undefined) checkItem(action.Put.Item);
    }
  },

  TransactGetItems(input, faults) {
    for (const { Get } of input.TransactItems) {
      checkNameLength(Get.TableName);
      checkExpressionParameters(Get, ['ProjectionExpression'], []);
      checkPlaceholders(Get, faults);
    }
    throwFault(faults, 'TransactItems');
  },

  TagResource(input) {
    parseResourceArn(input.ResourceArn);
    if (input.Tags.length === 0) throw validationError('Atleast one Tag needs to be provided as Input.');
    checkTags(input.Tags);
  },

  UntagResource(input) {
    parseResourceArn(input.ResourceArn);
    if (input.TagKeys.length === 0) {
      throw validationError('Atleast one Tag Key needs to be provided as Input.');
    }
  },

  ListTagsOfResource(input) {
    parseResourceArn(input.ResourceArn);
  },

  CreateTable(input) {
    if (input.Tags !== undefined) checkTags(input.Tags);
  },
};
