/**
 * The clients that end-to-end tests drive Varve with besides the SDK from npm: the AWS CLI and boto3, and `wrk` for the
 * benchmarks. Debian has all three. Installed only when missing and possible; tests that miss theirs say so and skip,
 * except in CI.
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
  // `wrk -v` exits with 1.
  { debianPackage: 'wrk', isThere: () => succeeds('sh', ['-c', 'command -v wrk']) },
];

export function installClients() {
  const missing = CLIENTS.filter((client) => !client.isThere()).map((client) => client.debianPackage);
  if (missing.length === 0) return 'AWS CLI, boto3 and wrk are there';
  const isPossible = process.getuid?.() === 0 && succeeds('sh', ['-c', 'command -v apt-get']);
  if (isPossible) {
    console.log(`[clients] installing ${missing.join(', ')}`);
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const aptGet = (...args) =>
      spawnSync('apt-get', ['-qq', ...args], { env: environment, stdio: 'ignore', timeout: 300_000 });
    aptGet('update');
    aptGet('install', '-y', '--no-install-recommends', ...missing);
  }
  const absent = CLIENTS.filter((client) => !client.isThere()).map((client) => client.debianPackage);
  if (absent.length === 0) return `installed ${missing.join(', ')}`;
  if (process.env.CI === 'true') throw new Error(`could not install ${absent.join(', ')}`);
  return `${absent.join(', ')} not there and not installed: tests that need them will be skipped`;
}
