/**
 * Transactions of four items over HTTP, by the daemon and by DynamoDB Local, driven by `wrk` in rounds that alternate.
 * DynamoDB Local is not on any registry that Node knows: VARVE_DYNAMODB_LOCAL names the directory that it was unpacked to.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientConfig, Daemon } from '../../test/e2e/daemon.js';
import { type Bench, Rates, withDirectory } from '../engine/bench.js';
import { median, type Row, round } from '../report.js';
import { drive } from '../wrk.js';

const CONNECTIONS = 32;
const PORT = 18_000;
const READY_MS = 30_000;
const TARGET = 15;

export async function beside(bench: Bench): Promise<Row[]> {
  const home = process.env['VARVE_DYNAMODB_LOCAL'] ?? '';
  if (!existsSync(join(home, 'DynamoDBLocal.jar'))) {
    console.log(
      'transactions.of_dynamodb_local skipped: VARVE_DYNAMODB_LOCAL names no directory with DynamoDBLocal.jar',
    );
    return [];
  }
  return withDirectory(bench, async (directory) => {
    const local = spawn(
      'java',
      [
        '-Djava.library.path=./DynamoDBLocal_lib',
        '-jar',
        'DynamoDBLocal.jar',
        ...['-port', String(PORT), '-dbPath', directory],
      ],
      { cwd: home, stdio: 'ignore' },
    );
    const daemon = await Daemon.start(['--data', join(directory, 'varve')]);
    try {
      const urls = { varve: daemon.url, local: `http://127.0.0.1:${PORT}` };
      for (const url of Object.values(urls)) await createTable(url);
      const rates = new Rates(bench, 'dynamodb_local');
      for (let index = 0; index <= bench.rounds; index += 1) {
        for (const [name, url] of Object.entries(urls)) {
          const load = { url, operation: 'TransactWriteItems', connections: CONNECTIONS } as const;
          const rate = await drive({ ...load, seconds: bench.seconds });
          // The first round warms up.
          if (index > 0) rates.add(name, rate);
        }
      }
      const measured = round(median(rates.all['varve'] ?? []) / median(rates.all['local'] ?? []), 1);
      return [{ name: 'transactions.of_dynamodb_local', measured, target: TARGET, better: 'at-least' }];
    } finally {
      local.kill();
      await daemon.kill('SIGTERM');
    }
  });
}

async function createTable(url: string): Promise<void> {
  const client = new DynamoDBClient(clientConfig(url, {}));
  const create = new CreateTableCommand({
    TableName: 'bench',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  for (const start = Date.now(); ; await sleep(200)) {
    try {
      await client.send(create);
      client.destroy();
      return;
    } catch (error) {
      if (Date.now() - start > READY_MS) throw error;
    }
  }
}
