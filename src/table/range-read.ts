/**
 * Reads one page of a range of a partition: entries in key order until the limit, the page's bytes or the range end.
 *
 * Where whole items are fetched for the entries of an index, their bytes end the page too. The entry that brings the page
 * to its bytes is part of it. A page that was ended by its limit or its bytes names its
 * last entry even if nothing follows, as the service does: it does not look ahead.
 */
import type { AttributeValue, Item } from '../encoding/attribute-value.js';
import type { EncodedItem } from '../encoding/encoded-item.js';
import { evaluateCondition, projectItem } from '../expression/index.js';
import type { Entry, Partition } from '../partition/types.js';
import type { Clock } from '../vfs/clock.js';
import { readUnits } from './capacity/units.js';
import { Slice } from './event-loop.js';
import { itemKey } from './key-layout.js';
import { addressOfStored } from './key-schema.js';
import type { RangeReply, RangeRequest } from './requests.js';
import { decodeStored, encodedStored, storedSize } from './stored-item.js';
import type { TableDefinition } from './types.js';

export async function readRange(
  definition: TableDefinition,
  partition: Partition,
  clock: Clock,
  request: RangeRequest,
): Promise<RangeReply> {
  const { from, to, reverse, limit, bytesMax } = request;
  const page = new Page(definition, partition, request);
  if (from >= to) return page.reply(undefined);
  const cursor = partition.range({ from, to, reverse });
  const slice = new Slice(clock);
  try {
    for (;;) {
      const next = cursor.next();
      const entry = next instanceof Promise ? await next : next;
      if (entry === undefined) return page.reply(undefined);
      const added = page.add(entry);
      if (added !== undefined) await added;
      if (page.scannedCount >= limit || page.pageBytes >= bytesMax) return page.reply(entry);
      const pause = slice.step(entry.value.length);
      if (pause !== undefined) await pause;
    }
  } finally {
    cursor.close();
  }
}

class Page {
  readonly items: (Item | EncodedItem)[] = [];
  count = 0;
  scannedCount = 0;
  bytesRead = 0;
  fetchedUnits = 0;
  private fetchedBytes = 0;

  constructor(
    private readonly definition: TableDefinition,
    private readonly partition: Partition,
    private readonly request: RangeRequest,
  ) {}

  /** Of the entries or of the items fetched for them, whichever are more. */
  get pageBytes(): number {
    return Math.max(this.bytesRead, this.fetchedBytes);
  }

  /** A promise when the whole item had to be read from disk. */
  add(entry: Entry): void | Promise<void> {
    this.scannedCount += 1;
    this.bytesRead += storedSize(entry.value);
    const { filter, wantItems, fetch } = this.request;
    if (filter === undefined && !wantItems) {
      this.count += 1;
      return;
    }
    if (!fetch) return this.take(entry.value);
    const whole = this.partition.get(itemKey(addressOfStored(this.definition, decodeStored(entry.value))));
    return whole instanceof Promise ? whole.then((stored) => this.takeWhole(stored)) : this.takeWhole(whole);
  }

  reply(last: Entry | undefined): RangeReply {
    return {
      items: this.items,
      count: this.count,
      scannedCount: this.scannedCount,
      bytesRead: this.bytesRead,
      pageBytes: this.pageBytes,
      fetchedUnits: this.fetchedUnits,
      last: last === undefined ? undefined : decodeStored(last.value),
    };
  }

  /** The item may be gone since the cursor was made: then it is not in the page any more. */
  private takeWhole(stored: Uint8Array | undefined): void {
    if (stored === undefined) return;
    const sizeBytes = storedSize(stored);
    this.fetchedBytes += sizeBytes;
    this.fetchedUnits += readUnits(sizeBytes);
    this.take(stored);
  }

  private take(stored: Uint8Array): void {
    const { filter, projection, wantItems, encoded } = this.request;
    if (encoded === true && filter === undefined && projection === undefined) {
      this.count += 1;
      this.items.push(encodedStored(stored));
      return;
    }
    const item = decodeStored(stored);
    if (filter !== undefined && !evaluateCondition(filter, item)) return;
    this.count += 1;
    if (wantItems) this.items.push(projection === undefined ? item : projectItem(projection, item));
  }
}

/** The attributes of an item by their names, in that order: a key. */
export function pick(item: Item, names: readonly string[]): Item {
  const picked = new Map<string, AttributeValue>();
  for (const name of names) {
    const value = item.get(name);
    if (value !== undefined) picked.set(name, value);
  }
  return picked;
}
