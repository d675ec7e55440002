/** The daemon as systemd meets it: messages on a real notification socket, sockets handed over, SIGHUP, the journal. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import {
  COMMAND,
  clientConfig,
  plainEnvironment,
  Running,
  spawnNode,
  temporaryDirectory,
} from '../e2e/daemon.js';

const has = (program: string) => spawnSync(program, ['--version']).status === 0;
const fixture = (name: string) => join(process.cwd(), 'test/tools/fixtures', name);
const noPython = has('python3') ? false : 'python3 is not installed';
const noNotify = noPython || has('systemd-notify') ? noPython : 'systemd-notify is not installed';

interface Ending {
  teardown(callback: () => unknown): void;
}

function serve(t: Ending, args: readonly string[], env: Record<string, string>): Running {
  const running = new Running(spawnNode([COMMAND, 'serve', ...args], { env: plainEnvironment(env) }));
  t.teardown(() => running.kill('SIGKILL'));
  return running;
}

/** Waits for text that a process says. */
async function said(text: () => string, pattern: RegExp): Promise<RegExpExecArray> {
  for (const deadline = Date.now() + 15_000; ; await sleep(20)) {
    const match = pattern.exec(text());
    if (match !== null) return match;
    if (Date.now() > deadline) throw new Error(`nobody said ${pattern} in: ${text()}`);
  }
}

function python(t: Ending, args: readonly string[]): Running {
  const running = new Running(spawn('python3', args, { env: plainEnvironment() }));
  t.teardown(() => running.kill('SIGKILL'));
  return running;
}

t.test('ready, alive, reloading, stopping', { skip: noNotify }, async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'notify');
  const manager = python(t, [fixture('notify-socket.py'), path]);
  await said(() => manager.stdout, /listening/);
  const config = join(directory, 'varve.toml');
  writeFileSync(config, 'in-memory = true\nport = 0\n');
  const daemon = serve(t, ['--config', config], { NOTIFY_SOCKET: path, WATCHDOG_USEC: '300000' });
  await said(() => manager.stdout, /^READY=1$/m);
  t.match(daemon.stdout, /^varve is ready at /, 'not before it is');
  await said(
    () => manager.stdout,
    /^STATUS=varve is ready at http:\/\/127\.0\.0\.1:\d+, data in memory only$/m,
  );
  await said(() => manager.stdout, /(WATCHDOG=1[\s\S]*){4}/);

  const beforeHang = manager.stdout.length;
  daemon.child.kill('SIGSTOP');
  await sleep(700);
  const pings = manager.stdout.slice(beforeHang).match(/WATCHDOG=1/g)?.length ?? 0;
  t.ok(pings <= 2, `who hangs does not say that it is alive: ${pings} pings that were under way`);
  daemon.child.kill('SIGCONT');

  writeFileSync(config, 'in-memory = true\nport = 1\nlog-level = "warn"\n');
  daemon.child.kill('SIGHUP');
  await said(() => manager.stdout, /RELOADING=1\n[\s\S]*READY=1\n/);
  await said(() => daemon.stderr, /warn: changed, but only a restart takes it over: port\n/);
  t.notMatch(daemon.stderr, / info: /, 'the new level holds at once');
  writeFileSync(config, 'in-memory = true\nport = 1\nlog-level = "loud"\n');
  daemon.child.kill('SIGHUP');
  await said(
    () => daemon.stderr,
    /error: settings stay as they are: .*varve\.toml: log-level must be one of/,
  );

  const { code } = await daemon.kill('SIGTERM');
  t.equal(code, 0);
  await said(() => manager.stdout, /^STOPPING=1$/m);
});

