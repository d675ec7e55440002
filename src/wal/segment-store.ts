/**
 * The files of a log: made, extended, recycled and removed so that every crash leaves a log that opens.
 *
 * A new segment: under a spare's name, zeros and the header are written and synced; then it is renamed to its own name
 * and the directory synced; only then may a batch go into it. So a file that is named as a segment always has a whole
 * header. A released segment goes the other way: renamed to a spare (or removed) and the directory synced, oldest
 * first and one at a time, so that the segments that are left have no gap.
 */
import { posix } from 'node:path';

import type { Random } from '../vfs/clock.js';
import type { Disk, DiskFile } from '../vfs/disk.js';
import { errorCode } from '../vfs/errors.js';
import { removeIfPresent, writeFully } from '../vfs/io.js';
import {
  encodeSegmentHeader,
  FORMAT_VERSION,
  IDENTITY_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './format.js';
import { type LogLimits, PREALLOCATION_PIECE_BYTES } from './limits.js';
import { parseSegmentName, Segment, segmentPath, sparePath } from './segment.js';

/** A segment and the handle, opened O_DSYNC (unless the log need not be durable), through which batches are written to it. */
export interface WritableSegment {
  readonly segment: Segment;
  readonly file: DiskFile;
}

let zeros: Buffer | undefined;

function zeroBytes(): Buffer {
  zeros ??= Buffer.alloc(PREALLOCATION_PIECE_BYTES);
  return zeros;
}

export class SegmentStore {
  /** Paths. */
  readonly #spares: string[] = [];

  constructor(
    readonly disk: Disk,
    readonly directory: string,
    readonly limits: LogLimits,
    private readonly random: Random,
  ) {}

  /** Numbers of the segments that are there, ascending. Takes note of the spares and removes those that are too many. */
  async scan(): Promise<number[]> {
    const numbers: number[] = [];
    for (const name of await this.disk.list(this.directory)) {
      const parsed = parseSegmentName(name);
      if (parsed === undefined) continue;
      if (!parsed.spare) numbers.push(parsed.number);
      else if (this.#spares.length < this.limits.sparesMax)
        this.#spares.push(posix.join(this.directory, name));
      else await this.disk.remove(posix.join(this.directory, name));
    }
    return numbers.sort((a, b) => a - b);
  }

  /** Makes a segment with that number, from a spare if there is one. `previous`: absent when the log begins with it. */
  async create(number: number, previous: Segment | undefined, sizeBytes: number): Promise<WritableSegment> {
    const spare = this.#spares.pop();
    const temporary = spare ?? sparePath(this.directory, number);
    const options = { access: 'write', create: spare === undefined ? 'if-missing' : 'never' } as const;
    const file = await this.disk.open(temporary, options);
    let header: SegmentHeader;
    try {
      const present = await file.sizeBytes();
      header = {
        version: FORMAT_VERSION,
        number,
        identity: this.#identity(number),
        previousIdentity: previous?.header.identity,
        recycled: spare !== undefined,
        firstSizeBytes: Math.max(present, spare === undefined ? sizeBytes : 0, SEGMENT_HEADER_BYTES),
      };
      await this.#fill(file, present, header);
    } catch (error) {
      await this.#discard(file, temporary);
      throw error;
    }
    await file.close();
    const path = segmentPath(this.directory, number);
    await this.disk.rename(temporary, path);
    await this.disk.syncDirectory(this.directory);
    return {
      segment: new Segment(path, header, header.firstSizeBytes),
      file: await this.openForWriting(path),
    };
  }

  openForWriting(path: string): Promise<DiskFile> {
    return this.disk.open(path, { access: 'write', synchronous: this.limits.durable });
  }

  /** Grows the file of `segment` with zeros to `sizeBytes`. Room shows in `allocatedBytes` as it becomes usable. */
  async extend(segment: Segment, sizeBytes: number): Promise<void> {
    // A handle of its own: through the synchronous one each piece would be synced twice, and batches would wait for it.
    const file = await this.disk.open(segment.path, { access: 'write' });
    try {
      while (segment.allocatedBytes < sizeBytes) {
        const from = segment.allocatedBytes;
        const length = Math.min(PREALLOCATION_PIECE_BYTES, sizeBytes - from);
        if (this.limits.durable) {
          await writeFully(file, zeroBytes().subarray(0, length), from);
          await file.sync();
        } else {
          // Zeros are written ahead for the sake of the syncs alone.
          await file.truncate(from + length);
        }
        segment.allocatedBytes = from + length;
      }
    } finally {
      await file.close();
    }
  }

  /**
   * Takes a segment out of the log: to the spares if there is room and nobody reads it, else off the disk. May be called
   * again when it failed.
   */
  async retire(segment: Segment): Promise<void> {
    const worthKeeping = segment.allocatedBytes >= this.limits.segmentBytes && segment.readers === 0;
    if (worthKeeping && this.#spares.length < this.limits.sparesMax) {
      const spare = sparePath(this.directory, segment.number);
      if (await renameUnlessDone(this.disk, segment.path, spare)) {
        await this.disk.syncDirectory(this.directory);
        this.#spares.push(spare);
        return;
      }
    }
    await removeIfPresent(this.disk, segment.path);
    await this.disk.syncDirectory(this.directory);
  }

  /** Removes segments behind the end of the log, newest first, so that a crash in between leaves no gap. */
  async removeAll(numbers: readonly number[]): Promise<void> {
    for (const number of numbers.toSorted((a, b) => b - a)) {
      await removeIfPresent(this.disk, segmentPath(this.directory, number));
      await this.disk.syncDirectory(this.directory);
    }
  }

  async #fill(file: DiskFile, present: number, header: SegmentHeader): Promise<void> {
    const sizeBytes = header.firstSizeBytes;
    if (this.limits.durable) {
      for (let at = present; at < sizeBytes; at += PREALLOCATION_PIECE_BYTES) {
        const length = Math.min(PREALLOCATION_PIECE_BYTES, sizeBytes - at);
        await writeFully(file, zeroBytes().subarray(0, length), at);
      }
    } else if (present < sizeBytes) {
      await file.truncate(sizeBytes);
    }
    await writeFully(file, encodeSegmentHeader(header), 0);
    if (this.limits.durable) await file.sync();
  }

  /** Closes and removes a file that could not be made into a segment. What failed before is what the caller is told. */
  async #discard(file: DiskFile, path: string): Promise<void> {
    try {
      await file.close();
      await removeIfPresent(this.disk, path);
    } catch (error) {
      // The disk refuses this too. Left behind, the file is a spare of some length, which the next start finds.
      if (errorCode(error) === undefined) throw error;
    }
  }

  /** Never the same twice in a log: the number differs with every use, and chance with every attempt at one number. */
  #identity(number: number): Buffer {
    const identity = Buffer.alloc(IDENTITY_BYTES);
    identity.writeUInt32LE(number % 2 ** 32, 0);
    identity.writeUInt32LE(Math.max(1, this.random.uint32()), 4);
    return identity;
  }
}

/** False when there is nothing of that name: an attempt before removed it. */
async function renameUnlessDone(disk: Disk, from: string, to: string): Promise<boolean> {
  try {
    await disk.rename(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return (await disk.status(to)) !== undefined;
  }
}
