/**
 * What random overwrites of five times the data cost on the disk, and how much more than the data is there once merges
 * have come to an end by themselves. Counted is all that is written: log, tables of each level, manifest.
 */
import { type Row, round } from '../report.js';
import { type Bench, directoryBytes, ENTRY_BYTES, type Experiment, withDirectory } from './bench.js';
import { CountingDisk } from './counting-disk.js';
import { inBatches, pick, scatteredKeys } from './data.js';
import { openVarve } from './stores.js';

const ENTRIES = 1_000_000;
const OVERWRITES = 5;
const CACHE_BYTES = 64 * 1024 * 1024;

export const amplification: Experiment = {
  rows: ['write_amplification', 'space_amplification'],
  diskBytes: 2.5 * ENTRIES * ENTRY_BYTES,
  run: (bench: Bench) =>
    withDirectory(bench, async (directory) => {
      const keys = scatteredKeys(Math.round(ENTRIES * bench.scale));
      const disk = new CountingDisk();
      const store = await openVarve({ directory, cacheBytes: CACHE_BYTES, durable: false, disk });
      bench.progress(`amplification: filling with ${keys.length} entries`);
      await inBatches(keys.length, (at) => keys[at] as string, store.putBatch);
      await store.settle();

      const before = { ...disk.written, levels: [...store.jobs.writtenBytes] };
      const overwrites = OVERWRITES * keys.length;
      for (let round = 1; round <= OVERWRITES; round += 1) {
        await inBatches(keys.length, () => pick(keys), store.putBatch);
        bench.progress(`amplification: ${round} of ${OVERWRITES} times overwritten`);
      }
      await store.settle();
      const userBytes = overwrites * ENTRY_BYTES;
      const perLevel: Record<string, number> = {
        log: (disk.written.log - before.log) / userBytes,
        manifest: (disk.written.manifest - before.manifest) / userBytes,
      };
      for (const [level, bytes = 0] of store.jobs.writtenBytes.entries()) {
        const written = bytes - (before.levels[level] ?? 0);
        if (written > 0) perLevel[`level ${level}`] = written / userBytes;
      }
      const total = Object.values(perLevel).reduce((sum, part) => sum + part, 0);
      for (const [part, share] of Object.entries(perLevel)) {
        console.log(`  write amplification of ${part.padEnd(8)} ${share.toFixed(3)}`);
      }
      const dataBytes = keys.length * ENTRY_BYTES;
      const { tableBytes, tablesPerLevel } = store.partition.statistics;
      const files = directoryBytes(directory);
      bench.details.amplification = { perLevel, tableBytes, tablesPerLevel, files, dataBytes };
      bench.progress(
        `amplification: tables ${tableBytes}, all files ${files}, data ${dataBytes}, levels ${tablesPerLevel}`,
      );
      await store.close();
      const rows: Row[] = [
        {
          name: 'engine.write_amplification',
          measured: round(total, 2),
          target: 10,
          better: 'at-most',
        },
        // Tables alone: the log holds what is not in tables yet, and is of the same size whatever the data's.
        {
          name: 'engine.space_amplification',
          measured: round(tableBytes / dataBytes, 3),
          target: 1.15,
          better: 'at-most',
        },
      ];
      return rows;
    }),
};
