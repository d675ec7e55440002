/**
 * The storage engine alone, in one process: speed beside `classic-level` (the LevelDB that Node users have), what it
 * writes, what it keeps, how fast it opens. Keys of 16 bytes, values of 1,000 that no compressor makes smaller. The
 * machine is noisy, so rounds alternate and medians are compared.
 *
 *   npm run bench:engine -- [--rows NAME,NAME] [--scale N] [--rounds N] [--seconds N] [--dir DIRECTORY] [--json FILE]
 *
 * Targets are meant for scale 1: 5 GB of data at most, about a quarter of an hour, 8 GB of memory for the page cache.
 */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { amplification } from './engine/amplification.js';
import type { Bench, Experiment } from './engine/bench.js';
import { fill } from './engine/fill.js';
import { large } from './engine/large.js';
import { putLatency } from './engine/put-latency.js';
import { reads } from './engine/reads.js';
import { replay } from './engine/replay.js';
import { syncedPuts } from './engine/synced-puts.js';
import { type Row, report } from './report.js';

const EXPERIMENTS: readonly Experiment[] = [
  fill,
  syncedPuts,
  reads,
  amplification,
  putLatency,
  replay,
  large,
];

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    scale: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    dir: { type: 'string', default: tmpdir() },
    json: { type: 'string' },
  },
});

function chosenRows(names: string | undefined): ReadonlySet<string> {
  const known = EXPERIMENTS.flatMap((experiment) => experiment.rows);
  const chosen = names?.split(',') ?? known;
  const unknown = chosen.filter((row) => !known.includes(row));
  if (unknown.length > 0) throw new Error(`no row ${unknown}; there are: ${known.join(', ')}`);
  return new Set(chosen);
}

function checkSpace(experiments: readonly Experiment[], bench: Bench): void {
  const needed = Math.max(...experiments.map(({ diskBytes }) => diskBytes)) * bench.scale;
  const { bavail, bsize } = statfsSync(bench.directory);
  if (bavail * bsize < needed) {
    const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
    throw new Error(
      `${bench.directory} has ${gigabytes(bavail * bsize)} GB free, and ${gigabytes(needed)} GB are needed. ` +
        'Choose another one with --dir, or less data with --scale.',
    );
  }
}

const chosen = chosenRows(values.rows);
const bench: Bench = {
  scale: Number(values.scale),
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  directory: values.dir,
  details: { scale: Number(values.scale) },
  wants: (row) => chosen.has(row),
  progress: (message) => console.error(message),
};
const experiments = EXPERIMENTS.filter((experiment) => experiment.rows.some(bench.wants));
checkSpace(experiments, bench);
const rows: Row[] = [];
for (const experiment of experiments) rows.push(...(await experiment.run(bench)));
const wanted = rows.filter(({ name }) => bench.wants(name.replace('engine.', '')));
report(wanted, bench.details, values.json);
