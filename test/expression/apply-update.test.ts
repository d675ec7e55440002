import t from 'tap';
import { applyUpdate, ExpressionError } from '../../src/expression/index.js';
import { compile, itemOf, type Json, jsonOf, present } from './fixtures.js';

const before = {
  n: { N: '5' },
  s: { S: 'x' },
  l: { L: [{ N: '0' }, { N: '1' }, { N: '2' }] },
  m: { M: { a: { N: '1' }, b: { M: { c: { S: 'deep' } } } } },
  ss: { SS: ['a', 'b'] },
};
const item = itemOf(before);

function apply(source: string, values: Json) {
  const { update } = compile({ update: source }, Object.keys(values).length > 0 ? values : undefined);
  return applyUpdate(present(update), item);
}

type Case = readonly [source: string, values: Json, changed: Json, removed?: readonly string[]];
const v = { ':v': { N: '7' } };

const cases: readonly Case[] = [
  ['SET x = :v', v, { x: { N: '7' } }],
  ['SET n = s, s = n', {}, { n: { S: 'x' }, s: { N: '5' } }],
  ['SET n = n - :v', v, { n: { N: '-2' } }],
  ['SET n = (n + :v)', v, { n: { N: '12' } }],
  ['SET x = if_not_exists(x, :v) + :v, y = if_not_exists(n, :v)', v, { x: { N: '14' }, y: { N: '5' } }],
  [
    'SET l = list_append(:v, l)',
    { ':v': { L: [{ S: 'y' }] } },
    { l: { L: [{ S: 'y' }, { N: '0' }, { N: '1' }, { N: '2' }] } },
  ],
  [
    'SET x = list_append(if_not_exists(x, :v), :v)',
    { ':v': { L: [{ S: 'y' }] } },
    { x: { L: [{ S: 'y' }, { S: 'y' }] } },
  ],
  [
    'SET m.b.c = :v, m.d = :v',
    v,
    { m: { M: { a: { N: '1' }, b: { M: { c: { N: '7' } } }, d: { N: '7' } } } },
  ],
  [
    'SET l[9] = :w, l[7] = :v REMOVE l[0]',
    { ':v': { S: 'first' }, ':w': { S: 'second' } },
    { l: { L: [{ N: '1' }, { N: '2' }, { S: 'first' }, { S: 'second' }] } },
  ],
  ['REMOVE l[0], l[2], l[8]', {}, { l: { L: [{ N: '1' }] } }],
  ['REMOVE n, nothing, m.a, m.nothing', {}, { m: { M: { b: { M: { c: { S: 'deep' } } } } } }, ['n']],
  [
    'ADD n :v, x :v, m.a :v',
    v,
    {
      n: { N: '12' },
      x: { N: '7' },
      m: { M: { a: { N: '8' }, b: { M: { c: { S: 'deep' } } } } },
    },
  ],
  ['ADD ss :v, x :v', { ':v': { SS: ['b', 'c'] } }, { ss: { SS: ['a', 'b', 'c'] }, x: { SS: ['b', 'c'] } }],
  ['DELETE ss :v', { ':v': { SS: ['b', 'c'] } }, { ss: { SS: ['a'] } }],
  ['DELETE ss :v, nothing :v', { ':v': { SS: ['a', 'b'] } }, {}, ['ss']],
];

t.test('what an update makes of an item', (t) => {
  for (const [source, values, changed, removed = []] of cases) {
    const expected: Record<string, unknown> = { ...before, ...changed };
    for (const name of removed) delete expected[name];
    t.strictSame(jsonOf(apply(source, values)), expected, source);
    t.strictSame(jsonOf(item), before, 'the old item stays as it is');
  }
  t.end();
});

t.test('what the item does not allow', (t) => {
  const path = 'The document path provided in the update expression is invalid for update';
  const type = 'An operand in the update expression has an incorrect data type';
  const absent = 'The provided expression refers to an attribute that does not exist in the item';
  const cases: readonly (readonly [string, Json, string])[] = [
    ['SET x.y = :v', v, path],
    ['SET s.y = :v', v, path],
    ['SET m[0] = :v', v, path],
    ['SET l.y = :v', v, path],
    ['SET l[9].y = :v', v, path],
    ['REMOVE x.y', {}, path],
    ['SET x = y', {}, absent],
    ['SET x = y + :v', v, absent],
    ['SET x = list_append(y, l)', {}, absent],
    ['SET x = s + :v', v, type],
    ['SET x = list_append(s, l)', {}, type],
    ['ADD s :v', v, type],
    ['ADD n :v', { ':v': { SS: ['a'] } }, type],
    ['DELETE ss :v', { ':v': { NS: ['1'] } }, type],
    [
      'ADD n :v',
      { ':v': { N: '1E-100' } },
      'Attempting to store more than 38 significant digits in a Number',
    ],
    [
      'SET x = :v + :v',
      { ':v': { N: '9E125' } },
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    ],
  ];
  for (const [source, values, message] of cases) {
    t.throws(() => apply(source, values), new ExpressionError(message), source);
  }
  t.end();
});
