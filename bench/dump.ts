/**
 * `varve dump` and `varve restore`, of a daemon and of a directory that none serves: item bytes per second, and the
 * memory of each process over what it has when it does nothing.
 *
 *   npm run bench:dump -- [--gigabytes N] [--dir DIRECTORY] [--json FILE]
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RealDisk } from '../src/vfs/real-disk.js';
import { SystemClock, SystemRandom } from '../src/vfs/system-clock.js';
import { COMMAND, Daemon, plainEnvironment, Running, spawnNode } from '../test/e2e/daemon.js';
import { openStoppedTables } from '../tools/stopped-tables.js';
import { draft, orders, TABLE } from './dump/data.js';
import { MemoryWatch, residentBytes } from './dump/process-memory.js';
import { type Bench, directoryBytes, settleDisk, withDirectory } from './engine/bench.js';
import { type Row, report, round } from './report.js';

const MB = 1e6;
const TARGETS = { dumpRate: 60, restoreRate: 30, memory: 150 };

const { values } = parseArgs({
  options: {
    gigabytes: { type: 'string', default: '1' },
    dir: { type: 'string', default: tmpdir() },
    json: { type: 'string' },
  },
});
const itemBytes = Number(values.gigabytes) * 1e9;

const bench: Bench = {
  scale: 1,
  rounds: 1,
  seconds: 1,
  directory: values.dir,
  details: { itemBytes },
  wants: () => true,
  progress: (message) => console.error(message),
};

/** By way of a restoration: the fastest there is. */
async function fill(directory: string): Promise<void> {
  const { tables, close } = await openStoppedTables({
    disk: new RealDisk(),
    clock: new SystemClock(),
    random: new SystemRandom(),
    directory,
    create: true,
  });
  const restoration = await tables.restore([{ name: TABLE, draft, overwrite: false }]);
  for (const batch of orders(itemBytes)) await restoration.put(0, batch);
  await restoration.commit();
  await close();
}

interface Run {
  readonly seconds: number;
  /** Highest memory of the command. */
  readonly peakBytes: number;
  readonly said: string;
}

async function run(args: readonly string[]): Promise<Run> {
  settleDisk();
  const start = performance.now();
  const child = spawnNode([COMMAND, ...args], { env: plainEnvironment() });
  const running = new Running(child);
  const watch = new MemoryWatch(child.pid ?? 0);
  const { code, stderr } = await running.finished;
  const seconds = (performance.now() - start) / 1000;
  const peakBytes = watch.stop();
  if (code !== 0) throw new Error(`varve ${args.join(' ')} ended with ${code}: ${stderr}`);
  const said = stderr.trim().split('\n').at(0) ?? '';
  bench.progress(`${args[0]}: ${round(seconds, 1)} s, ${round(peakBytes / MB, 0)} MB; ${said}`);
  return { seconds, peakBytes, said };
}

const rows: Row[] = [];

function judge(name: string, { seconds, peakBytes }: Run, target: number, idleBytes: number): void {
  rows.push({
    name: `${name}_mb_per_s`,
    measured: round(itemBytes / MB / seconds, 1),
    target,
    better: 'at-least',
  });
  judgeMemory(`${name}_command`, peakBytes - idleBytes);
}

function judgeMemory(name: string, bytes: number): void {
  rows.push({
    name: `${name}_memory_over_idle_mb`,
    measured: round(bytes / MB, 0),
    target: TARGETS.memory,
    better: 'at-most',
  });
}

await withDirectory(bench, async (directory) => {
  const at = (name: string) => join(directory, name);
  const empty = at('empty');
  await openStoppedTables({
    disk: new RealDisk(),
    clock: new SystemClock(),
    random: new SystemRandom(),
    directory: empty,
    create: true,
  }).then(({ close }) => close());
  const idle = (await run(['dump', '-d', empty, at('nothing')])).peakBytes;

  bench.progress('fill');
  await fill(at('data'));
  bench.details['dataBytes'] = directoryBytes(at('data'));
  judge('dump.stopped', await run(['dump', '-d', at('data'), at('dump')]), TARGETS.dumpRate, idle);
  bench.details['dumpBytes'] = directoryBytes(at('dump'));
  judge(
    'restore.stopped',
    await run(['restore', '-d', at('restored'), at('dump')]),
    TARGETS.restoreRate,
    idle,
  );
  rmSync(at('restored'), { recursive: true });
  rmSync(at('dump'), { recursive: true });

  const daemon = await Daemon.start(['--data', at('data'), '--no-socket']);
  const pid = daemon.child.pid ?? 0;
  try {
    const before = residentBytes(pid);
    let watch = new MemoryWatch(pid);
    judge('dump.online', await run(['dump', '-d', at('data'), at('dump')]), TARGETS.dumpRate, idle);
    judgeMemory('dump.online_daemon', watch.stop() - before);
    watch = new MemoryWatch(pid);
    const restored = await run(['restore', '-d', at('data'), '--as', 'copy', at('dump')]);
    judge('restore.online', restored, TARGETS.restoreRate, idle);
    judgeMemory('restore.online_daemon', watch.stop() - before);
  } finally {
    await daemon.kill('SIGTERM');
  }
});
report(rows, bench.details, values.json);
