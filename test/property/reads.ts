/** Reads of random tables page by page, and what their pages must say of each other. */
import fc from 'fast-check';
import { type Fixture, type Json, openFixture } from '../api/fixture.js';
import { type Condition, conditionOn, holds, write } from './conditions.js';
import type { Writer } from './paths.js';
import { createTableInput, keyOf, pick, type RandomTable, TABLE } from './tables.js';
import { identityOfItem, type WireItem } from './values.js';

export const limit = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });

/** More than there are items, each on a page of its own. */
const PAGES_MAX = 100;

export interface Page {
  readonly items: readonly WireItem[];
  readonly scanned: number;
  readonly last: WireItem | undefined;
}

/** Follows `LastEvaluatedKey` to the end. */
export async function pagesOf(call: Fixture['call'], operation: string, input: Json): Promise<Page[]> {
  const pages: Page[] = [];
  let start: unknown;
  do {
    const more = start === undefined ? {} : { ExclusiveStartKey: start };
    const reply = await call(operation, { ...input, ...more });
    if (reply.error !== undefined) throw new Error(`${reply.error}: ${reply.message}`);
    const counted = await call(operation, { ...input, ...more, Select: 'COUNT' });
    must(
      same([counted.Count, counted.ScannedCount], [reply.Count, reply.ScannedCount]),
      'COUNT counts the same',
    );
    const items = reply.Items as WireItem[];
    must(items.length === reply.Count, 'Count is the number of items');
    start = reply.LastEvaluatedKey;
    pages.push({ items, scanned: Number(reply.ScannedCount), last: start as WireItem | undefined });
    must(pages.length <= PAGES_MAX, 'pages come to an end');
  } while (start !== undefined);
  return pages;
}

export const itemsIn = (pages: readonly Page[]) => pages.flatMap(({ items }) => items);
export const scannedIn = (pages: readonly Page[]) => pages.reduce((sum, { scanned }) => sum + scanned, 0);

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}

function same(left: readonly unknown[], right: readonly unknown[]): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

export function sameItems(left: readonly WireItem[], right: readonly WireItem[]): boolean {
  return same(left.map(identityOfItem), right.map(identityOfItem));
}

/** In any order. */
export function sameSet(left: readonly WireItem[], right: readonly WireItem[]): boolean {
  return same(left.map(identityOfItem).sort(), right.map(identityOfItem).sort());
}

export async function fill(table: RandomTable, partitionCount: number): Promise<Fixture> {
  const fixture = await openFixture({ partitionCount });
  const { call } = fixture;
  const created = await call('CreateTable', createTableInput(table));
  must(created.error === undefined, `created: ${JSON.stringify(created)}`);
  for (const [kind, item] of table.writes) {
    const reply =
      kind === 'put'
        ? await call('PutItem', { TableName: TABLE, Item: item })
        : await call('DeleteItem', { TableName: TABLE, Key: keyOf(item) });
    must(reply.error === undefined, `written: ${JSON.stringify([item, reply])}`);
  }
  return fixture;
}

/** A filter on what is not a key, since Query refuses keys there. */
export function filterOf(items: readonly WireItem[]): fc.Arbitrary<Condition | undefined> {
  const attributes = items.slice(0, 4).map((item) => {
    const { pk, sk, x, padding, ...rest } = item;
    return rest;
  });
  return fc.option(conditionOn(...attributes), { nil: undefined });
}

export function withFilter(filter: Condition | undefined, writer: Writer): Json {
  return filter === undefined ? {} : { FilterExpression: write(filter, writer) };
}

/** That the pages cut `whole` into slices, each filtered after it was cut, each named by its last key. */
export function checkPages(
  pages: readonly Page[],
  whole: readonly WireItem[],
  {
    filter,
    limit,
    keyNames,
  }: { filter: Condition | undefined; limit: number | undefined; keyNames: readonly string[] },
): void {
  let offset = 0;
  for (const [index, { items, scanned, last }] of pages.entries()) {
    const slice = whole.slice(offset, offset + scanned);
    must(slice.length === scanned, `page ${index} scans what is there`);
    must(scanned <= (limit ?? scanned), `page ${index} keeps the limit`);
    must(
      sameItems(items, filter ? slice.filter((item) => holds(filter, item)) : slice),
      `page ${index} is its slice`,
    );
    const lastScanned = slice.at(-1);
    if (last !== undefined) {
      must(lastScanned !== undefined, `page ${index} scans something if it is not the last`);
      must(
        lastScanned !== undefined && sameItems([last], [pick(lastScanned, keyNames)]),
        `page ${index} names its last key`,
      );
      const full = scanned === limit || bytesOfItems(slice) >= 1024 * 1024;
      must(full, `page ${index} is full`);
    }
    offset += scanned;
  }
  must(offset === whole.length, 'all is scanned');
}

/** Nearly: only padding matters for what 1 MB is about. */
function bytesOfItems(items: readonly WireItem[]): number {
  return Buffer.byteLength(JSON.stringify(items)) * 1.2;
}
