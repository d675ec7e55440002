/**
 * The owner of a partition of a table: answers requests about items with the bytes that the partition keeps.
 *
 * Writes that look at the old item go through `Partition.update`, whose *decide* function runs here: pure, synchronous,
 * from the item's current bytes to the mutations of one log record (the item and its index entries) or a refusal.
 */
import type { Item } from '../encoding/attribute-value.js';
import { itemSizeBytes } from '../encoding/item-size.js';
import { ITEM_BYTES_MAX } from '../encoding/limits.js';
import { applyUpdate, evaluateCondition, projectItem, type Update } from '../expression/index.js';
import type { Mutation, Partition } from '../partition/types.js';
import type { Clock } from '../vfs/clock.js';
import { invalidItem, TableError } from './errors.js';
import { checkUpdatedIndexKeys } from './index-keys.js';
import { type ItemCollection, ItemCollections } from './item-collections.js';
import { itemKey } from './key-layout.js';
import { COLLECTION_BYTES_MAX } from './limits.js';
import { indexMutations } from './local-index.js';
import { readRange } from './range-read.js';
import type {
  DeleteRequest,
  GetReply,
  GetRequest,
  IndexWrite,
  PutRequest,
  RangeReply,
  RangeRequest,
  UpdateRequest,
  UpdateReturn,
  WriteReply,
} from './requests.js';
import { decodeStored, encodeStored, storedSize } from './stored-item.js';
import type { TableDefinition } from './types.js';

const ABSENT: GetReply = { item: undefined, sizeBytes: 0 };
const NO_INDEX_WRITES: readonly IndexWrite[] = [];

export class PartitionOwner {
  /** Undefined: the table has no local indexes. */
  private readonly collections: ItemCollections | undefined;

  constructor(
    /** Keys and indexes of a table never change, so the definition may be that of any moment. */
    readonly definition: TableDefinition,
    readonly partition: Partition,
    private readonly clock: Clock,
    collectionBytesMax: number = COLLECTION_BYTES_MAX,
  ) {
    this.collections =
      definition.localIndexes.length === 0
        ? undefined
        : new ItemCollections(definition, partition, clock, collectionBytesMax);
  }

  /** At once when no block must be read from disk. */
  get(request: GetRequest): GetReply | Promise<GetReply> {
    const stored = this.partition.get(itemKey(request.address));
    if (stored instanceof Promise) return stored.then((value) => getReply(request, value));
    return getReply(request, stored);
  }

  async put(request: PutRequest): Promise<WriteReply> {
    const { address, item, sizeBytes, condition, returnOld = false } = request;
    const key = itemKey(address);
    if (condition === undefined && !returnOld && !request.measure && !this.hasIndexes) {
      await this.partition.write([{ key, value: encodeStored(item, sizeBytes) }]);
      return written(undefined, 0, sizeBytes);
    }
    return this.write(request, (old) => ({
      next: item,
      nextBytes: sizeBytes,
      attributes: returnOld ? old : undefined,
    }));
  }

  async delete(request: DeleteRequest): Promise<WriteReply> {
    const { condition, returnOld = false } = request;
    if (condition === undefined && !returnOld && !request.measure && !this.hasIndexes) {
      await this.partition.write([{ key: itemKey(request.address), value: null }]);
      return written(undefined, 0, 0);
    }
    return this.write(request, (old) => ({
      next: undefined,
      nextBytes: 0,
      attributes: returnOld ? old : undefined,
    }));
  }

  async update(request: UpdateRequest): Promise<WriteReply> {
    const { key, update, returns } = request;
    return this.write(request, (old) => {
      const base = old ?? key;
      const result =
        update === undefined ? { item: base, old: EMPTY, new: EMPTY } : applyUpdate(update, base);
      if (old === undefined && update !== undefined && onlyRemoves(update)) return NOTHING_TO_REMOVE;
      const nextBytes = itemSizeBytes(result.item);
      if (nextBytes > ITEM_BYTES_MAX) {
        throw invalidItem('Item size to update has exceeded the maximum allowed size');
      }
      checkUpdatedIndexKeys(this.definition, result.item);
      return { next: result.item, nextBytes, attributes: returned(returns, old, result) };
    });
  }

