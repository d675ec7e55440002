import fc from 'fast-check';
import t from 'tap';
import { decodeAttributeValue, decodeItemJson, encodeItemJson } from '../../src/encoding/attribute-json.js';
import { EncodingError } from '../../src/encoding/errors.js';
import { valuesEqual } from '../../src/expression/index.js';
import { item } from './arbitraries.js';

t.test('every item survives the way through JSON', (t) => {
  fc.assert(
    fc.property(item(), (given) => {
      const json = encodeItemJson(given);
      const again = decodeItemJson(JSON.parse(json));
      return valuesEqual(again, given) && encodeItemJson(again) === json;
    }),
    { numRuns: 300 },
  );
  t.end();
});

const PARAMETER = 'One or more parameter values were invalid: ';

t.test('values that do not fit', (t) => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
    [{ X: 1 }, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
    [{ S: null }, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
    [
      { S: 'a', N: '1' },
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    ],
    [{ N: 'x' }, 'The parameter cannot be converted to a numeric value: x'],
    [{ NULL: false }, `${PARAMETER}Null attribute value types must have the value of true`],
    [{ SS: [] }, `${PARAMETER}An string set  may not be empty`],
    [{ SS: ['a', null] }, `${PARAMETER}An string set may not have a null string as a member`],
    [{ NS: [] }, `${PARAMETER}An number set  may not be empty`],
    [{ BS: [] }, `${PARAMETER}Binary sets should not be empty`],
    [{ SS: ['a', 'a'] }, `${PARAMETER}Input collection [a, a] contains duplicates.`],
    [{ NS: ['1', '1.0'] }, 'Input collection contains duplicates'],
    [{ BS: ['Yw==', 'Yw=='] }, `${PARAMETER}Input collection [Yw==, Yw==]of type BS contains duplicates.`],
    [
      { L: [{ M: { a: {} } }] },
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    ],
  ];
  for (const [json, message] of cases) {
    t.throws(
      () => decodeAttributeValue(json),
      new EncodingError('validation', message),
      JSON.stringify(json),
    );
  }
  t.end();
});

t.test('JSON types that do not fit', (t) => {
  const cases: readonly (readonly [unknown, string])[] = [
    ['x', 'Unexpected value type in payload'],
    [null, 'Unexpected value type in payload'],
    [[], 'Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue'],
    [{ S: 1 }, 'NUMBER_VALUE cannot be converted to String'],
    [{ S: 1.5 }, 'DECIMAL_VALUE cannot be converted to String'],
    [{ N: 1 }, 'NUMBER_VALUE cannot be converted to String'],
    [{ S: true }, 'TRUE_VALUE cannot be converted to String'],
    [{ S: [] }, 'Unrecognized collection type class java.lang.String'],
    [{ S: {} }, 'Start of structure or map found where not expected'],
    [{ BOOL: 'maybe' }, "'MAYBE' can not be converted to an Boolean"],
    [{ BOOL: 1 }, 'NUMBER_VALUE cannot be converted to Boolean'],
    [{ B: 1 }, 'only base-64-encoded strings are convertible to bytes'],
    [{ B: 'abc' }, 'Base64 encoded length is expected a multiple of 4 bytes but found: 3'],
    [{ B: 'a*==' }, "Invalid Base64 character: '*'"],
    [{ B: 'YWJ=' }, 'Invalid last non-pad Base64 character dectected'],
    [{ SS: 'a' }, 'Unexpected field type'],
    [{ SS: {} }, 'Start of structure or map found where not expected'],
    [
      { M: [] },
      'Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>',
    ],
    // Types are reported before values, wherever they stand.
    [{ L: [{ N: 'x' }, { S: 1 }] }, 'NUMBER_VALUE cannot be converted to String'],
  ];
  for (const [json, message] of cases) {
    t.throws(
      () => decodeAttributeValue(json),
      new EncodingError('serialization', message),
      JSON.stringify(json),
    );
  }
  t.end();
});

t.test('the deepest value has level 32', (t) => {
  const nested = (levels: number): unknown =>
    levels === 1
      ? { S: 'x' }
      : levels % 2 === 0
        ? { L: [nested(levels - 1)] }
        : { M: { a: nested(levels - 1) } };
  t.doesNotThrow(() => decodeItemJson({ a: nested(32) }));
  t.throws(() => decodeItemJson({ a: nested(33) }), /^Nesting Levels have exceeded supported limits/);
  t.throws(() => decodeItemJson({ a: nested(2000) }), /^Nesting Levels have exceeded supported limits/);
  t.end();
});

t.test('empty strings and binaries are values', (t) => {
  t.equal(decodeAttributeValue({ S: '' }), '');
  t.same(decodeAttributeValue({ B: '' }), new Uint8Array(0));
  t.same(encodeItemJson(decodeItemJson({ a: { SS: [''] } })), '{"a":{"SS":[""]}}');
  t.end();
});
