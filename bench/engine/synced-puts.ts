/** 64 clients, each with one durable put under way: beside LevelDB, and beside what a log alone could do. */
import { join } from 'node:path';
import { RecordKind, recordBytes } from '../../src/partition/record-format.js';
import { FRAGMENT_HEADER_BYTES } from '../../src/wal/format.js';
import { median, round } from '../report.js';
import { BareLog } from './bare-log.js';
import { type Bench, drive, type Experiment, KEY_BYTES, Rates, VALUE_BYTES, withDirectory } from './bench.js';
import { newValue, pick, scatteredKeys } from './data.js';
import { openLevel, openVarve } from './stores.js';

const CLIENTS = 64;
const KEYS = 1_000_000;
const CACHE_BYTES = 64 * 1024 * 1024;

export const syncedPuts: Experiment = {
  rows: ['synced_puts', 'synced_puts_of_bare_log'],
  diskBytes: 8e9,
  run: (bench: Bench) =>
    withDirectory(bench, async (directory) => {
      const keys = scatteredKeys(Math.round(KEYS * bench.scale));
      const rates = new Rates(bench, 'synced_puts');
      const stores = [
        await openVarve({ directory: join(directory, 'varve'), cacheBytes: CACHE_BYTES }),
        await openLevel({ directory: join(directory, 'level'), cacheBytes: CACHE_BYTES }),
      ];
      const bare = new BareLog(join(directory, 'bare.log'));
      // As many bytes as a record of one put takes in the log.
      const mutations = [{ key: ' '.repeat(KEY_BYTES), value: newValue() }];
      const loggedBytes = FRAGMENT_HEADER_BYTES + recordBytes({ kind: RecordKind.mutations, mutations });
      const head = Buffer.alloc(loggedBytes - VALUE_BYTES);
      for (let index = 0; index <= bench.rounds; index += 1) {
        // The first round is not counted: code gets compiled.
        const add = index === 0 ? () => undefined : rates.add.bind(rates);
        for (const store of stores) {
          add(store.name, await drive(bench.seconds, CLIENTS, () => store.put(pick(keys), newValue())));
        }
        add('bare log', await drive(bench.seconds, CLIENTS, () => bare.append([head, newValue()])));
      }
      bare.close();
      for (const store of stores) await store.close();
      const { varve = [], 'classic-level': level = [], 'bare log': log = [] } = rates.all;
      const rate = median(varve);
      return [
        {
          name: 'engine.synced_puts',
          measured: round(rate / median(level), 2),
          target: 6,
          better: 'at-least',
        },
        {
          name: 'engine.synced_puts_of_bare_log',
          measured: round(rate / median(log), 2),
          target: 0.8,
          better: 'at-least',
        },
      ];
    }),
};
