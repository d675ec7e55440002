/** Values from small pools, so that two of them are often equal, nearly equal, or of the same type. */
import fc from 'fast-check';
import { type Path, pathsIn } from './paths.js';
import { scaled, type Wire, type WireItem } from './values.js';

// Every run is the same, unless a seed is given; a failing property prints the one to give.
fc.configureGlobal({ seed: Number(process.env.VARVE_TEST_SEED ?? 1) });

/** How often a property is tried: `VARVE_TEST_EFFORT=100` tries it a hundred times as often. */
export function tries(count: number): { readonly numRuns: number } {
  return { numRuns: count * Number(process.env.VARVE_TEST_EFFORT ?? 1) };
}

const TEXTS = ['', 'a', 'ab', 'abc', 'b', 'é', 'e\u0301', '\uffff', '🦊', 'a\0'];
const NUMBERS = [
  '0',
  '-0',
  '1',
  '1.0',
  '10E-1',
  '-1',
  '2',
  '0.5',
  '1E2',
  '100',
  '9.9E125',
  '-9.9E125',
  '1E-130',
];
const BINARIES = ['', 'AA==', 'AAA=', 'AAE=', 'YQ==', '/w=='];
/** All of the pools: every pair of them can be tried. */
export const SCALARS: readonly Wire[] = [
  ...TEXTS.map((S) => ({ S })),
  ...NUMBERS.map((N) => ({ N })),
  ...BINARIES.map((B) => ({ B })),
];

/** The last ones need a placeholder. */
export const NAMES = ['a', 'b', 'c', 'size', 'a.b', 'a[0]', '', '__proto__', 'é'];

export const string = fc.constantFrom(...TEXTS).map((S): Wire => ({ S }));
export const number = fc
  .oneof(
    fc.constantFrom(...NUMBERS),
    fc.integer({ min: -3, max: 3 }).map(String),
    fc
      .tuple(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), fc.integer({ min: -130, max: 87 }))
      .map(([digits, exponent]) => `${digits}E${exponent}`),
  )
  .map((N): Wire => ({ N }));
export const binary = fc.constantFrom(...BINARIES).map((B): Wire => ({ B }));
const members = { minLength: 1, maxLength: 3 } as const;
export const set: fc.Arbitrary<Wire> = fc.oneof(
  fc.uniqueArray(fc.constantFrom(...TEXTS), members).map((SS) => ({ SS })),
  fc.uniqueArray(fc.constantFrom(...NUMBERS), { ...members, selector: scaled }).map((NS) => ({ NS })),
  fc.uniqueArray(fc.constantFrom(...BINARIES), members).map((BS) => ({ BS })),
);
const scalar: fc.Arbitrary<Wire> = fc.oneof(
  string,
  number,
  binary,
  fc.boolean().map((BOOL) => ({ BOOL })),
  fc.constant({ NULL: true } as const),
);
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b') },
  { weight: 1, arbitrary: fc.constantFrom(...NAMES) },
);

const { value } = fc.letrec<{ value: Wire; list: Wire; map: Wire }>((tie) => ({
  list: fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
  map: fc.array(fc.tuple(name, tie('value')), { maxLength: 3 }).map((entries) => ({ M: itemOf(entries) })),
  value: fc.oneof({ maxDepth: 3, depthSize: 'small' }, scalar, set, tie('list'), tie('map')),
}));

export { value };
export const list: fc.Arbitrary<Wire> = fc.array(value, { maxLength: 3 }).map((L) => ({ L }));

/** Names such as `__proto__` are names like any other. */
export function itemOf(entries: readonly (readonly [name: string, value: Wire])[]): WireItem {
  return Object.fromEntries(entries);
}

/** Attributes besides the key. The empty name is none at the top. */
export const attributes: fc.Arbitrary<WireItem> = fc
  .array(fc.tuple(name, value), { maxLength: 5 })
  .map((entries) => itemOf(entries.filter(([name]) => name !== '')));

const anyPath: fc.Arbitrary<Path> = fc
  .tuple(
    fc.constantFrom(...NAMES.filter((name) => name !== '')),
    fc.array(fc.oneof(fc.constantFrom('a', 'b', 'é'), fc.nat(4)), { maxLength: 2 }),
  )
  .map(([attribute, steps]) => [attribute, ...steps]);

/** Mostly to what `items` hold, or next to it. */
export function pathTo(...items: readonly WireItem[]): fc.Arbitrary<Path> {
  const existing = items.flatMap(pathsIn);
  if (existing.length === 0) return anyPath;
  const there = fc.constantFrom(...existing);
  return fc.oneof(
    { weight: 4, arbitrary: there },
    {
      weight: 2,
      arbitrary: fc
        .tuple(there, fc.oneof(fc.constantFrom('a', 'b'), fc.nat(5)))
        .map(
          ([path, step]): Path =>
            path.length === 1 ? [...path, step] : [path[0], ...path.slice(1, -1), step],
        ),
    },
    { weight: 1, arbitrary: anyPath },
  );
}
