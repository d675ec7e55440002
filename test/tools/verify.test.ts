/** `varve verify` finds what is damaged, says where, and changes nothing. */
import { posix } from 'node:path';
import t from 'tap';
import { encodeManifest } from '../../src/partition/manifest.js';
import { walkManifest } from '../../src/partition/manifest-walk.js';
import {
  applyEdit,
  emptyManifestState,
  type ManifestState,
  type PlacedTable,
} from '../../src/partition/version-edit.js';
import type { Disk } from '../../src/vfs/disk.js';
import { FaultyDisk, isMutating } from '../../src/vfs/faulty-disk.js';
import type { Finding } from '../../src/vfs/findings.js';
import { readWholeFile } from '../../src/vfs/io.js';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { runVerify } from '../../tools/verify-run.js';
import {
  batchOffsets,
  clock,
  copyOf,
  DIRECTORY,
  filesBelow,
  liveBytes,
  makeDataDirectory,
  openSmallPartition,
  replaceFile,
  TextSink,
} from './data-directory.js';

interface JsonReport {
  readonly sound: boolean;
  readonly damages: number;
  readonly warnings: number;
  readonly partitions: number;
  readonly sortedFiles: number;
  readonly checkedBytes: number;
  readonly findings: readonly Finding[];
}

const made = makeDataDirectory();

async function verify(disk: Disk, directory = DIRECTORY): Promise<{ code: number } & JsonReport> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  const code = await runVerify({ disk, clock, directory, json: true, stdout, stderr });
  const report = JSON.parse(stdout.text) as JsonReport;
  return { code, ...report };
}

async function verifyAsText(disk: Disk, directory = DIRECTORY): Promise<{ code: number; text: string }> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  const code = await runVerify({ disk, clock, directory, json: false, stdout, stderr });
  return { code, text: stdout.text };
}

t.test('what the engine leaves is sound, and stays as it was', async (t) => {
  const { closed, cut } = await made;
  for (const [name, memory] of Object.entries({ closed, cut })) {
    const disk = new FaultyDisk(memory, {
      plan: (operation) => (isMutating(operation) ? { kind: 'error', code: 'EIO' } : undefined),
    });
    const report = await verify(disk);
    t.match(report, { code: 0, sound: true, damages: 0, warnings: 0, partitions: 4 }, name);
    let bytes = 0;
    for (const path of await filesBelow(memory))
      if (!path.endsWith('.spare')) bytes += (await memory.status(path))?.sizeBytes ?? 0;
    t.equal(report.checkedBytes, bytes, 'every byte of every file');
    t.ok(report.sortedFiles > 8, `${report.sortedFiles} sorted files`);
  }
  const { code, text } = await verifyAsText(closed);
  t.equal(code, 0);
  t.match(
    text,
    /^\/data: a data directory, [\d.]+ kB to check\nchecked [^\n]+ 4 partitions, [^\n]+\nsound\n$/,
  );
});

t.test('a flipped bit is found in every kind of file, with its place', async (t) => {
  const seed = 20_261;
  const random = new SeededRandom(seed);
  const { closed, cut } = await made;
  const found = new Map<string, number>();
  for (const [name, original] of Object.entries({ closed, cut })) {
    const disk = copyOf(original);
    const files = (await filesBelow(disk)).filter((path) => !path.endsWith('.spare'));
    for (const kind of ['MANIFEST', '.sst', '.wal']) {
      const ofKind = files.filter((path) => path.endsWith(kind));
      for (let round = 0; round < 40; round += 1) {
        const path = ofKind[randomBelow(random, ofKind.length)] as string;
        const content = await readWholeFile(disk, path);
        // The end is where damage is hardest to tell from a cut-off write.
        const live = await liveBytes(disk, path);
        const byte =
          round % 2 === 0 ? randomBelow(random, live) : live - 1 - randomBelow(random, Math.min(live, 100));
        const bit = randomBelow(random, 8);
        const flipped = Buffer.from(content);
        flipped[byte] = (flipped[byte] as number) ^ (1 << bit);
        await replaceFile(disk, path, flipped);
        const { code, findings } = await verify(disk);
        const what = `seed ${seed}, ${name}: bit ${bit} of byte ${byte} of ${path}`;
        const place = findings.find(
          (finding) => finding.path === path && (finding.offset ?? Number.POSITIVE_INFINITY) <= byte,
        );
        if (code !== 1 || place?.severity !== 'damage') t.fail(what, { code, findings });
        found.set(kind, (found.get(kind) ?? 0) + 1);
        await replaceFile(disk, path, content);
      }
    }
    t.match(await verify(disk), { code: 0, warnings: 0 }, 'and none is left');
  }
  t.same(Object.fromEntries(found), { MANIFEST: 80, '.sst': 80, '.wal': 80 });
});

