/** One process per directory, with real processes: a holder that is killed, and starters that come all at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { isLockFile, lockDirectory } from '../../src/vfs/directory-lock.js';

const MODULE = new URL('../../src/vfs/directory-lock.js', import.meta.url).href;

/** Takes the lock, says so, and holds it until it is killed or told to end. */
const HOLDER = `
  const { lockDirectory } = await import(${JSON.stringify(MODULE)});
  try {
    await lockDirectory(process.argv[1]);
    process.stdout.write('held');
    setInterval(() => {}, 1000);
  } catch (error) {
    process.stdout.write(error.code);
  }`;

const children = new Set<ChildProcess>();
t.teardown(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function freshDirectory(): Promise<string> {
  // Longer than the path of a socket may be.
  const path = await mkdtemp(join(tmpdir(), `varve-lock-${'x'.repeat(120)}`));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function start(directory: string): Promise<{ child: ChildProcess; said: string }> {
  const arguments_ = ['--input-type=module', '-e', HOLDER, directory];
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: said.toString() };
}

t.test('a second process is told who holds the directory', async (t) => {
  const directory = await freshDirectory();
  const before = Date.now();
  const { child, said } = await start(directory);
  t.equal(said, 'held');
  const error = await lockDirectory(directory).catch((caught: unknown) => caught);
  t.match(error, { code: 'DIRECTORY_LOCKED', directory, holder: { pid: child.pid } });
  t.match(error, { message: new RegExp(`in use by process ${child.pid} since 20`) });
  const { sinceMs } = (error as { holder: { sinceMs: number } }).holder;
  t.ok(sinceMs >= before - 1000 && sinceMs <= Date.now());
});

t.test('a stopped holder still holds; a killed one does not', async (t) => {
  const directory = await freshDirectory();
  const { child } = await start(directory);
  child.kill('SIGSTOP');
  await t.rejects(lockDirectory(directory), { code: 'DIRECTORY_LOCKED' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.equal((await readdir(directory)).filter(isLockFile).length, 1, 'its claim is left');
  const lock = await lockDirectory(directory);
  t.equal((await readdir(directory)).filter(isLockFile).length, 1, 'and is removed');
  await lock.release();
  t.same(await readdir(directory), []);
});

t.test('of many starters at once, over the claims of the dead, one wins', async (t) => {
  const directory = await freshDirectory();
  for (let round = 0; round < 2; round++) {
    const started = await Promise.all([1, 2, 3, 4].map(() => start(directory)));
    const said = started.map((one) => one.said).sort();
    t.same(said, ['DIRECTORY_LOCKED', 'DIRECTORY_LOCKED', 'DIRECTORY_LOCKED', 'held']);
    for (const { child, said } of started) {
      if (said !== 'held') continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
});

t.test('of many callers at once in one process, one wins', async (t) => {
  const directory = await freshDirectory();
  const results = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(() => lockDirectory(directory)));
  const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  t.equal(winners.length, 1);
  await winners[0]?.release();
});

t.test('the lock does not keep the process alive', async (t) => {
  const directory = await freshDirectory();
  const once_ = HOLDER.replace(/setInterval.*/, '');
  const child = spawn(process.execPath, ['--input-type=module', '-e', once_, directory], { stdio: 'ignore' });
  children.add(child);
  const [code] = await once(child, 'exit');
  t.equal(code, 0);
});

t.test('a directory that cannot be locked', async (t) => {
  await t.rejects(lockDirectory('/nonexistent/varve'), { code: 'ENOENT' });
  await t.rejects(lockDirectory('/proc'), /cannot lock \/proc/);
});

t.test('a holder knows when its directory was removed, moved, emptied or replaced', async (t) => {
  for (const [what, harm] of [
    ['removed', (path: string) => rm(path, { recursive: true })],
    ['moved', (path: string) => rename(path, `${path}-moved`)],
    [
      'emptied',
      async (path: string) => {
        for (const name of await readdir(path)) await rm(join(path, name));
      },
    ],
    [
      'replaced',
      async (path: string) => {
        await rm(path, { recursive: true });
        await mkdir(path);
      },
    ],
  ] as const) {
    const directory = await freshDirectory();
    t.teardown(() => rm(`${directory}-moved`, { recursive: true, force: true }));
    const lock = await lockDirectory(directory);
    t.equal(await lock.isInPlace(), true);
    await harm(directory);
    t.equal(await lock.isInPlace(), false, what);
    await lock.release();
  }
});

t.test('files of others that are named like a claim are left alone', async (t) => {
  const directory = await freshDirectory();
  const names = ['LOCK-notes.txt', 'LOCK-1-2-0123456789ab'];
  for (const name of names) await writeFile(join(directory, name), 'theirs');
  const lock = await lockDirectory(directory);
  await lock.release();
  t.same((await readdir(directory)).sort(), names.sort());
});
