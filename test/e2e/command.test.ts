/** The command as a person meets it at the terminal: what it prints, and with what it ends. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { type Daemon, runCommand, startDaemon, temporaryDirectory } from './daemon.js';

const TABLE = {
  TableName: 'notes',
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
};

t.test('help and version', async (t) => {
  const help = await runCommand(['serve', '--help']);
  t.equal(help.code, 0);
  t.match(help.stdout, /--data <directory>[\s\S]*Examples:\n {2}varve serve/);
  t.notMatch(help.stdout, 'memtable-bytes', 'former names are not shown');
  const version = await runCommand(['--version']);
  t.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  t.equal((await runCommand([])).code, 2);
});

t.test('what makes no sense is refused in one line', async (t) => {
  const cases: [args: string[], line: RegExp][] = [
    [['serve', '--port', 'abc'], /'abc' is invalid.*0 to 65535/],
    [['serve', '--port', '65536'], /'65536' is invalid/],
    [['serve', '--port', '-1'], /argument missing|invalid/],
    [['serve', '--table-transition', 'soon'], /'soon' is invalid.*milliseconds/],
    [['serve', '--data', ''], /must not be empty/],
    [['serve', '--frobnicate'], /unknown option '--frobnicate'/],
    [['serve', 'more'], /too many arguments.*npm start -- --data/],
    [['serve', '8005'], /too many arguments.*npm start -- --port 8005/],
    [['serve', '--in-memory', '--data', '/tmp/x'], /--in-memory.* cannot be used with .*--data/],
    [['--port', '8001'], /unknown option '--port'.*varve serve --port/],
    [['verify', '-d', 'x'], /unknown option '-d'; the directory stands by itself: varve verify DIRECTORY/],
    [['sevre'], /unknown command 'sevre' \(Did you mean serve\?\)/],
  ];
  for (const [args, line] of cases) {
    const { code, stdout, stderr } = await runCommand(args);
    t.equal(code, 2, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, /^varve: [^\n]+\n$/);
    t.match(stderr, line);
  }
});

t.test('what stands in the way of starting is told in one line', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'file');
  writeFileSync(file, 'no directory');
  const link = join(directory, 'link');
  symlinkSync(join(directory, 'nothing'), link);
  const taken = createServer().listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const port = String((taken.address() as { port: number }).port);
  const data = join(directory, 'data');
  const cases: [args: string[], line: RegExp][] = [
    [['--port', port, '--data', data], new RegExp(`port ${port} of 127.0.0.1 is in use`)],
    [['--port', '0', '--data', file], /file is not a directory/],
    [['--port', '0', '--data', link], /link is not a directory, but a file or a link that leads nowhere/],
    ...(existsSync('/proc/self')
      ? [[['--port', '0', '--data', '/proc/varve'], /\/proc\/varve cannot be made/] as [string[], RegExp]]
      : []),
    [['--port', '0', '--data', join(file, 'below')], /below is not a directory/],
    [['--port', '0', '--data', data, '--host', '192.0.2.1'], /192\.0\.2\.1 is no address of this machine/],
  ];
  for (const [args, line] of cases) {
    const { code, stdout, stderr } = await runCommand(['serve', ...args]);
    t.equal(code, 1, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, /^varve: [^\n]+\n$/);
    t.match(stderr, line);
  }
  t.notOk(existsSync(data), 'no data directory is left behind');
});

const NOBODY = 65_534;

t.test('a directory without permission', async (t) => {
  const directory = temporaryDirectory(t);
  chmodSync(directory, 0o755);
  const locked = join(directory, 'locked');
  mkdirSync(locked);
  chmodSync(locked, 0o555);
  // Root may write anywhere.
  const options = process.getuid?.() === 0 ? { uid: NOBODY } : {};
  const { code, stderr } = await runCommand(['serve', '--port', '0', '--data', locked], options);
  t.equal(code, 1);
  t.match(stderr, /^varve: no permission to write to the data directory [^\n]+\n$/);
});

t.test('the welcome names the address and the data, and an example that works', async (t) => {
  const data = join(temporaryDirectory(t), 'made', 'when', 'missing');
  const daemon = await startDaemon(t, ['--data', data]);
  t.match(daemon.stdout, `varve is ready at ${daemon.url}, data in ${data}\n`);
  t.match(daemon.stdout, `aws dynamodb list-tables --region us-east-1 --endpoint-url ${daemon.url}\n`);
  t.ok(statSync(data).isDirectory());
  t.equal(statSync(data).mode & 0o777, 0o700, 'nobody else reads the items');
  t.equal(statSync(join(data, '..')).mode & 0o777, 0o777 & ~process.umask(), 'what is above it is as ever');
});

t.test('a second daemon on the same data is told who holds it', async (t) => {
  const data = temporaryDirectory(t);
  const first = await startDaemon(t, ['--data', data]);
  const { code, stdout, stderr } = await runCommand(['serve', '--port', '0', '--data', data]);
  t.equal(code, 1);
  t.equal(stdout, '');
  t.match(stderr, /^varve: [^\n]+\n$/);
  t.match(stderr, new RegExp(`\\b${first.child.pid}\\b`));
  await first.client().send(new ListTablesCommand({}));
  await first.kill('SIGKILL');
  await startDaemon(t, ['--data', data]);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} ends with 0 and keeps everything`, async (t) => {
    const data = temporaryDirectory(t);
    const daemon = await startDaemon(t, ['--data', data]);
    const client = daemon.client({ maxAttempts: 1 });
    await client.send(new CreateTableCommand(TABLE));
    let acknowledged = 0;
    const write = async (lane: number) => {
      for (let index = 0; ; index += 1) {
        const Item = { id: { S: `${lane}-${index}` } };
        await client.send(new PutItemCommand({ TableName: 'notes', Item }));
        acknowledged += 1;
      }
    };
    const writers = Promise.allSettled([0, 1, 2, 3].map(write));
    await sleep(200);
    const { code } = await daemon.kill(signal);
    const outcomes = await writers;
    t.equal(code, 0);
    for (const outcome of outcomes) {
      const name = outcome.status === 'rejected' ? (outcome.reason.code ?? outcome.reason.name) : 'none';
      t.match(name, /ECONNREFUSED|ECONNRESET|EPIPE|TimeoutError/, 'no write was answered with an error');
    }
    const restarted = await startDaemon(t, ['--data', data]);
    const ids = await countNotes(restarted);
    t.ok(ids >= acknowledged && ids <= acknowledged + 4, `${acknowledged} acknowledged, ${ids} there`);
  });
}

async function countNotes(daemon: Daemon): Promise<number> {
  const client = daemon.client();
  let count = 0;
  for (let lane = 0; lane < 4; lane += 1) {
    for (let index = 0; ; index += 1) {
      const Key = { id: { S: `${lane}-${index}` } };
      const { Item } = await client.send(new GetItemCommand({ TableName: 'notes', Key }));
      if (Item === undefined) break;
      count += 1;
    }
  }
  return count;
}

t.test('a second signal does not wait', async (t) => {
  const daemon = await startDaemon(t, ['--in-memory']);
  daemon.child.kill('SIGTERM');
  const { code } = await daemon.kill('SIGINT');
  t.ok(code === 1 || code === 0, 'forced, unless the first was faster');
});

t.test('a data directory that is removed under the daemon ends it', async (t) => {
  const data = temporaryDirectory(t);
  const daemon = await startDaemon(t, ['--data', data]);
  rmSync(data, { recursive: true });
  const { code, stderr } = await daemon.finished;
  t.equal(code, 1);
  t.match(
    stderr,
    new RegExp(`^\\S+ error: ${data} was removed, moved or replaced while it was served: stopped[^\\n]*\\n$`),
  );
});

t.test('in memory nothing touches the disk', async (t) => {
  const before = readdirSync('.');
  const daemon = await startDaemon(t, ['--in-memory']);
  t.match(daemon.stdout, 'data in memory only');
  const client = daemon.client();
  await client.send(new CreateTableCommand(TABLE));
  await client.send(new PutItemCommand({ TableName: 'notes', Item: { id: { S: 'a' } } }));
  const { Item } = await client.send(new GetItemCommand({ TableName: 'notes', Key: { id: { S: 'a' } } }));
  t.strictSame(Item, { id: { S: 'a' } });
  t.strictSame(readdirSync('.'), before, 'no data directory was made');
  const { code } = await daemon.kill('SIGTERM');
  t.equal(code, 0);
});

t.test('states of tables last as long as told', async (t) => {
  const daemon = await startDaemon(t, ['--in-memory', '--table-transition', '1m']);
  const client = daemon.client();
  await client.send(new CreateTableCommand(TABLE));
  const { Table } = await client.send(new DescribeTableCommand({ TableName: 'notes' }));
  t.equal(Table?.TableStatus, 'CREATING');
});
