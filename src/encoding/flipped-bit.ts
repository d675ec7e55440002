/**
 * Finds a flipped bit from what it did to a CRC-32.
 *
 * The checksum is linear: flipping one bit changes it by a value that depends only on how far the bit lies from the end.
 * Those values are all different for any length met here, so a checksum that is off by one of them is off by that bit;
 * bytes that differ in any other way are off by one of them in n × 8 of 2^32 cases.
 */
const POLYNOMIAL = 0xedb88320;

/**
 * Index of the byte of `length` bytes in which one bit was flipped, and that bit (0 is the lowest), when `actual` is the
 * checksum of the bytes and `expected` the one they should have. Undefined: more than one bit differs.
 */
export function findFlippedBit(
  length: number,
  actual: number,
  expected: number,
): { readonly byte: number; readonly bit: number } | undefined {
  const difference = (actual ^ expected) | 0;
  // What flipping each bit of the byte at hand does to the checksum.
  const effects = Int32Array.from({ length: 8 }, (_, bit) => shiftedByOneByte(1 << bit));
  for (let byte = length - 1; byte >= 0; byte -= 1) {
    const bit = effects.indexOf(difference);
    if (bit >= 0) return { byte, bit };
    for (let at = 0; at < 8; at += 1) effects[at] = shiftedByOneByte(effects[at] as number);
  }
  return undefined;
}

const table = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let i = 0; i < 8; i += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** The state of the checksum after one more byte, of zeros. */
function shiftedByOneByte(state: number): number {
  return (state >>> 8) ^ (table[state & 0xff] as number);
}
