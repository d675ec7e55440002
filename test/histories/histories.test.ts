/** Histories over kills, with a real daemon (see run.ts). A failure prints its seed and what is wrong. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { plainEnvironment, Running, spawnNode } from '../e2e/daemon.js';

const SCRIPT = fileURLToPath(new URL('run.js', import.meta.url));
const SECONDS = 8;
const KILLS = 4;

// The runner's default bounds the whole file too, and is too short on a busy machine.
t.setTimeout(180_000);

t.test(`concurrent clients over ${KILLS} kills`, { timeout: 150_000 }, async (t) => {
  const args = [SCRIPT, '--seconds', String(SECONDS), '--kills', String(KILLS)];
  const child = spawnNode(args, { env: plainEnvironment() });
  t.teardown(() => child.kill('SIGTERM'));
  const { code, stdout, stderr } = await new Running(child).finished;
  t.equal(code, 0, `${stdout}${stderr}`);
  const numberBefore = (words: string) => Number(new RegExp(`(\\d+) ${words}`).exec(stdout)?.[1]);
  t.ok(numberBefore('committed') > 50, 'there is something to check');
  t.ok(numberBefore('transfers') > 5);
  t.ok(numberBefore('additions') > 5);
});
