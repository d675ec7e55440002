/**
 * The owner of a partition of a table: answers requests about items with the bytes that the partition keeps.
 *
 * Writes that look at the old item go through `Partition.update`, whose *decide* function (`item-write.ts`) runs here.
 * Writes of one item pass by the locks of transactions (`key-admission.ts`); for transactions the owner turns what they
 * do to an item into an action of theirs.
 */
import assert from 'node:assert/strict';
import type { Item } from '../encoding/attribute-value.js';
import { projectItem } from '../expression/index.js';
import type { Partition, Snapshot } from '../partition/types.js';
import type { LockTable } from '../transaction/lock-table.js';
import type { Action, Participant } from '../transaction/types.js';
import type { Clock } from '../vfs/clock.js';
import { TableError } from './errors.js';
import { type ItemCollection, ItemCollections } from './item-collections.js';
import {
  type DecideItemWrite,
  decideCheck,
  decideDelete,
  decidePut,
  decideUpdate,
  type ItemWrite,
  written,
} from './item-write.js';
import { KeyAdmission } from './key-admission.js';
import { type ItemAddress, itemKey } from './key-layout.js';
import { COLLECTION_BYTES_MAX } from './limits.js';
import { readRange } from './range-read.js';
import type {
  CheckRequest,
  DeleteRequest,
  EncodedGetReply,
  GetReply,
  GetRequest,
  PutRequest,
  RangeReply,
  RangeRequest,
  UpdateRequest,
  WriteReply,
} from './requests.js';
import { decodeStored, encodedStored, encodeStored, storedSize } from './stored-item.js';
import type { TableDefinition } from './types.js';

const ABSENT: GetReply = { item: undefined, sizeBytes: 0 };
const ABSENT_ENCODED: EncodedGetReply = { item: undefined, sizeBytes: 0 };

/** One of the actions of a transaction. */
export type ItemAction =
  | { readonly kind: 'put'; readonly request: PutRequest }
  | { readonly kind: 'update'; readonly request: UpdateRequest }
  | { readonly kind: 'delete'; readonly request: DeleteRequest }
  | { readonly kind: 'check'; readonly request: CheckRequest };

/** A condition that did not hold, with the item where that was asked for; or why the action cannot be applied to it. */
export interface ItemRefusal {
  readonly item?: Item | undefined;
  readonly error?: unknown;
}

export interface TransactionAction extends Action<WriteReply, ItemRefusal> {
  /** To be called once when the transaction is committed: the reply. */
  readonly committed: () => WriteReply;
}

export class PartitionOwner {
  /** Undefined: the table has no local indexes. */
  private readonly collections: ItemCollections | undefined;
  private readonly admission: KeyAdmission;

  constructor(
    /** Keys and indexes of a table never change, so the definition may be that of any moment. */
    readonly definition: TableDefinition,
    private readonly participant: Participant,
    locks: LockTable,
    private readonly clock: Clock,
    collectionBytesMax: number = COLLECTION_BYTES_MAX,
  ) {
    const { partition } = participant;
    this.admission = new KeyAdmission(participant, locks);
    this.collections =
      definition.localIndexes.length === 0
        ? undefined
        : new ItemCollections(definition, partition, clock, collectionBytesMax);
  }

  get partition(): Partition {
    return this.participant.partition;
  }

  /** At once when no block must be read from disk. */
  get(request: GetRequest, snapshot?: Snapshot): GetReply | Promise<GetReply> {
    const stored = this.partition.get(itemKey(request.address), snapshot);
    if (stored instanceof Promise) return stored.then((value) => getReply(request, value));
    return getReply(request, stored);
  }

  getEncoded(address: ItemAddress): EncodedGetReply | Promise<EncodedGetReply> {
    const stored = this.partition.get(itemKey(address));
    return stored instanceof Promise ? stored.then(encodedReply) : encodedReply(stored);
  }

  async put(request: PutRequest): Promise<WriteReply> {
    const { address, item, sizeBytes, condition, returnOld = false } = request;
    if (condition !== undefined || returnOld || request.measure || this.hasIndexes) {
      return this.write(address, decidePut(this.definition, request));
    }
    const key = itemKey(address);
    const mutations = [{ key, value: encodeStored(item, sizeBytes) }];
    await this.admission.write(key, (admission) => this.partition.write(mutations, admission));
    return written(undefined, 0, sizeBytes);
  }

