/**
 * The service's numbers: decimal, up to 38 significant digits, magnitude 0 or 1E-130 .. 9.99…E+125. Never a double.
 *
 * A number is held as its *canonical text*: plain decimal notation without exponent, no superfluous zeros, no plus sign,
 * no `-0`. Equal numbers have equal texts.
 */
import { EncodingError } from './errors.js';
import { NUMBER_DIGITS_MAX, NUMBER_EXPONENT_MAX, NUMBER_EXPONENT_MIN } from './limits.js';

/** d₁.d₂d₃… × 10^exponent. `digits` has no zero at either end; zero is no digits at all. */
export interface DecimalParts {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** Integers up to this many characters are exact as doubles, and so is the order of decimals. */
const DOUBLE_SAFE_LENGTH = 15;
/** Exponents beyond a 32-bit integer are no number to the service's parser. */
const PARSED_EXPONENT_MAX = 2 ** 31 - 1;

const SMALL_INTEGER = /^(?:0|-?[1-9][0-9]{0,14})$/;
const DECIMAL = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/;

const ZERO: DecimalParts = { negative: false, digits: '', exponent: 0 };

function refuse(message: string): never {
  throw new EncodingError('validation', message);
}

/** Canonical text of a number as a client wrote it. Throws an `EncodingError` in the service's words. */
export function parseNumber(text: string): string {
  if (SMALL_INTEGER.test(text)) return text;
  if (text === '') return refuse('The parameter cannot be converted to a numeric value');
  const match = DECIMAL.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  const power = Number(match?.[4] ?? 0);
  if (match === null || whole + fraction === '' || Math.abs(power) > PARSED_EXPONENT_MAX) {
    return refuse(`The parameter cannot be converted to a numeric value: ${text}`);
  }
  return formatNumber(normalize(match[1] === '-', whole + fraction, whole.length - 1 + power));
}

/** `digits` may have zeros at either end; its first digit stands for 10^exponent. */
function normalize(negative: boolean, digits: string, exponent: number): DecimalParts {
  let start = 0;
  while (digits.charCodeAt(start) === 0x30) start += 1;
  if (start === digits.length) return ZERO;
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 0x30) end -= 1;
  return { negative, digits: digits.slice(start, end), exponent: exponent - start };
}

/** Canonical text. Throws an `EncodingError` when the number is outside of what the service stores. */
function formatNumber(parts: DecimalParts): string {
  const { digits, exponent } = parts;
  if (digits === '') return '0';
  if (exponent > NUMBER_EXPONENT_MAX) {
    refuse('Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (exponent < NUMBER_EXPONENT_MIN) {
    refuse('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  }
  if (digits.length > NUMBER_DIGITS_MAX) {
    refuse('Attempting to store more than 38 significant digits in a Number');
  }
  return (parts.negative ? '-' : '') + formatMagnitude(digits, exponent);
}

function formatMagnitude(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const wholeDigits = exponent + 1;
  if (digits.length <= wholeDigits) return digits + '0'.repeat(wholeDigits - digits.length);
  return `${digits.slice(0, wholeDigits)}.${digits.slice(wholeDigits)}`;
}

/** The canonical text of what `decomposeNumber` took apart. */
export function composeNumber(parts: DecimalParts): string {
  return formatNumber(parts);
}

/** Takes canonical text apart. */
export function decomposeNumber(text: string): DecimalParts {
  const negative = text.charCodeAt(0) === 0x2d;
  const magnitude = negative ? text.slice(1) : text;
  const point = magnitude.indexOf('.');
  if (point === -1) return normalize(negative, magnitude, magnitude.length - 1);
  return normalize(negative, magnitude.slice(0, point) + magnitude.slice(point + 1), point - 1);
}

/** Negative, 0 or positive. Both are canonical texts. */
export function compareNumbers(left: string, right: string): number {
  if (left === right) return 0;
  if (left.length <= DOUBLE_SAFE_LENGTH && right.length <= DOUBLE_SAFE_LENGTH) {
    return Number(left) - Number(right);
  }
  const a = decomposeNumber(left);
  const b = decomposeNumber(right);
  const signs = sign(a) - sign(b);
  if (signs !== 0) return signs;
  const magnitudes = a.exponent - b.exponent || (a.digits < b.digits ? -1 : 1);
  return a.negative ? -magnitudes : magnitudes;
}

function sign(parts: DecimalParts): number {
  if (parts.digits === '') return 0;
  return parts.negative ? -1 : 1;
}

/** Exact sum of two canonical texts. Throws an `EncodingError` when the service could not store it. */
export function addNumbers(left: string, right: string): string {
  return combine(left, right, 1);
}

/** Exact difference of two canonical texts. Throws an `EncodingError` when the service could not store it. */
export function subtractNumbers(left: string, right: string): string {
  return combine(left, right, -1);
}

function combine(left: string, right: string, direction: 1 | -1): string {
  if (SMALL_INTEGER.test(left) && SMALL_INTEGER.test(right)) {
    // Each is below 10^15, so their sum is below 2^53.
    return String(Number(left) + direction * Number(right) + 0);
  }
  const a = decomposeNumber(left);
  const b = decomposeNumber(right);
  const lowest = Math.min(unitExponent(a), unitExponent(b));
  const sum = scaled(a, lowest) + BigInt(direction) * scaled(b, lowest);
  const digits = (sum < 0n ? -sum : sum).toString();
  return formatNumber(normalize(sum < 0n, digits, digits.length - 1 + lowest));
}

/** Exponent of the last digit. */
function unitExponent(parts: DecimalParts): number {
  return parts.exponent - parts.digits.length + 1;
}

function scaled(parts: DecimalParts, unit: number): bigint {
  if (parts.digits === '') return 0n;
  const magnitude = BigInt(parts.digits) * 10n ** BigInt(unitExponent(parts) - unit);
  return parts.negative ? -magnitude : magnitude;
}
