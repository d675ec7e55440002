/** Runs the examples of docs/client.md, and compares what they print with what they say they print. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { plainEnvironment, Running, spawnNode, startDaemon, temporaryDirectory } from '../e2e/daemon.js';

const text = readFileSync('docs/client.md', 'utf8');
const blocks = [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code);
const expected = [...blocks.join('').matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(
  ([, line = '']) => line,
);

async function run(directory: string, name: string, code: string): Promise<string> {
  const script = join(directory, name);
  writeFileSync(script, code);
  const child = spawnNode([script], { cwd: directory, env: plainEnvironment() });
  const { stdout, stderr } = await new Running(child).finished;
  return stdout + stderr;
}

t.test('the examples of docs/client.md', async (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(resolve('.'), join(directory, 'node_modules', 'varve'));
  t.ok(expected.length >= 8, 'there are examples');

  await startDaemon(t, ['--data', join(directory, 'varve-data')]);
  t.equal(
    await run(directory, 'connected.mjs', blocks.join('\n')),
    `${expected.join('\n')}\n`,
    'with a daemon',
  );

  const embedded = blocks.join('\n').replace("connect({ path: './varve-data/varve.sock' })", 'open()');
  const opened = embedded.replace('{ connect }', '{ open }');
  t.equal(await run(directory, 'opened.mjs', opened), `${expected.join('\n')}\n`, 'without one');

  const required = `const { open } = require('varve');\n(async () => {${opened.replace(/^import.*$/m, '')}})();`;
  t.equal(await run(directory, 'required.cjs', required), `${expected.join('\n')}\n`, 'as CommonJS');
});
