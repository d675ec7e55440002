/**
 * Dump and restore while SIGKILL ends the command or the daemon at any moment, under writes: a dump is whole or refused,
 * a restored table is whole or not there, and what was acknowledged stays. VARVE_KILL_ROUNDS and VARVE_KILL_SEED choose
 * how often, and when.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import {
  COMMAND,
  Daemon,
  type Finished,
  plainEnvironment,
  Running,
  runCommand,
  spawnNode,
  temporaryDirectory,
} from '../e2e/daemon.js';

const ROUNDS = Number(process.env['VARVE_KILL_ROUNDS'] ?? 2);
const SEED = Number(process.env['VARVE_KILL_SEED'] ?? Date.now() % 1_000_000);
const BASE_ITEMS = 400;
const LANES = 4;
/** No compressor makes it smaller. */
const PAYLOAD = Buffer.from(new SeededRandom(SEED).bytes(20_000)).toString('base64');
const KILL_WITHIN_MS = 120;

async function put(client: DynamoDBClient, id: string): Promise<void> {
  const Item = { id: { S: id }, payload: { S: PAYLOAD } };
  await client.send(new PutItemCommand({ TableName: 'notes', Item }));
}

async function idsOf(client: DynamoDBClient, table: string): Promise<Set<string>> {
  const ids = new Set<string>();
  let ExclusiveStartKey: Record<string, { S: string }> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        ProjectionExpression: 'id',
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    for (const item of page.Items ?? []) ids.add(item['id']?.S ?? '');
    ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey;
  } while (ExclusiveStartKey !== undefined);
  return ids;
}

/** Writes until it is told to stop, or the daemon is gone. Each id that was acknowledged is in `acknowledged`. */
function load(client: DynamoDBClient, round: string, acknowledged: Set<string>): () => Promise<void> {
  let stopped = false;
  const lane = async (number: number) => {
    for (let n = 0; !stopped; n += 1) {
      const id = `${round}-${number}-${n}`;
      try {
        await put(client, id);
      } catch {
        // The daemon was killed: which is what the acknowledged writes are checked against.
        return;
      }
      acknowledged.add(id);
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  return async () => {
    stopped = true;
    await lanes;
  };
}

function begin(args: readonly string[]): Running {
  return new Running(spawnNode([COMMAND, ...args], { env: plainEnvironment() }));
}

function entriesIn(directory: string): number {
  return existsSync(directory) ? readdirSync(directory).length : 0;
}

function missing(wanted: Iterable<string>, found: ReadonlySet<string>): string[] {
  return [...wanted].filter((id) => !found.has(id));
}

t.test(`killed at any moment (seed ${SEED})`, { timeout: 300_000 }, async (t) => {
  const random = new SeededRandom(SEED);
  const directory = temporaryDirectory(t);
  const at = (name: string) => join(directory, name);
  const data = at('data');
  let daemon = await Daemon.start(['--data', data]);
  t.teardown(() => daemon.kill('SIGKILL'));
  await daemon.client().send(
    new CreateTableCommand({
      TableName: 'notes',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const acknowledged = new Set<string>();
  for (let n = 0; n < BASE_ITEMS; n += 1) {
    await put(daemon.client(), `base-${n}`);
    acknowledged.add(`base-${n}`);
  }
  t.equal((await runCommand(['dump', '-d', data, at('whole')])).code, 0);
  const inWhole = new Set(acknowledged);
  let cutShort = 0;

  /** Runs a command under load and kills it, or the daemon, somewhere in the time that it takes. */
  const round = async (
    name: string,
    victim: 'command' | 'daemon',
    args: readonly string[],
  ): Promise<Finished> => {
    const client = daemon.client({ maxAttempts: 1 });
    const endLoad = load(client, name, acknowledged);
    const command = begin(args);
    // At work: its directory is there, of the dump or of the table that is restored.
    const place = args[0] === 'dump' ? (args.at(-1) as string) : join(data, 'tables');
    const before = entriesIn(place);
    let isOver = false;
    void command.finished.then(() => {
      isOver = true;
    });
    while (!isOver && entriesIn(place) <= before) await sleep(1);
    await sleep((random.uint32() / 2 ** 32) * KILL_WITHIN_MS);
    if (victim === 'command') command.child.kill('SIGKILL');
    else await daemon.kill('SIGKILL');
    const finished = await command.finished;
    await endLoad();
    if (finished.code !== 0) cutShort += 1;
    if (victim === 'daemon') daemon = await Daemon.start(['--data', data]);
    return finished;
  };

  for (let n = 0; n < ROUNDS; n += 1) {
    for (const victim of ['command', 'daemon'] as const) {
      const before = new Set(acknowledged);
      const dump = at(`dump-${victim}-${n}`);
      const { code, stderr } = await round(`d${victim}${n}`, victim, ['dump', '-d', data, dump]);
      const isThere = existsSync(join(dump, 'varve-dump.json'));
      if (code === 0 && !isThere) t.fail('a dump that was said to be complete is not');
      const into = ['restore', '-d', data, dump, '--as', 'checked'];
      const checked = await runCommand(into);
      if (isThere) {
        t.equal(checked.code, 0, `a whole dump is restored: ${checked.stderr}`);
        const found = await idsOf(daemon.client(), 'checked');
        t.same(missing(before, found), [], 'it has all that was acknowledged before');
        await daemon.client().send(new DeleteTableCommand({ TableName: 'checked' }));
      } else {
        t.not(checked.code, 0, `a dump that was cut short is refused (${victim} killed: ${stderr.trim()})`);
        const { TableNames } = await daemon.client().send(new ListTablesCommand({}));
        t.same(TableNames, ['notes']);
      }

      const restored = await round(`r${victim}${n}`, victim, [
        'restore',
        '-d',
        data,
        at('whole'),
        '--as',
        'copy',
      ]);
      // A daemon takes a moment to see that the command is gone, and is either before or behind the one step.
      await sleep(500);
      const { TableNames = [] } = await daemon.client().send(new ListTablesCommand({}));
      if (restored.code === 0) t.ok(TableNames.includes('copy'), 'a restoration that was done is there');
      if (TableNames.includes('copy')) {
        t.same([...(await idsOf(daemon.client(), 'copy'))].sort(), [...inWhole].sort(), 'all of the table');
        await daemon.client().send(new DeleteTableCommand({ TableName: 'copy' }));
      }
      const found = await idsOf(daemon.client(), 'notes');
      t.same(missing(acknowledged, found), [], 'nothing that was acknowledged is lost');
    }
  }
  t.ok(cutShort > 0, `${cutShort} of ${ROUNDS * 4} commands were cut short`);
  t.equal((await daemon.kill('SIGTERM')).code, 0);
  t.match(await runCommand(['verify', data]), { code: 0 });
});
