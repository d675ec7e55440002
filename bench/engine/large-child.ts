/**
 * Opens a partition, then reads and writes it for a while; says what that took.
 *
 * usage: node large-child.js DIRECTORY ENTRIES SECONDS
 */
import { readFileSync } from 'node:fs';
import { defaultPartitionOptions } from '../../src/partition/limits.js';
import { drive, ENTRY_BYTES } from './bench.js';
import { newValue, orderedKey, randomBelow } from './data.js';
import { MEMTABLE_BYTES, openVarve } from './stores.js';

const CACHE_BYTES = 128 * 1024 * 1024;
const CLIENTS = 32;
/** One step in so many is a put. */
const PUT_EVERY = 10;

export interface LargeReport {
  readonly openMs: number;
  /** Block cache and memtables, as configured. */
  readonly budgetBytes: number;
  /** Most that the process ever had in memory. */
  readonly residentBytes: number;
  readonly operationsPerSecond: number;
  readonly dataBytes: number;
}

const [directory = '', entries = '', seconds = ''] = process.argv.slice(2);
const start = performance.now();
const store = await openVarve({ directory, cacheBytes: CACHE_BYTES });
const openMs = performance.now() - start;
let operationsPerSecond = 0;
if (Number(seconds) > 0) {
  let steps = 0;
  operationsPerSecond = await drive(Number(seconds), CLIENTS, () => {
    const key = orderedKey(randomBelow(Number(entries)));
    steps += 1;
    return steps % PUT_EVERY === 0 ? store.put(key, newValue()) : store.get(key);
  });
}
const status = readFileSync('/proc/self/status', 'utf8');
const report: LargeReport = {
  openMs,
  budgetBytes: CACHE_BYTES + (1 + defaultPartitionOptions.frozenMemtablesMax) * MEMTABLE_BYTES,
  residentBytes: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
  operationsPerSecond: Math.round(operationsPerSecond),
  dataBytes: Number(entries) * ENTRY_BYTES,
};
await store.close();
console.log(JSON.stringify(report));
