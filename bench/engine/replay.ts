/** Opening a partition whose log holds everything: nothing of it has been flushed. */
import { join } from 'node:path';
import { median, round } from '../report.js';
import { type Bench, directoryBytes, ENTRY_BYTES, type Experiment, withDirectory } from './bench.js';
import { inBatches, scatteredKeys } from './data.js';
import { openVarve } from './stores.js';

const ENTRIES = 256_000;
const CACHE_BYTES = 64 * 1024 * 1024;

export const replay: Experiment = {
  rows: ['replay_mb_per_s'],
  diskBytes: 2 * ENTRIES * ENTRY_BYTES,
  run: (bench: Bench) =>
    withDirectory(bench, async (directory) => {
      const keys = scatteredKeys(Math.round(ENTRIES * bench.scale));
      // Never full, so that every round replays the same log.
      const options = { memtableBytes: 4 * ENTRIES * ENTRY_BYTES };
      const open = () => openVarve({ directory, cacheBytes: CACHE_BYTES, durable: false, options });
      const writer = await open();
      for (let at = 0; at < keys.length; at += 1000) {
        // Records of one put each: what most logs are made of.
        const part = keys.slice(at, at + 1000);
        const writes: Promise<unknown>[] = [];
        await inBatches(
          part.length,
          (index) => part[index] as string,
          async (batch) => {
            for (const [key, value] of batch) writes.push(writer.put(key, value));
          },
        );
        await Promise.all(writes);
      }
      await writer.close();
      const logBytes = directoryBytes(join(directory, 'log'));
      const rates: number[] = [];
      for (let index = 0; index <= bench.rounds; index += 1) {
        const start = performance.now();
        const store = await open();
        const rate = logBytes / 1e3 / (performance.now() - start);
        if (store.partition.statistics.sequence !== keys.length) throw new Error('not all was replayed');
        await store.close();
        // The first one is not counted: code gets compiled.
        if (index > 0) rates.push(Math.round(rate));
        bench.progress(`replay: ${Math.round(rate)} MB/s`);
      }
      bench.details.replay = { logBytes, rates };
      return [
        {
          name: 'engine.replay_mb_per_s',
          measured: round(median(rates), 0),
          target: 250,
          better: 'at-least',
        },
      ];
    }),
};
