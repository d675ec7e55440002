import fc from 'fast-check';
import t from 'tap';
import { EncodingError } from '../../src/encoding/errors.js';
import { addNumbers, compareNumbers, parseNumber, subtractNumbers } from '../../src/encoding/number.js';
import { decimal, scaled } from './arbitraries.js';

t.test('canonical text', (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['0', '0'],
    ['-0', '0'],
    ['0.000', '0'],
    ['0E999', '0'],
    ['007', '7'],
    ['+5', '5'],
    ['-12.500', '-12.5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1E+2', '100'],
    ['1.23e1', '12.3'],
    ['123E-5', '0.00123'],
    ['1E-130', `0.${'0'.repeat(129)}1`],
    ['1E125', `1${'0'.repeat(125)}`],
    ['9.9999999999999999999999999999999999999E+125', '9'.repeat(38) + '0'.repeat(88)],
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
  ];
  for (const [text, canonical] of cases) t.equal(parseNumber(text), canonical, text);
  t.end();
});

t.test('what is refused, in the words of the service', (t) => {
  const cannot = 'The parameter cannot be converted to a numeric value';
  const cases: readonly (readonly [string, string])[] = [
    ['', cannot],
    ['abc', `${cannot}: abc`],
    ['1 ', `${cannot}: 1 `],
    ['0x10', `${cannot}: 0x10`],
    ['NaN', `${cannot}: NaN`],
    ['.', `${cannot}: .`],
    ['1e', `${cannot}: 1e`],
    ['1E126', 'Number overflow. Attempting to store a number with magnitude larger than supported range'],
    ['-1E126', 'Number overflow. Attempting to store a number with magnitude larger than supported range'],
    ['1E-131', 'Number underflow. Attempting to store a number with magnitude smaller than supported range'],
    ['1'.repeat(39), 'Attempting to store more than 38 significant digits in a Number'],
  ];
  for (const [text, message] of cases) {
    t.throws(() => parseNumber(text), new EncodingError('validation', message), JSON.stringify(text));
  }
  t.end();
});

t.test('order is that of the rationals', (t) => {
  fc.assert(
    fc.property(decimal(), decimal(), (a, b) => {
      const [x, y] = [scaled(a), scaled(b)];
      return Math.sign(compareNumbers(a, b)) === (x < y ? -1 : x > y ? 1 : 0);
    }),
    { numRuns: 2000 },
  );
  t.end();
});

t.test('sums and differences are exact or refused', (t) => {
  fc.assert(
    fc.property(decimal(), decimal(), (a, b) => {
      for (const [operation, expected] of [
        [addNumbers, scaled(a) + scaled(b)],
        [subtractNumbers, scaled(a) - scaled(b)],
      ] as const) {
        try {
          const text = operation(a, b);
          if (scaled(text) !== expected || parseNumber(text) !== text) return false;
        } catch (error) {
          if (!(error instanceof EncodingError)) throw error;
          const digits = expected.toString().replace('-', '').replace(/0+$/, '').length;
          if (digits <= 38 && !/flow/.test(error.message)) return false;
        }
      }
      return true;
    }),
    { numRuns: 2000 },
  );
  t.equal(addNumbers('0.1', '0.2'), '0.3');
  t.equal(subtractNumbers('5', '5'), '0');
  t.equal(subtractNumbers('-5', '-5'), '0');
  t.equal(addNumbers('999999999999999', '999999999999999'), '1999999999999998');
  t.end();
});
