/** Limits of tables, pages and batches, as the service documents them ("Quotas in Amazon DynamoDB"). */

/** Item bytes after which a page of Query or Scan ends; the item that reaches it is part of the page. */
export const PAGE_BYTES_MAX = 1024 * 1024;
/** Of the items of one reply. Megabytes are decimal here: the documentation's example of 300 KB each ends after 52. */
export const BATCH_GET_BYTES_MAX = 16_000_000;
/** Of all items of a transaction. */
export const TRANSACTION_BYTES_MAX = 4 * 1024 * 1024;
export const TABLES_MAX = 2500;
/** Tables that are being created, updated or deleted at a time; of those being created, the ones with indexes. */
export const TABLES_CHANGING_MAX = 500;
export const INDEXED_TABLES_CREATING_MAX = 250;
export const LOCAL_INDEXES_MAX = 5;
export const GLOBAL_INDEXES_MAX = 20;
/** Names in all INCLUDE projections of a table. */
export const PROJECTED_ATTRIBUTES_MAX = 100;
export const TAGS_MAX = 50;
/** Items of one partition key, and their entries in local indexes. Tables without local indexes have no such limit. */
export const COLLECTION_BYTES_MAX = 10 * 1024 * 1024 * 1024;

/** Milliseconds until the removal of a table's record is tried again, when it is not known whether it took effect. */
export const REMOVAL_RETRY_MS = 500;

/** Where the processors of the machine are not to matter. */
export const DEFAULT_PARTITION_COUNT = 4;
/** Where they do: see `partitionCountFor`. */
export const DEFAULT_PARTITIONS_MAX = 4;
export const PARTITION_COUNT_MAX = 1024;

/** How long a range read or a count may keep the event loop before it lets others run. */
export const SLICE_MS = 5;
/** Entries, or bytes of them, between two looks at the clock. */
export const SLICE_STRIDE = 32;
export const SLICE_BYTES = 64 * 1024;

/** A partition with no more entries than this is counted when its table is described; a larger one is estimated. */
export const COUNTED_ENTRIES_MAX = 20_000;

/** Item collections of a partition whose sizes are remembered. */
export const COLLECTIONS_TRACKED_MAX = 1000;
/** Entries that the first write to a collection waits for while it is counted. */
export const COLLECTION_ENTRIES_AWAITED = 1000;

/** Tables that a start opens at a time: each partition holds a few descriptors meanwhile. */
export const TABLES_OPENING_MAX = 8;
/** Partitions of a table that are opened at a time. */
export const PARTITIONS_OPENING_MAX = 16;

/** Batches of a snapshot that is read from end to end, in bytes and in items: one is in memory at a time. */
export const SNAPSHOT_BATCH_BYTES = 256 * 1024;
export const SNAPSHOT_BATCH_ITEMS = 4096;

/** Of the memory that entries of a partition that is being filled are packed into; a larger entry has a larger piece. */
export const LOAD_PIECE_BYTES = 512 * 1024;
/** Pieces that become one table. More: larger tables, and more memory. */
export const LOAD_PIECES = 16;
/** Pieces that are being filled or written, of all partitions: a table of each. Writing is the faster of the two. */
export const LOAD_PIECES_MAX = 2 * LOAD_PIECES;

/** Directory in a data directory for what a repair cuts or puts aside. Nobody reads it. */
export const LOST_NAME = 'lost';
