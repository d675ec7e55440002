/** The service as `varve install-service` writes it, under a systemd that runs: started, killed, hung, reloaded, activated. */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { clientConfig } from '../e2e/daemon.js';
import { noSystemdMachine, PROGRAM, SystemdMachine } from './systemd-machine.js';

const skip = noSystemdMachine();
const SETTINGS = '/etc/varve/varve.toml';
const WATCHDOG_S = 2;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Writes items one after the other, and keeps what was acknowledged. */
class Writer {
  readonly acknowledged = new Set<string>();
  #written = 0;

  constructor(private readonly url: string) {}

  /** With a connection of its own, and one attempt: who is told that the daemon has started finds it serving. */
  async #with<Result>(work: (client: DynamoDBClient) => Promise<Result>): Promise<Result> {
    const client = new DynamoDBClient(clientConfig(this.url, { maxAttempts: 1 }));
    try {
      return await work(client);
    } finally {
      client.destroy();
    }
  }

  async createTable(): Promise<void> {
    await this.#with((client) =>
      client.send(
        new CreateTableCommand({
          TableName: 'notes',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      ),
    );
  }

  async write(count: number): Promise<void> {
    await this.#with(async (client) => {
      for (let left = count; left > 0; left -= 1) {
        const id = String(this.#written++);
        await client.send(new PutItemCommand({ TableName: 'notes', Item: { id: { S: id } } }));
        this.acknowledged.add(id);
      }
    });
  }

  /** Until a write fails. */
  async writeOn(): Promise<void> {
    try {
      await this.write(Number.POSITIVE_INFINITY);
    } catch {
      // That the daemon is gone is what is waited for: what was not acknowledged need not be there.
    }
  }

  async missing(): Promise<string[]> {
    const { Items = [] } = await this.#with((client) => client.send(new ScanCommand({ TableName: 'notes' })));
    const there = new Set(Items.map(({ id }) => id?.S));
    return [...this.acknowledged].filter((id) => !there.has(id));
  }
}

t.test('a system service, from its installation to its end', { skip, timeout: 180_000 }, async (t) => {
  const machine = await SystemdMachine.boot(t);
  const port = await freePort();
  t.match(machine.varve('install-service', '--system'), { code: 0, stderr: '' });
  const settings = (more: string) => machine.write(SETTINGS, `port = ${port}\n${more}\n`);
  settings('');
  const dropIn = `[Service]\nWatchdogSec=${WATCHDOG_S}s\n`;
  machine.write('/etc/systemd/system/varve.service.d/quick.conf', dropIn);
  const socketDropIn = `[Socket]\nListenStream=\nListenStream=127.0.0.1:${port}\n`;
  machine.write('/etc/systemd/system/varve.socket.d/port.conf', socketDropIn);
  machine.ask('systemctl', 'daemon-reload');

  machine.ask('systemctl', 'start', 'varve.service');
  const writer = new Writer(`http://127.0.0.1:${port}`);
  await writer.createTable();
  await writer.write(20);
  const status = machine.ask('systemctl', 'status', '--no-pager', 'varve.service');
  t.match(status, /Active: active \(running\)/);
  t.match(status, `Status: "varve is ready at http://127.0.0.1:${port}, data in /var/lib/varve"`);
  t.match(machine.varve('status', '--port', String(port)).stdout, /\ntables +1 table, /);
  t.match(machine.varve('healthcheck', '--port', String(port)), { code: 0 });
  t.match(machine.ask('stat', '-L', '-c', '%U %a', '/var/lib/varve'), /^varve 700$/);

  const killed = machine.property('varve', 'MainPID');
  const writing = writer.writeOn();
  await sleep(300);
  machine.ask('systemctl', 'kill', '--kill-who=main', '-s', 'KILL', 'varve.service');
  await writing;
  await machine.until('varve', 'NRestarts', '1');
  await machine.until('varve', 'ActiveState', 'active');
  t.not(machine.property('varve', 'MainPID'), killed);
  t.ok(writer.acknowledged.size > 20, `${writer.acknowledged.size} writes were acknowledged`);
  t.strictSame(await writer.missing(), [], 'after kill -9 every acknowledged write is there');

  machine.ask('systemctl', 'kill', '--kill-who=main', '-s', 'STOP', 'varve.service');
  await machine.until('varve', 'NRestarts', '2');
  await machine.until('varve', 'ActiveState', 'active');
  t.match(machine.ask('journalctl', '--no-pager', '-u', 'varve'), /Watchdog timeout/);
  t.strictSame(await writer.missing(), [], 'after a hang every acknowledged write is there');
  await sleep(WATCHDOG_S * 2000);
  t.equal(machine.property('varve', 'NRestarts'), '2', 'who does not hang is left alone');

  const { length } = machine.journal();
  const running = machine.property('varve', 'MainPID');
  settings('log-level = "debug"\npartitions = 3');
  machine.ask('systemctl', 'reload', 'varve.service');
  await machine.until('varve', 'ActiveState', 'active');
  t.equal(machine.property('varve', 'MainPID'), running, 'the same process');
  const told = 'changed, but only a restart takes it over: partitions';
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(50)) {
    if (machine.journal().slice(length).includes(told)) break;
  }
  t.match(machine.journal('-p', 'warning'), told, 'a warning by its priority');
  t.notMatch(machine.journal('-p', 'warning'), /varve is ready/);

  machine.ask('systemctl', 'stop', 'varve.service');
  t.equal(machine.property('varve', 'Result'), 'success');
  t.equal(machine.property('varve', 'ExecMainStatus'), '0');
  t.equal(machine.property('varve', 'ActiveState'), 'inactive');

  settings('log-level = "loud"');
  t.match(machine.run('systemctl', 'start', 'varve.service'), { code: 1 });
  t.equal(machine.property('varve', 'ActiveState'), 'failed', 'it is not started again');
  t.equal(machine.property('varve', 'ExecMainStatus'), '2');
  t.match(machine.journal('-p', 'err'), /varve\.toml: log-level must be one of/);
  machine.ask('systemctl', 'reset-failed', 'varve.service');

  settings('');
  machine.ask('systemctl', 'start', 'varve.socket');
  t.equal(machine.property('varve', 'ActiveState'), 'inactive', 'nobody has come yet');
  t.strictSame(await writer.missing(), [], 'the first connection starts it, and waits');
  t.equal(machine.property('varve', 'ActiveState'), 'active');
  machine.ask('systemctl', 'kill', '--kill-who=main', '-s', 'KILL', 'varve.service');
  t.strictSame(await writer.missing(), [], 'who comes while it starts again waits too');
  t.equal(machine.property('varve', 'NRestarts'), '1');
  machine.ask('systemctl', 'stop', 'varve.socket', 'varve.service');
  t.equal(machine.property('varve', 'Result'), 'success');
});

