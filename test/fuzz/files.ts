/**
 * Files of a data directory that are not what was written: flipped, cut, overwritten, exchanged. Whoever reads them must
 * say so with an error that was foreseen, or give what was written once; never crash, hang, or give anything else.
 */
import { posix } from 'node:path';
import fc from 'fast-check';
import { verifyPartition } from '../../src/partition/verify.js';
import type { Disk } from '../../src/vfs/disk.js';
import { readWholeFile } from '../../src/vfs/io.js';
import type { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { CommandError, explain } from '../../tools/errors.js';
import { runInspect } from '../../tools/inspect-run.js';
import { runVerify } from '../../tools/verify-run.js';
import {
  clock,
  copyOf,
  DIRECTORY,
  filesBelow,
  makeDataDirectory,
  openSmallPartition,
  replaceFile,
  TextSink,
} from '../tools/data-directory.js';
import { campaign, type Target } from './campaign.js';

/** Places are parts of a file's length, so that any file can be meant. */
type Mutation =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'overwrite' | 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'zeros'; readonly at: number; readonly count: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly from: number; readonly count: number }
  | { readonly kind: 'exchange'; readonly file: number };

interface Input {
  readonly wasClosed: boolean;
  readonly file: number;
  readonly mutations: readonly Mutation[];
}

const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const count = fc.integer({ min: 1, max: 1000 });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('flip'), at: part, bit: fc.nat(7) }) },
  fc.record({ kind: fc.constant('cut'), at: part }),
  fc.record({ kind: fc.constantFrom('overwrite', 'insert'), at: part, bytes }),
  fc.record({ kind: fc.constant('zeros'), at: part, count }),
  fc.record({ kind: fc.constant('repeat'), at: part, from: part, count }),
  fc.record({ kind: fc.constant('exchange'), file: fc.nat(1000) }),
) as fc.Arbitrary<Mutation>;

class DataDirectory implements Target<Input> {
  private constructor(
    private readonly disks: { readonly closed: MemoryDisk; readonly cut: MemoryDisk },
    private readonly files: readonly string[],
    /** Of each partition, by its directory: every version of a key, as `key value`. */
    private readonly versions: ReadonlyMap<string, ReadonlySet<string>>,
  ) {}

  static async make(): Promise<DataDirectory> {
    const disks = await makeDataDirectory();
    const files = (await filesBelow(disks.cut)).filter((path) => !path.endsWith('.spare'));
    const versions = new Map<string, Set<string>>();
    for (const manifest of files.filter((path) => posix.basename(path) === 'MANIFEST')) {
      const directory = posix.dirname(manifest);
      const seen = new Set<string>();
      for (const disk of [disks.closed, disks.cut]) {
        await verifyPartition({
          disk,
          directory,
          observer: { onFinding: () => undefined, onBytes: () => undefined },
          onVersion: (key, _, value) => void seen.add(versionOf(key, value)),
        });
      }
      versions.set(directory, seen);
    }
    return new DataDirectory(disks, files, versions);
  }

  async attempt({ wasClosed, file, mutations }: Input): Promise<void> {
    const disk = copyOf(wasClosed ? this.disks.closed : this.disks.cut);
    const path = this.files[file % this.files.length] ?? '';
    // What only one of the two has counts as empty in the other.
    let content = (await disk.status(path)) === undefined ? Buffer.alloc(0) : await readWholeFile(disk, path);
    for (const each of mutations) content = await this.#mutated(disk, path, content, each);
    await replaceFile(disk, path, content);

    const [stdout, stderr] = [new TextSink(), new TextSink()];
    const streams = { disk, stdout, stderr, json: true };
    await foreseen(runVerify({ ...streams, clock, directory: DIRECTORY }));
    await foreseen(runInspect({ ...streams, path, keysOnly: false, limit: Number.POSITIVE_INFINITY }));
    for (const [directory, versions] of this.versions) {
      if (path.startsWith(`${directory}/`)) await foreseen(this.#read(disk, directory, versions));
    }
  }

  async finish(): Promise<void> {
    for (const [directory, versions] of this.versions) {
      await this.#read(copyOf(this.disks.closed), directory, versions);
    }
  }

  async close(): Promise<void> {}

  async #read(disk: Disk, directory: string, versions: ReadonlySet<string>): Promise<void> {
    const partition = await openSmallPartition(disk, directory);
    try {
      const cursor = partition.range({});
      for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
        const { key, value } = entry;
        if (!versions.has(versionOf(key, value))) throw new WrongValueError(directory, key);
      }
    } finally {
      await partition.close();
    }
  }

  async #mutated(disk: Disk, path: string, content: Buffer, change: Mutation): Promise<Buffer> {
    const place = 'at' in change ? Math.floor(change.at * content.length) : 0;
    const mutated = Buffer.from(content);
    switch (change.kind) {
      case 'flip':
        if (mutated.length > 0) mutated.writeUInt8(mutated.readUInt8(place) ^ (1 << change.bit), place);
        return mutated;
      case 'cut':
        return mutated.subarray(0, place);
      case 'overwrite':
        mutated.set(change.bytes.subarray(0, mutated.length - place), place);
        return mutated;
      case 'insert':
        return Buffer.concat([mutated.subarray(0, place), change.bytes, mutated.subarray(place)]);
      case 'zeros':
        return mutated.fill(0, place, Math.min(mutated.length, place + change.count));
      case 'repeat': {
        const from = Math.floor(change.from * content.length);
        const copied = content.subarray(from, from + change.count);
        mutated.set(copied.subarray(0, mutated.length - place), place);
        return mutated;
      }
      case 'exchange': {
        // A log does not know whose it is: verify tells one of another partition by what is in it.
        const others = this.files.filter((each) => partitionOf(each) === partitionOf(path));
        const other = others[change.file % others.length] ?? '';
        return (await disk.status(other)) === undefined ? mutated : readWholeFile(disk, other);
      }
    }
  }
}

function partitionOf(path: string): string {
  return posix.dirname(path).replace(/\/log$/, '');
}

function versionOf(key: string, value: Uint8Array | null): string {
  return `${key} ${value === null ? '-' : Buffer.from(value).toString('latin1')}`;
}

class WrongValueError extends Error {
  constructor(directory: string, key: string) {
    super(`${directory} gives for ${JSON.stringify(key)} what was never written`);
  }
}

/** Lets pass what a person is told in one line; a defect comes with its stack. */
async function foreseen(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CommandError) return;
    if (error instanceof Error && error.stack !== undefined && explain(error) === error.stack) throw error;
  }
}

export const files = campaign<Input>({
  name: 'files',
  runs: 120,
  inputs: fc.record({
    wasClosed: fc.boolean(),
    file: fc.nat(1000),
    mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }),
  }),
  examples: [{ wasClosed: true, file: 0, mutations: [] }],
  open: () => DataDirectory.make(),
});
