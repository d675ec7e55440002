/**
 * Reads every byte of a table and holds its parts against each other: checksums; blocks without a gap; keys ascending
 * over the whole file and within the index's separators; every key known to the filter; counts, sums, key range and
 * sequence range as the properties say.
 */
import type { VersionedEntry } from '../memtable/types.js';
import type { Block } from './block.js';
import { CorruptionError } from './errors.js';
import type { Filter } from './filter.js';
import type { TableFile } from './table-file.js';
import type { TableProperties } from './types.js';
import { type TablePart, walkTable } from './walk.js';

export interface TableCheck {
  /** Called for each fault. The check goes on with what does not depend on it. */
  readonly onFault: (error: CorruptionError) => void;
  /** Called for each entry that could be read, in order. */
  readonly onEntry?: (entry: VersionedEntry) => void;
}

/** Throws `CorruptionError` at the first fault. Reads past every cache. */
export async function verifyTable(file: TableFile): Promise<void> {
  await checkTable(file, {
    onFault: (error) => {
      throw error;
    },
  });
}

/** What the table says of itself; undefined when that could not be read. Throws what the disk throws. */
export async function checkTable(file: TableFile, check: TableCheck): Promise<TableProperties | undefined> {
  const comparison = new Comparison(file.path, check);
  for await (const step of walkTable(file)) {
    if (step.kind === 'fault') comparison.fault(step.error);
    else comparison.take(step);
  }
  comparison.finish();
  return comparison.properties;
}

class Comparison {
  properties: TableProperties | undefined;
  readonly #path: string;
  readonly #check: TableCheck;
  #filter: Filter | undefined;
  #filterOffset = 0;
  #propertiesOffset = 0;
  /** Something was not there to compare. */
  #incomplete = false;
  #filterDenied = false;
  #previousKey: string | undefined;
  #entries = 0;
  #tombstones = 0;
  #keyBytes = 0;
  #valueBytes = 0;
  #smallestSequence = Number.POSITIVE_INFINITY;
  #largestSequence = 0;

  constructor(path: string, check: TableCheck) {
    this.#path = path;
    this.#check = check;
  }

  fault(error: CorruptionError): void {
    this.#incomplete = true;
    this.#check.onFault(error);
  }

  take(part: TablePart): void {
    switch (part.kind) {
      case 'properties':
        this.properties = part.properties;
        this.#propertiesOffset = part.offset;
        break;
      case 'filter':
        this.#filter = part.filter;
        this.#filterOffset = part.offset;
        break;
      case 'index root':
        if (part.index.separatorAt(0) !== '') this.#fault(part.offset, 'the index does not cover every key');
        break;
      case 'data':
        this.#block(part.block, part.lower, part.upper, part.offset);
        break;
      default:
    }
  }

  finish(): void {
    const { properties } = this;
    if (this.#incomplete || properties === undefined) return;
    const agrees =
      this.#entries === properties.entries &&
      this.#tombstones === properties.tombstones &&
      this.#keyBytes === properties.keyBytes &&
      this.#valueBytes === properties.valueBytes &&
      this.#previousKey === properties.largestKey &&
      this.#smallestSequence === properties.smallestSequence &&
      this.#largestSequence === properties.largestSequence;
    if (!agrees) this.#fault(this.#propertiesOffset, 'properties differ from the entries');
  }

  #fault(offset: number, fault: string): void {
    this.fault(new CorruptionError(this.#path, offset, fault));
  }

  #block(block: Block, lower: string, upper: string | undefined, offset: number): void {
    for (let at = 0; at < block.count; at += 1) {
      const entry = block.entryAt(at);
      const { key, value, sequence } = entry;
      this.#checkOrder(key, at, offset);
      if (key < lower || (upper !== undefined && key >= upper))
        this.#fault(offset, 'a key lies outside its block');
      if (this.#filter?.mayContain(key) === false && !this.#filterDenied) {
        this.#filterDenied = true;
        this.#fault(this.#filterOffset, 'the filter denies a key');
      }
      this.#previousKey = key;
      this.#entries += 1;
      this.#keyBytes += key.length;
      if (value === null) this.#tombstones += 1;
      else this.#valueBytes += value.length;
      this.#smallestSequence = Math.min(this.#smallestSequence, sequence);
      this.#largestSequence = Math.max(this.#largestSequence, sequence);
      this.#check.onEntry?.(entry);
    }
  }

  #checkOrder(key: string, at: number, offset: number): void {
    if (this.#previousKey !== undefined) {
      if (key <= this.#previousKey) this.#fault(offset, `keys do not ascend at entry ${at}`);
    } else if (!this.#incomplete && this.properties !== undefined && key !== this.properties.smallestKey) {
      this.#fault(offset, 'the first key is not the smallest of the properties');
    }
  }
}
