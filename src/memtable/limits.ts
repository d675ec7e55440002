/** Bounds and tuning of the memtable. */

/**
 * Nodes in one chunk of the ordered index. An insertion moves at most this many pointers (2 KiB of memory), and a
 * million keys make about 5,000 chunks, so that the list of chunks stays cheap to shift as well.
 */
export const chunkNodesMax = 256;

/** Nodes in a chunk that a bulk merge builds: room is left for insertions before the first split. */
export const chunkNodesFilled = 192;

/**
 * Bytes charged to each key on top of the key's characters and the value: hash-map slot, string header, node, version
 * object, the typed array that views the value, and its share of the ordered index. Measured on Node 20 (200,000 keys
 * of 16 B): 277 B with views on a shared buffer; rounded up.
 */
export const entryOverheadBytes = 288;

/** Bytes charged to each superseded version kept for a snapshot, on top of its value: version object, typed array. */
export const versionOverheadBytes = 160;
