/** How values are written: each kind takes what it shows, and nothing that it would have to guess. */
import t from 'tap';
import {
  count,
  duration,
  flag,
  type Kind,
  list,
  mode,
  optionalPath,
  path,
  size,
  text,
} from '../../../tools/config/kinds.js';

const GiB = 2 ** 30;
const anySize = size({ min: 0, max: 1024 * GiB });
const anyDuration = duration({ min: 0, max: 3_600_000 * 24 });

const TEXTS: readonly [kind: Kind<unknown>, text: string, value: unknown, shown?: string][] = [
  [anySize, '0', 0],
  [anySize, '1500', 1500],
  [anySize, '64MiB', 64 * 2 ** 20],
  [anySize, '64 mib', 64 * 2 ** 20, '64MiB'],
  [anySize, '65536', 65_536, '64KiB'],
  [anySize, '1.5GiB', 1.5 * GiB, '1536MiB'],
  [anySize, '10MB', 10_000_000, '10000000'],
  [anySize, '1kB', 1000, '1000'],
  [anySize, '1.5', undefined],
  [anySize, '1M', undefined],
  [anySize, '-1', undefined],
  [anySize, '1e3', undefined],
  [anySize, '', undefined],
  [anySize, '2000TiB', undefined],
  [anyDuration, '250', 250, '250ms'],
  [anyDuration, '2s', 2000],
  [anyDuration, '1.5s', 1500, '1500ms'],
  [anyDuration, '5m', 300_000],
  [anyDuration, '90m', 5_400_000],
  [anyDuration, '2h', 7_200_000],
  [anyDuration, '1d', undefined],
  [anyDuration, 'soon', undefined],
  [count({ min: 1, max: 9 }), '9', 9],
  [count({ min: 1, max: 9 }), '10', undefined],
  [count({ min: 0, max: 9 }), '0x1', undefined],
  [count({ min: 0, max: 9 }), '1.0', undefined],
  [mode, '0640', 0o640],
  [mode, '640', 0o640, '0640'],
  [mode, '0680', undefined],
  [flag, 'true', true],
  [flag, '0', false, 'false'],
  [flag, 'yes', undefined],
  [text('x'), ' ', undefined],
  [list('x'), 'a, b', ['a', 'b'], 'a,b'],
  [list('x'), ',', undefined],
  [path('x'), '../c', '/a/c', '/a/c'],
  [path('x'), '', undefined],
  [optionalPath('x'), 'false', false],
  [optionalPath('x'), './false', '/a/b/false', '/a/b/false'],
];

t.test('text', async (t) => {
  for (const [kind, written, value, shown = written] of TEXTS) {
    const read = kind.fromText(written, '/a/b');
    t.strictSame(read, value, JSON.stringify(written));
    if (read === undefined) continue;
    t.equal(kind.toText(read), shown);
    t.strictSame(kind.fromText(shown, '/'), value, 'what is shown is taken');
  }
});

t.test('values of a file', async (t) => {
  const cases: readonly [kind: Kind<unknown>, value: unknown, read: unknown][] = [
    [anySize, 4096, 4096],
    [anySize, '4KiB', 4096],
    [anySize, 1.5, undefined],
    [anySize, true, undefined],
    [count({ min: 0, max: 9 }), 3, 3],
    [count({ min: 0, max: 9 }), [3], undefined],
    [flag, true, true],
    [flag, 'true', undefined],
    [mode, '0600', 0o600],
    [mode, 0o600, undefined],
    [list('x'), ['a', 'b'], ['a', 'b']],
    [list('x'), 'a', ['a']],
    [list('x'), [], undefined],
    [list('x'), [1], undefined],
    [optionalPath('x'), false, false],
    [optionalPath('x'), true, undefined],
    [optionalPath('x'), 'c', '/a/b/c'],
    [text('x'), 1, undefined],
  ];
  for (const [kind, value, read] of cases) {
    t.strictSame(kind.fromFile(value, '/a/b'), read, JSON.stringify(value));
  }
});
