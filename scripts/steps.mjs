#!/usr/bin/env node
/**
 * Runs the named steps one after another: says what it does and how long it took, shows a step's output only when it
 * fails. Plain JavaScript with nothing but Node, because the first step is what brings everything else.
 *
 * usage: node scripts/steps.mjs STEP...
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { installClients, installLoadDrivers } from './clients.mjs';
import { runTests } from './tests.mjs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

const bin = (name) => `node_modules/.bin/${name}`;

/** Fails with the command's whole output. */
function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${result.stdout}${result.stderr}`);
}

/**
 * Does `work` unless it was done before for the same `state()`, which a file in `node_modules` remembers: whoever removes
 * that folder begins anew.
 */
function once(mark, state, work) {
  const path = `node_modules/.varve-${mark}`;
  const digest = () => createHash('sha256').update(state()).digest('hex');
  if (existsSync(path) && readFileSync(path, 'utf8') === digest()) return false;
  work();
  writeFileSync(path, digest());
  return true;
}

function install() {
  const { dependencies, devDependencies } = manifest;
  // Read again afterwards: npm may complete the lock file.
  const state = () =>
    JSON.stringify([dependencies, devDependencies, readFileSync('package-lock.json', 'utf8')]);
  const installed = once('installed', state, () => {
    console.log('[install] installing dependencies, which takes a minute or so the first time …');
    // Not `npm ci`: it insists on optional packages for every platform, which not every registry has.
    run('npm', ['install', '--prefer-offline', '--loglevel=error']);
  });
  return installed ? 'installed dependencies' : 'dependencies are there';
}

/** tap compiles its plugins once, and again when their list or tap itself has changed. */
function prepareTap() {
  const state = () => JSON.stringify([manifest.tap.plugin, manifest.devDependencies.tap]);
  const prepared = once('tap', state, () => run(bin('tap'), ['build']));
  return prepared ? 'prepared the test runner' : 'test runner is ready';
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
  load: installLoadDrivers,
  bench: () => {
    run(bin('tsc'), ['-p', 'bench/tsconfig.json']);
    return 'compiled benchmarks';
  },
  tap: prepareTap,
  test: () => {
    console.log('[test] running every test …');
    return runTests(bin('tap'));
  },
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