t.test('a socket for a group, and a dump by root', { skip, timeout: 120_000 }, async (t) => {
  const machine = await SystemdMachine.boot(t);
  const port = await freePort();
  machine.ask(process.execPath, PROGRAM, 'install-service', '--system');
  const socket = '/run/varve/varve.sock';
  const group = ['socket-mode = "0660"', 'socket-group = "games"', `socket = "${socket}"`];
  machine.write('/etc/varve/varve.toml', [`port = ${port}`, ...group, ''].join('\n'));
  const dropIn = '[Service]\nSupplementaryGroups=games\n';
  machine.write('/etc/systemd/system/varve.service.d/group.conf', dropIn);
  machine.ask('systemctl', 'daemon-reload');
  machine.ask('systemctl', 'start', 'varve.service');
  t.equal(machine.ask('stat', '-c', '%U %G %a %F', socket), 'varve games 660 socket');
  const writer = new Writer(`http://127.0.0.1:${port}`);
  await writer.createTable();
  await writer.write(20);
  const connect = `require('net').connect('${socket}').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  const someone = ['setpriv', '--reuid', 'nobody', '--regid', 'nogroup'];
  const inGroup = machine.run(...someone, '--groups', 'games', process.execPath, '-e', connect);
  t.match(inGroup, { code: 0 }, 'who is in the group connects');
  const outside = machine.run(...someone, '--clear-groups', process.execPath, '-e', connect);
  t.match(outside, { code: 1 }, 'who is not does not');
  t.match(machine.varve('dump', '-d', '/var/lib/varve', '/run/dump'), { code: 0, stderr: /20 items/ });
  machine.ask('systemctl', 'restart', 'varve.service');
  t.equal(machine.ask('stat', '-c', '%U %G %a %F', socket), 'varve games 660 socket', 'after a restart too');
  t.strictSame(await writer.missing(), []);
});

t.test('a service of a user', { skip, timeout: 120_000 }, async (t) => {
  const machine = await SystemdMachine.boot(t);
  const port = await freePort();
  const home = '/run/somebody';
  const environment = { XDG_RUNTIME_DIR: `${home}/runtime`, HOME: home };
  machine.ask('install', '-d', '-o', 'nobody', '-m', '700', home, environment.XDG_RUNTIME_DIR);
  // What a login would start. Units of the machine's own for users are left out.
  machine.ask(
    'systemd-run',
    '--unit=manager',
    ...['User=nobody', 'Delegate=yes', 'Type=notify'].flatMap((property) => ['-p', property]),
    ...Object.entries(environment).flatMap(([name, value]) => ['-E', `${name}=${value}`]),
    '-E',
    `SYSTEMD_UNIT_PATH=${home}/.config/systemd/user:/usr/lib/systemd/user`,
    '/lib/systemd/systemd',
    '--user',
  );
  const user = ['setpriv', '--reuid', 'nobody', '--clear-groups', 'env'];
  const words = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const as = (...command: readonly string[]) => machine.ask(...user, ...words, ...command);
  as(process.execPath, PROGRAM, 'install-service', '--user');
  as('sh', '-c', `echo 'port = ${port}' >> ${home}/.config/varve/varve.toml`);
  as('systemctl', '--user', 'daemon-reload');
  as('systemctl', '--user', 'start', 'varve.service');
  const writer = new Writer(`http://127.0.0.1:${port}`);
  await writer.createTable();
  await writer.write(20);
  t.match(
    as('systemctl', '--user', 'status', '--no-pager', 'varve.service'),
    `Status: "varve is ready at http://127.0.0.1:${port}, data in ${home}/.local/share/varve"`,
  );
  as('systemctl', '--user', 'kill', '--kill-who=main', '-s', 'KILL', 'varve.service');
  const property = (name: string) =>
    as('systemctl', '--user', 'show', '--value', '-p', name, 'varve.service');
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) {
    if (property('NRestarts') === '1' && property('ActiveState') === 'active') break;
  }
  t.strictSame(await writer.missing(), [], 'after kill -9 every acknowledged write is there');
  as('systemctl', '--user', 'stop', 'varve.service');
  t.equal(property('Result'), 'success');
});
