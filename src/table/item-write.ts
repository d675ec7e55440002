/**
 * What a write makes of the current bytes of its item: the reply, and the mutations of one log record (the item and its
 * index entries). Pure and synchronous, so that a partition may run it where nothing can come between, and a transaction
 * where its locks keep everything away.
 */
import type { Item } from '../encoding/attribute-value.js';
import { itemSizeBytes } from '../encoding/item-size.js';
import { ITEM_BYTES_MAX } from '../encoding/limits.js';
import {
  applyUpdate,
  type Condition,
  evaluateCondition,
  projectItem,
  type Update,
} from '../expression/index.js';
import type { Mutation } from '../partition/types.js';
import { invalidItem, UPDATED_ITEM_TOO_LARGE } from './errors.js';
import { checkUpdatedIndexKeys } from './index-keys.js';
import { type ItemAddress, itemKey } from './key-layout.js';
import { indexMutations } from './local-index.js';
import type {
  CheckRequest,
  DeleteRequest,
  IndexWrite,
  PutRequest,
  UpdateRequest,
  UpdateReturn,
  WriteReply,
} from './requests.js';
import { decodeStored, encodeStored, storedSize } from './stored-item.js';
import type { TableDefinition } from './types.js';

export interface ItemWrite {
  readonly reply: WriteReply;
  readonly mutations: readonly Mutation[];
  /** Of the item collection: new bytes less old bytes of the item and its index entries. */
  readonly grownBytes: number;
}

/** @throws TableError INVALID_ITEM, or an ExpressionError, when the write cannot be applied to the item */
export type DecideItemWrite = (current: Uint8Array | undefined) => ItemWrite;

export function decidePut(definition: TableDefinition, request: PutRequest): DecideItemWrite {
  const { item, sizeBytes, returnOld = false } = request;
  return decider(definition, request, (old) => ({
    next: item,
    nextBytes: sizeBytes,
    attributes: returnOld ? old() : undefined,
  }));
}

export function decideDelete(definition: TableDefinition, request: DeleteRequest): DecideItemWrite {
  const { returnOld = false } = request;
  return decider(definition, request, (old) => ({
    next: undefined,
    nextBytes: 0,
    attributes: returnOld ? old() : undefined,
  }));
}

export function decideUpdate(definition: TableDefinition, request: UpdateRequest): DecideItemWrite {
  const { key, update, returns } = request;
  return decider(definition, request, (decode) => {
    const old = decode();
    const base = old ?? key;
    const next = update === undefined ? base : applyUpdate(update, base);
    if (old === undefined && update !== undefined && onlyRemoves(update)) return NOTHING_TO_REMOVE;
    const nextBytes = itemSizeBytes(next);
    if (nextBytes > ITEM_BYTES_MAX) throw invalidItem(UPDATED_ITEM_TOO_LARGE);
    checkUpdatedIndexKeys(definition, next, nextBytes);
    return { next, nextBytes, attributes: returned(returns, update ?? NO_CHANGES, old, next) };
  });
}

/** Writes nothing. The bytes of its reply are those of the item that it looked at. */
export function decideCheck({ condition, returnOldOnFailure }: CheckRequest): DecideItemWrite {
  return (current) => {
    const old = current === undefined ? undefined : decodeStored(current);
    if (!evaluateCondition(condition, old)) return refused(returnOldOnFailure ? old : undefined);
    const bytes = current === undefined ? 0 : storedSize(current);
    return { reply: written(undefined, bytes, bytes), mutations: [], grownBytes: 0 };
  };
}

export function written(
  attributes: Item | undefined,
  oldBytes: number,
  newBytes: number,
  indexWrites: readonly IndexWrite[] = NO_INDEX_WRITES,
): WriteReply {
  return { written: true, attributes, oldBytes, newBytes, indexWrites, collectionBytes: 0 };
}

const NO_INDEX_WRITES: readonly IndexWrite[] = [];
const NO_CHANGES: Update = [];

/** What a write makes of an item. */
interface Change {
  readonly next: Item | undefined;
  readonly nextBytes: number;
  readonly attributes: Item | undefined;
}

const NOTHING_TO_REMOVE: Change = { next: undefined, nextBytes: 0, attributes: undefined };

interface Conditional {
  readonly address: ItemAddress;
  readonly condition?: Condition | undefined;
  readonly returnOldOnFailure?: boolean;
}

/** @param change is given what decodes the old item, which costs about as much as all the rest: most puts need not know it */
function decider(
  definition: TableDefinition,
  { address, condition, returnOldOnFailure }: Conditional,
  change: (old: () => Item | undefined) => Change,
): DecideItemWrite {
  return (current) => {
    let decoded: Item | undefined;
    const old = () => {
      if (current !== undefined) decoded ??= decodeStored(current);
      return decoded;
    };
    if (condition !== undefined && !evaluateCondition(condition, old())) {
      return refused(returnOldOnFailure ? old() : undefined);
    }
    const { next, nextBytes, attributes } = change(old);
    const oldBytes = current === undefined ? 0 : storedSize(current);
    const mutations: Mutation[] = [];
    if (next !== undefined) mutations.push({ key: itemKey(address), value: encodeStored(next, nextBytes) });
    else if (current !== undefined) mutations.push({ key: itemKey(address), value: null });
    const indexWrites =
      definition.localIndexes.length > 0
        ? indexMutations(definition, address, old(), next, mutations)
        : NO_INDEX_WRITES;
    const grownBytes = indexWrites.reduce((sum, index) => sum + index.grownBytes, nextBytes - oldBytes);
    return { reply: written(attributes, oldBytes, nextBytes, indexWrites), mutations, grownBytes };
  };
}

function refused(item: Item | undefined): ItemWrite {
  return { reply: { written: false, item }, mutations: [], grownBytes: 0 };
}

/**
 * Such an update of a missing item does not create it, unlike one that does nothing at all.
 * Source: the documentation of DELETE in AttributeValueUpdate.
 */
function onlyRemoves(update: Update): boolean {
  return update.length > 0 && update.every(({ kind }) => kind === 'remove' || kind === 'delete');
}

/** The service reads the places that the update names in the item as it was, or as it is, wherever they are now. */
function returned(
  returns: UpdateReturn,
  update: Update,
  old: Item | undefined,
  next: Item,
): Item | undefined {
  switch (returns) {
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return old;
    case 'UPDATED_OLD':
      return old === undefined ? undefined : changedParts(update, old);
    case 'ALL_NEW':
      return next;
    case 'UPDATED_NEW':
      return changedParts(update, next);
  }
}

function changedParts(update: Update, item: Item): Item {
  return projectItem(
    update.map(({ path }) => path),
    item,
  );
}
