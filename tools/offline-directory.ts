/** A directory that a command reads, or changes, while no daemon serves it. */
import { posix } from 'node:path';
import { DUMP_NAME } from '../src/backup/dump-format.js';
import { type CheckTarget, checkTargetOf } from '../src/table/verify.js';
import type { DirectoryLock, Disk } from '../src/vfs/disk.js';
import { DirectoryLockedError, errorCode } from '../src/vfs/errors.js';
import { CommandError } from './errors.js';
import { EXIT_USAGE } from './exit-codes.js';

/** Rejects with a `CommandError` when it is neither. */
export async function offlineTargetOf(disk: Disk, directory: string): Promise<CheckTarget> {
  let target: CheckTarget | undefined;
  try {
    target = await checkTargetOf(disk, directory);
  } catch (error) {
    if (errorCode(error) !== 'ENOTDIR') throw cannotCheck(error, directory);
  }
  if (target !== undefined) return target;
  const isThere = (await disk.status(directory).catch(() => undefined)) !== undefined;
  const isDump = (await disk.status(posix.join(directory, DUMP_NAME)).catch(() => undefined)) !== undefined;
  const fault = isDump
    ? 'is a dump, of which varve restore checks every byte; this command is for data directories'
    : isThere
      ? 'is neither a data directory nor a partition in one'
      : 'is not there';
  throw new CommandError(`${directory} ${fault}`, { exitCode: EXIT_USAGE });
}

/** Of a partition in its place (`tables/<id>/<n>`, or one level below), the directory that a daemon would hold. */
async function dataDirectoryOf(disk: Disk, directory: string, target: CheckTarget): Promise<string> {
  if (target === 'data directory') return directory;
  for (const up of ['..', '../../..']) {
    const above = posix.join(directory, up);
    const isData = await checkTargetOf(disk, above).catch(() => undefined);
    if (isData === 'data directory') return above;
  }
  return directory;
}

/** Keeps daemons out meanwhile. Undefined on a file system that nobody can write to. */
export async function lockOf(
  disk: Disk,
  directory: string,
  target: CheckTarget,
): Promise<DirectoryLock | undefined> {
  const held = await dataDirectoryOf(disk, directory, target);
  try {
    return await disk.lock(held);
  } catch (error) {
    if (errorCode(error) === 'EROFS') return undefined;
    throw cannotCheck(error, held);
  }
}

function cannotCheck(error: unknown, directory: string): unknown {
  const settings = { cause: error, exitCode: EXIT_USAGE };
  if (error instanceof DirectoryLockedError) {
    const fault = `${directory} is in use by process ${error.holder.pid}: stop it first`;
    return new CommandError(fault, settings);
  }
  const code = errorCode(error);
  if (code === 'EACCES' || code === 'EPERM') {
    return new CommandError(
      `no permission to read ${directory} and to keep daemons out of it meanwhile`,
      settings,
    );
  }
  return error;
}
