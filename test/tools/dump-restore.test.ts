/** `varve dump` and `varve restore` as processes: a daemon that goes on, pipes, exit codes, and what was killed. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { RealDisk } from '../../src/vfs/real-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { SystemClock } from '../../src/vfs/system-clock.js';
import { openStoppedTables } from '../../tools/stopped-tables.js';
import { item, put } from '../backup/fixture.js';
import {
  COMMAND,
  plainEnvironment,
  Running,
  runCommand,
  spawnNode,
  startDaemon,
  temporaryDirectory,
} from '../e2e/daemon.js';
import { draftOf } from '../table/fixture.js';

/** Of 8 MB of data that no compressor makes smaller. */
async function makeLargeTable(data: string): Promise<void> {
  const random = new SeededRandom(3);
  const { tables, close } = await openStoppedTables({
    disk: new RealDisk(),
    clock: new SystemClock(),
    random,
    directory: data,
    create: true,
  });
  const table = await tables.create(draftOf({ name: 'large' }));
  for (let n = 0; n < 40; n += 1) {
    await put(table, item({ pk: `key-${n}`, bytes: random.bytes(200_000) }));
  }
  await close();
}

t.test('a table goes from one daemon to another, and to a third by a pipe', async (t) => {
  const directory = temporaryDirectory(t);
  const at = (name: string) => join(directory, name);
  const daemon = await startDaemon(t, ['--data', at('data')]);
  const client = daemon.client();
  await client.send(
    new CreateTableCommand({
      TableName: 'notes',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      Tags: [{ Key: 'of', Value: 'all' }],
    }),
  );
  await client.send(new PutItemCommand({ TableName: 'notes', Item: { id: { S: 'a' }, n: { N: '1' } } }));

  const dumped = await runCommand(['dump', '-d', at('data'), at('dump')]);
  t.match(dumped, { code: 0, stdout: '', stderr: /^dumped 1 table as of .*: 1 item, / });
  t.match(await runCommand(['dump', '-d', at('data'), at('dump')]), { code: 2, stderr: /is there already/ });
  t.match(await runCommand(['dump', '-d', at('data'), '-t', 'none', at('none')]), {
    code: 2,
    stderr: 'varve: there is no table none\n',
  });

  t.match(await runCommand(['restore', '-d', at('data'), at('dump')]), {
    code: 2,
    stderr:
      'varve: table notes is there already, and has items; --overwrite replaces it, -t with --as gives the restored one another name\n',
  });
  const restored = await runCommand(['restore', '-d', at('data'), at('dump'), '--as', 'copy']);
  t.match(restored, {
    code: 0,
    stdout: '',
    stderr:
      /^restored 1 table: 1 item from .* of files in .* \([\d,]+ items\/s\); every checksum is right\n {2}copy: 1 item\n$/,
  });
  const got = await client.send(new GetItemCommand({ TableName: 'copy', Key: { id: { S: 'a' } } }));
  t.same(got.Item, { id: { S: 'a' }, n: { N: '1' } }, 'the daemon serves it at once');

  const pipe = `"$0" "$1" dump -d ${at('data')} - | "$0" "$1" restore -d ${at('other')} -`;
  const piped = spawnSync('sh', ['-c', pipe, process.execPath, COMMAND], { env: plainEnvironment() });
  t.equal(piped.status, 0, String(piped.stderr));
  const other = await startDaemon(t, ['--data', at('other')]);
  const described = await other.client().send(new DescribeTableCommand({ TableName: 'notes' }));
  t.match(described.Table, { TableStatus: 'ACTIVE', ItemCount: 1 });
});

t.test('a dump that was killed is refused, and so is a stream that was cut', async (t) => {
  const directory = temporaryDirectory(t);
  const at = (name: string) => join(directory, name);
  await makeLargeTable(at('data'));

  const child = spawnNode([COMMAND, 'dump', '-d', at('data'), '--level', '9', at('dump')], {
    env: plainEnvironment(),
  });
  const dumping = new Running(child);
  while (!existsSync(join(at('dump'), 'AWSDynamoDB'))) await sleep(2);
  t.match(await dumping.kill('SIGKILL'), { signal: 'SIGKILL' });
  t.match(await runCommand(['restore', '-d', at('restored'), at('dump')]), {
    code: 1,
    stderr: `varve: ${at('dump')} has no varve-dump.json: the dump was cut short; nothing was restored\n`,
  });

  const cut = `"$0" "$1" dump -d ${at('data')} - | head -c 5000000 | "$0" "$1" restore -d ${at('restored')} -`;
  const piped = spawnSync('sh', ['-c', cut, process.execPath, COMMAND], { env: plainEnvironment() });
  t.equal(piped.status, 1);
  t.match(
    String(piped.stderr),
    /the stream ends before the dump does: it was cut short; nothing was restored/,
  );
  t.match(await runCommand(['dump', '-d', at('restored'), at('nothing')]), {
    code: 0,
    stderr: /^dumped 0 tables/,
  });
});

