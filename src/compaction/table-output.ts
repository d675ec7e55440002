/** Writes a sorted stream into as many tables as it takes. */
import assert from 'node:assert/strict';
import type { TableProperties, TableWriter } from '../sstable/types.js';
import { createTableWriter } from '../sstable/writer.js';
import type { Disk } from '../vfs/disk.js';
import { tablePath } from './table-name.js';
import type { OutputSpec } from './types.js';

export class TableOutput {
  readonly #disk: Disk;
  readonly #spec: OutputSpec;
  readonly #finished: TableProperties[] = [];
  #writer: TableWriter | undefined;
  #nextFileNumber: number;

  constructor(disk: Disk, spec: OutputSpec) {
    this.#disk = disk;
    this.#spec = spec;
    this.#nextFileNumber = spec.firstFileNumber;
  }

  /** A promise only when something has to be waited for. */
  add(key: string, sequence: number, value: Uint8Array | null): Promise<void> | undefined {
    const writer = this.#writer;
    if (writer === undefined || writer.sizeBytes >= this.#spec.targetTableBytes) {
      return this.#addToNext(key, sequence, value);
    }
    return writer.add(key, sequence, value);
  }

  async finish(): Promise<readonly TableProperties[]> {
    await this.#finishTable();
    return this.#finished;
  }

  /** Removes what was begun. Tables that were finished stay: whoever reserved their numbers removes them. */
  async abandon(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.abandon();
  }

  async #addToNext(key: string, sequence: number, value: Uint8Array | null): Promise<void> {
    await this.#finishTable();
    const { directory, firstFileNumber, fileNumbersMax, table } = this.#spec;
    const fileNumber = this.#nextFileNumber;
    assert(fileNumber < firstFileNumber + fileNumbersMax, 'a job stays within its file numbers');
    this.#nextFileNumber += 1;
    const path = tablePath(directory, fileNumber);
    this.#writer = await createTableWriter({ disk: this.#disk, path, fileNumber, options: table });
    await this.#writer.add(key, sequence, value);
  }

  async #finishTable(): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    const properties = await writer.finish();
    this.#writer = undefined;
    this.#finished.push(properties);
  }
}
