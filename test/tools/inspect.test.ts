/** `varve inspect` shows what is in a file, and where it is damaged. */
import { posix } from 'node:path';
import t from 'tap';
import type { Disk } from '../../src/vfs/disk.js';
import { readWholeFile } from '../../src/vfs/io.js';
import type { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { formatKey } from '../../tools/format.js';
import { type InspectOptions, runInspect } from '../../tools/inspect-run.js';
import {
  batchOffsets,
  copyOf,
  filesBelow,
  liveBytes,
  makeDataDirectory,
  replaceFile,
  TextSink,
} from './data-directory.js';

const made = makeDataDirectory();

interface Printed {
  readonly code: number;
  readonly lines: readonly string[];
  readonly errors: string;
}

async function inspect(disk: Disk, path: string, flags: Partial<InspectOptions> = {}): Promise<Printed> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  const defaults = { json: false, keysOnly: false, limit: Number.POSITIVE_INFINITY };
  const code = await runInspect({ disk, path, stdout, stderr, ...defaults, ...flags });
  return { code, lines: stdout.text.split('\n').slice(0, -1), errors: stderr.text };
}

interface Line {
  readonly kind: string;
  readonly offset?: number;
  readonly [member: string]: unknown;
}

async function inspectAsJson(disk: Disk, path: string): Promise<{ code: number; lines: readonly Line[] }> {
  const { code, lines } = await inspect(disk, path, { json: true });
  return { code, lines: lines.map((line) => JSON.parse(line) as Line) };
}

/** The largest one. */
async function fileOf(disk: MemoryDisk, pattern: RegExp): Promise<string> {
  const paths = (await filesBelow(disk)).filter((file) => pattern.test(file));
  const sizes = await Promise.all(paths.map(async (path) => (await disk.status(path))?.sizeBytes ?? 0));
  const path = paths[sizes.indexOf(Math.max(...sizes))];
  if (path === undefined) throw new Error(`no file like ${pattern}`);
  return path;
}

const KEY = /^"\\x01.{4,16}key-\d{3}\\x00\\x01"$/;
const TIME = '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z';

t.test('a segment of a log', async (t) => {
  const { closed } = await made;
  const path = await fileOf(closed, /tables.*\.wal$/);
  const { code, lines } = await inspect(closed, path);
  t.equal(code, 0);
  t.match(
    lines[0],
    /^segment \d+ of a log, format 2, 4\.10 kB(, recycled)?, identity [0-9a-f]{16}, follows [0-9a-f]{16}$/,
  );
  const patterns = [
    /^at \d+: batch \d+, ([\d.]+ \w+|a mark), after record \d+$/,
    new RegExp(
      `^ {2}at \\d+: record \\d+, ${TIME}, write, 1 change: "\\\\x01.{4,16}key-\\d{3}\\\\x00\\\\x01" (deleted|[\\d.]+ \\w+)$`,
    ),
    /^ {2}at \d+: a record that goes on in the next segment, or was cut off$/,
    /^at \d+: end; [\d.]+ \w+ without meaning$/,
  ];
  for (const line of lines.slice(1))
    t.ok(
      patterns.some((pattern) => pattern.test(line)),
      line,
    );
  const batches = (await inspectAsJson(closed, path)).lines.filter(({ kind }) => kind === 'batch');
  t.same(
    batches.map(({ offset }) => offset),
    await batchOffsets(closed, path),
  );
});

t.test('a sorted file', async (t) => {
  const { closed } = await made;
  const path = await fileOf(closed, /tables.*\.sst$/);
  const { code, lines } = await inspect(closed, path);
  t.equal(code, 0);
  t.match(lines[0], /^sorted file \d+, format 1, [\d.]+ (kB|bytes): data to \d+, 1 level of index$/);
  t.match(
    lines[1],
    /^at \d+: properties: \d+ (entry|entries), \d+ deletions?, records \d+ to \d+, keys ".*key-\d+\\x00\\x01" to ".*key-\d+\\x00\\x01"$/,
  );
  t.match(lines[2], /^at \d+: filter, \d+ bytes$/);
  t.match(lines[3], /^at \d+: index root, \d+ bytes, \d+ blocks?$/);
  t.match(lines[4], /^at 0: data block, \d+ bytes, \d+ entr(y|ies)$/);
  t.match(lines[5], /^ {2}".*key-\d+\\x00\\x01" (deleted|[\d.]+ \w+), record \d+$/);
  const json = await inspectAsJson(closed, path);
  const properties = json.lines.find(({ kind }) => kind === 'properties');
  const entries = json.lines.filter(({ kind }) => kind === 'entry');
  t.equal(entries.length, properties?.['entries']);
});

