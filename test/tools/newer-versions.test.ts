/** A file that a newer release wrote, with all its checksums right, is refused by name, and is not called damaged. */
import { posix } from 'node:path';
import t from 'tap';
import { crc32 } from '../../src/encoding/checksum.js';
import { Tables } from '../../src/table/tables.js';
import { readWholeFile } from '../../src/vfs/io.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { runInspect } from '../../tools/inspect-run.js';
import { runRepair } from '../../tools/repair-run.js';
import {
  clock,
  copyOf,
  DIRECTORY,
  filesBelow,
  makeDataDirectory,
  openSmallPartition,
  replaceFile,
  TextSink,
} from './data-directory.js';

const random = new SeededRandom(5);

/** Version 9, sealed again. */
const NEWER: [name: string, pattern: RegExp, change: (bytes: Buffer) => void, message: RegExp][] = [
  [
    'segment of a log',
    /tables.*\.wal$/,
    (bytes) => {
      bytes.writeUInt32LE(9, 8);
      bytes.writeUInt32LE(crc32(bytes.subarray(0, 508)), 508);
    },
    /\.wal has log format 9; this program reads formats up to \d+$/,
  ],
  [
    'manifest',
    /tables.*MANIFEST$/,
    (bytes) => {
      bytes.writeUInt32LE(9, 8);
      bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
    },
    /MANIFEST was written by a newer release: format version 9/,
  ],
];

t.test('a start, an inspection and a repair refuse it, and leave it as it is', async (t) => {
  const { closed } = await makeDataDirectory();
  for (const [name, pattern, change, message] of NEWER) {
    const disk = copyOf(closed);
    const path = (await filesBelow(disk)).findLast((file) => pattern.test(file)) ?? '';
    const bytes = await readWholeFile(disk, path);
    change(bytes);
    await replaceFile(disk, path, bytes);
    const start = Tables.open({
      directory: DIRECTORY,
      disk,
      clock,
      random,
      openPartition: (directory) => openSmallPartition(disk, directory, random),
    });
    await t.rejects(start, { message: new RegExp(`^${path} `) }, name);
    await t.rejects(start, { message }, name);
    const stdout = new TextSink();
    const inspection = runInspect({
      disk,
      path,
      json: false,
      keysOnly: false,
      limit: 10,
      stdout,
      stderr: stdout,
    });
    await t.rejects(inspection, { message, exitCode: 2 }, name);
    await t.rejects(
      runRepair({ disk, clock, random, directory: DIRECTORY, dryRun: false, stdout }),
      { message },
      name,
    );
    t.ok((await readWholeFile(disk, path)).equals(bytes), posix.basename(path));
  }
});
