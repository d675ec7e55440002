/** Random texts never break the parser; random conditions mean what a naive reading of them means. */
import fc from 'fast-check';
import t from 'tap';
import { NumberValue } from '../../src/encoding/attribute-value.js';
import { compileExpressions, ExpressionError, evaluateCondition } from '../../src/expression/index.js';
import { RESERVED_WORD_COUNT } from '../../src/expression/reserved-words.js';
import '../encoding/arbitraries.js';

const tokens = fc.constantFrom(
  ...['a', 'b', '#n', ':v', '(', ')', '[', ']', '0', '1', '.', ',', '=', '<>', '<', '>=', '+', '-', ' '],
  ...[
    'AND',
    'or',
    'NOT',
    'BETWEEN',
    'IN',
    'SET',
    'REMOVE',
    'ADD',
    'DELETE',
    'size',
    'contains',
    'é',
    '\0',
    '#',
  ],
);
const source = fc.oneof(
  fc.array(tokens, { maxLength: 30 }).map((parts) => parts.join(' ')),
  fc.array(tokens, { maxLength: 30 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
);

t.test('any text compiles or is refused', (t) => {
  const names = new Map([['#n', 'n']]);
  const values = new Map([[':v', new NumberValue('1')]]);
  fc.assert(
    fc.property(source, fc.constantFrom('update', 'condition', 'projection'), (text, kind) => {
      try {
        compileExpressions({ [kind]: text, names, values });
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
  t.end();
});

t.test('deep and long texts are refused or done in time', (t) => {
  const values = new Map([[':v', new NumberValue('1')]]);
  for (const text of [
    '('.repeat(4000),
    `${'('.repeat(2000)}a = :v${')'.repeat(2000)}`,
    `${'NOT '.repeat(1000)}a = :v`,
    `size(${'size('.repeat(700)}a`,
    `a${'[0]'.repeat(1300)} = :v`,
    '#'.repeat(4096),
    ' '.repeat(4096),
  ]) {
    t.throws(() => compileExpressions({ condition: text, values }), ExpressionError, text.slice(0, 20));
  }
  const nested = `${'(a = :v AND '.repeat(140)}a = :v${')'.repeat(140)}`;
  t.doesNotThrow(() => compileExpressions({ condition: nested, values }));
  t.end();
});

/** A condition as text, and what it must mean for attributes that are numbers or missing. */
interface Sample {
  readonly text: string;
  readonly means: (attributes: ReadonlyMap<string, number>) => boolean;
}

const OPERATORS: readonly (readonly [string, (a: number, b: number) => boolean])[] = [
  ['=', (a, b) => a === b],
  ['<>', (a, b) => a !== b],
  ['<', (a, b) => a < b],
  ['<=', (a, b) => a <= b],
  ['>', (a, b) => a > b],
  ['>=', (a, b) => a >= b],
];

const attribute = fc.constantFrom('p', 'q', 'r');
const number = fc.integer({ min: 0, max: 3 });
const space = fc.constantFrom(' ', '  ', '\n');

const { sample } = fc.letrec<{ sample: Sample; leaf: Sample }>((tie) => ({
  leaf: fc.oneof(
    fc.tuple(attribute, fc.constantFrom(...OPERATORS), number).map(([name, [symbol, test], value]) => ({
      text: `${name}${symbol}:v${value}`,
      means: (attributes: ReadonlyMap<string, number>) => {
        const found = attributes.get(name);
        return found === undefined ? symbol === '<>' : test(found, value);
      },
    })),
    fc.tuple(attribute, number, number).map(([name, a, b]) => ({
      text: `${name} between :v${Math.min(a, b)} and :v${Math.max(a, b)}`,
      means: (attributes: ReadonlyMap<string, number>) => {
        const found = attributes.get(name);
        return found !== undefined && found >= Math.min(a, b) && found <= Math.max(a, b);
      },
    })),
    fc.tuple(attribute, fc.array(number, { minLength: 1, maxLength: 3 })).map(([name, candidates]) => ({
      text: `${name} IN (${candidates.map((value) => `:v${value}`).join(',')})`,
      means: (attributes: ReadonlyMap<string, number>) => candidates.includes(attributes.get(name) ?? -1),
    })),
    attribute.map((name) => ({
      text: `attribute_exists(${name})`,
      means: (attributes: ReadonlyMap<string, number>) => attributes.has(name),
    })),
  ),
  sample: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    fc.tuple(tie('leaf'), space, tie('sample')).map(([a, gap, b]) => ({
      text: `${a.text}${gap}AND${gap}(${b.text.startsWith('(') ? `NOT ${b.text}` : b.text})`,
      means: (attributes: ReadonlyMap<string, number>) =>
        a.means(attributes) && b.means(attributes) !== b.text.startsWith('('),
    })),
    fc.tuple(tie('leaf'), space, tie('sample')).map(([a, gap, b]) => ({
      text: `${a.text}${gap}OR${gap}${b.text}`,
      means: (attributes: ReadonlyMap<string, number>) => a.means(attributes) || b.means(attributes),
    })),
    tie('leaf').map((a) => ({
      text: `NOT ${a.text}`,
      means: (attributes: ReadonlyMap<string, number>) => !a.means(attributes),
    })),
  ),
}));

t.test('random conditions', (t) => {
  const attributes = fc
    .dictionary(attribute, number)
    .map((entries) => new Map<string, number>(Object.entries(entries)));
  fc.assert(
    fc.property(sample, attributes, ({ text, means }, numbers) => {
      const values = new Map(
        [0, 1, 2, 3]
          .filter((value) => text.includes(`:v${value}`))
          .map((value) => [`:v${value}`, new NumberValue(String(value))]),
      );
      const item = new Map([...numbers].map(([name, value]) => [name, new NumberValue(String(value))]));
      const { condition } = compileExpressions({ condition: text, values });
      return condition !== undefined && evaluateCondition(condition, item) === means(numbers);
    }),
    { numRuns: 2000 },
  );
  t.end();
});

t.test('all reserved words are there', (t) => {
  t.equal(RESERVED_WORD_COUNT, 573);
  t.end();
});
