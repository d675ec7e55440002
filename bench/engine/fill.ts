/** Fill in random order, batches of 100, each awaited, not synced. Both start empty and end with what merges they end with. */
import { median, round } from '../report.js';
import { type Bench, ENTRY_BYTES, type Experiment, Rates, settleDisk, withDirectory } from './bench.js';
import { inBatches, scatteredKeys } from './data.js';
import { openLevel, openVarve } from './stores.js';

const ENTRIES = 1_000_000;
const CACHE_BYTES = 64 * 1024 * 1024;

export const fill: Experiment = {
  rows: ['fill'],
  diskBytes: 3 * ENTRIES * ENTRY_BYTES,
  async run(bench: Bench) {
    const keys = scatteredKeys(Math.round(ENTRIES * bench.scale));
    const rates = new Rates(bench, 'fill');
    for (let index = 0; index < Math.min(3, bench.rounds); index += 1) {
      for (const open of [openVarve, openLevel]) {
        await withDirectory(bench, async (directory) => {
          settleDisk();
          const store = await open({ directory, cacheBytes: CACHE_BYTES, durable: false });
          const start = performance.now();
          await inBatches(keys.length, (at) => keys[at] as string, store.putBatch);
          rates.add(store.name, (keys.length / (performance.now() - start)) * 1000);
          await store.close();
        });
      }
    }
    const { varve = [], 'classic-level': level = [] } = rates.all;
    const measured = round(median(varve) / median(level), 2);
    return [{ name: 'engine.fill', measured, target: 1, better: 'at-least' }];
  },
};
