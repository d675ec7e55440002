/**
 * Gets, scans and ranges of data at rest: one sorted run in both. `get_cached` has caches that hold everything; the
 * others have caches of a quarter of the data (what they miss is in the page cache of the operating system, for both).
 */
import { join } from 'node:path';
import { median, type Row, round } from '../report.js';
import { type Bench, drive, ENTRY_BYTES, type Experiment, Rates, withDirectory } from './bench.js';
import { inBatches, pick, scatteredKeys } from './data.js';
import { openLevel, openVarve, type Store } from './stores.js';

const ENTRIES = 500_000;
const CLIENTS = 32;
const RANGE_ENTRIES = 100;

/** Resolves with a rate. */
type Measure = (store: Store) => Promise<number>;

const open = { varve: openVarve, level: openLevel } as const;

export const reads: Experiment = {
  rows: ['get_cached', 'get_cold', 'scan', 'ranges'],
  diskBytes: 6 * ENTRIES * ENTRY_BYTES,
  run: (bench: Bench) =>
    withDirectory(bench, async (directory) => {
      const keys = scatteredKeys(Math.round(ENTRIES * bench.scale));
      const dataBytes = keys.length * ENTRY_BYTES;
      const withStores = async (cacheBytes: number, work: (stores: Store[]) => Promise<void>) => {
        const stores: Store[] = [];
        for (const [name, openStore] of Object.entries(open)) {
          stores.push(await openStore({ directory: join(directory, name), cacheBytes, durable: false }));
        }
        await work(stores);
        for (const store of stores) await store.close();
      };
      await withStores(dataBytes / 4, async (stores) => {
        for (const store of stores) {
          bench.progress(`reads: filling ${store.name} with ${keys.length} entries`);
          await inBatches(keys.length, (at) => keys[at] as string, store.putBatch);
          await store.compact();
        }
      });
      const rows: Row[] = [];
      const measure = async (stores: Store[], name: string, target: number, rate: Measure) => {
        if (bench.wants(name)) rows.push(await compare(bench, stores, name, target, rate));
      };
      await withStores(dataBytes * 2, async (stores) => {
        for (const store of stores) for (const key of keys) await store.get(key);
        await measure(stores, 'get_cached', 3, getRate(bench, keys));
      });
      await withStores(dataBytes / 4, async (stores) => {
        await measure(stores, 'get_cold', 1.2, getRate(bench, keys));
        await measure(stores, 'scan', 2, scanRate(keys.length));
        await measure(stores, 'ranges', 3, rangeRate(bench, keys));
      });
      return rows;
    }),
};

async function compare(
  bench: Bench,
  stores: readonly Store[],
  name: string,
  target: number,
  measure: Measure,
): Promise<Row> {
  const rates = new Rates(bench, name);
  // Not counted: code gets compiled, caches fill.
  for (const store of stores) await measure(store);
  for (let index = 0; index < bench.rounds; index += 1) {
    for (const store of stores) rates.add(store.name, await measure(store));
  }
  const { varve = [], 'classic-level': level = [] } = rates.all;
  const measured = round(median(varve) / median(level), 2);
  return { name: `engine.${name}`, measured, target, better: 'at-least' };
}

function getRate(bench: Bench, keys: readonly string[]): Measure {
  return (store) => drive(bench.seconds, CLIENTS, () => store.get(pick(keys)));
}

/** Entries per second. */
function scanRate(entries: number): Measure {
  return async (store) => {
    const start = performance.now();
    const count = await store.walk('', Number.POSITIVE_INFINITY);
    if (count !== entries) throw new Error(`${store.name} has ${count} entries instead of ${entries}`);
    return (count / (performance.now() - start)) * 1000;
  };
}

/** Ranges per second. */
function rangeRate(bench: Bench, keys: readonly string[]): Measure {
  return (store) => drive(bench.seconds, CLIENTS, () => store.walk(pick(keys), RANGE_ENTRIES));
}
