/**
 * Runs a compaction: merges sorted runs of tables into new tables. It touches files only, so that any thread can do it.
 *
 * Of each key the newest version is kept. A tombstone is dropped when no deeper level has a table around its key:
 * nothing that it hides can exist then, because everything older in and above the output level is among the inputs.
 */
import { BlockCache } from '../sstable/block-cache.js';
import { mergeCursors } from '../sstable/merging-cursor.js';
import { openTable } from '../sstable/reader.js';
import type { TableCursor, TableProperties, TableReader } from '../sstable/types.js';
import type { Disk } from '../vfs/disk.js';
import type { JobControl } from './job-control.js';
import { bytesPerPaceCheck, entriesPerCheck, inputCacheBytes } from './limits.js';
import type { Pace } from './pace.js';
import { tablePath } from './table-name.js';
import { TableOutput } from './table-output.js';
import type { CompactionSpec, KeySpan, TableJobResult } from './types.js';

export async function runCompaction(
  disk: Disk,
  spec: CompactionSpec,
  control: JobControl,
  pace?: Pace,
): Promise<TableJobResult> {
  // Blocks stream through once: the cache only has to hold what each open table keeps for itself.
  const cache = new BlockCache({ budgetBytes: inputCacheBytes });
  const opened: TableReader[] = [];
  const output = new TableOutput(disk, spec);
  try {
    const runs = spec.runs.map((tables) => new RunCursor(disk, spec.directory, tables, cache, opened));
    await writeMerged(mergeCursors(runs), spec.olderSpans, output, control, pace);
    return { outputs: await output.finish() };
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    for (const reader of opened) await reader.close();
  }
}

async function writeMerged(
  merged: { next(): ReturnType<TableCursor['next']> },
  older: readonly KeySpan[],
  output: TableOutput,
  control: JobControl,
  pace: Pace | undefined,
): Promise<void> {
  let span = 0;
  let bytes = 0;
  let nextPaceCheck = bytesPerPaceCheck;
  for (let count = 1; ; count += 1) {
    let entry = merged.next();
    if (entry instanceof Promise) entry = await entry;
    if (entry === undefined) return;
    if (count % entriesPerCheck === 0) control.goOn();
    bytes += entry.key.length + (entry.value?.length ?? 0);
    if (bytes >= nextPaceCheck) {
      nextPaceCheck = bytes + bytesPerPaceCheck;
      const waiting = pace?.reached(bytes);
      if (waiting !== undefined) await waiting;
    }
    if (entry.value === null) {
      // Keys ascend, and so do the spans: those left behind are not looked at again.
      while ((older[span]?.largestKey ?? entry.key) < entry.key) span += 1;
      const at = older[span];
      if (at === undefined || at.smallestKey > entry.key) continue;
    }
    const writing = output.add(entry.key, entry.sequence, entry.value);
    if (writing !== undefined) await writing;
  }
}

/** The tables of one run, one after the other, each open only while it is read. */
class RunCursor implements TableCursor {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #tables: readonly TableProperties[];
  readonly #cache: BlockCache;
  /** Of all runs: whatever is still in it is closed when the job ends. */
  readonly #opened: TableReader[];
  #next = 0;
  #current: { readonly reader: TableReader; readonly cursor: TableCursor } | undefined;

  constructor(
    disk: Disk,
    directory: string,
    tables: readonly TableProperties[],
    cache: BlockCache,
    opened: TableReader[],
  ) {
    this.#disk = disk;
    this.#directory = directory;
    this.#tables = tables;
    this.#cache = cache;
    this.#opened = opened;
  }

  next(): ReturnType<TableCursor['next']> {
    if (this.#current === undefined) return this.#openNext();
    const entry = this.#current.cursor.next();
    if (entry instanceof Promise) return entry.then((read) => read ?? this.#openNext());
    return entry ?? this.#openNext();
  }

  async #openNext(): Promise<Awaited<ReturnType<TableCursor['next']>>> {
    if (this.#current !== undefined) {
      const { reader } = this.#current;
      this.#current = undefined;
      this.#opened.splice(this.#opened.indexOf(reader), 1);
      await reader.close();
    }
    const table = this.#tables[this.#next];
    if (table === undefined) return undefined;
    this.#next += 1;
    const path = tablePath(this.#directory, table.fileNumber);
    const reader = await openTable({
      disk: this.#disk,
      path,
      fileNumber: table.fileNumber,
      cache: this.#cache,
    });
    this.#opened.push(reader);
    this.#current = { reader, cursor: reader.cursor({}, { fillCache: false }) };
    return this.next();
  }
}
