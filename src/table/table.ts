/**
 * One table: routes each request to the owner of the partition that it concerns, and joins what a scan reads from
 * several.
 */
import assert from 'node:assert/strict';

import type { Partition } from '../partition/types.js';
import type { OperationCounts } from '../statistics/operation-counts.js';
import { LockSpace, type LockTable } from '../transaction/lock-table.js';
import type { Participant } from '../transaction/types.js';
import type { Clock } from '../vfs/clock.js';
import type { ItemAddress } from './key-layout.js';
import { HASH_END, hashOfKey, ITEM_SPACE, partitionOf } from './key-layout.js';
import { PAGE_BYTES_MAX } from './limits.js';
import { PartitionOwner } from './owner.js';
import type { Bounds } from './range-bounds.js';
import type {
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
import { PartitionCounter, type SpaceStatistics, sumStatistics } from './statistics.js';
import type { LocalIndexDefinition, TableDefinition, TableStatus } from './types.js';

/** One page of a Query or of a Scan (segment). */
export interface PageRequest
  extends Bounds,
    Omit<RangeRequest, 'partition' | 'bytesMax' | 'limit' | 'from' | 'to'> {
  /** Absent: as many as the page's bytes allow. */
  readonly limit?: number | undefined;
  /** Absent: the service's. */
  readonly bytesMax?: number | undefined;
}

export class Table {
  private current: TableDefinition;
  /** For transactions. */
  readonly participants: readonly Participant[];
  private readonly owners: readonly PartitionOwner[];
  private readonly counters: readonly PartitionCounter[];
  /** What was asked of it, by operation; counted by those who ask. */
  readonly operations = new Map<string, OperationCounts>();
  /** What DescribeTable says; only `Tables` sets it. */
  status: TableStatus = 'ACTIVE';

  constructor(
    definition: TableDefinition,
    readonly partitions: readonly Partition[],
    locks: LockTable,
    clock: Clock,
    collectionBytesMax?: number,
  ) {
    assert.equal(partitions.length, definition.partitionCount, 'every partition of the table is open');
    this.current = definition;
    this.participants = partitions.map((partition, index) => ({
      partition,
      locks: new LockSpace(`${definition.id}/${index}`),
    }));
    this.owners = this.participants.map(
      (participant) => new PartitionOwner(definition, participant, locks, clock, collectionBytesMax),
    );
    const spaces = 1 + definition.localIndexes.length;
    this.counters = partitions.map((partition) => new PartitionCounter(partition, spaces, clock));
  }

  get definition(): TableDefinition {
    return this.current;
  }

  /** After the catalog has it. */
  redefine(definition: TableDefinition): void {
    assert.equal(definition.id, this.current.id, 'a table stays the same table');
    this.current = definition;
  }

  localIndex(name: string): LocalIndexDefinition | undefined {
    return this.current.localIndexes.find((index) => index.name === name);
  }

  /** Of the partition that has the item. */
  owner(address: ItemAddress): PartitionOwner {
    return this.ownerOf(address.partition);
  }

  /** At once when no block must be read from disk. */
  get(request: GetRequest): GetReply | Promise<GetReply> {
    return this.owner(request.address).get(request);
  }

  /** Likewise, without decoding. */
  getEncoded(address: ItemAddress): EncodedGetReply | Promise<EncodedGetReply> {
    return this.owner(address).getEncoded(address);
  }

  put(request: PutRequest): Promise<WriteReply> {
    return this.owner(request.address).put(request);
  }

  update(request: UpdateRequest): Promise<WriteReply> {
    return this.owner(request.address).update(request);
  }

  delete(request: DeleteRequest): Promise<WriteReply> {
    return this.owner(request.address).delete(request);
  }

  /** A page of one item collection. At once when no block must be read from disk and the page is no long work. */
  query(request: PageRequest): RangeReply | Promise<RangeReply> {
    const { limit = Number.POSITIVE_INFINITY, bytesMax = PAGE_BYTES_MAX } = request;
    const partition = partitionOf(hashOfKey(request.from), this.current.partitionCount);
    return this.ownerOf(partition).range(rangeRequest(request, partition, limit, bytesMax));
  }

  /** A page over the partitions that the range touches, in the order of the hash. */
  async scan(request: PageRequest): Promise<RangeReply> {
    let { limit = Number.POSITIVE_INFINITY, bytesMax = PAGE_BYTES_MAX } = request;
    const count = this.current.partitionCount;
    const first = partitionOf(hashOfKey(request.from), count);
    const last = partitionOf(lastHash(request), count);
    const pages: RangeReply[] = [];
    for (let partition = first; partition <= last; partition += 1) {
      const page = await this.ownerOf(partition).range(rangeRequest(request, partition, limit, bytesMax));
      pages.push(page);
      if (page.last !== undefined) break;
      limit -= page.scannedCount;
      bytesMax -= page.pageBytes;
    }
    return joinPages(pages);
  }

  /** Of the items (default) or of the entries of an index. */
  async statistics(space: number = ITEM_SPACE): Promise<SpaceStatistics> {
    return sumStatistics(await Promise.all(this.counters.map((counter) => counter.count(space))));
  }

  async close(): Promise<void> {
    await Promise.all(this.partitions.map((partition) => partition.close()));
  }

  private ownerOf(partition: number): PartitionOwner {
    const owner = this.owners[partition];
    assert(owner !== undefined, 'a hash belongs to a partition');
    return owner;
  }
}

/** Member by member: to spread an object of so many members takes as long as to read some ten items. */
function rangeRequest(
  { from, to, reverse, filter, projection, wantItems, fetch, encoded = false }: PageRequest,
  partition: number,
  limit: number,
  bytesMax: number,
): RangeRequest {
  return { partition, from, to, reverse, limit, bytesMax, filter, projection, wantItems, fetch, encoded };
}

/** The greatest hash below the end of a range. */
function lastHash({ from, to }: Bounds): number {
  const ended = to.length === 1 || to.charCodeAt(0) !== from.charCodeAt(0);
  return ended ? HASH_END - 1 : hashOfKey(to) - 1;
}

function joinPages(pages: readonly RangeReply[]): RangeReply {
  const [first] = pages;
  if (pages.length === 1 && first !== undefined) return first;
  return {
    items: pages.flatMap((page) => page.items),
    count: total(pages, 'count'),
    scannedCount: total(pages, 'scannedCount'),
    bytesRead: total(pages, 'bytesRead'),
    pageBytes: total(pages, 'pageBytes'),
    fetchedUnits: total(pages, 'fetchedUnits'),
    last: pages.at(-1)?.last,
  };
}

function total(
  pages: readonly RangeReply[],
  member: 'count' | 'scannedCount' | 'bytesRead' | 'pageBytes' | 'fetchedUnits',
): number {
  return pages.reduce((sum, page) => sum + page[member], 0);
}
