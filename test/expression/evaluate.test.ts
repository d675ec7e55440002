import t from 'tap';
import { compareStrings, evaluateCondition, projectItem } from '../../src/expression/index.js';
import { compile, itemOf, type Json, jsonOf, present } from './fixtures.js';

const item = itemOf({
  s: { S: 'héllo' },
  n: { N: '5' },
  b: { B: 'AQID' },
  t: { BOOL: true },
  z: { NULL: true },
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2.5'] },
  bs: { BS: ['AQ==', 'Ag=='] },
  l: { L: [{ S: 'x' }, { N: '1' }, { M: { k: { S: 'deep' } } }] },
  m: { M: { a: { N: '1' }, b: { L: [] } } },
});

const cases: readonly (readonly [source: string, values: Json, holds: boolean])[] = [
  ['n = :v', { ':v': { N: '5.0' } }, true],
  ['n = :v', { ':v': { S: '5' } }, false],
  ['n <> :v', { ':v': { S: '5' } }, true],
  ['n < :v', { ':v': { S: '6' } }, false],
  ['n < :v', { ':v': { N: '10' } }, true],
  ['n BETWEEN :v AND :w', { ':v': { N: '5' }, ':w': { N: '5' } }, true],
  ['n IN (:v, :w)', { ':v': { N: '1' }, ':w': { N: '5' } }, true],
  ['NOT n = :v AND s = :v', { ':v': { N: '5' } }, false],
  ['n = :v OR n = :w AND s = :w', { ':v': { N: '5' }, ':w': { N: '6' } }, true],
  ['(n = :v OR n = :w) AND s = :w', { ':v': { N: '5' }, ':w': { N: '6' } }, false],
  ['absent = :v', { ':v': { N: '5' } }, false],
  ['absent <> :v', { ':v': { N: '5' } }, true],
  ['absent <> further', {}, true],
  ['NOT absent = further', {}, true],
  ['absent < :v', { ':v': { N: '5' } }, false],
  ['attribute_exists(l[2].k) AND attribute_not_exists(l[3])', {}, true],
  ['attribute_exists(z)', {}, true],
  ['attribute_type(z, :v)', { ':v': { S: 'NULL' } }, true],
  ['attribute_type(m.b, :v)', { ':v': { S: 'L' } }, true],
  ['begins_with(s, :v)', { ':v': { S: 'hé' } }, true],
  ['begins_with(b, :v)', { ':v': { B: 'AQI=' } }, true],
  ['begins_with(n, :v)', { ':v': { S: '5' } }, false],
  ['contains(s, :v)', { ':v': { S: 'll' } }, true],
  ['contains(b, :v)', { ':v': { B: 'AgM=' } }, true],
  ['contains(ss, :v)', { ':v': { S: 'b' } }, true],
  ['contains(ns, :v)', { ':v': { N: '2.50' } }, true],
  ['contains(bs, :v)', { ':v': { B: 'Ag==' } }, true],
  ['contains(l, :v)', { ':v': { M: { k: { S: 'deep' } } } }, true],
  ['contains(l, :v)', { ':v': { N: '2' } }, false],
  ['size(s) = :v', { ':v': { N: '5' } }, true],
  ['size(b) = :v AND size(ss) < :v AND size(l) = :v AND size(m) <> :v', { ':v': { N: '3' } }, true],
  ['size(n) >= :v', { ':v': { N: '0' } }, false],
  ['ss = :v', { ':v': { SS: ['b', 'a'] } }, true],
  ['ns = :v', { ':v': { NS: ['2.5', '1'] } }, true],
  ['bs = :v', { ':v': { BS: ['Ag==', 'AQ=='] } }, true],
  ['m = :v', { ':v': { M: { b: { L: [] }, a: { N: '1' } } } }, true],
  ['l = :v', { ':v': { L: [{ N: '1' }, { S: 'x' }] } }, false],
  ['t = :v', { ':v': { BOOL: true } }, true],
  ['z = :v', { ':v': { NULL: true } }, true],
];

t.test('conditions', (t) => {
  for (const [source, values, holds] of cases) {
    const { condition } = compile({ condition: source }, values);
    t.equal(evaluateCondition(present(condition), item), holds, `${source} ${JSON.stringify(values)}`);
  }
  const { condition } = compile({ condition: 'attribute_not_exists(pk)' });
  t.equal(evaluateCondition(present(condition), undefined), true);
  t.end();
});

t.test('strings order by UTF-8 bytes', (t) => {
  const strings = [
    '',
    'a',
    'b',
    'é',
    '\u{e000}',
    '\u{ffff}',
    '\u{10000}',
    '\u{10ffff}',
    'a\u{ffff}',
    'a\u{10000}',
  ];
  for (const a of strings) {
    for (const b of strings) {
      t.equal(Math.sign(compareStrings(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }
  }
  t.end();
});

t.test('projections', (t) => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['n', { n: { N: '5' } }],
    ['absent', {}],
    ['m.a, n', { n: { N: '5' }, m: { M: { a: { N: '1' } } } }],
    ['l[2].k, l[0]', { l: { L: [{ S: 'x' }, { M: { k: { S: 'deep' } } }] } }],
    ['l[9], m.x, n.a, s[0]', {}],
    ['m.b, m.a', { m: { M: { a: { N: '1' }, b: { L: [] } } } }],
  ];
  for (const [source, expected] of cases) {
    const { projection } = compile({ projection: source });
    t.strictSame(jsonOf(projectItem(present(projection), item)), expected, source);
  }
  t.end();
});