/** Whether a process has a handler for SIGHUP (proc(5), `SigCgt`). */
function mindsHangup(pid: number): boolean {
  const caught = /^SigCgt:\t([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return (Number.parseInt(caught?.slice(-1) ?? '0', 16) & 1) === 1;
}

const noPipes = process.platform === 'linux' && has('mkfifo') ? false : 'no mkfifo, or no /proc';

t.test('SIGHUP while it starts', { skip: noPipes }, async (t) => {
  const data = temporaryDirectory(t);
  // Opening the data takes as long as nobody writes to this pipe.
  spawnSync('mkfifo', [join(data, 'VARVE')]);
  const config = join(data, 'varve.toml');
  writeFileSync(config, `data = ${JSON.stringify(data)}\nport = 0\n`);
  const daemon = serve(t, ['--config', config], {});
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(20)) {
    if (mindsHangup(daemon.child.pid as number)) break;
  }
  daemon.child.kill('SIGHUP');
  await said(() => daemon.stderr, /info: SIGHUP: settings were read again/);
  t.equal(daemon.stdout, '', 'it still starts');
  t.equal(daemon.child.exitCode, null);
});

t.test('SIGHUP changes how long a stop waits', async (t) => {
  const config = join(temporaryDirectory(t), 'varve.toml');
  writeFileSync(config, 'in-memory = true\nport = 0\ndrain = "1h"\n');
  const daemon = serve(t, ['--config', config], {});
  const [, port] = await said(() => daemon.stdout, /ready at http:\/\/127\.0\.0\.1:(\d+)/);
  const unfinished = createConnection(Number(port), '127.0.0.1');
  t.teardown(() => unfinished.destroy());
  unfinished.on('error', () => undefined);
  unfinished.write('POST / HTTP/1.1\r\nHost: varve\r\nContent-Length: 100\r\n\r\n{');
  const inFlight = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^varve_requests_in_flight\{transport="http"\} (\d+)$/m.exec(metrics)?.[1]);
  };
  // The one that asks is one too.
  while ((await inFlight()) < 2) await sleep(20);
  writeFileSync(config, 'in-memory = true\nport = 0\ndrain = "100ms"\nmerge-rate = "1MiB"\n');
  daemon.child.kill('SIGHUP');
  await said(() => daemon.stderr, /settings were read again/);
  t.equal((await daemon.kill('SIGTERM')).code, 0);
  t.match(daemon.stderr, /warn: gave up on 1 requests after 100 ms\n/);
  t.notMatch(daemon.stderr, 'only a restart');
});

t.test('without systemd-notify it says so, and serves', async (t) => {
  const directory = temporaryDirectory(t);
  const running = new Running(
    spawn(process.execPath, [COMMAND, 'serve', '--in-memory', '--port', '0'], {
      env: { PATH: directory, NOTIFY_SOCKET: join(directory, 'none') },
    }),
  );
  t.teardown(() => running.kill('SIGKILL'));
  await said(() => running.stdout, /is ready at/);
  t.match(running.stderr, /warn: systemd-notify is not there/);
});

t.test('serves on sockets that were handed over', { skip: noPython }, async (t) => {
  const path = join(temporaryDirectory(t), 'handed.sock');
  const args = [
    'env',
    '-u',
    'NODE_OPTIONS',
    process.execPath,
    COMMAND,
    'serve',
    '--in-memory',
    '--port',
    '1',
  ];
  const daemon = python(t, [fixture('activate.py'), path, ...args]);
  const [, port] = await said(() => daemon.stdout, /^port (\d+)\n/);
  // Before it serves: it waits.
  const client = new DynamoDBClient(clientConfig(`http://127.0.0.1:${port}`));
  t.match(await client.send(new ListTablesCommand({})), { TableNames: [] });
  await said(
    () => daemon.stdout,
    new RegExp(`ready at http://127\\.0\\.0\\.1:${port},.*\nUnix socket: ${path}\n`),
  );
  const hello = createConnection(path);
  t.teardown(() => hello.destroy());
  await new Promise((resolve, reject) => hello.once('connect', resolve).once('error', reject));
  t.equal((await daemon.kill('SIGTERM')).code, 0);
});

t.test('lines for the journal, and as JSON', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'journal');
  const start = (format: string): ChildProcess => {
    const descriptor = openSync(file, 'w');
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    const env = plainEnvironment({ JOURNAL_STREAM: `${dev}:${ino}`, VARVE_LOG_FORMAT: format });
    const args = [COMMAND, 'serve', '--in-memory', '--port', '0'];
    const child = spawnNode(args, { env, stdio: ['ignore', descriptor, descriptor] });
    t.teardown(() => child.kill('SIGKILL'));
    return child;
  };
  for (const [format, lines] of [
    ['text', /^<6>varve is ready at .*\n<6>SIGTERM: finishing requests in flight\n<6>stopped\n$/],
    [
      'json',
      /^<6>\{"time":".*Z","level":"info","message":"varve is ready at .*","url":"http:.*"\}\n(<6>\{.*\}\n){2}$/,
    ],
  ] as const) {
    const child = start(format);
    await said(() => readFileSync(file, 'utf8'), /is ready at/);
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
    t.match(readFileSync(file, 'utf8'), lines);
  }
});
