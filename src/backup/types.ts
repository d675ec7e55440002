/** What dumps are made of and restored into: the tables of this process, or those of a daemon. */
import type { RestoreRequest } from '../table/restoration.js';
import type { TableAtMoment } from '../table/tables-snapshot.js';

/** Tables as they were at one moment. */
export interface TablesAtMoment {
  /** Wall-clock milliseconds. */
  readonly momentMs: number;
  readonly tables: readonly TableAtMoment[];
  /**
   * As they are stored, in the order of their keys. Tables are read in their order, each once. The bytes of a batch are good
   * until the next one is asked for.
   */
  items(position: number): AsyncIterable<readonly Uint8Array[]>;
  release(): void;
}

/** See `Restoration` in src/table. */
export interface RunningRestoration {
  /** The bytes may be used for others when it resolves. */
  put(position: number, items: readonly Uint8Array[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export interface RestoreTarget {
  restore(requests: readonly RestoreRequest[]): Promise<RunningRestoration>;
}

/** Where the files of a dump go. */
export interface DumpTarget {
  /** One after the other. Durable when it resolves, where that can be had. */
  add(name: string, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  /** What says that the dump is complete: there after everything else, wholly or not at all. */
  finish(name: string, content: Uint8Array): Promise<void>;
}

export interface DumpFile {
  /** Relative, with slashes. */
  readonly name: string;
  /** To be read to its end before the next file is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

/** The files of a dump, in the order in which they were written. */
export interface DumpFiles {
  /** What is to be read; undefined when nobody knows. */
  readonly totalBytes: number | undefined;
  /** @param wanted others may be left out */
  files(wanted: (name: string) => boolean): AsyncIterable<DumpFile>;
}

/** Told how far a dump or a restoration is. */
export interface Progress {
  /** Bytes of items, of a dump; bytes of files, of a restoration. */
  onBytes(bytes: number): void;
}
