/**
 * Attribute values as the service's JSON has them, and the plainest reading of what equal, less and sum mean for them.
 * Written without looking at the product's own: it is what that is compared with.
 */

export type Wire =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly Wire[] }
  | { readonly M: WireItem };
export interface WireItem {
  readonly [name: string]: Wire;
}

export function typeOf(value: Wire): string {
  return Object.keys(value)[0] ?? '';
}

const SCALE = 300;

/** A number times 10^300, which is an integer for every number that there is. */
export function scaled(text: string): bigint {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) throw new Error(`no number: ${text}`);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const magnitude = BigInt(whole + fraction) * 10n ** BigInt(SCALE - fraction.length + Number(exponent));
  return sign === '-' ? -magnitude : magnitude;
}

/** Undefined when the service has no such number: 38 digits, from 1E-130 up to below 1E126. */
export function unscaled(integer: bigint): Wire | undefined {
  const magnitude = integer < 0n ? -integer : integer;
  const digits = magnitude.toString().replace(/0+$/, '').length;
  const isTooLarge = magnitude >= 10n ** BigInt(SCALE + 126);
  const isTooSmall = magnitude > 0n && magnitude < 10n ** BigInt(SCALE - 130);
  return digits > 38 || isTooLarge || isTooSmall ? undefined : { N: `${integer}E-${SCALE}` };
}

/** The same text for two values exactly if they are equal. */
export function identity(value: Wire): string {
  if ('N' in value) return `N ${scaled(value.N)}`;
  if ('NS' in value) return `NS ${value.NS.map(scaled).map(String).sort()}`;
  if ('SS' in value) return `SS ${JSON.stringify([...value.SS].sort())}`;
  if ('BS' in value) return `BS ${[...value.BS].sort()}`;
  if ('L' in value) return `L ${JSON.stringify(value.L.map(identity))}`;
  if ('M' in value) return `M ${identityOfItem(value.M)}`;
  return JSON.stringify(value);
}

export function identityOfItem(item: WireItem): string {
  const entries = Object.entries(item).map(([name, value]) => JSON.stringify([name, identity(value)]));
  return entries.sort().join();
}

export function equal(left: Wire, right: Wire): boolean {
  return identity(left) === identity(right);
}

/** Negative, 0 or positive; undefined when the two cannot be compared. */
export function order(left: Wire, right: Wire): number | undefined {
  if ('N' in left && 'N' in right) {
    const difference = scaled(left.N) - scaled(right.N);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  if ('S' in left && 'S' in right) return Buffer.compare(Buffer.from(left.S), Buffer.from(right.S));
  if ('B' in left && 'B' in right) return Buffer.compare(bytesOf(left.B), bytesOf(right.B));
  return undefined;
}

export function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}

export function sizeOf(value: Wire): number | undefined {
  if ('S' in value) return value.S.length;
  if ('B' in value) return bytesOf(value.B).length;
  if ('M' in value) return Object.keys(value.M).length;
  if ('SS' in value) return value.SS.length;
  if ('NS' in value) return value.NS.length;
  if ('BS' in value) return value.BS.length;
  return 'L' in value ? value.L.length : undefined;
}
