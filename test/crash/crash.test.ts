/** `kill -9` under load, with real processes (see run.ts). A failure prints its seed and every broken promise. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { plainEnvironment, Running, spawnNode } from '../e2e/daemon.js';

const KILLS = 22;
const SCRIPT = fileURLToPath(new URL('run.js', import.meta.url));

// The runner's default bounds the whole file too, and is too short on a busy machine.
t.setTimeout(270_000);

t.test(`${KILLS} kills under load`, { timeout: 240_000 }, async (t) => {
  const child = spawnNode([SCRIPT, '--kills', String(KILLS)], { env: plainEnvironment() });
  t.teardown(() => child.kill('SIGKILL'));
  const { code, stdout, stderr } = await new Running(child).finished;
  t.strictSame(stdout.match(/^VIOLATION .*$/gm) ?? [], [], stdout.split('\n', 1)[0] ?? '');
  t.equal(code, 0, `${stdout}${stderr}`);
  const [, kills, acknowledged] = [...stdout.matchAll(/^kill (\d+): (\d+) acknowledged/gm)].at(-1) ?? [];
  t.equal(Number(kills), KILLS);
  t.ok(Number(acknowledged) > KILLS * 20, `${acknowledged} writes to lose`);
});