t.test('a manifest', async (t) => {
  const { closed } = await made;
  const path = await fileOf(closed, /tables.*MANIFEST$/);
  const { code, lines } = await inspect(closed, path);
  t.equal(code, 0);
  const text = lines.join('\n');
  t.match(
    text,
    /^manifest, format 1, [\d.]+ kB\nat 16: edit 0, \d+ bytes\n {2}next file 1\n {2}tables hold records up to 0\n/,
  );
  t.match(
    text,
    /\n {2}\+ 00000001\.sst on level 0: [\d.]+ \w+, \d+ entries, \d+ deletions?, records \d+ to \d+, keys "/,
  );
  t.match(text, /\n {2}- 00000001\.sst\n/);
  t.match(text, /\n {2}reader "reader" has passed record \d+/);
});

t.test('keys only, and no more than asked for', async (t) => {
  const { closed } = await made;
  for (const pattern of [/tables.*\.wal$/, /tables.*\.sst$/]) {
    const path = await fileOf(closed, pattern);
    const { lines } = await inspect(closed, path, { keysOnly: true, limit: 7 });
    t.equal(lines.length, 7);
    for (const line of lines) t.match(line, KEY);
    const { lines: json } = await inspect(closed, path, { keysOnly: true, json: true, limit: 7 });
    t.same(
      json.map((line) => formatKey(JSON.parse(line).key)),
      lines,
    );
  }
  const manifest = await fileOf(closed, /tables.*MANIFEST$/);
  const { lines } = await inspect(closed, manifest, { json: true, limit: 2 });
  t.same(
    lines.map((line) => JSON.parse(line).kind),
    ['manifest', 'edit', 'edit'],
  );
});

t.test('keys that are not printable', async (t) => {
  const { closed } = await made;
  const { lines } = await inspect(closed, await fileOf(closed, /catalog.*\.wal$/), { keysOnly: true });
  t.ok(lines.includes('"Tnotes"'), lines.join());
});

t.test('a flipped bit is shown with its place, and what is behind it too', async (t) => {
  const seed = 99;
  const random = new SeededRandom(seed);
  const { closed } = await made;
  const disk = copyOf(closed);
  const files = (await filesBelow(disk)).filter((path) => !path.endsWith('.spare'));
  for (let round = 0; round < 150; round += 1) {
    const path = files[randomBelow(random, files.length)] as string;
    const content = await readWholeFile(disk, path);
    const byte = randomBelow(random, await liveBytes(disk, path));
    const flipped = Buffer.from(content);
    flipped[byte] = (flipped[byte] as number) ^ (1 << randomBelow(random, 8));
    await replaceFile(disk, path, flipped);
    const { code, lines } = await inspectAsJson(disk, path);
    const damage = lines.find(({ kind }) => kind === 'damage');
    if (code !== 1 || damage === undefined || (damage.offset as number) > byte)
      t.fail(`seed ${seed}, round ${round}: byte ${byte} of ${path}`, { code, damage });
    await replaceFile(disk, path, content);
  }
  const path = await fileOf(disk, /tables.*\.sst$/);
  const content = await readWholeFile(disk, path);
  const whole = await inspect(disk, path, { keysOnly: true });
  content[10] = (content[10] as number) ^ 1;
  await replaceFile(disk, path, content);
  const { code, lines, errors } = await inspect(disk, path, { keysOnly: true });
  t.equal(code, 1);
  t.ok(lines.length > 0, 'the keys of the other blocks');
  t.same(lines, whole.lines.slice(-lines.length));
  t.equal(errors, 'at 0: DAMAGE: block checksum mismatch\n', 'apart from the keys');
});

