/**
 * How large the item collections of a partition are: the items of a partition key together with their entries in local
 * indexes. Only tables with local indexes are asked, because only their collections are bounded.
 *
 * A size is counted when its collection is first written to, then kept up to date by what writes add and take away. It
 * is an estimate, as it is in the service: a write that is in flight is not in it yet. A writer waits for the first
 * entries of a count only, so that a collection of gigabytes holds nobody up; until its count is over, its size is
 * taken for smaller than it is.
 */
import { LRUCache } from 'lru-cache';
import type { Partition } from '../partition/types.js';
import type { Clock } from '../vfs/clock.js';
import { Slice } from './event-loop.js';
import { ITEM_SPACE } from './key-layout.js';
import { COLLECTION_ENTRIES_AWAITED, COLLECTIONS_TRACKED_MAX } from './limits.js';
import { collectionBounds } from './range-bounds.js';
import { storedSize } from './stored-item.js';
import type { TableDefinition } from './types.js';

export interface ItemCollection {
  /** As far as it is known. */
  sizeBytes: number;
}

interface Tracked extends ItemCollection {
  /** Settles when enough is counted for a writer to go on. Undefined: it is. */
  awaited: Promise<void> | undefined;
}

export class ItemCollections {
  private readonly tracked = new LRUCache<string, Tracked>({ max: COLLECTIONS_TRACKED_MAX });
  private readonly spaces: readonly number[];

  constructor(
    definition: TableDefinition,
    private readonly partition: Partition,
    private readonly clock: Clock,
    readonly limitBytes: number,
  ) {
    this.spaces = [ITEM_SPACE, ...definition.localIndexes.map((index) => index.space)];
  }

  /** @param collection hash and encoded partition key: see `ItemAddress` */
  of(collection: string): ItemCollection | Promise<ItemCollection> {
    const tracked = this.tracked.get(collection) ?? this.track(collection);
    return tracked.awaited === undefined ? tracked : tracked.awaited.then(() => tracked);
  }

  private track(collection: string): Tracked {
    const tracked: Tracked = { sizeBytes: 0, awaited: undefined };
    this.tracked.set(collection, tracked);
    tracked.awaited = new Promise((resolve, reject) => {
      const enough = () => {
        tracked.awaited = undefined;
        resolve();
      };
      this.count(collection, tracked, enough).then(enough, (error: unknown) => {
        // The next write counts anew. Nobody is told when this one went on already: a read will meet the fault.
        this.tracked.delete(collection);
        reject(error);
      });
    });
    return tracked;
  }

  private async count(collection: string, tracked: Tracked, enough: () => void): Promise<void> {
    const slice = new Slice(this.clock);
    // All of the same moment: from here on, writes add to the size what they change.
    const cursors = this.spaces.map((space) =>
      this.partition.range(collectionBounds(space, collection, undefined)),
    );
    let entries = 0;
    try {
      for (const cursor of cursors) {
        for (;;) {
          const next = cursor.next();
          const entry = next instanceof Promise ? await next : next;
          if (entry === undefined) break;
          tracked.sizeBytes += storedSize(entry.value);
          entries += 1;
          if (entries === COLLECTION_ENTRIES_AWAITED) enough();
          const pause = slice.step();
          if (pause !== undefined) await pause;
        }
      }
    } finally {
      for (const cursor of cursors) cursor.close();
    }
  }
}
