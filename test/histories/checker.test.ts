/** The checker against histories of which it is known what is wrong with them, and against some of which nothing is. */
import t from 'tap';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { type AnomalyKind, check } from './checker.js';
import type { History, Operation, Outcome, Transaction } from './history.js';

const append = (key: string, value: number): Operation => ({ kind: 'append', key, value });
const list = (key: string, ...values: number[]): Operation => ({ kind: 'list', key, values });
const write = (key: string, value: number): Operation => ({ kind: 'write', key, value });
const remove = (key: string, value: number): Operation => ({ kind: 'write', key, value, removes: true });
const read = (key: string, value?: number): Operation => ({ kind: 'read', key, value });

const ended = (outcome: Outcome, startMs: number, endMs: number, operations: Operation[]): Transaction => ({
  outcome,
  operations,
  startMs,
  endMs,
});
/** All at the same time. */
const done = (...operations: Operation[]) => ended('committed', 0, 10, operations);
const aborted = (...operations: Operation[]) => ended('aborted', 0, 10, operations);
const unknown = (...operations: Operation[]) => ended('unknown', 0, Number.POSITIVE_INFINITY, operations);
const at = (startMs: number, ...operations: Operation[]) =>
  ended('committed', startMs, startMs + 1, operations);

const wrong: readonly (readonly [name: string, kind: AnomalyKind, history: History])[] = [
  [
    'two write over each other, in one order here and in the other there',
    'G0',
    [
      done(append('x', 1), append('y', 1)),
      done(append('x', 2), append('y', 2)),
      done(list('x', 1, 2)),
      done(list('y', 2, 1)),
    ],
  ],
  ['a read of what was aborted', 'G1a', [aborted(append('x', 1)), done(list('x', 1))]],
  ['a register that was aborted', 'G1a', [aborted(write('x', 1)), done(read('x', 1))]],
  ['a read in the middle', 'G1b', [done(append('x', 1), append('x', 2)), done(list('x', 1))]],
  ['a register in the middle', 'G1b', [done(write('x', 1), write('x', 2)), done(read('x', 1))]],
  [
    'each sees what the other wrote',
    'G1c',
    [
      done(append('x', 1), list('y', 1)),
      done(append('y', 1), list('x', 1)),
      done(list('x', 1), list('y', 1)),
    ],
  ],
  [
    'each sees the other, without lists',
    'G1c',
    [done(write('x', 1), read('y', 2)), done(write('y', 2), read('x', 1))],
  ],
  [
    'half of a transaction',
    'G-single',
    [done(append('x', 1), append('y', 1)), done(list('x', 1), list('y')), done(list('y', 1))],
  ],
  [
    'half of a transaction on registers',
    'G-single',
    [
      at(0, write('x', 1), write('y', 1)),
      at(2, write('x', 2), write('y', 2)),
      at(4, read('x', 1), read('y', 2)),
    ],
  ],
  [
    'two that write over the same version',
    'lost update',
    [
      at(0, write('x', 1)),
      ended('committed', 2, 9, [read('x', 1), write('x', 2)]),
      ended('committed', 2, 9, [read('x', 1), write('x', 3)]),
    ],
  ],
  [
    'two that append to the same version',
    'lost update',
    [done(list('x'), append('x', 1)), done(list('x'), append('x', 2)), done(list('x', 1, 2))],
  ],
  [
    'each looks at what the other writes, before that',
    'write skew',
    [done(list('x'), append('y', 1)), done(list('y'), append('x', 1)), done(list('x', 1), list('y', 1))],
  ],
  [
    'write skew on registers',
    'write skew',
    [
      at(0, write('x', 1), write('y', 2)),
      ended('committed', 2, 9, [read('x', 1), write('y', 3)]),
      ended('committed', 2, 9, [read('y', 2), write('x', 4)]),
    ],
  ],
  [
    'two readers see two independent writes in different orders',
    'G2',
    [
      done(append('x', 1)),
      done(append('y', 1)),
      done(list('x', 1), list('y')),
      done(list('x'), list('y', 1)),
    ],
  ],
  [
    'three that each look at what the next one writes',
    'G2',
    [
      done(list('x'), append('y', 1)),
      done(list('y'), append('z', 1)),
      done(list('z'), append('x', 1)),
      done(list('x', 1), list('y', 1), list('z', 1)),
    ],
  ],
  [
    'a write that is not there when it was answered',
    'G-single-realtime',
    [at(0, append('x', 1)), at(2, list('x')), at(4, list('x', 1))],
  ],
  ['a write that is lost', 'G-single-realtime', [at(0, append('x', 1)), at(2, list('x'))]],
  ['a register that is lost', 'G-single-realtime', [at(0, write('x', 1)), at(2, read('x'))]],
  [
    'an older register after a newer one',
    'G-single-realtime',
    [at(0, write('x', 1)), at(2, write('x', 2)), at(4, read('x', 1))],
  ],
  [
    'a removed register',
    'G-single-realtime',
    [at(0, write('x', 1)), at(2, remove('x', 2)), at(4, read('x', 1))],
  ],
  [
    'a removed register that is seen again by its number',
    'G1b',
    [done(remove('x', 1), write('x', 2)), done(read('x', 1))],
  ],
  ['the same append twice', 'duplicate', [done(append('x', 1)), done(list('x', 1, 1))]],
  ['what nobody wrote', 'garbage', [done(list('x', 7))]],
  [
    'an append that went away again',
    'incompatible order',
    [
      done(append('x', 1)),
      done(append('x', 2)),
      done(append('x', 3)),
      done(list('x', 1, 2)),
      done(list('x', 1, 3, 2)),
    ],
  ],
  ['its own append is not there', 'internal', [done(append('x', 1), list('x'))]],
  ['its own write is not there', 'internal', [done(write('x', 1), read('x', 2)), done(write('x', 2))]],
  [
    'of an unknown outcome only half was seen',
    'G-single',
    [unknown(append('x', 1), append('y', 1)), done(list('x', 1), list('y')), done(list('y', 1))],
  ],
];

