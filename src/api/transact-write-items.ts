/**
 * TransactWriteItems: checks and compiles every action, has all of them done or none, and says which ones stood in the
 * way.
 *
 * What is wrong with the request itself is a ValidationException. What shows only beside the table or the item cancels the
 * transaction, with a reason in the place of the action.
 */
import { NESTING_FAULT } from '../encoding/attribute-json.js';
import type { AttributeMap } from '../encoding/attribute-value.js';
import { itemSizeBytes } from '../encoding/item-size.js';
import { isTooDeep } from '../encoding/nesting.js';
import type { CompiledExpressions } from '../expression/index.js';
import { readUnits } from '../table/capacity/units.js';
import { checkIndexKeys } from '../table/index-keys.js';
import { addressOfItem, addressOfKey } from '../table/key-schema.js';
import type { WriteReply } from '../table/requests.js';
import type { Table } from '../table/table.js';
import type { TransactRefusal, TransactWriteRequest } from '../table/transactions.js';
import { TokenError } from '../transaction/errors.js';
import {
  capacityPerTable,
  isMeasured,
  itemCollectionMetrics,
  type TableUse,
  unitsWritten,
} from './consumed-capacity.js';
import {
  type CancellationReason,
  idempotentParameterMismatch,
  transactionCanceled,
  transactionInProgress,
  validationError,
} from './service-error.js';
import type { Operation } from './services.js';
import { tableOfItems } from './table-access.js';
import {
  checkPlans,
  checkTransactionSize,
  fitToTable,
  MISFITS_OF_WRITES,
  NO_REASON,
} from './transaction-plan.js';
import { tokenOf } from './transaction-token.js';
import type { OutputValue } from './types.js';
import { checkUpdateOfKeys } from './update-rules.js';
import type { TransactWriteItem, TransactWriteItemsInput } from './validation/input-types.js';
import { assertWritten, compileWrite } from './write-condition.js';

export const transactWriteItems: Operation<'TransactWriteItems'> = async (services, input) => {
  const compiled = input.TransactItems.map((action) => ({ action, ...compileWrite(bodyOf(action)) }));
  checkTransactionSize(input.TransactItems.reduce((sum, action) => sum + itemSizeBytes(keyOf(action)), 0));
  const located = compiled.map((each) => ({
    ...each,
    table: tableOfItems(services, bodyOf(each.action).TableName),
  }));
  const requests = checkPlans(located.map((each) => fitToTable(() => planAction(each), MISFITS_OF_WRITES)));
  const { ClientRequestToken } = input;
  const token =
    ClientRequestToken === undefined ? undefined : tokenOf(ClientRequestToken, input.TransactItems);
  const reply = await services.tables.transactWrite(requests, token).catch(throwTokenError);
  switch (reply.kind) {
    case 'refused':
      throw transactionCanceled(reply.refusals.map(reasonOf));
    case 'repeated':
      return { ConsumedCapacity: await capacityOfRepetition(input, requests) };
    case 'committed': {
      const uses = input.TransactItems.map((action, index) =>
        useOf(action, reply.replies[index] as WriteReply),
      );
      return {
        ConsumedCapacity: capacityPerTable(input.ReturnConsumedCapacity, uses, 'WriteCapacityUnits'),
        ItemCollectionMetrics: metricsOf(input, requests, reply.replies),
      };
    }
  }
};

type ActionBody = NonNullable<TransactWriteItem['Put' | 'Update' | 'Delete' | 'ConditionCheck']>;

