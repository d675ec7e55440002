/** What every caller of a `Disk` needs and no disk should have to implement: whole reads, whole writes, durable files. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';

import type { Disk, DiskFile } from './disk.js';
import { errorCode, UnexpectedEndError } from './errors.js';

/**
 * Reads up to `length` bytes and stops early only at the end of the file. Resolves with the bytes read.
 * A system may answer a read with less than what was asked for although more is there: hence the loop.
 */
export async function readUpTo(
  file: DiskFile,
  target: Uint8Array,
  targetOffset: number,
  length: number,
  position: number,
): Promise<number> {
  assert(targetOffset + length <= target.length, 'the target holds what is to be read');
  let done = 0;
  while (done < length) {
    const bytes = await file.read(target, targetOffset + done, length - done, position + done);
    if (bytes === 0) break;
    done += bytes;
  }
  return done;
}

/** Reads exactly `length` bytes. Throws `UnexpectedEndError` when the file is shorter. */
export async function readFully(
  file: DiskFile,
  target: Uint8Array,
  targetOffset: number,
  length: number,
  position: number,
): Promise<void> {
  const done = await readUpTo(file, target, targetOffset, length, position);
  if (done < length) throw new UnexpectedEndError(file.path, position + done, length - done);
}

/** Writes all of `data`. A short write is continued; what stopped it shows as an error of the next one. */
export async function writeFully(file: DiskFile, data: Uint8Array, position: number): Promise<void> {
  let done = await file.write(data, position);
  while (done < data.length) {
    const bytes = await file.write(data.subarray(done), position + done);
    assert(bytes > 0, `a write to ${file.path} makes progress or fails`);
    done += bytes;
  }
}

/** The whole content of a file. For files that are known to be small. */
export async function readWholeFile(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path, { access: 'read' });
  try {
    return await readAll(file);
  } finally {
    await file.close();
  }
}

/** The whole content of an open file. For files that are known to be small. */
export async function readAll(file: DiskFile): Promise<Buffer> {
  const content = Buffer.alloc(await file.sizeBytes());
  await readFully(file, content, 0, content.length, 0);
  return content;
}

/**
 * Puts `content` at `path` so that after a crash either the old file or all of the new one is there, and the new one
 * once this resolves: a temporary file beside it, synced, renamed, and the directory synced.
 */
export async function replaceFileDurably(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  await removeIfPresent(disk, temporary);
  const file = await disk.open(temporary, { access: 'write', create: 'exclusive' });
  try {
    await writeFully(file, content, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncDirectory(posix.dirname(path));
}

/**
 * Creates a directory and every missing parent, and makes all of their entries durable. The directory's own entry is
 * synced although it is there: an earlier attempt may have failed, or died, between making and syncing it.
 * @param mode see `Disk.makeDirectory`
 */
export async function makeDirectoryDurably(disk: Disk, path: string, mode?: number): Promise<void> {
  const parents = [posix.dirname(path)];
  for (let at = path; (await disk.status(at)) === undefined; at = posix.dirname(at)) {
    if (at !== path) parents.push(posix.dirname(at));
  }
  await disk.makeDirectory(path, mode);
  for (const parent of parents.reverse()) await disk.syncDirectory(parent);
}

/** Removes a file; no error when it is missing. Resolves with whether it was there. */
export async function removeIfPresent(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.remove(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

const COPY_CHUNK_BYTES = 1024 * 1024;

/** Copies a file that nobody writes to. `to` must not be there; durable when it resolves, but for its name. */
export async function copyFile(disk: Disk, from: string, to: string): Promise<void> {
  const source = await disk.open(from, { access: 'read' });
  try {
    const target = await disk.open(to, { access: 'write', create: 'exclusive' });
    try {
      const chunk = Buffer.alloc(COPY_CHUNK_BYTES);
      for (let at = 0; ; at += chunk.length) {
        const bytes = await readUpTo(source, chunk, 0, chunk.length, at);
        if (bytes > 0) await writeFully(target, chunk.subarray(0, bytes), at);
        if (bytes < chunk.length) break;
      }
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
