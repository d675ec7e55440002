/** A real systemd as the first process of a small machine of its own (fixtures/systemd-machine.sh). */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainEnvironment, temporaryDirectory } from '../e2e/daemon.js';

const SYSTEMD = '/lib/systemd/systemd';
const NAMESPACES = ['--pid', '--mount', '--ipc', '--uts', '--cgroup'];
/** Where it has the command. */
export const PROGRAM = '/opt/varve/dist/bin/varve.cjs';
const BOOT_MS_MAX = 30_000;
const END_MS_MAX = 10_000;

interface Ending {
  teardown(callback: () => unknown): void;
}

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why there can be none here; false when there can. */
export function noSystemdMachine(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root can give systemd a machine';
  for (const [program, flag] of [
    [SYSTEMD, '--version'],
    ['systemctl', '--version'],
    ['nsenter', '--version'],
    ['setpriv', '--version'],
  ] as const) {
    if (spawnSync(program, [flag]).status !== 0) return `${program} is not installed`;
  }
  if (/^\/(home|root|tmp|run)\//.test(process.execPath))
    return `a system service does not see ${process.execPath}`;
  const mounting =
    'mount -t proc proc /proc && umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup';
  const tried = spawnSync('unshare', [...NAMESPACES, '--fork', 'sh', '-c', mounting], { encoding: 'utf8' });
  if (tried.status !== 0) return `no namespaces, or no control groups: ${tried.stderr.trim()}`;
  return controlGroups() === undefined ? 'no unified hierarchy of control groups' : false;
}

/** Where the unified hierarchy is mounted. */
function controlGroups(): string | undefined {
  const mount = readFileSync('/proc/self/mounts', 'latin1')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2');
  return mount?.[1];
}

export class SystemdMachine {
  /** @param firstProcess as the machine around it counts */
  private constructor(private readonly firstProcess: number) {}

  /** Resolves when systemd is up. */
  static async boot(t: Ending): Promise<SystemdMachine> {
    const group = join(controlGroups() as string, `varve-systemd-${process.pid}`);
    mkdirSync(group);
    t.teardown(async () => {
      await left(group);
      removeGroups(group);
    });
    const script = join(process.cwd(), 'test/tools/fixtures/systemd-machine.sh');
    const unshare = [
      // Also when the test is killed.
      'setpriv',
      '--pdeathsig',
      'KILL',
      'unshare',
      ...NAMESPACES,
      '--fork',
      '--kill-child',
      script,
      process.cwd(),
      temporaryDirectory(t),
    ];
    const entering = ['-c', `echo $$ > '${group}/cgroup.procs' && exec "$@"`, 'sh', ...unshare];
    const outer = spawn('sh', entering, { env: plainEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] });
    let complaints = '';
    outer.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    const ended = new Promise((resolve) => outer.once('close', resolve));
    t.teardown(async () => {
      outer.kill('SIGKILL');
      await ended;
    });
    for (const deadline = Date.now() + BOOT_MS_MAX; ; await sleep(50)) {
      if (outer.exitCode !== null || Date.now() > deadline) {
        throw new Error(`systemd did not start: ${complaints}`);
      }
      const [firstProcess] = childrenOf(outer.pid as number);
      if (firstProcess === undefined) continue;
      const machine = new SystemdMachine(firstProcess);
      if (machine.run('systemctl', 'is-system-running').stdout === 'running\n') return machine;
    }
  }

  /** Runs a command within. */
  run(...words: readonly string[]): Said {
    const target = ['-t', String(this.firstProcess), '-m', '-p', '-u', '-i', '-C'];
    const { status, stdout, stderr } = spawnSync('nsenter', [...target, ...words], {
      encoding: 'utf8',
      env: plainEnvironment(),
    });
    return { code: status, stdout, stderr };
  }

  /** What it said, without the end of its last line. Throws when it failed. */
  ask(...words: readonly string[]): string {
    const { code, stdout, stderr } = this.run(...words);
    if (code !== 0) throw new Error(`${words.join(' ')}: ${code}: ${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  varve(...args: readonly string[]): Said {
    return this.run(process.execPath, PROGRAM, ...args);
  }

  /** A file within. */
  write(path: string, text: string): void {
    this.ask('sh', '-c', 'mkdir -p "$(dirname "$0")" && printf %s "$1" > "$0"', path, text);
  }

  property(unit: string, name: string): string {
    return this.ask('systemctl', 'show', '--value', '-p', name, unit);
  }

  /** Waits until a unit has a property of that value. */
  async until(unit: string, name: string, value: string): Promise<void> {
    let found = '';
    for (const deadline = Date.now() + BOOT_MS_MAX; Date.now() < deadline; await sleep(50)) {
      found = this.property(unit, name);
      if (found === value) return;
    }
    throw new Error(`${name} of ${unit} is ${found} and not ${value}: ${this.journal()}`);
  }

  journal(...options: readonly string[]): string {
    return this.ask('journalctl', '--no-pager', '-o', 'cat', '-u', 'varve', ...options);
  }
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  } catch {
    // It has ended, which `exitCode` says in a moment.
    return [];
  }
}

/** Resolves when the last process of a group has gone, which may be a moment after it was killed. */
async function left(group: string): Promise<void> {
  for (const deadline = Date.now() + END_MS_MAX; Date.now() < deadline; await sleep(20)) {
    if (/^populated 0$/m.test(readFileSync(join(group, 'cgroup.events'), 'latin1'))) return;
  }
  throw new Error(`${group} still has processes`);
}

/** From the innermost outward; a group cannot be removed before those in it. */
function removeGroups(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroups(join(path, entry.name));
  }
  rmdirSync(path);
}
