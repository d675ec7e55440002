import type { AttributeMap, Item } from '../encoding/attribute-value.js';
import { itemSizeBytes } from '../encoding/item-size.js';
import { PartitionError } from '../partition/errors.js';
import { TableError } from '../table/errors.js';
import { checkIndexKeys } from '../table/index-keys.js';
import { type ItemAddress, itemKey } from '../table/key-layout.js';
import { addressOfItem, addressOfKey } from '../table/key-schema.js';
import type { WriteReply } from '../table/requests.js';
import type { Table } from '../table/table.js';
import {
  addUse,
  type CapacityUse,
  consumedCapacity,
  isMeasured,
  itemCollectionMetrics,
  unitsWritten,
} from './consumed-capacity.js';
import { throughputExceeded, validationError } from './service-error.js';
import type { Operation } from './services.js';
import { tableOfItems } from './table-access.js';
import { namedByCaller, type Output, type OutputValue } from './types.js';
import type { BatchWriteItemInput, WriteRequest } from './validation/input-types.js';
import { assertWritten } from './write-condition.js';

interface ItemWrite {
  readonly table: Table;
  readonly address: ItemAddress;
  /** The item, or the key of what is deleted. */
  readonly key: AttributeMap;
  /** Undefined: delete. */
  readonly item: Item | undefined;
  readonly sizeBytes: number;
}

interface TableWrites {
  /** As in the request: a name or an ARN. */
  readonly name: string;
  readonly table: Table;
  readonly writes: readonly ItemWrite[];
}

export const batchWriteItem: Operation<'BatchWriteItem'> = async (services, input) => {
  const plan = [...input.RequestItems].map(([name, requests]) =>
    planWrites(name, tableOfItems(services, name), requests),
  );
  const mode = input.ReturnConsumedCapacity;
  const measure = isMeasured(mode);
  // Every write is on its way before any is awaited, so that those of one partition share a sync.
  const outcomes = await Promise.all(plan.map((writes) => writeAll(writes, measure)));
  return {
    UnprocessedItems: unprocessedItems(outcomes),
    ConsumedCapacity: measure
      ? outcomes.map(({ name, done }) => consumedCapacity(mode, name, useOf(done)))
      : undefined,
    ItemCollectionMetrics: metricsOf(input, outcomes),
  };
};

function planWrites(name: string, table: Table, requests: readonly WriteRequest[]): TableWrites {
  const writes = requests.map((request) => planWrite(table, request));
  if (new Set(writes.map((write) => itemKey(write.address))).size < writes.length) {
    throw validationError('Provided list of item keys contains duplicates');
  }
  return { name, table, writes };
}

function planWrite(table: Table, { PutRequest, DeleteRequest }: WriteRequest): ItemWrite {
  const { definition } = table;
  if (PutRequest === undefined) {
    const key: AttributeMap = DeleteRequest?.Key ?? new Map();
    return { table, address: addressOfKey(definition, key), key, item: undefined, sizeBytes: 0 };
  }
  const item = PutRequest.Item;
  const address = addressOfItem(definition, item, 'The provided key element does not match the schema');
  const sizeBytes = itemSizeBytes(item);
  checkIndexKeys(definition, item, sizeBytes);
  return { table, address, key: item, item, sizeBytes };
}

/** `conflict`: a transaction holds the item for too long. The operation has no exception for it, unlike those on one item. */
interface Unprocessed {
  readonly write: ItemWrite;
  readonly cause: 'overload' | 'conflict';
}

interface Outcome {
  readonly name: string;
  readonly table: Table;
  readonly done: readonly { readonly write: ItemWrite; readonly reply: WriteReply }[];
  readonly unprocessed: readonly Unprocessed[];
}

async function writeAll({ name, table, writes }: TableWrites, measure: boolean): Promise<Outcome> {
  const done: { readonly write: ItemWrite; readonly reply: WriteReply }[] = [];
  const unprocessed: Unprocessed[] = [];
  await Promise.all(
    writes.map(async (write) => {
      try {
        done.push({ write, reply: await writeItem(write, measure) });
      } catch (error) {
        const cause = causeToTryAgain(error);
        if (cause === undefined) throw error;
        unprocessed.push({ write, cause });
      }
    }),
  );
  return { name, table, done, unprocessed };
}

function writeItem({ table, address, item, sizeBytes }: ItemWrite, measure: boolean): Promise<WriteReply> {
  if (item === undefined) return table.delete({ address, measure });
  return table.put({ address, item, sizeBytes, measure });
}

function causeToTryAgain(error: unknown): Unprocessed['cause'] | undefined {
  if (error instanceof PartitionError && error.code === 'OVERLOADED') return 'overload';
  if (error instanceof TableError && error.code === 'TRANSACTION_CONFLICT') return 'conflict';
  return undefined;
}

/**
 * What could not be done now, as a request to send again.
 * @throws ServiceError ProvisionedThroughputExceededException when the engine was too busy for everything
 */
function unprocessedItems(outcomes: readonly Outcome[]): Output {
  const items = namedByCaller();
  for (const { name, unprocessed } of outcomes) {
    if (unprocessed.length === 0) continue;
    items[name] = unprocessed.map(({ write: { key, item } }) =>
      item === undefined ? { DeleteRequest: { Key: key } } : { PutRequest: { Item: item } },
    );
  }
  const isRefused = outcomes.every(
    ({ done, unprocessed }) => done.length === 0 && unprocessed.every(({ cause }) => cause === 'overload'),
  );
  if (isRefused) throw throughputExceeded(undefined);
  return items;
}

function useOf(done: Outcome['done']): CapacityUse {
  let use: CapacityUse = { table: 0 };
  for (const { reply } of done) {
    assertWritten(reply);
    use = addUse(use, unitsWritten(reply));
  }
  return use;
}

/** One entry per item collection that was written to. */
function metricsOf(input: BatchWriteItemInput, outcomes: readonly Outcome[]): OutputValue {
  if (input.ReturnItemCollectionMetrics !== 'SIZE') return undefined;
  const metrics = namedByCaller();
  for (const { name, table, done } of outcomes) {
    const { definition } = table;
    if (definition.localIndexes.length === 0) continue;
    const collections = new Map<string, OutputValue>();
    for (const { write, reply } of done) {
      const { address, key } = write;
      assertWritten(reply);
      collections.set(
        address.collection,
        itemCollectionMetrics('SIZE', definition, key, reply.collectionBytes),
      );
    }
    metrics[name] = [...collections.values()];
  }
  return metrics;
}