  range(request: RangeRequest): Promise<RangeReply> {
    return readRange(this.definition, this.partition, this.clock, request);
  }

  private get hasIndexes(): boolean {
    return this.collections !== undefined;
  }

  /** Decides on the current item, writes what `change` makes of it, and answers. */
  private async write(
    { address, condition, returnOldOnFailure }: PutRequest | DeleteRequest | UpdateRequest,
    change: (old: Item | undefined) => Change,
  ): Promise<WriteReply> {
    const key = itemKey(address);
    const tracked = this.collections?.of(address.collection);
    const collection = tracked instanceof Promise ? await tracked : tracked;
    let reply: WriteReply | undefined;
    let grownBytes = 0;
    await this.partition.update(key, (current) => {
      const old = current === undefined ? undefined : decodeStored(current);
      if (condition !== undefined && !evaluateCondition(condition, old)) {
        reply = { written: false, item: returnOldOnFailure ? old : undefined };
        return null;
      }
      const { next, nextBytes, attributes } = change(old);
      const oldBytes = current === undefined ? 0 : storedSize(current);
      const mutations: Mutation[] = [];
      if (next !== undefined) mutations.push({ key, value: encodeStored(next, nextBytes) });
      else if (old !== undefined) mutations.push({ key, value: null });
      const indexWrites = this.hasIndexes
        ? indexMutations(this.definition, address, old, next, mutations)
        : NO_INDEX_WRITES;
      grownBytes = nextBytes - oldBytes + indexWrites.reduce((sum, index) => sum + index.grownBytes, 0);
      if (collection !== undefined) this.checkCollection(collection, grownBytes);
      reply = written(attributes, oldBytes, nextBytes, indexWrites);
      return mutations.length === 0 ? null : mutations;
    });
    if (reply === undefined)
      throw new Error(`the partition never decided on a write in ${this.definition.name}`);
    if (collection === undefined || !reply.written) return reply;
    collection.sizeBytes += grownBytes;
    return { ...reply, collectionBytes: collection.sizeBytes };
  }

  /** A collection that is too large can still shrink. @throws TableError COLLECTION_FULL */
  private checkCollection({ sizeBytes }: ItemCollection, grownBytes: number): void {
    if (this.collections === undefined || grownBytes <= 0) return;
    if (sizeBytes + grownBytes > this.collections.limitBytes) {
      throw new TableError('COLLECTION_FULL', 'Collection size exceeded.');
    }
  }
}

/** What a write makes of an item. */
interface Change {
  readonly next: Item | undefined;
  readonly nextBytes: number;
  readonly attributes: Item | undefined;
}

const EMPTY: Item = new Map();
const NOTHING_TO_REMOVE: Change = { next: undefined, nextBytes: 0, attributes: undefined };

/** Such an update of a missing item does not create it. */
function onlyRemoves(update: Update): boolean {
  return (
    update.some(({ kind }) => kind === 'remove') &&
    update.every(({ kind }) => kind === 'remove' || kind === 'delete')
  );
}

function getReply({ projection }: GetRequest, stored: Uint8Array | undefined): GetReply {
  if (stored === undefined) return ABSENT;
  const item = decodeStored(stored);
  return {
    item: projection === undefined ? item : projectItem(projection, item),
    sizeBytes: storedSize(stored),
  };
}

function written(
  attributes: Item | undefined,
  oldBytes: number,
  newBytes: number,
  indexWrites: readonly IndexWrite[] = NO_INDEX_WRITES,
): WriteReply {
  return { written: true, attributes, oldBytes, newBytes, indexWrites, collectionBytes: 0 };
}

function returned(
  returns: UpdateReturn,
  old: Item | undefined,
  result: { readonly item: Item; readonly old: Item; readonly new: Item },
): Item | undefined {
  switch (returns) {
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return old;
    case 'UPDATED_OLD':
      return old === undefined ? undefined : result.old;
    case 'ALL_NEW':
      return result.item;
    case 'UPDATED_NEW':
      return result.new;
  }
}
