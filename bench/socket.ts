/**
 * The daemon's Unix socket beside Redis with `appendfsync always` on one of its own, with the same driver in one run. The
 * machine is noisy, so short rounds alternate and medians are compared: what slows one slows the other.
 *
 * Held to the table are operations per second of the server's CPU: the driver, being JavaScript on the same machine, limits
 * the rate of both, and the more the faster the server is. Where the disk is what is waited for (puts one at a time), the
 * rate is what a user sees and no driver limits it, so that row is held to the rate.
 *
 * Beside the two a Node process answers the same frames with bytes made beforehand: what it gets is what any server in Node
 * could get, and no row of its own. (Its puts are kept nowhere.)
 *
 *   npm run bench:socket -- [--json FILE] [--rounds N] [--seconds N]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Daemon } from '../test/e2e/daemon.js';
import { median, type Row, report, round } from './report.js';
import { startBare } from './socket/bare.js';
import { drive, type Load, type Measured, sendAll, type Work } from './socket/driver.js';
import { command, redisReplies, startRedis } from './socket/redis.js';
import { SHAPES } from './socket/shapes.js';
import { HELLO, item, request, varveReplies } from './socket/varve.js';

const CONNECTIONS = 32;
const {
  key,
  keys: KEYS,
  ranges: RANGES,
  rangeItems: RANGE_ITEMS,
  value: VALUE,
  smallValue: SMALL_VALUE,
} = SHAPES;

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
  },
});
const seconds = Number(values.seconds);

const each = (count: number, make: (index: number) => Buffer) =>
  Array.from({ length: count }, (_, index) => make(index));

interface Works {
  readonly put: Work;
  readonly get: Work;
  readonly range: Work;
  /** Makes what the ranges read. */
  readonly fill: Work;
}

function redisWorks(path: string): Works {
  const work = (requests: readonly Buffer[]): Work => ({ path, requests, counter: redisReplies });
  const members = (range: number) =>
    Array.from({ length: RANGE_ITEMS }, (_, member) => [
      String(member),
      key(range) + String(member).padStart(8, '0') + SMALL_VALUE,
    ]);
  return {
    put: work(each(KEYS, (index) => command('SET', key(index), VALUE))),
    get: work(each(KEYS, (index) => command('GET', key(index)))),
    range: work(each(RANGES, (index) => command('ZRANGE', `range-${index}`, '0', String(RANGE_ITEMS - 1)))),
    // A status of one line for each, as the counter expects, instead of a number.
    fill: work(
      each(RANGES, (index) =>
        command(
          'EVAL',
          "redis.call('ZADD', KEYS[1], unpack(ARGV)) return redis.status_reply('OK')",
          '1',
          `range-${index}`,
          ...members(index).flat(),
        ),
      ),
    ),
  };
}

function varveWorks(path: string): Works {
  const work = (requests: readonly Buffer[]): Work => ({
    path,
    hello: HELLO,
    requests,
    counter: varveReplies,
  });
  return {
    put: work(
      each(KEYS, (index) =>
        request('PutItem', { TableName: 'items', Item: item('id', key(index), 'value', VALUE) }),
      ),
    ),
    get: work(each(KEYS, (index) => request('GetItem', { TableName: 'items', Key: item('id', key(index)) }))),
    range: work(
      each(RANGES, (index) =>
        request('Query', {
          TableName: 'ranges',
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: item(':id', key(index)),
        }),
      ),
    ),
    fill: work(
      each(RANGES * RANGE_ITEMS, (index) =>
        request('PutItem', {
          TableName: 'ranges',
          Item: item('id', key(Math.floor(index / RANGE_ITEMS)), 'n', index % RANGE_ITEMS, 'v', SMALL_VALUE),
        }),
      ),
    ),
  };
}