t.test('flipped bits that nobody reads are harmless', async (t) => {
  const { closed } = await made;
  const disk = copyOf(closed);
  for (const path of await filesBelow(disk)) {
    const content = await readWholeFile(disk, path);
    const live = path.endsWith('.spare') ? 0 : await liveBytes(disk, path);
    if (live === content.length) continue;
    const last = content.length - 1;
    content[last] = (content[last] as number) ^ 1;
    await replaceFile(disk, path, content);
  }
  t.match(await verify(disk), { code: 0, sound: true });
});

t.test('mutated, truncated, swapped and concatenated files', async (t) => {
  const seed = 4_711;
  const random = new SeededRandom(seed);
  const { closed } = await made;
  const disk = copyOf(closed);
  const files = await filesBelow(disk);
  const pick = () => files[randomBelow(random, files.length)] as string;
  for (let round = 0; round < 120; round += 1) {
    const path = pick();
    const content = await readWholeFile(disk, path);
    const other = await readWholeFile(disk, pick());
    const from = randomBelow(random, content.length);
    const garbage = Buffer.from(random.bytes(randomBelow(random, 600)));
    const mutated = [
      () => content.subarray(0, from),
      () => Buffer.concat([content, other]),
      () => Buffer.concat([content.subarray(0, from), other.subarray(randomBelow(random, other.length))]),
      () => other,
      () => Buffer.concat([content.subarray(0, from), garbage, content.subarray(from + garbage.length)]),
      () => Buffer.alloc(content.length),
      () => Buffer.alloc(0),
    ][round % 7] as () => Buffer;
    await replaceFile(disk, path, mutated());
    const { code, sound, damages } = await verify(disk);
    t.equal(code, sound ? 0 : 1);
    if (/sst$|MANIFEST$/.test(path) && !mutated().equals(content)) {
      // Cut exactly behind an edit a manifest is an older one: then the files that it lacks, or the log, tell.
      t.ok(damages > 0 || path.endsWith('MANIFEST'), `seed ${seed}, round ${round}, ${path}`);
    }
    await replaceFile(disk, path, content);
  }
  t.match(await verify(disk), { code: 0, warnings: 0 });
});

t.test('files that are missing, and files too many', async (t) => {
  const { closed } = await made;
  const files = await filesBelow(closed);
  const tables = files.filter((path) => path.endsWith('.sst'));
  const partition = posix.dirname(tables[0] as string);
  const logs = files.filter((path) => path.startsWith(`${partition}/log`) && path.endsWith('.wal'));
  const damages: [name: string, change: (disk: Disk) => Promise<unknown>, path: string, fault: RegExp][] = [
    ['a table', (disk) => disk.remove(tables[0] as string), tables[0] as string, /missing/],
    ['a manifest', (disk) => disk.remove(`${partition}/MANIFEST`), `${partition}/MANIFEST`, /missing/],
    ['a log', (disk) => disk.removeTree(`${partition}/log`), `${partition}/log`, /log is missing/],
    ['a segment', (disk) => disk.remove(logs[1] as string), logs[2] as string, /segment \d+, .* is missing/],
    ['a partition', (disk) => disk.removeTree(partition), partition, /missing; of table notes/],
    [
      'a table in place of another',
      (disk) => disk.rename(tables[0] as string, tables[1] as string),
      tables[1] as string,
      /this is file \d+, not \d+/,
    ],
  ];
  for (const [name, change, path, fault] of damages) {
    const disk = copyOf(closed);
    await change(disk);
    const { code, findings } = await verify(disk);
    t.equal(code, 1, name);
    const match = findings.find((finding) => finding.severity === 'damage' && finding.path === path);
    t.match(match?.fault, fault, `${name}: ${JSON.stringify(findings)}`);
  }
  const disk = copyOf(closed);
  await replaceFile(disk, `${partition}/00099999.sst`, Buffer.from('left by a merge that died'));
  await replaceFile(disk, `${partition}/MANIFEST.tmp`, Buffer.from('torn'));
  await replaceFile(disk, `${partition}/log/notes.txt`, Buffer.from('?'));
  await replaceFile(disk, `${DIRECTORY}/README`, Buffer.from('?'));
  await disk.makeDirectory(`${DIRECTORY}/tables/no-such-table/0`);
  const { code, findings } = await verify(disk);
  t.equal(code, 0);
  t.same(findings.map(({ severity, path }) => [severity, posix.basename(path)]).sort(), [
    ['warning', '00099999.sst'],
    ['warning', 'MANIFEST.tmp'],
    ['warning', 'README'],
    ['warning', 'no-such-table'],
    ['warning', 'notes.txt'],
  ]);
  t.match(
    (await verifyAsText(disk)).text,
    /\nwarning {2}\/data\/README: [^\n]+\n(.*\n)*sound, 5 warnings\n$/,
  );
});

