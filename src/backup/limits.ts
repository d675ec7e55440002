/** Sizes of dumps and of what is in memory of them, in bytes. */

const MiB = 1024 * 1024;

/** A data file ends with the item that brings its text to this: small enough to be kept until its size is known. */
export const FILE_TEXT_BYTES = 32 * MiB;
/** Text that is compressed in one piece by one thread. Part of what makes dumps of the same items the same. */
export const PIECE_TEXT_BYTES = MiB;
/** Pieces being compressed or waiting to be written. */
export const PIECES_AHEAD = 6;
export const COMPRESSION_LEVEL = 1;
export const COMPRESSION_LEVEL_MAX = 9;

/** Read from a file at a time. */
export const READ_BYTES = 256 * 1024;
/** Items that are handed on together. */
export const BATCH_BYTES = 256 * 1024;
/** Of one item. An item of the largest size that is all control characters takes six times that. */
export const LINE_BYTES_MAX = 16 * MiB;
/** Of a manifest or a description of tables. */
export const SMALL_FILE_BYTES_MAX = 256 * MiB;

/** Of a frame between the daemon and its operator's commands. */
export const FRAME_BYTES_MAX = 64 * MiB;
/** For such frames, kept while there is a connection: room for all but those of the largest items. */
export const FRAME_MEMORY_BYTES = 512 * 1024;
