#!/usr/bin/env node
/**
 * Runs the named steps one after another: says what it does and how long it took, shows a step's output only when it
 * fails. Plain JavaScript with nothing but Node, because the first step is what brings everything else.
 *
 * usage: node scripts/steps.mjs STEP...
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { installClients } from './clients.mjs';
import { runTests } from './tests.mjs';

const bin = (name) => `node_modules/.bin/${name}`;

/** Fails with the command's whole output. */
function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${result.stdout}${result.stderr}`);
}

function isNewer(path, than) {
  return existsSync(path) && existsSync(than) && statSync(path).mtimeMs > statSync(than).mtimeMs;
}

/** What npm writes when it has finished an install. */
const INSTALLED = 'node_modules/.package-lock.json';

function install() {
  const upToDate = isNewer(INSTALLED, 'package-lock.json') && isNewer(INSTALLED, 'package.json');
  if (upToDate) return 'dependencies are there';
  // Not `npm ci`: it insists on optional packages for every platform, which not every registry has.
  run('npm', ['install', '--prefer-offline', '--loglevel=error']);
  return 'installed dependencies';
}

/** tap compiles its own plugins once, and again when the list of plugins or tap itself has changed. */
function prepareTap() {
  const mark = 'node_modules/.tap-built';
  const wanted = JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).tap.plugin);
  if (isNewer(mark, INSTALLED) && readFileSync(mark, 'utf8') === wanted) return 'test runner is ready';
  run(bin('tap'), ['build']);
  writeFileSync(mark, wanted);
  return 'prepared the test runner';
}

const steps = {
  install,
  build: () => {
    run(bin('tsc'), ['-p', 'tsconfig.json']);
    return 'compiled';
  },
  lint: () => {
    run(bin('biome'), ['check', '--error-on-warnings', '.']);
    return 'style is clean';
  },
  layers: () => {
    run(bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'src', 'tools', 'bin']);
    return 'rooms import downward only';
  },
  clients: installClients,
  bench: () => {
    run(bin('tsc'), ['-p', 'bench/tsconfig.json']);
    return 'compiled benchmarks';
  },
  tap: prepareTap,
  test: () => runTests(bin('tap')),
};

for (const name of process.argv.slice(2)) {
  const startMs = Date.now();
  try {
    const outcome = await steps[name]();
    console.log(`[${name}] ${outcome} (${((Date.now() - startMs) / 1000).toFixed(1)} s)`);
  } catch (error) {
    console.error(`[${name}] failed: ${error.message}`);
    process.exit(1);
  }
}