t.test('what is wrong is called by its name', (t) => {
  for (const [name, kind, history] of wrong) {
    const [anomaly] = check(history);
    t.equal(anomaly?.kind, kind, `${kind}: ${name}`);
  }
  t.end();
});

const right: readonly (readonly [name: string, history: History])[] = [
  ['nothing', []],
  ['an aborted write that nobody sees', [aborted(append('x', 1)), at(20, list('x'))]],
  ['an unknown one that did not happen', [unknown(append('x', 1)), at(20, list('x'))]],
  ['an unknown one that happened late', [unknown(append('x', 1)), at(20, list('x')), at(30, list('x', 1))]],
  ['at the same time, either order is fine', [done(append('x', 1)), done(list('x'))]],
  ['its own writes', [done(list('x'), append('x', 1), list('x', 1), append('x', 2), list('x', 1, 2))]],
  [
    'a register that comes back',
    [
      at(0, write('x', 1)),
      at(2, remove('x', 2)),
      at(4, read('x')),
      at(6, write('x', 3)),
      at(8, read('x', 3)),
    ],
  ],
  [
    'several removals',
    [at(0, remove('x', 1)), at(2, read('x')), at(4, write('x', 2)), at(6, remove('x', 3)), at(8, read('x'))],
  ],
  [
    'one after the other in spite of a long wait',
    [
      ended('committed', 0, 100, [append('x', 1), append('y', 1)]),
      at(10, list('x'), list('y')),
      at(20, list('x', 1), list('y', 1)),
    ],
  ],
];

t.test('nothing is said against what is right', (t) => {
  for (const [name, history] of right) t.strictSame(check(history), [], name);
  t.end();
});

/** Executed one after the other, but recorded as if each had taken long: so many of them were at the same time. */
function serialHistory(random: SeededRandom, length: number): Transaction[] {
  const keys = ['a', 'b', 'c', 'd'];
  const lists = new Map<string, number[]>(keys.map((key) => [key, []]));
  const registers = new Map<string, number | undefined>();
  let last = 0;
  const next = () => {
    last += 1;
    return last;
  };
  const operation = (): Operation => {
    const key = keys[randomBelow(random, keys.length)] as string;
    const values = lists.get(key) as number[];
    switch (randomBelow(random, 5)) {
      case 0:
        values.push(next());
        return append(key, last);
      case 1:
        return list(key, ...values);
      case 2:
        registers.set(`${key} register`, next());
        return write(`${key} register`, last);
      case 3:
        registers.delete(`${key} register`);
        return remove(`${key} register`, next());
      default:
        return read(`${key} register`, registers.get(`${key} register`));
    }
  };
  return Array.from({ length }, (_, index) => {
    const operations = Array.from({ length: 1 + randomBelow(random, 4) }, operation);
    const unanswered = randomBelow(random, 10) === 0;
    return ended(
      unanswered ? 'unknown' : 'committed',
      index - randomBelow(random, 5),
      unanswered ? Number.POSITIVE_INFINITY : index + randomBelow(random, 5),
      unanswered ? operations.filter(({ kind }) => kind === 'append' || kind === 'write') : operations,
    );
  });
}

t.test('no false alarm on what was executed one after the other', (t) => {
  for (let seed = 0; seed < 200; seed += 1) {
    const anomalies = check(serialHistory(new SeededRandom(seed), 100));
    if (anomalies.length > 0) t.strictSame(anomalies, [], `seed ${seed}`);
  }
  t.end();
});

t.test('one stale read among thousands of transactions is found, and soon', (t) => {
  const history = serialHistory(new SeededRandom(1), 5_000);
  t.strictSame(check(history), []);
  const stale = history.findLast(
    (each) =>
      each.outcome === 'committed' &&
      each.operations.some(({ kind, ...rest }) => kind === 'list' && rest.key === 'a'),
  ) as Transaction;
  const operations = stale.operations.map((each) =>
    each.kind === 'list' && each.key === 'a' ? list('a', ...each.values.slice(0, -20)) : each,
  );
  const startMs = performance.now();
  const [anomaly] = check(history.map((each) => (each === stale ? { ...stale, operations } : each)));
  t.match(anomaly?.kind, /^(G-single|G2|internal|lost update|write skew)/);
  t.ok(performance.now() - startMs < 10_000);
  t.end();
});
