/** The socket of `varve serve`: where it is, whose it is, and what happens to one that is there already. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../src/index.js';
import { runCommand, startDaemon, temporaryDirectory } from './daemon.js';

t.test('a socket of its own', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'here.sock');
  const groupId = String(process.getgid?.());
  const options = ['--in-memory', '--socket', path, '--socket-mode', '0660', '--socket-group', groupId];
  const daemon = await startDaemon(t, options);
  t.match(daemon.stdout, `Unix socket: ${path}`);
  t.equal(statSync(path).mode & 0o777, 0o660);
  t.equal(String(statSync(path).gid), groupId);
  const db = await connect({ path });
  t.same((await db.call('ListTables', {})).TableNames, []);
  await db.close();

  const second = await runCommand(['serve', '--in-memory', '--port', '0', '--socket', path]);
  t.match(second, { code: 1, stderr: /another process serves the socket .*here\.sock/ });
  t.ok(existsSync(path), 'a live one stays');

  await daemon.kill('SIGKILL');
  t.ok(existsSync(path), 'a process that dies leaves it');
  const third = await startDaemon(t, options);
  await (await connect({ path })).close();
  await third.kill('SIGTERM');
  t.notOk(existsSync(path));
});

t.test('by default, and none', async (t) => {
  const data = temporaryDirectory(t);
  const daemon = await startDaemon(t, ['--data', data]);
  t.equal(statSync(join(data, 'varve.sock')).mode & 0o777, 0o600);
  await daemon.kill('SIGTERM');
  const without = await startDaemon(t, ['--data', data, '--no-socket']);
  t.notOk(existsSync(join(data, 'varve.sock')));
  t.notMatch(without.stdout, 'Unix socket');
  t.notMatch((await startDaemon(t, ['--in-memory'])).stdout, 'Unix socket');
});

t.test('what cannot be', async (t) => {
  const directory = temporaryDirectory(t);
  const cases: readonly (readonly [RegExp, ...string[]])[] = [
    [/no group nobody-has-this/, '--socket', join(directory, 'a.sock'), '--socket-group', 'nobody-has-this'],
    [/no directory for the socket/, '--socket', join(directory, 'missing', 'a.sock')],
    [/longer than the 107 bytes/, '--socket', join(directory, 'x'.repeat(120))],
  ];
  for (const [message, ...options] of cases) {
    t.match(await runCommand(['serve', '--in-memory', '--port', '0', ...options]), {
      code: 1,
      stderr: message,
    });
  }
});
