/** Random tables: keys of every type, an index that some items are not in, items written over and deleted. */
import fc from 'fast-check';
import type { Json } from '../api/fixture.js';
import { attributes, binary, number, string } from './arbitraries.js';
import { identity, order, type Wire, type WireItem } from './values.js';

export const TABLE = 'table';
export const INDEX = 'by-x';
export type KeyType = 'S' | 'N' | 'B';

export interface RandomTable {
  readonly pk: KeyType;
  readonly sk: KeyType | undefined;
  readonly x: KeyType;
  readonly writes: readonly (readonly [kind: 'put' | 'delete', item: WireItem])[];
}

const notEmpty = (value: Wire) => identity(value) !== '{"S":""}' && identity(value) !== '{"B":""}';
export const KEY_VALUES: Readonly<Record<KeyType, fc.Arbitrary<Wire>>> = {
  S: fc
    .oneof(
      string,
      fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }).map((S): Wire => ({ S })),
    )
    .filter(notEmpty),
  N: number,
  B: fc
    .oneof(
      binary,
      fc
        .uint8Array({ min: 0, max: 2, maxLength: 4 })
        .map((bytes): Wire => ({ B: Buffer.from(bytes).toString('base64') })),
    )
    .filter(notEmpty),
};
const keyType = fc.constantFrom<KeyType[]>('S', 'N', 'B');

/** A few of them are so large that some pages end at 1 MB, and small enough to be there twice: in the index too. */
const padding = fc.oneof(
  { weight: 50, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.constant({ padding: { S: 'x'.repeat(200_000) } }) },
);

export const randomTable: fc.Arbitrary<RandomTable> = fc
  .record({ pk: keyType, sk: fc.option(keyType, { nil: undefined, freq: 6 }), x: keyType })
  .chain((types) => {
    const partitionKeys = fc.array(KEY_VALUES[types.pk], { minLength: 1, maxLength: 2 });
    return partitionKeys.chain((keys) => {
      const item = fc
        .record({
          pk: types.sk === undefined ? KEY_VALUES[types.pk] : fc.constantFrom(...keys),
          sk: types.sk === undefined ? fc.constant(undefined) : KEY_VALUES[types.sk],
          x: fc.option(KEY_VALUES[types.x], { nil: undefined }),
          attributes,
          padding,
        })
        .map(
          ({ pk, sk, x, attributes, padding }): WireItem => ({
            ...attributes,
            ...padding,
            pk,
            ...(sk && { sk }),
            ...(x && { x }),
          }),
        );
      const write = fc.tuple(
        fc.constantFrom('put' as const, 'put' as const, 'put' as const, 'delete' as const),
        item,
      );
      return fc.record({ ...constants(types), writes: fc.array(write, { maxLength: 40, size: 'max' }) });
    });
  });

function constants<Values extends object>(values: Values): { [K in keyof Values]: fc.Arbitrary<Values[K]> } {
  const entries = Object.entries(values).map(([name, value]) => [name, fc.constant(value)]);
  return Object.fromEntries(entries);
}

export function keyOf(item: WireItem): WireItem {
  return pick(item, ['pk', 'sk']);
}

export function pick(item: WireItem, names: readonly string[]): WireItem {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}

export function identityOfKey(item: WireItem): string {
  return JSON.stringify([item.pk, item.sk].map((value) => value && identity(value)));
}

/** What is in the table after the writes. */
export function itemsOf({ writes }: RandomTable): readonly WireItem[] {
  const items = new Map<string, WireItem>();
  for (const [kind, item] of writes) {
    if (kind === 'put') items.set(identityOfKey(item), item);
    else items.delete(identityOfKey(item));
  }
  return [...items.values()];
}

/** By the attributes, one after the other; all have them. */
export function sortBy(items: readonly WireItem[], names: readonly string[]): WireItem[] {
  return [...items].sort((left, right) => {
    for (const name of names) {
      const [a, b] = [left[name], right[name]];
      const difference = a && b ? order(a, b) : 0;
      if (difference) return difference;
    }
    return 0;
  });
}

export function createTableInput({ pk, sk, x }: RandomTable): Json {
  const definitions = sk === undefined ? { pk } : { pk, sk, x };
  const schema = (range: string | undefined) => [
    { AttributeName: 'pk', KeyType: 'HASH' },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' }]),
  ];
  return {
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: Object.entries(definitions).map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: schema(sk && 'sk'),
    ...(sk && {
      LocalSecondaryIndexes: [
        { IndexName: INDEX, KeySchema: schema('x'), Projection: { ProjectionType: 'ALL' } },
      ],
    }),
  };
}
