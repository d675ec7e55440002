/**
 * The manifest on disk: the one place that says what a partition consists of. An edit takes effect when it is synced.
 *
 * Edits are appended. When the file has grown to several times what a snapshot takes, the next edit is written as a
 * snapshot in a new file that replaces the old one by a rename.
 *
 * After a failed append nobody knows whether the edit is on the disk. Nothing that either outcome needs may be removed
 * then (`certain` is false), and the next edit is written as a snapshot: once that is durable, all is certain again.
 */
import assert from 'node:assert/strict';
import type { Disk, DiskFile } from '../vfs/disk.js';
import { errorCode } from '../vfs/errors.js';
import { readAll, replaceFileDurably, writeFully } from '../vfs/io.js';
import { CorruptionError } from './errors.js';
import { manifestPath } from './file-names.js';
import { manifestBytesMin, manifestGrowthMax } from './limits.js';
import {
  checkManifestHeader,
  decodeManifestRecord,
  encodeManifestHeader,
  encodeManifestRecord,
  manifestHeaderBytes,
} from './manifest-format.js';
import {
  applyEdit,
  editOfState,
  emptyManifestState,
  type ManifestState,
  type VersionEdit,
} from './version-edit.js';

export class Manifest {
  readonly #disk: Disk;
  readonly #path: string;
  #state: ManifestState = emptyManifestState;
  /** Where the next record goes, and its ordinal. */
  #end = 0;
  #ordinal = 0;
  #snapshotBytes = 0;
  #certain = false;
  #writing = false;

  private constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#path = manifestPath(directory);
  }

  /** Resolves with undefined when there is no manifest. */
  static async read(disk: Disk, directory: string): Promise<Manifest | undefined> {
    const manifest = new Manifest(disk, directory);
    let file: DiskFile;
    try {
      file = await disk.open(manifest.#path, { access: 'write' });
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      manifest.#replay(await readAll(file));
      // A process that died while it wrote may leave an edit that is in the system's memory only. Files are removed by
      // what was read, so it must be on the disk first.
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.syncDirectory(directory);
    return manifest;
  }

  /** The manifest of a new, empty partition; durable when this resolves. */
  static async create(disk: Disk, directory: string): Promise<Manifest> {
    const manifest = new Manifest(disk, directory);
    await manifest.apply({});
    return manifest;
  }

  get state(): ManifestState {
    return this.#state;
  }

  /** What is on the disk is what `state` says. */
  get certain(): boolean {
    return this.#certain;
  }

  /** One at a time. Durable when it resolves; when it rejects the state is as before. */
  async apply(edit: VersionEdit): Promise<void> {
    assert(!this.#writing, 'one edit at a time');
    const next = applyEdit(this.#state, edit);
    const full = this.#end > Math.max(manifestBytesMin, this.#snapshotBytes * manifestGrowthMax);
    this.#writing = true;
    try {
      if (!this.#certain || full) await this.#replace(next);
      else await this.#append(edit);
      this.#state = next;
      this.#certain = true;
    } catch (error) {
      this.#certain = false;
      throw error;
    } finally {
      this.#writing = false;
    }
  }

  async #append(edit: VersionEdit): Promise<void> {
    const record = encodeManifestRecord(this.#ordinal, edit);
    // Edits are rare: a descriptor held between them would be one for each of hundreds of partitions.
    const file = await this.#disk.open(this.#path, { access: 'write', synchronous: true });
    try {
      await writeFully(file, record, this.#end);
    } finally {
      await file.close();
    }
    this.#end += record.length;
    this.#ordinal += 1;
  }

  async #replace(state: ManifestState): Promise<void> {
    const content = encodeManifest(state);
    await replaceFileDurably(this.#disk, this.#path, content);
    this.#end = content.length;
    this.#ordinal = 1;
    this.#snapshotBytes = content.length;
  }

  #replay(bytes: Buffer): void {
    checkManifestHeader(bytes, this.#path);
    let offset = manifestHeaderBytes;
    let torn = false;
    while (offset < bytes.length) {
      const record = decodeManifestRecord(bytes, offset, this.#ordinal, this.#path);
      if (record === 'torn') {
        torn = true;
        break;
      }
      this.#replayEdit(record.edit, offset);
      if (this.#ordinal === 0) this.#snapshotBytes = record.end;
      this.#ordinal += 1;
      offset = record.end;
    }
    // The snapshot came with the file: a rename makes both visible or neither.
    if (this.#ordinal === 0) throw new CorruptionError(this.#path, offset, 'the snapshot is damaged');
    this.#end = offset;
    // Behind a torn tail an append would leave stale bytes: the next edit replaces the file.
    this.#certain = !torn;
  }

  #replayEdit(edit: VersionEdit, offset: number): void {
    try {
      this.#state = applyEdit(this.#state, edit);
    } catch (error) {
      throw new CorruptionError(this.#path, offset, 'an edit contradicts those before it', { cause: error });
    }
  }
}

/** A whole manifest that holds `state` and nothing else. */
export function encodeManifest(state: ManifestState): Buffer {
  return Buffer.concat([encodeManifestHeader(), encodeManifestRecord(0, editOfState(state))]);
}
