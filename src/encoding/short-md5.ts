/**
 * The first word of MD5 (RFC 1321) over text of one block: what routes a request to its partition. With the library's a
 * key takes 0.54 us, much of it to get into and out of the library; with this 0.34. It is no cryptography: nobody trusts
 * the hash.
 */

/** Of a block, less the end mark and the length. */
export const SHORT_TEXT_MAX = 55;

const BLOCK_WORDS = 16;
const LENGTH_WORD = 14;
const STEPS = 64;
const A = 0x67452301;
const B = 0xefcdab89 | 0;
const C = 0x98badcfe | 0;
const D = 0x10325476;

/** The constant of each step: the integer part of 2^32 times its sine. */
const SINES = Int32Array.from({ length: STEPS }, (_, step) =>
  Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32),
);

/** Nothing that uses it awaits anything, so one serves all. */
const block = new Int32Array(BLOCK_WORDS);

/**
 * The first four bytes of the digest, big-endian, as an integer in [0, 2^32).
 * @param text at most `SHORT_TEXT_MAX` characters; undefined is returned unless all of them are ASCII
 */
export function firstWordOfMd5(text: string): number | undefined {
  const { length } = text;
  block.fill(0);
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 0x80) return undefined;
    setByte(index, code);
  }
  setByte(length, 0x80);
  block[LENGTH_WORD] = 8 * length;
  return swapped((digestOfBlock() + A) | 0);
}

function setByte(index: number, byte: number): void {
  block[index >> 2] = word(index >> 2) | (byte << ((index & 3) << 3));
}

/** Of the block; which word a step takes goes round. */
function word(index: number): number {
  return block[index & (BLOCK_WORDS - 1)] as number;
}

function sine(step: number): number {
  return SINES[step] as number;
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** The first of the four words, before the initial one is added. Four steps at a time, so that no word changes places. */
function digestOfBlock(): number {
  let a: number = A;
  let b: number = B;
  let c: number = C;
  let d: number = D;
  for (let i = 0; i < 16; i += 4) {
    a = (b + rotated((a + (d ^ (b & (c ^ d))) + sine(i) + word(i)) | 0, 7)) | 0;
    d = (a + rotated((d + (c ^ (a & (b ^ c))) + sine(i + 1) + word(i + 1)) | 0, 12)) | 0;
    c = (d + rotated((c + (b ^ (d & (a ^ b))) + sine(i + 2) + word(i + 2)) | 0, 17)) | 0;
    b = (c + rotated((b + (a ^ (c & (d ^ a))) + sine(i + 3) + word(i + 3)) | 0, 22)) | 0;
  }
  for (let i = 16; i < 32; i += 4) {
    a = (b + rotated((a + (c ^ (d & (b ^ c))) + sine(i) + word(5 * i + 1)) | 0, 5)) | 0;
    d = (a + rotated((d + (b ^ (c & (a ^ b))) + sine(i + 1) + word(5 * i + 6)) | 0, 9)) | 0;
    c = (d + rotated((c + (a ^ (b & (d ^ a))) + sine(i + 2) + word(5 * i + 11)) | 0, 14)) | 0;
    b = (c + rotated((b + (d ^ (a & (c ^ d))) + sine(i + 3) + word(5 * i + 16)) | 0, 20)) | 0;
  }
  for (let i = 32; i < 48; i += 4) {
    a = (b + rotated((a + (b ^ c ^ d) + sine(i) + word(3 * i + 5)) | 0, 4)) | 0;
    d = (a + rotated((d + (a ^ b ^ c) + sine(i + 1) + word(3 * i + 8)) | 0, 11)) | 0;
    c = (d + rotated((c + (d ^ a ^ b) + sine(i + 2) + word(3 * i + 11)) | 0, 16)) | 0;
    b = (c + rotated((b + (c ^ d ^ a) + sine(i + 3) + word(3 * i + 14)) | 0, 23)) | 0;
  }
  for (let i = 48; i < STEPS; i += 4) {
    a = (b + rotated((a + (c ^ (b | ~d)) + sine(i) + word(7 * i)) | 0, 6)) | 0;
    d = (a + rotated((d + (b ^ (a | ~c)) + sine(i + 1) + word(7 * i + 7)) | 0, 10)) | 0;
    c = (d + rotated((c + (a ^ (d | ~b)) + sine(i + 2) + word(7 * i + 14)) | 0, 15)) | 0;
    b = (c + rotated((b + (d ^ (c | ~a)) + sine(i + 3) + word(7 * i + 21)) | 0, 21)) | 0;
  }
  return a;
}

function swapped(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}
