/**
 * One process per directory.
 *
 * A claim on a directory is a listening Unix socket in it, named `LOCK-<pid>-<since>-<random>`. The kernel answers for
 * the life of its owner: connecting succeeds while the owner lives (even when it is stopped or hangs) and is refused
 * from the instant it is dead, however it died. So a lock is never left behind, no reused pid can be mistaken for the
 * holder, a copy of the directory is not locked, and containers with process ids of their own see each other.
 *
 * Taking the lock:
 *   1. listen on a socket under a temporary name, then rename it to `LOCK-…`: a claim is alive as soon as it is seen;
 *   2. list the claims of the others and connect to each;
 *   3. remove those that are dead; a name is never used twice, so this can never remove a living one;
 *   4. none is alive: the lock is ours. Otherwise take our claim back.
 * Of two simultaneous starters the later one to rename sees the earlier: both may lose, never both win. A loser that met
 * a claim as fresh as its own tries again a few times, so that one of the two gets through.
 *
 * Rejected: a file with a pid in it (two starters that both find it stale can both break it, and the pid may live again
 * as another process); `flock` (not reachable from Node without a native addon); an abstract socket (bound to one
 * network namespace, so that two containers sharing a volume would not meet).
 */
import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import net from 'node:net';
import { posix } from 'node:path';

import type { DirectoryLock } from './disk.js';
import { DirectoryLockedError, errorCode, type LockHolder } from './errors.js';

const PREFIX = 'LOCK-';
const ATTEMPTS = 8;
const BACKOFF_MS = 20;
/** A claim younger than this may itself still give way. */
const FRESH_MS = 1_000;

/** Keeps locks that their takers forgot from the garbage collector, which would close the directory's descriptor. */
const held = new Set<DirectoryLock>();

/** As `Claim.make` names them, with a dot in front for a moment. */
const CLAIM_NAME = /^\.?LOCK-\d+-\d+-[0-9a-f]{12}$/;

/** Names of claims: sockets that a copy of the directory should leave out. */
export function isLockFile(name: string): boolean {
  return CLAIM_NAME.test(name);
}

/** Throws `DirectoryLockedError` when another process (or another caller in this one) holds `path`. */
export async function lockDirectory(path: string): Promise<DirectoryLock> {
  // A socket's path may have no more than 107 bytes (unix(7)); through the descriptor of the directory it stays short.
  const directory = await fs.open(path, 'r');
  const via = process.platform === 'linux' ? `/proc/self/fd/${directory.fd}` : path;
  try {
    for (let attempt = 1; ; attempt++) {
      const claim = await Claim.make(via, path);
      const rival = await livingRival(via, claim.name);
      if (rival === undefined) return new HeldLock(path, claim, directory);
      await claim.withdraw();
      if (attempt === ATTEMPTS || Date.now() - rival.sinceMs > FRESH_MS)
        throw new DirectoryLockedError(path, rival);
      await sleep(BACKOFF_MS * attempt * (0.5 + Math.random()));
    }
  } catch (error) {
    await directory.close();
    throw error;
  }
}

class HeldLock implements DirectoryLock {
  #released: Promise<void> | undefined;

  constructor(
    private readonly path: string,
    private readonly claim: Claim,
    private readonly directory: fs.FileHandle,
  ) {
    held.add(this);
  }

  /** Both are asked: a directory may lose what is in it, or be another one that has the same in it. */
  async isInPlace(): Promise<boolean> {
    const ours = await this.directory.stat();
    try {
      const [there] = await Promise.all([
        fs.stat(this.path),
        fs.stat(posix.join(this.path, this.claim.name)),
      ]);
      return there.dev === ours.dev && there.ino === ours.ino;
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return false;
      throw error;
    }
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    await this.claim.withdraw();
    await this.directory.close();
    held.delete(this);
  }
}

class Claim {
  private constructor(
    readonly name: string,
    private readonly via: string,
    private readonly server: net.Server,
  ) {}

  static async make(via: string, directory: string): Promise<Claim> {
    const name = `${PREFIX}${process.pid}-${Date.now()}-${randomBytes(6).toString('hex')}`;
    const server = net.createServer((socket) => socket.destroy());
    server.unref();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        const error = new Error(`cannot lock ${directory}: ${cause.message}`, { cause });
        reject(Object.assign(error, { code: errorCode(cause) }));
      });
      server.listen(posix.join(via, `.${name}`), resolve);
    });
    // Whoever connects only asks whether we live; an error on that connection is no concern of ours.
    server.on('error', () => undefined);
    try {
      await fs.rename(posix.join(via, `.${name}`), posix.join(via, name));
    } catch (error) {
      server.close();
      throw error;
    }
    return new Claim(name, via, server);
  }

  async withdraw(): Promise<void> {
    await removeClaim(this.via, this.name);
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Who holds the directory now. Changes nothing, and promises nothing for the next moment. */
export async function directoryHolder(path: string): Promise<LockHolder | undefined> {
  const directory = await fs.open(path, 'r');
  const via = process.platform === 'linux' ? `/proc/self/fd/${directory.fd}` : path;
  try {
    for (const name of await fs.readdir(via)) {
      if (name.startsWith(PREFIX) && (await isAlive(posix.join(via, name)))) return holderOf(name);
    }
    return undefined;
  } finally {
    await directory.close();
  }
}

async function livingRival(via: string, ownName: string): Promise<LockHolder | undefined> {
  const names = (await fs.readdir(via)).filter((name) => name.startsWith(PREFIX) && name !== ownName);
  for (const name of names) {
    // Somebody's own file that happens to be named so is left alone.
    if (!isLockFile(name) || !(await isSocket(posix.join(via, name)))) continue;
    if (await isAlive(posix.join(via, name))) return holderOf(name);
    await removeClaim(via, name);
  }
  return undefined;
}

async function isSocket(path: string): Promise<boolean> {
  try {
    return (await fs.lstat(path)).isSocket();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function holderOf(name: string): LockHolder {
  const [pid, sinceMs] = name.slice(PREFIX.length).split('-');
  return { pid: Number(pid), sinceMs: Number(sinceMs) };
}

function isAlive(socketPath: string): Promise<boolean> {
  return new Promise<boolean>((resolve, reject) => {
    const socket = net.connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      const code = errorCode(error);
      // ECONNRESET: accepted, so there was an owner a moment ago. EAGAIN: its queue is full, so it lives.
      if (code === 'EAGAIN' || code === 'ECONNRESET') resolve(true);
      else if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ENOTSOCK') resolve(false);
      else reject(error);
    });
  });
}

async function removeClaim(via: string, name: string): Promise<void> {
  try {
    await fs.unlink(posix.join(via, name));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
