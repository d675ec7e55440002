/** Recognises a file or a catalog, and prints what the walk over it comes by. */
import { posix } from 'node:path';
import { fileNumberOf } from '../src/compaction/table-name.js';
import { MARKER_NAME } from '../src/table/directory-marker.js';
import type { Disk, DiskFile } from '../src/vfs/disk.js';
import { errorCode } from '../src/vfs/errors.js';
import { readUpTo } from '../src/vfs/io.js';
import { parseSegmentName } from '../src/wal/segment.js';
import { CommandError } from './errors.js';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE } from './exit-codes.js';
import { formatKey } from './format.js';
import { catalogOf, inspectCatalog, inspectMarker } from './inspect-directory.js';
import { inspectManifest } from './inspect-manifest.js';
import { inspectSegment } from './inspect-segment.js';
import { inspectTable } from './inspect-table.js';
import type { InspectedItem } from './inspected-item.js';
import { LineOutput, type TextStream } from './output.js';

export interface InspectOptions {
  readonly disk: Disk;
  /** Absolute. */
  readonly path: string;
  readonly json: boolean;
  readonly keysOnly: boolean;
  /** Of items that count: see `InspectedItem`. */
  readonly limit: number;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

/** Resolves with the exit code. Rejects with a `CommandError` when there is nothing to print. */
export async function runInspect(options: InspectOptions): Promise<number> {
  const { disk, path, limit } = options;
  const items = await recognise(disk, path);
  const output = new LineOutput(options.stdout);
  const errors = new LineOutput(options.stderr);
  let damaged = false;
  let counted = 0;
  try {
    for await (const item of items) {
      if (item.isDamage === true) damaged = true;
      // Among keys a line of another kind would pass for one.
      if (item.isDamage === true && options.keysOnly) errors.write(item.text);
      else for (const line of linesOf(item, options)) output.write(line);
      await output.drained();
      counted += item.counts === true ? 1 : 0;
      if (counted >= limit || output.closed) break;
    }
  } catch (error) {
    throw cannotPrint(error, path);
  }
  return damaged ? EXIT_FAILURE : EXIT_OK;
}

function linesOf({ keys, json, text }: InspectedItem, options: InspectOptions): readonly string[] {
  if (options.keysOnly)
    return (keys ?? []).map((key) => (options.json ? JSON.stringify({ key }) : formatKey(key)));
  return [options.json ? JSON.stringify(json) : text];
}

type Inspection = (disk: Disk, path: string) => AsyncIterable<InspectedItem>;

/** A directory by what is in it; a file by the magic, which a segment and a manifest have at the beginning, a sorted file at the end; else by the name. */
async function recognise(disk: Disk, path: string): Promise<AsyncIterable<InspectedItem>> {
  if ((await disk.status(path).catch(() => undefined))?.isDirectory === true) {
    const catalog = await catalogOf(disk, path);
    if (catalog !== undefined) return inspectCatalog(disk, catalog);
    const fault = `${path} is a directory, but neither a data directory nor a catalog; name a file in it`;
    throw new CommandError(fault, { exitCode: EXIT_USAGE });
  }
  const inspect = (await byMagic(disk, path)) ?? byName(path);
  if (inspect !== undefined) return inspect(disk, path);
  throw new CommandError(
    `${path} is neither a segment of a log, nor a sorted file, a manifest or the marker of a data directory`,
    { exitCode: EXIT_USAGE },
  );
}

const MAGIC_BYTES = 8;

async function byMagic(disk: Disk, path: string): Promise<Inspection | undefined> {
  let file: DiskFile | undefined;
  try {
    file = await disk.open(path, { access: 'read' });
    const first = await magicAt(file, 0);
    if (first === 'VARVEWAL') return inspectSegment;
    if (first === 'VARVEMAN') return inspectManifest;
    const last = await magicAt(file, Math.max(0, (await file.sizeBytes()) - MAGIC_BYTES));
    return last === 'VarveSST' ? inspectTable : undefined;
  } catch (error) {
    throw cannotPrint(error, path);
  } finally {
    await file?.close();
  }
}

async function magicAt(file: DiskFile, offset: number): Promise<string> {
  const bytes = Buffer.alloc(MAGIC_BYTES);
  const length = await readUpTo(file, bytes, 0, MAGIC_BYTES, offset);
  return bytes.toString('latin1', 0, length);
}

function byName(path: string): Inspection | undefined {
  const name = posix.basename(path);
  if (name === 'MANIFEST') return inspectManifest;
  if (name === MARKER_NAME) return inspectMarker;
  if (parseSegmentName(name) !== undefined) return inspectSegment;
  return fileNumberOf(name) === undefined ? undefined : inspectTable;
}

function cannotPrint(error: unknown, path: string): unknown {
  const settings = { cause: error, exitCode: EXIT_USAGE };
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new CommandError(`${path} is not there`, settings);
    case 'EACCES':
    case 'EPERM':
      return new CommandError(`no permission to read ${path}`, settings);
    case 'EIO':
    case 'LOG_VERSION':
    case 'VERSION_UNSUPPORTED':
    case 'TABLE_VERSION_UNSUPPORTED':
    case 'PARTITION_VERSION_UNSUPPORTED':
      return new CommandError(error instanceof Error ? error.message : String(error), settings);
    default:
      return error;
  }
}
