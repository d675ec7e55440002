/** `varve verify` and `varve inspect` as processes: exit codes, pipes, a daemon that is at work. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  t.equal(
    refused.stderr,
    `varve: ${data} is in use by process ${daemon.child.pid}: stop it, or check a checkpoint\n`,
  );

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
  const damaged = await runCommand(['verify', data, '--json']);
  t.equal(damaged.code, 1);
  const { findings } = JSON.parse(damaged.stdout) as { findings: { path: string; offset: number }[] };
  t.match(findings, [{ severity: 'damage', path: segment, offset: 512 }]);
  t.equal((await runCommand(['inspect', segment])).code, 1);
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