function tables(path: string): Work {
  const create = (TableName: string, sort: boolean) =>
    request('CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        ...(sort ? [{ AttributeName: 'n', AttributeType: 'N' }] : []),
      ],
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        ...(sort ? [{ AttributeName: 'n', KeyType: 'RANGE' }] : []),
      ],
    });
  return {
    path,
    hello: HELLO,
    requests: [create('items', false), create('ranges', true)],
    counter: varveReplies,
  };
}

interface Case {
  readonly name: string;
  readonly work: keyof Works;
  readonly pipeline: number;
  readonly target: number;
  /** What is held to the target. */
  readonly judged: keyof Measured;
}

const CASES: readonly Case[] = [
  { name: 'put', work: 'put', pipeline: 1, target: 1, judged: 'rate' },
  { name: 'put_pipeline_16', work: 'put', pipeline: 16, target: 0.7, judged: 'ratePerCpu' },
  { name: 'get', work: 'get', pipeline: 1, target: 0.8, judged: 'ratePerCpu' },
  { name: 'get_pipeline_16', work: 'get', pipeline: 16, target: 0.5, judged: 'ratePerCpu' },
  { name: 'range_100', work: 'range', pipeline: 1, target: 1.5, judged: 'ratePerCpu' },
];
const cases = CASES.filter(({ name }) => name.startsWith(values.only));

const directory = mkdtempSync(join(tmpdir(), 'varve-bench-'));
const redis = await startRedis(directory);
const data = join(directory, 'data');
const daemon = await Daemon.start(['--data', data]);
const bare = await startBare(directory);
const results = new Map<string, Measured[]>();
try {
  const path = join(data, 'varve.sock');
  await sendAll(tables(path));
  const servers = [
    { name: 'redis', pid: redis.pid, works: redisWorks(redis.path) },
    { name: 'varve', pid: daemon.child.pid as number, works: varveWorks(path) },
    { name: 'bare', pid: bare.pid, works: varveWorks(bare.path) },
  ];
  for (const { pid, works } of servers) {
    await sendAll(works.put);
    await sendAll(works.fill);
    // Not counted: code gets compiled.
    for (const { work, pipeline } of cases) {
      await drive(pid, works[work], { connections: CONNECTIONS, pipeline, seconds: 1 });
    }
  }
  for (let index = 1; index <= Number(values.rounds); index += 1) {
    console.log(`round ${index} of ${values.rounds}`.padEnd(28), 'per second, per second of CPU');
    for (const { name, work, pipeline } of cases) {
      for (const server of servers) {
        const load: Load = { connections: CONNECTIONS, pipeline, seconds };
        const measured = await drive(server.pid, server.works[work], load);
        const both =
          `${Math.round(measured.rate)}`.padStart(9) + `${Math.round(measured.ratePerCpu)}`.padStart(9);
        console.log(`  ${server.name} ${name}`.padEnd(28), both);
        results.set(`${server.name} ${name}`, [...(results.get(`${server.name} ${name}`) ?? []), measured]);
      }
    }
  }
} finally {
  redis.child.kill();
  bare.child.kill();
  await daemon.kill('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
}

/** Of medians: a server's to Redis's. */
function ratio(name: string, figure: keyof Measured, server = 'varve'): number {
  const of = (each: string) =>
    median((results.get(`${each} ${name}`) ?? []).map((measured) => measured[figure]));
  return round(of(server) / of('redis'), 2);
}

const rows: Row[] = [];
for (const { name, target, judged } of cases) {
  for (const server of ['varve', 'bare']) {
    const [rate, perCpu] = [ratio(name, 'rate', server), ratio(name, 'ratePerCpu', server)];
    console.log(`${server} ${name}`.padEnd(24), `of Redis: rate ${rate}, per CPU ${perCpu}`);
  }
  rows.push({ name: `socket.${name}_of_redis`, measured: ratio(name, judged), target, better: 'at-least' });
}
report(rows, { connections: CONNECTIONS, seconds, results: Object.fromEntries(results) }, values.json);
