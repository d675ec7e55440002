/** Numbers in their canonical text (number.ts), in bytes: found, measured and, where small, taken without a string. */

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
/** Integers of up to so many digits are stored as such. */
const SMALL_INTEGER_DIGITS_MAX = 15;

export class PlainNumber {
  /** As the service counts it. */
  sizeBytes = 0;
  isSmallInteger = false;
  /** Of a small integer. */
  value = 0;

  /** @param digitsMax of the whole text: those of more may be numbers all the same, with zeros that do not count */
  constructor(private readonly digitsMax: number) {}

  /** Where the number at `start` ends; less than 0 when there is no canonical text, or one of more digits. */
  scan(bytes: Uint8Array, start: number): number {
    const isNegative = bytes[start] === MINUS;
    const whole = isNegative ? start + 1 : start;
    let at = whole;
    let value = 0;
    let zerosAtEnd = 0;
    for (; isDigit(bytes[at]); at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      value = value * 10 + digit;
      zerosAtEnd = digit === 0 ? zerosAtEnd + 1 : 0;
    }
    const wholeDigits = at - whole;
    const startsWithZero = bytes[whole] === ZERO;
    if (wholeDigits === 0 || (startsWithZero && wholeDigits > 1) || wholeDigits > this.digitsMax) return -1;
    if (bytes[at] === POINT) {
      this.isSmallInteger = false;
      return this.fraction(bytes, at + 1, startsWithZero ? 0 : wholeDigits, isNegative);
    }
    if (startsWithZero && isNegative) return -1;
    this.isSmallInteger = wholeDigits <= SMALL_INTEGER_DIGITS_MAX;
    this.value = isNegative ? -value : value;
    this.sizeBytes = startsWithZero ? 1 : sizeBytes(wholeDigits - zerosAtEnd, 0, isNegative);
    return at;
  }

  private fraction(bytes: Uint8Array, start: number, wholeDigits: number, isNegative: boolean): number {
    let at = start;
    let leadingZeros = 0;
    for (; isDigit(bytes[at]); at += 1) {
      if (bytes[at] === ZERO && at - start === leadingZeros) leadingZeros += 1;
    }
    const digits = at - start;
    if (digits === 0 || bytes[at - 1] === ZERO || wholeDigits + digits > this.digitsMax) return -1;
    this.sizeBytes = sizeBytes(wholeDigits, wholeDigits === 0 ? digits - leadingZeros : digits, isNegative);
    return at;
  }
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function sizeBytes(wholeDigits: number, fractionDigits: number, isNegative: boolean): number {
  return 1 + Math.ceil(wholeDigits / 2) + Math.ceil(fractionDigits / 2) + (isNegative ? 1 : 0);
}