t.test(
  'a restoration that was killed leaves nothing, and one that failed says which file is damaged',
  async (t) => {
    const directory = temporaryDirectory(t);
    const at = (name: string) => join(directory, name);
    await makeLargeTable(at('data'));
    t.equal((await runCommand(['dump', '-d', at('data'), at('dump')])).code, 0);

    const child = spawnNode([COMMAND, 'restore', '-d', at('restored'), at('dump')], {
      env: plainEnvironment(),
    });
    const restoring = new Running(child);
    const tables = join(at('restored'), 'tables');
    while (!existsSync(tables) || readdirSync(tables).length === 0) await sleep(1);
    t.match(await restoring.kill('SIGKILL'), { signal: 'SIGKILL' });
    t.equal(readdirSync(tables).length, 1);
    t.match(await runCommand(['dump', '-d', at('restored'), at('nothing')]), {
      code: 0,
      stderr: /^dumped 0 tables/,
    });
    t.equal(readdirSync(tables).length, 0, 'the next start removed it');

    cpSync(at('dump'), at('damaged'), { recursive: true });
    const exportDirectory = join(
      at('damaged'),
      'AWSDynamoDB',
      readdirSync(join(at('damaged'), 'AWSDynamoDB'))[0] as string,
    );
    const file = join(exportDirectory, 'data', '00000.json.gz');
    const content = readFileSync(file);
    content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, content);
    t.match(await runCommand(['restore', '-d', at('restored'), at('damaged')]), {
      code: 1,
      stderr: /data\/00000\.json\.gz: .*; nothing was restored\n$/,
    });
    t.equal((await runCommand(['restore', '-d', at('restored'), at('dump')])).code, 0);
  },
);

t.test('what makes no sense is refused before anything is done', async (t) => {
  const directory = temporaryDirectory(t);
  const at = (name: string) => join(directory, name);
  for (const [args, stderr] of [
    [['dump', '-d', at('none'), at('dump')], /is no data directory/],
    [['dump', '--level', '0', at('dump')], /a number from 1 to 9/],
    [['restore', '-d', at('data'), at('none')], /none is not there/],
    [['restore', '--key', 'pk', at('none')], /a name and a type/],
    [['restore', '--as', 'x', at('none')], /3 to 255 characters/],
  ] as const) {
    t.match(await runCommand(args), { code: 2, stdout: '', stderr }, args.join(' '));
  }
  t.notOk(existsSync(at('data')));
});

t.test('a daemon that hangs is not waited for without end', async (t) => {
  const directory = temporaryDirectory(t);
  const at = (name: string) => join(directory, name);
  await makeLargeTable(at('data'));
  const daemon = await startDaemon(t, ['--data', at('data')]);
  t.equal((await runCommand(['dump', '-d', at('data'), at('dump')])).code, 0);
  daemon.child.kill('SIGSTOP');
  const where = ['-d', at('data'), '--timeout', '1s'];
  const refused = /^varve: the daemon did nothing for 1 s: it hangs, or its disk does .*; [^\n]+\n$/;
  t.match(await runCommand(['dump', ...where, at('late')]), { code: 1, stderr: refused });
  t.notOk(existsSync(join(at('late'), 'varve-dump.json')));
  const restore = ['restore', ...where, at('dump'), '--as', 'copy'];
  t.match(await runCommand(restore), { code: 1, stderr: refused });
  const asked = ['-d', at('data'), '--port', String(daemon.port), '--timeout', '500ms'];
  const noAnswer = /no answer within 500 ms/;
  t.match(await runCommand(['status', ...asked]), { code: 1, stderr: noAnswer });
  t.match(await runCommand(['healthcheck', ...asked]), { code: 1, stderr: noAnswer });
  daemon.child.kill('SIGCONT');
  t.match(await runCommand(['dump', ...where.slice(0, 2), at('again')]), { code: 0 });
  t.same(
    readdirSync(at('again')),
    readdirSync(at('dump')),
    'it goes on, and nothing of the restoration is in the way',
  );
});

t.test('a table that was put aside comes back by a dump', async (t) => {
  const directory = temporaryDirectory(t);
  const at = (name: string) => join(directory, name);
  await makeLargeTable(at('data'));
  // Another catalog, which does not have the table.
  await (await startDaemon(t, ['--data', at('other')])).kill('SIGTERM');
  rmSync(join(at('data'), 'catalog'), { recursive: true });
  cpSync(join(at('other'), 'catalog'), join(at('data'), 'catalog'), { recursive: true });
  const repaired = await runCommand(['repair', at('data')]);
  t.match(repaired, { code: 0, stdout: /of a table that the catalog does not have; it is put aside/ });
  const aside = join(at('data'), 'lost', readdirSync(join(at('data'), 'lost'))[0] as string, 'tables');
  const lost = join(aside, readdirSync(aside)[0] as string);
  t.match(
    repaired.stdout,
    `back by: varve dump --lost ${lost} --as NAME --key SCHEMA DESTINATION\nRepaired.`,
  );
  const refusals: [args: string[], stderr: RegExp][] = [
    [['--lost', lost], /say them with --as and --key/],
    [['--lost', lost, '--as', 'back', '--key', 'id:S'], /that is not the key .* the attributes pk, bytes/],
    [['--lost', lost, '--as', 'back', '--key', 'pk:S,bytes:B'], /that is not the key/],
    [['--lost', at('data'), '--as', 'back', '--key', 'pk:S'], /is no table that was put aside/],
    [['-d', at('data'), '--key', 'pk:S'], /--as and --key are for a table of --lost/],
  ];
  for (const [args, stderr] of refusals) {
    t.match(await runCommand(['dump', ...args, at('dump')]), { code: 2, stderr }, args.join(' '));
    t.notOk(existsSync(at('dump')));
  }
  const dumped = await runCommand(['dump', '--lost', lost, '--as', 'back', '--key', 'pk:S', at('dump')]);
  t.match(dumped, { code: 0, stderr: /^dumped 1 table as of .*: 40 items, / });
  const restored = await runCommand(['restore', '-d', at('data'), at('dump')]);
  t.match(restored, { code: 0, stderr: /back: 40 items/ });
});