/** Validation has seen to it that there is exactly one. */
function bodyOf({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): ActionBody {
  return (Put ?? Update ?? Delete ?? ConditionCheck) as ActionBody;
}

/** The item, or the key of what is not put. */
function keyOf({ Put, ...others }: TransactWriteItem): AttributeMap {
  return Put === undefined ? (bodyOf(others) as { readonly Key: AttributeMap }).Key : Put.Item;
}

interface LocatedAction extends CompiledExpressions {
  readonly action: TransactWriteItem;
  readonly table: Table;
}

function planAction({ action, table, condition, update }: LocatedAction): TransactWriteRequest {
  const { Put, Update, Delete } = action;
  const { definition } = table;
  const returnOldOnFailure = bodyOf(action).ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  if (Put !== undefined) {
    const address = addressOfItem(definition, Put.Item);
    const sizeBytes = itemSizeBytes(Put.Item);
    checkIndexKeys(definition, Put.Item, sizeBytes);
    return {
      kind: 'put',
      table,
      request: { address, item: Put.Item, sizeBytes, condition, returnOldOnFailure },
    };
  }
  const key = keyOf(action);
  const address = addressOfKey(definition, key);
  if (Update !== undefined) {
    if (update !== undefined) checkUpdateOfKeys(definition, update);
    checkLevels(Update);
    const request = { address, key, update, condition, returns: 'NONE', returnOldOnFailure } as const;
    return { kind: 'update', table, request };
  }
  if (Delete !== undefined)
    return { kind: 'delete', table, request: { address, condition, returnOldOnFailure } };
  if (condition === undefined) throw new TypeError('a condition check has a condition');
  return { kind: 'check', table, request: { address, condition, returnOldOnFailure } };
}

/** Of values that might be stored, and may come nested too deep. */
function checkLevels({ ExpressionAttributeValues: values }: NonNullable<TransactWriteItem['Update']>): void {
  for (const value of values?.values() ?? []) if (isTooDeep(value)) throw validationError(NESTING_FAULT);
}

function throwTokenError(error: unknown): never {
  if (!(error instanceof TokenError)) throw error;
  throw error.code === 'TOKEN_MISMATCH' ? idempotentParameterMismatch() : transactionInProgress();
}

function reasonOf(refusal: TransactRefusal | undefined): CancellationReason {
  switch (refusal?.kind) {
    case undefined:
      return NO_REASON;
    case 'condition': {
      const reason = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
      return refusal?.item === undefined ? reason : { ...reason, Item: refusal.item };
    }
    case 'conflict':
      return { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };
    case 'invalid':
      return { Code: 'ValidationError', Message: refusal?.message ?? '' };
    case 'collection-full':
      return { Code: 'ItemCollectionSizeLimitExceeded', Message: refusal?.message ?? '' };
  }
}

/** The table takes two units for each of a single write: one to prepare, one to commit. An index takes the same. */
function useOf(action: TransactWriteItem, reply: WriteReply): TableUse {
  assertWritten(reply);
  const { table, localIndexes } = unitsWritten(reply);
  const use = localIndexes === undefined ? { table: 2 * table } : { table: 2 * table, localIndexes };
  return { name: bodyOf(action).TableName, use };
}

/** A repetition pays for reading the items. */
async function capacityOfRepetition(
  { ReturnConsumedCapacity: mode, TransactItems }: TransactWriteItemsInput,
  requests: readonly TransactWriteRequest[],
): Promise<OutputValue> {
  if (!isMeasured(mode)) return undefined;
  const uses = await Promise.all(
    requests.map(async ({ table, request: { address } }, index) => {
      const { sizeBytes } = await table.get({ address });
      return {
        name: bodyOf(TransactItems[index] as TransactWriteItem).TableName,
        use: { table: 2 * readUnits(sizeBytes) },
      };
    }),
  );
  return capacityPerTable(mode, uses, 'ReadCapacityUnits');
}

/** One entry per item collection that was written to. */
function metricsOf(
  { ReturnItemCollectionMetrics: mode, TransactItems }: TransactWriteItemsInput,
  requests: readonly TransactWriteRequest[],
  replies: readonly WriteReply[],
): OutputValue {
  if (mode !== 'SIZE') return undefined;
  const metrics = new Map<string, Map<string, OutputValue>>();
  for (const [index, { kind, table, request }] of requests.entries()) {
    const { definition } = table;
    if (kind === 'check' || definition.localIndexes.length === 0) continue;
    const reply = replies[index] as WriteReply;
    assertWritten(reply);
    const action = TransactItems[index] as TransactWriteItem;
    const { TableName: name } = bodyOf(action);
    const collections = metrics.get(name) ?? new Map<string, OutputValue>();
    metrics.set(name, collections);
    const key = keyOf(action);
    const metric = itemCollectionMetrics(mode, definition, key, reply.collectionBytes);
    collections.set(request.address.collection, metric);
  }
  return Object.fromEntries([...metrics].map(([name, collections]) => [name, [...collections.values()]]));
}
