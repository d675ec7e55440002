/**
 * The daemon over HTTP beside a bare `node:http` server, both driven by `wrk` in one run. The machine is noisy, so short
 * rounds alternate and medians are compared: what slows one slows the other.
 *
 *   npm run bench:http -- [--json FILE] [--rounds N] [--seconds N]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { Daemon } from '../test/e2e/daemon.js';
import { median, report, round } from './report.js';
import { drive } from './wrk.js';

const CONNECTIONS = 32;
const STARTS = 5;
const TARGETS = { getItem: 0.5, putItem: 0.35, readyMs: 300, idleMB: 90 };

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

async function startBareServer(): Promise<{ url: string; child: ChildProcess }> {
  const script = fileURLToPath(new URL('bare-server.js', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve) =>
    child.stdout?.once('data', (line) => resolve(String(line).trim())),
  );
  return { url, child };
}

async function withDirectory<T>(work: (data: string) => Promise<T>): Promise<T> {
  const data = mkdtempSync(join(tmpdir(), 'varve-bench-'));
  try {
    return await work(data);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** Time to be ready on an empty directory, and memory once it has been idle for two seconds. */
async function measureStart(): Promise<{ readyMs: number; idleMB: number }> {
  const readyMs: number[] = [];
  let idleMB = Number.NaN;
  for (let start = 0; start < STARTS; start += 1) {
    await withDirectory(async (data) => {
      const daemon = await Daemon.start(['--data', data]);
      readyMs.push(daemon.readyMs);
      if (start === STARTS - 1) {
        await sleep(2_000);
        const status = readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8');
        idleMB = (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
      }
      await daemon.kill('SIGTERM');
    });
  }
  return { readyMs: median(readyMs), idleMB };
}

async function measureRates(data: string): Promise<Record<string, number[]>> {
  const bare = await startBareServer();
  const daemon = await Daemon.start(['--data', data]);
  try {
    await daemon.client().send(
      new CreateTableCommand({
        TableName: 'bench',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    const operations = ['PutItem', 'GetItem'] as const;
    const rates: Record<string, number[]> = {};
    const measure = async (name: string, url: string, operation: (typeof operations)[number]) => {
      const rate = await drive({ url, operation, connections: CONNECTIONS, seconds });
      rates[name] = [...(rates[name] ?? []), rate];
      console.log(`  ${name.padEnd(14)} ${Math.round(rate)}/s`);
    };
    // Not counted: code gets compiled, and every key is written before it is read.
    for (const operation of operations) {
      await drive({ url: bare.url, operation, connections: CONNECTIONS, seconds: 1 });
      await drive({ url: daemon.url, operation, connections: CONNECTIONS, seconds: 2 });
    }
    for (let index = 1; index <= rounds; index += 1) {
      console.log(`round ${index} of ${rounds}`);
      for (const operation of operations) {
        await measure(`bare ${operation}`, bare.url, operation);
        await measure(operation, daemon.url, operation);
      }
    }
    return rates;
  } finally {
    bare.child.kill();
    await daemon.kill('SIGTERM');
  }
}

const { readyMs, idleMB } = await measureStart();
const rates = await withDirectory(measureRates);
const medians = Object.fromEntries(
  Object.entries(rates).map(([name, all]) => [name, Math.round(median(all))]),
);
console.log('requests per second, medians:', medians);
const ratio = (operation: string) =>
  round((medians[operation] ?? Number.NaN) / (medians[`bare ${operation}`] ?? Number.NaN), 2);
report(
  [
    {
      name: 'http.get_item_of_bare',
      measured: ratio('GetItem'),
      target: TARGETS.getItem,
      better: 'at-least',
    },
    {
      name: 'http.put_item_of_bare',
      measured: ratio('PutItem'),
      target: TARGETS.putItem,
      better: 'at-least',
    },
    { name: 'http.ready_ms', measured: Math.round(readyMs), target: TARGETS.readyMs, better: 'at-most' },
    { name: 'http.idle_mb', measured: round(idleMB, 1), target: TARGETS.idleMB, better: 'at-most' },
  ],
  { connections: CONNECTIONS, seconds, rates },
  values.json,
);
