/**
 * The clients that end-to-end tests drive Varve with besides the SDK from npm, the AWS CLI and boto3; `wrk`, which
 * drives the benchmark of HTTP, and Redis, which the socket is measured against. Debian has all four. Installed only when missing and possible (for root, with apt-get);
 * tests that miss theirs say so and skip, except in CI.
 */
import { spawnSync } from 'node:child_process';

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

const CLIENTS = [
  { debianPackage: 'awscli', isThere: () => succeeds('aws', ['--version']) },
  {
    debianPackage: 'python3-boto3',
    isThere: () =>
      succeeds('python3', ['-c', 'import boto3']) || succeeds('/usr/bin/python3', ['-c', 'import boto3']),
  },
];

const isCommand = (name) => succeeds('sh', ['-c', `command -v ${name}`]);
const LOAD_DRIVERS = [
  { debianPackage: 'wrk', isThere: () => isCommand('wrk') },
  { debianPackage: 'redis-server', isThere: () => isCommand('redis-server') },
];

export function installClients() {
  return install('clients', CLIENTS);
}

export function installLoadDrivers() {
  return install('load', LOAD_DRIVERS);
}

function install(step, programs) {
  const names = programs.map((program) => program.debianPackage).join(', ');
  const missing = programs.filter((program) => !program.isThere()).map((program) => program.debianPackage);
  if (missing.length === 0) return `there: ${names}`;
  const isPossible = process.getuid?.() === 0 && succeeds('sh', ['-c', 'command -v apt-get']);
  if (isPossible) {
    console.log(`[${step}] as root: apt-get install ${missing.join(' ')} …`);
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const aptGet = (...args) =>
      spawnSync('apt-get', ['-qq', ...args], { env: environment, stdio: 'ignore', timeout: 300_000 });
    aptGet('update');
    aptGet('install', '-y', '--no-install-recommends', ...missing);
  }
  const absent = programs.filter((program) => !program.isThere()).map((program) => program.debianPackage);
  if (absent.length === 0) return `installed ${missing.join(', ')}`;
  if (process.env.CI === 'true') throw new Error(`could not install ${absent.join(', ')}`);
  return `${absent.join(', ')} not there and not installed: tests that need them will be skipped`;
}
