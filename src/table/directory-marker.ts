/**
 * The file `VARVE` of a data directory: that it is one, and of which version. Text, so that whoever comes across it can
 * read what the directory is:
 *
 *   Varve data directory
 *   format 1
 *   complete yes            `no`: its first start has not made everything yet
 *   checksum 5f0c2d11       CRC-32 of the lines above, each with its line feed, in hexadecimal
 *
 * A format above ours belongs to a newer release: everything in the directory may be different. It is written before
 * anything else, so that nothing is ever made in a directory that holds something of others.
 */
import { posix } from 'node:path';
import { crc32 } from '../encoding/checksum.js';
import { manifestPath } from '../partition/file-names.js';
import { isLockFile } from '../vfs/directory-lock.js';
import type { Disk } from '../vfs/disk.js';
import { readWholeFile, replaceFileDurably } from '../vfs/io.js';
import { CONTROL_FILE_NAME, SOCKET_FILE_NAME } from '../vfs/socket-file.js';
import { TableError } from './errors.js';

export const MARKER_NAME = 'VARVE';

/** Of a data directory that is made: who can read its files reads every item. One that is there stays as it is. */
export const DIRECTORY_MODE = 0o700;

/** On disk. Never renumber. */
export const MARKER_FORMAT = 1;
const TITLE = 'Varve data directory';
/** Far more than a marker of any format has. */
const MARKER_BYTES_MAX = 4096;

export interface DirectoryMarker {
  /** The catalog and the log of decisions have been made: to find none is damage. */
  readonly complete: boolean;
}

export function encodeMarker({ complete }: DirectoryMarker): Buffer {
  const lines = `${TITLE}\nformat ${MARKER_FORMAT}\ncomplete ${complete ? 'yes' : 'no'}\n`;
  const checksum = crc32(Buffer.from(lines)).toString(16).padStart(8, '0');
  return Buffer.from(`${lines}checksum ${checksum}\n`);
}

/** @throws TableError CORRUPT or VERSION_UNSUPPORTED */
export function decodeMarker(bytes: Buffer, path: string): DirectoryMarker {
  const corrupt = (fault: string) => new TableError('CORRUPT', `${path} is damaged: ${fault}`);
  const text = bytes.toString('latin1');
  const parts = /^(Varve data directory\nformat (\d{1,9})\n(?:[ -~]+\n)*)checksum ([0-9a-f]{8})\n$/.exec(
    text,
  );
  if (parts === null) throw corrupt('it is not what a data directory has there');
  const [, lines = '', format, checksum = ''] = parts;
  if (crc32(Buffer.from(lines)) !== Number.parseInt(checksum, 16)) throw corrupt('its checksum is wrong');
  if (Number(format) > MARKER_FORMAT) {
    throw new TableError(
      'VERSION_UNSUPPORTED',
      `${posix.dirname(path)} was written by a newer release, in format ${format}; this one reads formats up to ${MARKER_FORMAT}`,
    );
  }
  const complete = /\ncomplete (yes|no)\n$/.exec(lines);
  if (Number(format) < 1 || complete === null) throw corrupt('its fields are impossible');
  return { complete: complete[1] === 'yes' };
}

export function markerPath(directory: string): string {
  return posix.join(directory, MARKER_NAME);
}

export async function writeMarker(disk: Disk, directory: string, marker: DirectoryMarker): Promise<void> {
  await replaceFileDurably(disk, markerPath(directory), encodeMarker(marker));
}

/**
 * Looks whether `directory` is a data directory or may become one, and changes nothing. Resolves with its marker;
 * undefined of one that has none yet: it is empty, or from a release that wrote none.
 * @throws TableError FOREIGN_DIRECTORY when it holds something else, CORRUPT or VERSION_UNSUPPORTED
 */
export async function readMarker(disk: Disk, directory: string): Promise<DirectoryMarker | undefined> {
  const path = markerPath(directory);
  const status = await disk.status(path);
  if (status !== undefined) {
    if (status.isDirectory || status.sizeBytes > MARKER_BYTES_MAX) throw foreign(directory, MARKER_NAME);
    return decodeMarker(await readWholeFile(disk, path), path);
  }
  if ((await disk.status(manifestPath(posix.join(directory, 'catalog')))) !== undefined) return undefined;
  const other = (await disk.list(directory)).find((name) => !mayBeInEmpty(name));
  if (other !== undefined) throw foreign(directory, other);
  return undefined;
}

/** What a start that was cut off leaves, and what a file system has at its root. */
function mayBeInEmpty(name: string): boolean {
  return (
    isLockFile(name) ||
    name === `${MARKER_NAME}.tmp` ||
    name === SOCKET_FILE_NAME ||
    name === CONTROL_FILE_NAME ||
    name === 'lost+found'
  );
}

function foreign(directory: string, name: string): TableError {
  return new TableError(
    'FOREIGN_DIRECTORY',
    `${directory} is not a Varve data directory, and not empty: ${name} is in it. Choose another directory`,
  );
}