  async delete(request: DeleteRequest): Promise<WriteReply> {
    const { address, condition, returnOld = false } = request;
    if (condition !== undefined || returnOld || request.measure || this.hasIndexes) {
      return this.write(address, decideDelete(this.definition, request));
    }
    const key = itemKey(address);
    const mutations = [{ key, value: null }];
    await this.admission.write(key, (admission) => this.partition.write(mutations, admission));
    return written(undefined, 0, 0);
  }

  update(request: UpdateRequest): Promise<WriteReply> {
    return this.write(request.address, decideUpdate(this.definition, request));
  }

  /** An action of a transaction on one item. At once, but for the size of an item collection that must be counted. */
  action(write: ItemAction): TransactionAction | Promise<TransactionAction> {
    if (write.kind === 'check') return this.actionOn(write, undefined);
    const collection = this.collections?.of(write.request.address.collection);
    return collection instanceof Promise
      ? collection.then((counted) => this.actionOn(write, counted))
      : this.actionOn(write, collection);
  }

  /** At once when no block must be read from disk and the page is no long work. */
  range(request: RangeRequest): RangeReply | Promise<RangeReply> {
    return readRange(this.definition, this.partition, this.clock, request);
  }

  private get hasIndexes(): boolean {
    return this.collections !== undefined;
  }

  /** Decides on the current item, writes what comes of it, and answers. */
  private async write(address: ItemAddress, decide: DecideItemWrite): Promise<WriteReply> {
    const key = itemKey(address);
    const tracked = this.collections?.of(address.collection);
    const collection = tracked instanceof Promise ? await tracked : tracked;
    let write: ItemWrite | undefined;
    await this.admission.write(key, ({ enter }) =>
      this.partition.update(key, (current) => {
        enter(key);
        write = decide(current);
        this.checkCollection(collection, write);
        return write.mutations.length === 0 ? null : write.mutations;
      }),
    );
    if (write === undefined)
      throw new Error(`the partition never decided on a write in ${this.definition.name}`);
    return countIn(collection, write);
  }

  private actionOn(write: ItemAction, collection: ItemCollection | undefined): TransactionAction {
    const decide = deciderOf(this.definition, write);
    let decided: ItemWrite | undefined;
    return {
      participant: this.participant,
      key: itemKey(write.request.address),
      mode: write.kind === 'check' ? 'shared' : 'exclusive',
      decide: (current) => {
        try {
          decided = decide(current);
          this.checkCollection(collection, decided);
        } catch (error) {
          return { refused: true, refusal: { error } };
        }
        const { reply, mutations } = decided;
        return reply.written
          ? { refused: false, reply, mutations }
          : { refused: true, refusal: { item: reply.item } };
      },
      committed: () => {
        assert(decided !== undefined, 'what is committed was decided');
        return countIn(collection, decided);
      },
    };
  }

  /** A collection that is too large can still shrink. @throws TableError COLLECTION_FULL */
  private checkCollection(collection: ItemCollection | undefined, { grownBytes }: ItemWrite): void {
    if (this.collections === undefined || collection === undefined || grownBytes <= 0) return;
    if (collection.sizeBytes + grownBytes > this.collections.limitBytes) {
      throw new TableError('COLLECTION_FULL', 'Collection size exceeded.');
    }
  }
}

function encodedReply(stored: Uint8Array | undefined): EncodedGetReply {
  if (stored === undefined) return ABSENT_ENCODED;
  return { item: encodedStored(stored), sizeBytes: storedSize(stored) };
}

function getReply({ projection }: GetRequest, stored: Uint8Array | undefined): GetReply {
  if (stored === undefined) return ABSENT;
  const item = decodeStored(stored);
  return {
    item: projection === undefined ? item : projectItem(projection, item),
    sizeBytes: storedSize(stored),
  };
}

function deciderOf(definition: TableDefinition, action: ItemAction): DecideItemWrite {
  switch (action.kind) {
    case 'put':
      return decidePut(definition, action.request);
    case 'update':
      return decideUpdate(definition, action.request);
    case 'delete':
      return decideDelete(definition, action.request);
    case 'check':
      return decideCheck(action.request);
  }
}

/** The reply to a write that is committed. */
function countIn(collection: ItemCollection | undefined, { reply, grownBytes }: ItemWrite): WriteReply {
  if (collection === undefined || !reply.written) return reply;
  collection.sizeBytes += grownBytes;
  return { ...reply, collectionBytes: collection.sizeBytes };
}