t.test('a manifest that is intact and wrong', async (t) => {
  const { closed } = await made;
  const path = (await filesBelow(closed)).find((file) => /tables.*MANIFEST$/.test(file)) as string;
  let state = emptyManifestState;
  for (const step of walkManifest(await readWholeFile(closed, path), path))
    if (step.kind === 'edit') state = applyEdit(state, step.edit);
  const placed = [...state.tables.values()];
  const onOneLevel = (level: number) =>
    new Map(placed.map(({ properties }) => [properties.fileNumber, { level, properties }]));
  const changed = placed.map(({ level, properties }, i): [number, PlacedTable] => [
    properties.fileNumber,
    { level, properties: i === 0 ? { ...properties, entries: properties.entries + 1 } : properties },
  ]);
  const cases: [name: string, state: ManifestState, fault: RegExp][] = [
    [
      'overlapping keys',
      { ...state, tables: onOneLevel(3) },
      /sst and .*sst of level 3 overlap in their keys/,
    ],
    ['overlapping ages', { ...state, tables: onOneLevel(0) }, /of level 0 overlap in their sequences/],
    ['other properties', { ...state, tables: new Map(changed) }, /entries is \d+; the manifest says \d+/],
    ['flushed too little', { ...state, flushed: { sequence: 1, timestampMs: 0 } }, /tables end with 1$/],
    [
      'flushed too much',
      { ...state, flushed: { sequence: 99_999, timestampMs: 0 } },
      /the tables with 99999$/,
    ],
  ];
  for (const [name, wrong, fault] of cases) {
    const disk = copyOf(closed);
    await replaceFile(disk, path, encodeManifest(wrong));
    const { code, findings } = await verify(disk);
    t.equal(code, 1, name);
    t.ok(
      findings.some((finding) => fault.test(finding.fault)),
      `${name}: ${findings[0]?.fault}`,
    );
  }
});

t.test('a batch that is gone without a trace', async (t) => {
  const { cut } = await made;
  const disk = copyOf(cut);
  const segments = (await filesBelow(disk)).filter((path) => path.endsWith('.wal'));
  let followed = 0;
  for (const [i, path] of segments.entries()) {
    const next = segments[i + 1] ?? '';
    // The last segment may be an empty one, made ahead.
    if (posix.dirname(path) !== posix.dirname(next) || (await batchOffsets(disk, next)).length === 0)
      continue;
    followed += 1;
    const content = await readWholeFile(disk, path);
    const offset = (await batchOffsets(disk, path)).at(-1) as number;
    await replaceFile(disk, path, Buffer.from(content).fill(0, offset));
    const { code, findings } = await verify(disk);
    t.equal(code, 1);
    t.match(findings, [{ severity: 'damage', path, offset, fault: /batch \d+ follows where \d+ is due/ }]);
    await replaceFile(disk, path, content);
  }
  t.ok(followed > 0, 'a log has several segments');
});

t.test('a write that was cut off is told, and is no damage', async (t) => {
  const { cut } = await made;
  const disk = copyOf(cut);
  const segments = (await filesBelow(disk)).filter((path) => /tables.*\.wal$/.test(path));
  const path = segments.at(-1) as string;
  const content = await readWholeFile(disk, path);
  const end = await liveBytes(disk, path);
  // The first half of a batch: its header, and a body that does not match.
  content.copy(content, end, 512, 512 + 24);
  await replaceFile(disk, path, content);
  const { code, findings } = await verify(disk);
  t.equal(code, 0);
  t.match(findings, [
    { severity: 'warning', path, offset: end, fault: /cut off; it was never acknowledged/ },
  ]);
});

