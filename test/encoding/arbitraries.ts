/** Random attribute values and numbers for property tests. */
import fc from 'fast-check';
import {
  type AttributeValue,
  BinarySet,
  type Item,
  NumberSet,
  NumberValue,
  StringSet,
} from '../../src/encoding/attribute-value.js';
import { parseNumber } from '../../src/encoding/number.js';

// Every run is the same, unless a seed is given; a failing property prints the one to give.
fc.configureGlobal({ seed: Number(process.env.VARVE_TEST_SEED ?? 1) });

/** Canonical texts, many of them close to each other, some at the limits. */
export function decimal(): fc.Arbitrary<string> {
  const small = fc.integer({ min: -1000, max: 1000 }).map(String);
  const scientific = fc
    .tuple(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), fc.integer({ min: -130, max: 88 }))
    .map(([digits, exponent]) => `${digits}E${exponent}`);
  const near = fc
    .tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -3, max: 3 }))
    .map(([digits, exponent]) => `${digits}E${exponent}`);
  return fc.oneof(small, near, scientific).map(parseNumber);
}

/** A canonical text as an integer, times 10^200. */
export function scaled(text: string): bigint {
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const magnitude = BigInt(whole + fraction.padEnd(200, '0'));
  return negative ? -magnitude : magnitude;
}

export function binary(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength: 8 });
}

export function text(): fc.Arbitrary<string> {
  return fc.string({ unit: 'binary', maxLength: 6 });
}

export function attributeValue(): fc.Arbitrary<AttributeValue> {
  const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text(),
      decimal().map((number) => new NumberValue(number)),
      binary(),
      fc.boolean(),
      fc.constant(null),
      fc.uniqueArray(text(), { minLength: 1, maxLength: 4 }).map((members) => new StringSet(members)),
      fc.uniqueArray(decimal(), { minLength: 1, maxLength: 4 }).map((members) => new NumberSet(members)),
      fc
        .uniqueArray(binary(), { minLength: 1, maxLength: 3, selector: (bytes) => bytes.join() })
        .map((members) => new BinarySet(members)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(text(), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    ),
  }));
  return value;
}

export function item(): fc.Arbitrary<Item> {
  const name = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'a', 'b', ''), text());
  return fc.array(fc.tuple(name, attributeValue()), { maxLength: 6 }).map((entries) => new Map(entries));
}
