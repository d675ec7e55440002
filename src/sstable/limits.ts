/** Bounds and tuning of the sorted file. Sizes in bytes. */
import type { TableWriterOptions } from './types.js';

/**
 * 4 KiB blocks: one block is one page of a cold read. Larger blocks make the index smaller and compression better, and
 * every cold read dearer. 10 bits per key: a get of a missing key reads a block in about 1 of 100 cases.
 */
export const defaultTableWriterOptions: TableWriterOptions = {
  blockBytes: 4096,
  filterBitsPerKey: 10,
  compression: 'none',
};

/** A key is 1 to 65,535 bytes. */
export const keyBytesMax = 65_535;

/** Of one value. Far above what is stored (items of 400 KB, records of several items), far below 32 bits. */
export const valueBytesMax = 256 * 1024 * 1024;

/** Smallest and largest data block a writer may be asked for. An entry larger than a block gets one of its own. */
export const blockBytesMin = 64;
export const blockBytesMax = 1024 * 1024;

/** An index up to this size is one block; a larger one is cut into leaves of this size below a root. */
export const indexBlockBytes = 16 * 1024;

/** Above this a filter gains nothing that its memory is worth. */
export const filterBitsPerKeyMax = 32;

/** A writer hands its file pieces of this size; one piece is written while the next one fills. */
export const writeChunkBytes = 512 * 1024;

/** Read when a table is opened: the footer and, in most tables, everything else that opening needs. */
export const tailBytes = 32 * 1024;

/** Longest read that is made at once, if the disk does that: copying it takes some microseconds. */
export const readNowBytesMax = 64 * 1024;

/** Read-ahead of a cursor: nothing for the first block, then from this size doubling up to the largest. */
export const readAheadBytesMin = 16 * 1024;
export const readAheadBytesMax = 256 * 1024;

/** `verify` reads pieces of this size. */
export const verifyReadBytes = 1024 * 1024;
