/**
 * p99 of durable puts that arrive at half the peak rate, with merges under way and without any. Puts arrive at their
 * times whether or not earlier ones are done, and waiting counts from then: a stall shows in every put that it held up.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, round } from '../report.js';
import { type Bench, drive, ENTRY_BYTES, type Experiment, withDirectory } from './bench.js';
import { inBatches, newValue, pick, scatteredKeys } from './data.js';
import { openVarve, type VarveStore } from './stores.js';

const ENTRIES = 300_000;
const CLIENTS = 64;
/** A phase lasts this many times `seconds`: long enough for several flushes and merges. */
const PHASE_ROUNDS = 4;
const CACHE_BYTES = 64 * 1024 * 1024;

/** Merges never run, and level 0 never holds up a write. */
const UNMERGED = { automaticCompaction: false, level0SlowdownTables: 100_000, level0StopTables: 100_001 };

export const putLatency: Experiment = {
  rows: ['put_p99_merging'],
  diskBytes: 40e9,
  run: (bench: Bench) =>
    withDirectory(bench, async (directory) => {
      const keys = scatteredKeys(Math.round(ENTRIES * bench.scale));
      const settings = { cacheBytes: CACHE_BYTES };
      const merging = await openVarve({ ...settings, directory: join(directory, 'merging') });
      const still = await openVarve({
        ...settings,
        directory: join(directory, 'still'),
        options: UNMERGED,
      });
      for (const store of [merging, still]) {
        bench.progress(`put_p99: filling with ${keys.length * ENTRY_BYTES} bytes`);
        await inBatches(keys.length, (at) => keys[at] as string, store.putBatch);
        await store.settle();
      }
      const peak = await drive(bench.seconds * PHASE_ROUNDS, CLIENTS, () =>
        merging.put(pick(keys), newValue()),
      );
      bench.progress(`put_p99: peak ${Math.round(peak)}/s`);
      await merging.settle();
      const phases: Record<string, Phase[]> = { merging: [], still: [] };
      bench.details.put_p99 = { peak, phases };
      for (let index = 0; index < bench.rounds; index += 1) {
        for (const [name, store] of Object.entries({ merging, still })) {
          const stopMerging = name === 'merging' ? mergeContinually(store) : async () => undefined;
          const phase = await measurePhase(store, keys, peak / 2, bench.seconds * PHASE_ROUNDS);
          await stopMerging();
          phases[name]?.push(phase);
          bench.progress(`put_p99: ${name} ${JSON.stringify(phase)}`);
          await merging.settle();
        }
      }
      await merging.close();
      await still.close();
      const p99 = (name: string) => median(phases[name]?.map((phase) => phase.p99Ms) ?? []);
      const measured = round(p99('merging') / p99('still'), 2);
      return [{ name: 'engine.put_p99_merging', measured, target: 3, better: 'at-most' }];
    }),
};

/** Merges everything over and over, since by themselves merges may come in one phase and not in another. */
function mergeContinually(store: VarveStore): () => Promise<void> {
  let stopped = false;
  const merge = async () => {
    while (!stopped) {
      await store.compact();
      // With nothing to merge it is done at once, and would leave no turn to anybody.
      await sleep(10);
    }
  };
  const merging = merge();
  return () => {
    stopped = true;
    return merging;
  };
}

interface Phase {
  readonly puts: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Part of the time in which a merge ran. */
  readonly merging: number;
}

async function measurePhase(
  store: VarveStore,
  keys: readonly string[],
  rate: number,
  seconds: number,
): Promise<Phase> {
  const busyBefore = store.jobs.busyMs;
  const count = Math.round(rate * seconds);
  const latencies = new Float64Array(count);
  const start = performance.now();
  let pending = 0;
  let failure: unknown;
  for (let issued = 0; issued < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - start) / 1000) * rate));
    for (; issued < due; issued += 1) {
      const at = issued;
      pending += 1;
      store.put(pick(keys), newValue()).then(
        () => {
          latencies[at] = performance.now() - start - (at / rate) * 1000;
          pending -= 1;
        },
        (error) => {
          failure = error;
        },
      );
    }
    // Not a timer: it would be a millisecond late, which is more than most puts take.
    await new Promise((resolve) => setImmediate(resolve));
  }
  while (pending > 0 && failure === undefined) await sleep(1);
  if (failure !== undefined) throw failure;
  const elapsedMs = performance.now() - start;
  latencies.sort();
  const at = (part: number) => round(latencies[Math.floor(part * (count - 1))] ?? Number.NaN, 3);
  const merging = round((store.jobs.busyMs - busyBefore) / elapsedMs, 2);
  return { puts: count, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), merging };
}
