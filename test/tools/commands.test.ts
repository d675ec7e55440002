/** `varve verify` and `varve inspect` as processes: exit codes, pipes, a daemon that is at work. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { COMMAND, plainEnvironment, runCommand, startDaemon, temporaryDirectory } from '../e2e/daemon.js';

t.test('from a daemon at work to damage', async (t) => {
  const data = join(temporaryDirectory(t), 'data');
  const daemon = await startDaemon(t, ['--data', data]);
  const client = daemon.client();
  await client.send(
    new CreateTableCommand({
      TableName: 'notes',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      client.send(new PutItemCommand({ TableName: 'notes', Item: { id: { S: `note ${i}` } } })),
    ),
  );

  const refused = await runCommand(['verify', data]);
  t.equal(refused.code, 2);
  t.equal(refused.stdout, '');
  t.equal(refused.stderr, `varve: ${data} is in use by process ${daemon.child.pid}: stop it first\n`);

  const table = join(data, 'tables', readdirSync(join(data, 'tables'))[0] as string);
  const segment = join(table, '0', 'log', '0000000000000001.wal');
  const live = await runCommand(['inspect', segment, '--keys-only']);
  t.match(live, { code: 0, stderr: '' }, 'a file may be looked into meanwhile');
  const line = live.stdout.split('\n')[0];

  const head = spawnSync(
    'bash',
    [
      '-c',
      `"$1" "$2" inspect "$3" --keys-only | head -n 1; echo "\${PIPESTATUS[0]}"`,
      'bash',
      process.execPath,
      COMMAND,
      segment,
    ],
    { env: plainEnvironment(), encoding: 'utf8' },
  );
  t.same([head.stdout, head.stderr], [`${line}\n0\n`, ''], 'a closed pipe ends it quietly');

  await daemon.kill('SIGTERM');
  const sound = await runCommand(['verify', data]);
  t.match(sound, { code: 0, stderr: '' });
  t.match(sound.stdout, /\nsound\n$/);

  const copy = `${data}-copy`;
  cpSync(join(table, '0'), copy, { recursive: true });
  for (const directory of [copy, join(table, '0')]) {
    t.match((await runCommand(['verify', directory])).stdout, /: a partition, .*\n.*\nsound\n$/, directory);
  }

  const content = readFileSync(segment);
  content[600] = (content[600] as number) ^ 4;
  writeFileSync(segment, content);
  const stopped = await runCommand(['serve', '--port', '0', '--data', data]);
  t.equal(stopped.code, 1);
  t.match(stopped.stderr, `; restore a copy, or see what would be lost: varve repair ${data} --dry-run\n`);
  const damaged = await runCommand(['verify', data, '--json']);
  t.equal(damaged.code, 1);
  const { findings } = JSON.parse(damaged.stdout) as { findings: { path: string; offset: number }[] };
  t.match(findings, [{ severity: 'damage', path: segment, offset: 512 }]);
  t.equal((await runCommand(['inspect', segment])).code, 1);
});

t.test('whoever reads the output may stop at any time', async (t) => {
  for (const args of [
    ['help', 'dump'],
    ['install-service', '--system', '--print'],
    ['config', '--template'],
  ]) {
    const piped = spawnSync(
      'bash',
      ['-c', '(sleep 0.3; "$@"; echo $? >&2) | true', 'bash', process.execPath, COMMAND, ...args],
      { env: plainEnvironment(), encoding: 'utf8' },
    );
    t.equal(piped.stderr, '0\n', args.join(' '));
  }
});

t.test('help says what a default means', async (t) => {
  const status = (await runCommand(['status', '--help'])).stdout;
  t.match(status, /--timeout <duration> .*\(default: 5s\)\n/);
  t.match(status, /--data <directory> +where its data is \(/);
  t.notMatch(status, /default: false|made when missing/);
  for (const command of [
    'serve',
    'dump',
    'restore',
    'verify',
    'inspect',
    'repair',
    'config',
    'install-service',
  ]) {
    const { stdout } = await runCommand([command, '--help']);
    t.same(
      stdout.split('\n').filter((line) => line.length > 120),
      [],
      `${command}: no line is wider than 120 columns`,
    );
  }
});

t.test('what is not there, or something else, is told from what is damaged', async (t) => {
  const directory = temporaryDirectory(t);
  const at = (name: string) => join(directory, name);
  t.equal((await runCommand(['dump', '-d', at('none'), at('dump')])).code, 2);
  mkdirSync(at('dump'));
  writeFileSync(join(at('dump'), 'varve-dump.json'), '{}');
  for (const [args, line] of [
    [['restore', '-d', at('data'), at('none')], `${at('none')} is not there`],
    [
      ['verify', at('dump')],
      `${at('dump')} is a dump, of which varve restore checks every byte; this command is for data directories`,
    ],
    [['serve', '--config', at('none')], `there is no configuration file ${at('none')}`],
    [
      ['serve', '--port', '0', '-d', at('new'), '--socket', at('none/x.sock')],
      `there is no directory for the socket ${at('none/x.sock')}`,
    ],
    [
      ['serve', '--port', '0', '-d', at('new'), '--socket-group', 'nobody-of-that-name'],
      'there is no group nobody-of-that-name; choose another with --socket-group',
    ],
    [
      ['serve', 'extra'],
      'too many arguments for \'serve\'. Expected 0 arguments but got 1; npm hands options on behind "--": npm start -- --data DIRECTORY',
    ],
  ] as const) {
    const finished = await runCommand(args);
    t.equal(finished.stderr, `varve: ${line}\n`, args.join(' '));
    t.not(finished.code, 0);
  }
  t.notOk(existsSync(at('new')), 'a start that fails for its socket makes no data directory');
});

t.test('usage', async (t) => {
  for (const command of ['verify', 'inspect']) {
    const help = await runCommand([command, '--help']);
    t.match(help, { code: 0, stderr: '' });
    t.match(help.stdout, /\nExit codes:\n(.*\n)*\nExamples:\n/);
  }
  for (const [args, line] of [
    [['inspect'], /missing required argument 'file'/],
    [['inspect', 'x', '--limit', '0'], /must be a number above 0/],
    [['verify', '--quick'], /unknown option/],
    [['verify', '/no/such/directory'], /is not there/],
  ] as const) {
    const { code, stdout, stderr } = await runCommand(args);
    t.equal(code, 2, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, /^varve: [^\n]+\n$/);
    t.match(stderr, line);
  }
});
