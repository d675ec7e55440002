#!/usr/bin/env node
/**
 * Are the tests able to fail? Switches off one safeguard at a time in a copy of what was compiled, and runs the test that
 * must notice. The table in docs/testing.md lists the same mutations.
 *
 * usage: node scripts/mutations.mjs [WORD]     only those whose name contains WORD
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const everyStep = 'partition/every-step.test.js';
const simulation = 'simulation/simulation.test.js';
const logDamage = 'wal/damage.test.js';
const coordinator = 'transaction/coordinator.test.js';

/** `from` stands exactly once in `file`, which is relative to dist/src. */
const mutations = [
  {
    name: 'the log is not synced',
    file: 'wal/segment-store.js',
    from: 'synchronous: this.limits.durable',
    to: 'synchronous: false',
    test: everyStep,
  },
  {
    name: 'the checksum of a log batch is not checked',
    file: 'wal/format.js',
    from: ' && crc32(body) === header.bodyChecksum',
    to: '',
    test: logDamage,
  },
  {
    name: 'the identity of a recycled log segment is not checked',
    file: 'wal/format.js',
    from: 'if (identity.compare(bytes, at, at + IDENTITY_BYTES) !== 0)',
    to: 'if (false)',
    test: logDamage,
  },
  {
    name: 'a new log segment is not named durably',
    file: 'wal/segment-store.js',
    from: /await this\.disk\.rename\(temporary, path\);\s+await this\.disk\.syncDirectory\(this\.directory\);/,
    to: 'await this.disk.rename(temporary, path);',
    test: everyStep,
  },
  {
    name: 'the length of a log file that was growing is not synced at a start',
    file: 'wal/recovery.js',
    from: 'if (last().allocatedBytes > last().knownBytes)',
    to: 'if (false)',
    test: 'wal/marks.test.js',
  },
  {
    name: 'tombstones are always dropped',
    file: 'compaction/compaction-job.js',
    from: 'if (at === undefined || at.smallestKey > entry.key)',
    to: 'if (true)',
    test: 'compaction/compaction-job.test.js',
  },
  {
    name: 'tombstones are always dropped (in a partition)',
    file: 'compaction/compaction-job.js',
    from: 'if (at === undefined || at.smallestKey > entry.key)',
    to: 'if (true)',
    test: 'simulation/metamorphic.test.js',
  },
  {
    name: 'tombstones are never dropped',
    file: 'compaction/compaction-job.js',
    from: 'if (at === undefined || at.smallestKey > entry.key)',
    to: 'if (false)',
    test: 'compaction/compaction-job.test.js',
  },
  {
    name: 'a manifest edit is not synced',
    file: 'partition/manifest.js',
    from: "{ access: 'write', synchronous: true }",
    to: "{ access: 'write' }",
    test: everyStep,
  },
  {
    name: 'a new manifest is not synced',
    file: 'vfs/io.js',
    from: 'await file.sync();',
    to: '',
    test: everyStep,
  },
  {
    name: 'the directory is not synced when a manifest replaces another',
    file: 'vfs/io.js',
    from: /await disk\.rename\(temporary, path\);\s+await disk\.syncDirectory\(posix\.dirname\(path\)\);/,
    to: 'await disk.rename(temporary, path);',
    test: 'partition/manifest.test.js',
  },
  {
    name: 'the directory is not synced before the manifest names a table',
    file: 'partition/table-set.js',
    from: 'await this.#environment.disk.syncDirectory(this.#environment.directory);',
    to: ';',
    test: everyStep,
  },
  {
    name: 'a table is not synced',
    file: 'sstable/writer.js',
    from: 'await this.#file.sync();',
    to: '',
    test: everyStep,
  },
  {
    name: 'the checksum of a table block is not checked',
    file: 'sstable/format.js',
    from: 'if (checksum !== sealed.readUInt32LE(covered))',
    to: 'if (false)',
    test: 'sstable/corruption.test.js',
  },
  {
    name: 'the checksum of a manifest record is not checked',
    file: 'partition/manifest-format.js',
    from: 'return bytes.readUInt32LE(offset) === crc32(bytes.subarray(offset + 4, end)) ? end : undefined;',
    to: 'return end;',
    test: 'partition/manifest.test.js',
  },
  {
    name: 'the log is released although a reader needs it',
    file: 'partition/log-readers.js',
    from: 'lowest = Math.min(lowest, sequence);',
    to: ';',
    test: 'partition/change-feed.test.js',
  },
  {
    name: 'the log is released although a live change feed needs it',
    file: 'partition/log-readers.js',
    from: 'bounded ? Math.max(sequence, bound) : sequence',
    to: 'bounded ? flushed : sequence',
    test: 'partition/live-feed.test.js',
  },
  {
    name: 'a transaction unlocks its keys before it is durable',
    file: 'transaction/coordinator.js',
    from: 'await this.#commit(writes, {',
    to: 'held = undefined; locks.release(); await this.#commit(writes, {',
    test: coordinator,
  },
  {
    name: 'a transaction whose single record may survive unlocks what it checked',
    file: 'transaction/coordinator.js',
    from: 'keepLocks(this.#known(partition));',
    to: ';',
    test: 'transaction/crash.test.js',
  },
  {
    name: 'the decision on a transaction is not recorded',
    file: 'transaction/two-phase-commit.js',
    from: /(?<=participants: names \};\s+try \{\s+)await this\.decisions\.record\(decision\);/,
    to: '',
    test: 'transaction/crash.test.js',
  },
  {
    name: 'locks are taken in the order in which they are asked for',
    file: 'transaction/lock-table.js',
    from: 'const inOrder = inCanonicalOrder(requests);',
    to: 'const inOrder = requests;',
    test: 'transaction/lock-table.test.js',
  },
  {
    name: 'a transaction does not lock what it only reads',
    file: 'transaction/coordinator.js',
    from: 'this.locks.acquire(actions.map(',
    to: "this.locks.acquire(actions.filter(({ mode }) => mode === 'exclusive').map(",
    test: coordinator,
  },
  {
    name: 'a transaction does not wait until what it checked elsewhere is durable',
    file: 'transaction/coordinator.js',
    from: 'await durableElsewhere(actions, seen, writes);',
    to: ';',
    test: coordinator,
  },
  {
    name: 'a transaction does not store its token',
    file: 'transaction/coordinator.js',
    from: 'addToken(writes, housed, Math.trunc(this.#clock.now()));',
    to: ';',
    test: 'simulation/transactions/transactions.test.js',
  },
  {
    name: 'a transaction becomes visible partition by partition',
    file: 'transaction/two-phase-commit.js',
    from: 'participants.map(({ partition }) => partition.commit(stamp.id, stamp))',
    to: `participants.map(async ({ partition }, at) => {
      for (let turn = 0; turn < at; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return partition.commit(stamp.id, stamp);
    })`,
    test: coordinator,
  },
  {
    name: 'a single write does not heed the locks of transactions',
    file: 'table/key-admission.js',
    from: 'if (participant.locks.isLocked(key))',
    to: 'if (false)',
    test: 'table/transactions.test.js',
  },
  {
    name: 'a record is visible before it is durable',
    file: 'wal/log.js',
    from: /writeFully\(file, bytes, segment\.end\)\.then\(\(\) => \{\s+this\.#count\(batch, sinceMs\);\s+this\.#written\(batch\);\s+\}, \(error\) => this\.#fail\(error\)\);/,
    to: 'writeFully(file, bytes, segment.end).catch((error) => this.#fail(error)); this.#written(batch);',
    test: simulation,
  },
];

function changed(path, { from, to, name }) {
  const text = readFileSync(path, 'utf8');
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new Error(`"${name}": what is to be changed stands ${parts.length - 1} times in ${path}`);
  return [text, parts.join(to)];
}

function isGreen(copy, test) {
  const { status } = spawnSync(process.execPath, [join('dist/test', test)], {
    cwd: copy,
    env: { ...process.env, TAP_BAIL: '1', TAP_TIMEOUT: '170' },
    stdio: 'ignore',
    timeout: 180_000,
    killSignal: 'SIGKILL',
  });
  return status === 0;
}

const copy = mkdtempSync(join(tmpdir(), 'varve-mutations-'));
const missed = [];
try {
  cpSync('dist', join(copy, 'dist'), { recursive: true });
  cpSync('package.json', join(copy, 'package.json'));
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  const chosen = mutations.filter(({ name }) => name.includes(process.argv[2] ?? ''));
  for (const test of new Set(chosen.map((mutation) => mutation.test))) {
    if (!isGreen(copy, test)) throw new Error(`${test} fails although nothing was changed`);
  }
  for (const mutation of chosen) {
    const path = join(copy, 'dist/src', mutation.file);
    const [original, mutated] = changed(path, mutation);
    writeFileSync(path, mutated);
    const caught = !isGreen(copy, mutation.test);
    writeFileSync(path, original);
    if (!caught) missed.push(mutation.name);
    console.log(`${caught ? 'caught' : 'MISSED'}  ${mutation.name}  (${mutation.test})`);
  }
  console.log(`${chosen.length - missed.length} of ${chosen.length} caught`);
} finally {
  rmSync(copy, { recursive: true });
}
if (missed.length > 0) process.exitCode = 1;