t.test('mutated, truncated and concatenated files', async (t) => {
  const seed = 815;
  const random = new SeededRandom(seed);
  const { closed, cut } = await made;
  const disk = copyOf(cut);
  const files = await filesBelow(closed);
  for (let round = 0; round < 300; round += 1) {
    const path = files[randomBelow(random, files.length)] as string;
    const content = await readWholeFile(closed, path);
    const other = await readWholeFile(closed, files[randomBelow(random, files.length)] as string);
    const from = randomBelow(random, content.length);
    const garbage = Buffer.from(random.bytes(randomBelow(random, 100)));
    const mutated = [
      content.subarray(0, from),
      content.subarray(from),
      Buffer.concat([content, other]),
      Buffer.concat([content.subarray(0, from), garbage, content.subarray(from + garbage.length)]),
      Buffer.concat([content.subarray(0, from), garbage, content.subarray(from)]),
      Buffer.alloc(from),
    ][round % 6] as Buffer;
    const target = posix.join('/data', posix.basename(path));
    await replaceFile(disk, target, mutated);
    const { code, lines } = await inspectAsJson(disk, target);
    const isDamaged = lines.some(({ kind }) => kind === 'damage');
    if (code !== (isDamaged ? 1 : 0)) t.fail(`seed ${seed}, round ${round}, ${path}`, { code });
  }
  t.pass('each of them was printed, as far as it went');
});

t.test('a data directory and its catalog', async (t) => {
  const { closed, cut } = await made;
  for (const [disk, path] of [
    [closed, '/data'],
    [closed, '/data/catalog'],
    [cut, '/data'],
  ] as const) {
    const { code, lines } = await inspect(disk, path);
    t.equal(code, 0);
    t.equal(lines[0], 'catalog: 1 table');
    t.match(lines[1], /^table \S+: tables\/[0-9a-f-]{36}, 2 partitions$/);
    t.match(lines[2], new RegExp(`^ {2}created ${TIME}, PAY_PER_REQUEST, arn:`));
    t.match(lines[3], /^ {2}key pk \(S\)/);
  }
  const { lines } = await inspectAsJson(closed, '/data');
  t.match(lines, [
    { kind: 'catalog', tables: 1 },
    { kind: 'table', partitionCount: 2 },
  ]);
  const marker = await inspect(closed, '/data/VARVE');
  t.same(marker.lines, ['marker of a data directory, format 1']);

  const disk = copyOf(closed);
  const log = await fileOf(disk, /catalog.*\.wal$/);
  const bytes = await readWholeFile(disk, log);
  bytes[600] = (bytes[600] ?? 0) ^ 1;
  await replaceFile(disk, log, bytes);
  const damaged = await inspect(disk, '/data');
  t.equal(damaged.code, 1);
  t.match(damaged.lines.at(-1), /^at 512: DAMAGE: \/data\/catalog\/log\/0000000000000001\.wal: /);
});

t.test('a copy of a sorted file under another name', async (t) => {
  const { closed } = await made;
  const disk = copyOf(closed);
  const path = await fileOf(disk, /tables.*\.sst$/);
  await disk.link(path, '/data/copy');
  await disk.link(path, '/data/00424242.sst');
  t.match(await inspect(disk, '/data/copy'), { code: 0 });
  const { code, lines } = await inspect(disk, '/data/00424242.sst');
  t.equal(code, 1);
  t.match(lines[0], /^at \d+: DAMAGE: this is file \d+, not 424242$/);
  t.match(lines[1], /^sorted file \d+, /, 'and it is printed nevertheless');
});

t.test('what cannot be printed ends with 2, in one line', async (t) => {
  const { closed } = await made;
  const disk = copyOf(closed);
  await replaceFile(disk, '/data/notes.txt', Buffer.from('something else'));
  for (const [path, message] of [
    ['/data/tables', /is a directory, but neither a data directory nor a catalog/],
    ['/data/missing', /is not there/],
    ['/data/notes.txt/below', /is not there/],
    ['/data/notes.txt', /is neither a segment of a log, nor a sorted file, a manifest or the marker/],
  ] as const) {
    await t.rejects(inspect(disk, path), { name: 'CommandError', exitCode: 2, message }, path);
  }
});