t.test('a checkpoint', async (t) => {
  const { closed } = await made;
  const disk = copyOf(closed);
  const source = posix.dirname(
    (await filesBelow(disk)).find((path) => /tables.*MANIFEST$/.test(path)) as string,
  );
  const partition = await openSmallPartition(disk, source);
  await partition.checkpoint('/backup/notes-0');
  t.match(await verify(disk, '/backup/notes-0'), { code: 0, warnings: 0, partitions: 1 });
  await partition.close();
});

t.test('what cannot be checked ends with 2, in one line', async (t) => {
  const { closed } = await made;
  const disk = copyOf(closed);
  const lock = await disk.lock(DIRECTORY);
  const partition = posix.dirname(
    (await filesBelow(disk)).find((path) => /tables.*MANIFEST$/.test(path)) as string,
  );
  await disk.makeDirectory('/empty');
  for (const [directory, message] of [
    [DIRECTORY, /in use by process \d+: stop it first$/],
    [partition, /\/data is in use/],
    ['/missing', /is not there/],
    ['/empty', /is neither a data directory nor a partition in one/],
    [`${partition}/MANIFEST`, /is neither/],
  ] as const) {
    await t.rejects(verify(disk, directory), { name: 'CommandError', exitCode: 2, message }, directory);
  }
  await lock.release();
  t.match(await verify(disk), { code: 0 }, 'and it lets go of the directory again');
  t.match(await verify(disk), { code: 0 });
});

t.test('a terminal is shown how far it is', async (t) => {
  const { closed } = await made;
  const stderr = new TextSink(true);
  let nowMs = 0;
  const jumping = { now: () => nowMs, monotonic: () => (nowMs += 120), after: clock.after };
  await runVerify({
    disk: closed,
    clock: jumping,
    directory: DIRECTORY,
    json: false,
    stdout: new TextSink(),
    stderr,
  });
  t.match(stderr.text, /\d+ %: [\d.]+ kB of [\d.]+ kB, [\d.]+ \w+\/s, [\d.]+ s left/);
  t.ok(stderr.text.endsWith('\r\u001b[K'), 'and the line goes at the end');
});

t.test('intact parts in the wrong place', async (t) => {
  const { closed } = await made;
  const disk = copyOf(closed);
  const table = posix.join(DIRECTORY, 'tables', (await disk.list(posix.join(DIRECTORY, 'tables')))[0] ?? '');
  await disk.rename(`${table}/0`, `${table}/other`);
  await disk.rename(`${table}/1`, `${table}/0`);
  await disk.rename(`${table}/other`, `${table}/1`);
  const swapped = await verify(disk);
  t.equal(swapped.code, 1);
  t.equal(swapped.damages, 20, 'no more than ten of each partition');
  for (const { fault } of swapped.findings)
    t.match(fault, /^entry [0-9a-f]+ of record \d+: the key belongs to another/);

  const random = new SeededRandom(3);
  for (const [key, value, fault] of [
    ['\x01\x00\x00\x00\x00a\x00\x01', 'x', /the hash in the key is not that of its partition key/],
    ['\x07\x00\x00\x00\x00a\x00\x01', 'x', /the key is of no item or index of the table/],
    ['\x00token', 'x', /token/],
  ] as const) {
    const copy = copyOf(closed);
    const partition = await openSmallPartition(copy, `${table}/0`, random);
    await partition.write([{ key, value: Buffer.from(value) }]);
    await partition.close();
    t.match(await verify(copy), { code: 1, findings: [{ severity: 'damage', path: `${table}/0`, fault }] });
  }

  const decided = copyOf(closed);
  const transactions = await openSmallPartition(decided, `${DIRECTORY}/transactions`, random);
  const id = '\x01'.repeat(16);
  const decision = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 1]), Buffer.from('["nowhere/0"]')]);
  await transactions.write([{ key: id, value: decision }]);
  await transactions.close();
  const fault = /it names partition nowhere\/0, which no table has/;
  t.match(await verify(decided), { code: 0, warnings: 1, findings: [{ severity: 'warning', fault }] });
});
