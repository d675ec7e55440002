/** Bounds that both sides of the protocol know. */

const KiB = 1024;
const MiB = 1024 * KiB;

/** Of a reply: a batch of gets has 16 MiB of items, more by one item, in a notation that may be twice as long. */
export const REPLY_BYTES_MAX = 40 * MiB;
/** A frame that comes in pieces is put together in a buffer that starts with this size, whatever its length is said to be. */
export const ASSEMBLY_BYTES_MIN = 4 * KiB;
