/** A short slice of the mixed soak, with real processes (see mixed.ts): the log and what was made of it are the same. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { plainEnvironment, Running, spawnNode } from '../e2e/daemon.js';
import { growth, type Life } from './observer.js';

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

t.test('three lives of a daemon', { timeout: 120_000 }, async (t) => {
  const child = spawnNode([script('mixed.js'), '--minutes', '0.13', '--life', '3'], {
    env: plainEnvironment(),
  });
  t.teardown(() => child.kill('SIGTERM'));
  const { code, stdout, stderr } = await new Running(child).finished;
  t.strictSame(stdout.match(/^VIOLATION .*$/gm) ?? [], [], stdout.split('\n', 1)[0] ?? '');
  t.equal(code, 0, `${stdout}${stderr}`);
  const lives = [...stdout.matchAll(/^life .*: (\d+) acknowledged .*, (\d+) changes in the logs/gm)];
  t.ok(lives.length >= 2, `${lives.length} lives`);
  const [, acknowledged, changes] = lives.at(-1) ?? [];
  t.ok(Number(acknowledged) > 100, `${acknowledged} writes to lose`);
  t.ok(Number(changes) >= Number(acknowledged), `${changes} changes for them`);
});

t.test('what grows is told', async (t) => {
  const life: Life = { memoryMib: 200, descriptors: 60, p99Ms: 10, machineP99Ms: 2 };
  const lives = (last: Partial<Life>) => [
    ...Array<Life>(6).fill(life),
    ...Array<Life>(2).fill({ ...life, ...last }),
  ];
  t.strictSame(growth(lives({})).grown, []);
  t.match(growth(lives({ memoryMib: 230 })).grown, [/memory grew from 200 to 230 MiB/]);
  t.match(growth(lives({ descriptors: 90 })).grown, [/descriptors grew from 60 to 90/]);
  t.match(growth(lives({ p99Ms: 13 })).grown, [/p99 grew from 10.0 to 13.0 ms \(at most 12.0\)/]);
  t.strictSame(growth(lives({ p99Ms: 13, machineP99Ms: 2.4 })).grown, [], 'the machine was slower too');
});

t.test('the command', async (t) => {
  const run = (...args: string[]) =>
    new Running(spawnNode([script('run.js'), ...args], { env: plainEnvironment() })).finished;
  const help = await run('--help');
  t.equal(help.code, 0);
  t.match(help.stdout, /--only PARTS/);
  t.match(await run('--only', 'simulation,nothing'), { code: 2, stderr: /there is no part nothing/ });
  t.match(await run('--scale', 'x'), { code: 2, stderr: /--scale takes a number above 0, not x/ });
  t.match(await run('--onyl', 'fuzz'), { code: 2, stderr: /'--onyl'/ });
  const passed = await run('--only', 'simulation', '--scale', '0.0005');
  t.match(passed, { code: 0, stdout: /5 seeds passed[\s\S]*simulation +passed after/ });
});
