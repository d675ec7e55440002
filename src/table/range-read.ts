/**
 * Reads one page of a range of a partition: entries in key order until the limit, the page's bytes or the range end.
 *
 * Where whole items are fetched for the entries of an index, their bytes end the page too. The entry that brings the page
 * to its bytes is part of it. A page that was ended by its limit or its bytes names its
 * last entry even if nothing follows, as the service does: it does not look ahead.
 */
import assert from 'node:assert/strict';
import type { AttributeValue, Item } from '../encoding/attribute-value.js';
import type { EncodedItem } from '../encoding/encoded-item.js';
import { evaluateCondition, projectItem } from '../expression/index.js';
import type { Cursor, Entry, Partition } from '../partition/types.js';
import type { Clock } from '../vfs/clock.js';
import { readUnits } from './capacity/units.js';
import { Slice } from './event-loop.js';
import { itemKey } from './key-layout.js';
import { addressOfStored } from './key-schema.js';
import type { RangeReply, RangeRequest } from './requests.js';
import { decodeStored, encodedStored, storedSize } from './stored-item.js';
import type { TableDefinition } from './types.js';

/** At once when nothing must be read from disk and the page is no long work. */
export function readRange(
  definition: TableDefinition,
  partition: Partition,
  clock: Clock,
  request: RangeRequest,
): RangeReply | Promise<RangeReply> {
  const { from, to, reverse } = request;
  const page = new Page(definition, partition, request);
  if (from >= to) return page.reply(undefined);
  return new RangeReading(page, partition.range({ from, to, reverse }), request, clock).run();
}

class RangeReading {
  private readonly slice: Slice;
  private reply: RangeReply | undefined;

  constructor(
    private readonly page: Page,
    private readonly cursor: Cursor,
    private readonly request: RangeRequest,
    clock: Clock,
  ) {
    this.slice = new Slice(clock);
  }

  run(): RangeReply | Promise<RangeReply> {
    let waiting: Promise<void> | undefined;
    try {
      waiting = this.advance();
    } finally {
      if (waiting === undefined) this.cursor.close();
    }
    return waiting === undefined ? this.wholeReply() : this.finish(waiting);
  }

  private async finish(first: Promise<void>): Promise<RangeReply> {
    try {
      for (let waiting: Promise<void> | undefined = first; waiting !== undefined; waiting = this.advance()) {
        await waiting;
      }
    } finally {
      this.cursor.close();
    }
    return this.wholeReply();
  }

  private wholeReply(): RangeReply {
    assert(this.reply !== undefined, 'a page that was read has its reply');
    return this.reply;
  }

  /** Reads until something must be waited for. Undefined: the page is whole. */
  private advance(): Promise<void> | undefined {
    while (this.reply === undefined) {
      const next = this.cursor.next();
      const waiting = next instanceof Promise ? next.then(this.take) : this.take(next);
      if (waiting !== undefined) return waiting;
    }
    return undefined;
  }

  private readonly take = (entry: Entry | undefined): Promise<void> | undefined => {
    if (entry === undefined) {
      this.reply = this.page.reply(undefined);
      return undefined;
    }
    const added = this.page.add(entry);
    return added === undefined ? this.added(entry) : added.then(() => this.added(entry));
  };

  private added(entry: Entry): Promise<void> | undefined {
    const { page, request } = this;
    if (page.scannedCount >= request.limit || page.pageBytes >= request.bytesMax) {
      this.reply = page.reply(entry);
      return undefined;
    }
    return this.slice.step(entry.value.length);
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
