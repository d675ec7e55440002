/**
 * The tables of a partition: the manifest says which there are, the current `Version` is what readers read.
 *
 * An install is one manifest edit: durable first, then visible. Installs come one after the other. Files that nobody
 * reads any more are removed in the background; while it is unknown what the manifest on the disk says, nothing is
 * removed.
 */
import assert from 'node:assert/strict';
import type { BlockCache } from '../sstable/block-cache.js';
import type { OpenFiles } from '../sstable/open-files.js';
import type { TableProperties } from '../sstable/types.js';
import type { Disk } from '../vfs/disk.js';
import { removeIfPresent } from '../vfs/io.js';
import type { Manifest } from './manifest.js';
import { type TableEnvironment, TableHandle } from './table-handle.js';
import { Version } from './version.js';
import type { ManifestState, VersionEdit } from './version-edit.js';

export interface TableSetOptions {
  readonly directory: string;
  readonly disk: Disk;
  readonly blockCache: BlockCache;
  readonly openFiles: OpenFiles;
  readonly manifest: Manifest;
}

export class TableSet {
  readonly #environment: TableEnvironment;
  readonly #manifest: Manifest;
  readonly #handles = new Map<number, TableHandle>();
  /** The manifest no longer has them, but somebody reads them. */
  readonly #removed = new Set<TableHandle>();
  #current: Version;
  #nextFileNumber: number;
  /** Installs one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Obsolete, closed, and still to be removed. */
  readonly #garbage = new Set<string>();
  readonly #closing = new Set<Promise<void>>();
  #removing: Promise<void> | undefined;
  #closed = false;
  #removalFailure: unknown;

  constructor(options: TableSetOptions) {
    this.#environment = { ...options, onUnreferenced: (handle) => this.#retire(handle) };
    this.#manifest = options.manifest;
    for (const { properties } of this.#manifest.state.tables.values()) this.#addHandle(properties);
    this.#current = this.#makeVersion();
    this.#nextFileNumber = this.#manifest.state.nextFileNumber;
  }

  get current(): Version {
    return this.#current;
  }

  get manifestState(): ManifestState {
    return this.#manifest.state;
  }

  /** Why files that are no longer needed are still there, if so. They go when the partition opens again. */
  get removalFailure(): unknown {
    return this.#removalFailure;
  }

  /** Reserves `count` numbers; the first of them. */
  reserveFileNumbers(count: number): number {
    const first = this.#nextFileNumber;
    this.#nextFileNumber += count;
    return first;
  }

  /**
   * Opens and checks the added tables, makes the edit durable, makes the new version current. `onVisible` runs in the
   * same turn as that. When it rejects nothing has changed.
   */
  install(edit: VersionEdit, onVisible: (version: Version) => void = () => undefined): Promise<void> {
    const installing = this.#turn.then(() => this.#install(edit, onVisible));
    this.#turn = installing.catch(() => undefined);
    return installing;
  }

  /** Calls `look` when no install is under way, so that manifest and version say the same. */
  betweenInstalls<Result>(look: (version: Version, manifest: ManifestState) => Result): Promise<Result> {
    return this.#turn.then(() => look(this.#current, this.#manifest.state));
  }

  async #install(edit: VersionEdit, onVisible: (version: Version) => void): Promise<void> {
    const fresh = (edit.added ?? [])
      .filter(({ properties }) => !this.#handles.has(properties.fileNumber))
      .map(({ properties }) => new TableHandle(this.#environment, properties));
    try {
      for (const handle of fresh) await handle.open();
      if (fresh.length > 0) await this.#environment.disk.syncDirectory(this.#environment.directory);
      await this.#manifest.apply({ ...edit, nextFileNumber: this.#nextFileNumber });
    } catch (error) {
      for (const handle of fresh) await handle.close();
      throw error;
    }
    for (const handle of fresh) this.#handles.set(handle.properties.fileNumber, handle);
    const before = this.#current;
    this.#current = this.#makeVersion();
    for (const fileNumber of edit.removed ?? []) this.#markRemoved(fileNumber);
    onVisible(this.#current);
    before.release();
    this.#removeGarbage();
  }

  /** A table that only changes its level is removed and added in the same edit: it stays. */
  #markRemoved(fileNumber: number): void {
    if (this.#manifest.state.tables.has(fileNumber)) return;
    const handle = this.#handles.get(fileNumber);
    assert(handle !== undefined, 'a removed table had a handle');
    handle.obsolete = true;
    this.#handles.delete(fileNumber);
    this.#removed.add(handle);
  }

  /** Files of a job that failed. Kept while the manifest on the disk may name them. */
  discard(paths: readonly string[]): void {
    if (!this.#manifest.certain) return;
    for (const path of paths) this.#garbage.add(path);
    this.#removeGarbage();
  }

  /**
   * Waits for the removals under way, then closes every table. Reads that come later throw. What they still refer to goes
   * with the next opening: the directory is no longer this set's.
   */
  async close(): Promise<void> {
    await this.#turn;
    await this.#removing;
    await Promise.all([...this.#handles.values(), ...this.#removed].map((handle) => handle.close()));
    await Promise.all(this.#closing);
    await this.#removing;
    this.#closed = true;
  }

  #makeVersion(): Version {
    const placed = [...this.#manifest.state.tables.values()];
    return Version.of(
      placed.map(({ level, properties }) => {
        const handle = this.#handles.get(properties.fileNumber);
        assert(handle !== undefined, 'every table has a handle');
        return { level, handle };
      }),
    );
  }

  #addHandle(properties: TableProperties): void {
    this.#handles.set(properties.fileNumber, new TableHandle(this.#environment, properties));
  }

  #retire(handle: TableHandle): void {
    if (!handle.obsolete || this.#closed) return;
    this.#removed.delete(handle);
    const closing = handle.close().then(
      () => {
        this.#closing.delete(closing);
        this.#garbage.add(handle.path);
        this.#removeGarbage();
      },
      (error) => {
        this.#closing.delete(closing);
        this.#removalFailure = error;
      },
    );
    this.#closing.add(closing);
  }

  #removeGarbage(): void {
    if (this.#removing !== undefined || this.#garbage.size === 0 || !this.#manifest.certain) return;
    this.#removing = this.#removeAll().then((goOn) => {
      this.#removing = undefined;
      if (goOn) this.#removeGarbage();
    });
  }

  /** A file that cannot be removed now (false) is tried again with the next one, and at the next start. */
  async #removeAll(): Promise<boolean> {
    for (const path of this.#garbage) {
      if (!this.#manifest.certain) return false;
      try {
        await removeIfPresent(this.#environment.disk, path);
        this.#garbage.delete(path);
      } catch (error) {
        this.#removalFailure = error;
        return false;
      }
    }
    return true;
  }
}
