/** Seeds in processes of their own: several at once, and without what a test runner hooks into this one. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { plainEnvironment, spawnNode } from '../e2e/daemon.js';
import { addSummary, type SeedRange, type Summary } from './seeds.js';

const worker = fileURLToPath(new URL('./worker.js', import.meta.url));

/** Seeds that a worker is given at once. */
const rangeSeeds = 50;

/** Adds up in `sum` what was done. Rejects when a seed failed: its worker has printed how and why. */
export async function runInWorkers(all: SeedRange, workers: number, sum: Summary): Promise<void> {
  let next = all.first;
  const end = all.first + all.count;
  const children: ChildProcess[] = [];
  const work = async () => {
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    const child = spawnNode([worker], { stdio: [...stdio], env: plainEnvironment() });
    children.push(child);
    while (next < end) {
      const range = { ...all, first: next, count: Math.min(rangeSeeds, end - next) };
      next += range.count;
      addSummary(sum, await ask(child, range));
    }
    child.disconnect();
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    for (const child of children) child.kill();
  }
}

function ask(child: ChildProcess, range: SeedRange): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('a seed failed'));
    child.once('exit', onExit);
    child.once('message', (summary) => {
      child.off('exit', onExit);
      resolve(summary as Summary);
    });
    child.send(range);
  });
}
