/**
 * MD5 (RFC 1321) of short binary strings, as a hash that spreads well; it guards nothing. Written out because keys are
 * short: a call into OpenSSL takes four times as long as one block takes here.
 */

const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;

const CONSTANTS = Int32Array.from({ length: 64 }, (_, step) =>
  Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32),
);

/** The words of the block at hand, and the state between blocks: the function is synchronous, so one of each is enough. */
const words = new Int32Array(BLOCK_BYTES / 4);
const state = new Int32Array(4);

/**
 * The first four bytes of the digest, as a big-endian integer.
 * @param text one character per byte
 */
export function firstWordOfMd5(text: string): number {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  const blocks = Math.floor((text.length + LENGTH_BYTES) / BLOCK_BYTES) + 1;
  for (let block = 0; block < blocks; block += 1) {
    fill(text, block * BLOCK_BYTES);
    if (block === blocks - 1) words[14] = text.length * 8;
    mix();
  }
  return swapBytes(state[0]);
}

/** The bytes of the text from `offset` on; after the text a 0x80, then zeros. */
function fill(text: string, offset: number): void {
  words.fill(0);
  const end = Math.min(text.length - offset, BLOCK_BYTES);
  for (let at = 0; at < end; at += 1) setByte(at, text.charCodeAt(offset + at));
  if (end >= 0 && end < BLOCK_BYTES) setByte(end, 0x80);
}

function setByte(at: number, byte: number): void {
  words[at >> 2] = word(at >> 2) | (byte << ((at & 3) << 3));
}

function word(index: number): number {
  return words[index & 15] as number;
}

/** What a step adds from its constant and its word. */
function term(step: number, index: number): number {
  return (CONSTANTS[step] as number) + word(index);
}

function rotateAndAdd(sum: number, rotation: number, add: number): number {
  return (add + ((sum << rotation) | (sum >>> (32 - rotation)))) | 0;
}

/** Four rounds of sixteen steps; each round has its own function, order of words and rotations. */
function mix(): void {
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  for (let at = 0; at < 16; at += 4) {
    a = rotateAndAdd(a + (d ^ (b & (c ^ d))) + term(at, at), 7, b);
    d = rotateAndAdd(d + (c ^ (a & (b ^ c))) + term(at + 1, at + 1), 12, a);
    c = rotateAndAdd(c + (b ^ (d & (a ^ b))) + term(at + 2, at + 2), 17, d);
    b = rotateAndAdd(b + (a ^ (c & (d ^ a))) + term(at + 3, at + 3), 22, c);
  }
  for (let at = 16; at < 32; at += 4) {
    a = rotateAndAdd(a + (c ^ (d & (b ^ c))) + term(at, 5 * at + 1), 5, b);
    d = rotateAndAdd(d + (b ^ (c & (a ^ b))) + term(at + 1, 5 * at + 6), 9, a);
    c = rotateAndAdd(c + (a ^ (b & (d ^ a))) + term(at + 2, 5 * at + 11), 14, d);
    b = rotateAndAdd(b + (d ^ (a & (c ^ d))) + term(at + 3, 5 * at + 16), 20, c);
  }
  for (let at = 32; at < 48; at += 4) {
    a = rotateAndAdd(a + (b ^ c ^ d) + term(at, 3 * at + 5), 4, b);
    d = rotateAndAdd(d + (a ^ b ^ c) + term(at + 1, 3 * at + 8), 11, a);
    c = rotateAndAdd(c + (d ^ a ^ b) + term(at + 2, 3 * at + 11), 16, d);
    b = rotateAndAdd(b + (c ^ d ^ a) + term(at + 3, 3 * at + 14), 23, c);
  }
  for (let at = 48; at < 64; at += 4) {
    a = rotateAndAdd(a + (c ^ (b | ~d)) + term(at, 7 * at), 6, b);
    d = rotateAndAdd(d + (b ^ (a | ~c)) + term(at + 1, 7 * at + 7), 10, a);
    c = rotateAndAdd(c + (a ^ (d | ~b)) + term(at + 2, 7 * at + 14), 15, d);
    b = rotateAndAdd(b + (d ^ (c | ~a)) + term(at + 3, 7 * at + 21), 21, c);
  }
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
}

function swapBytes(value: number | undefined = 0): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}
