/** Checks a directory and reports: findings as they come, progress, a summary. */
import {
  bytesToCheck,
  type CheckTarget,
  type DirectoryCheck,
  verifyDataDirectory,
  verifyOnePartition,
} from '../src/table/verify.js';
import type { Clock } from '../src/vfs/clock.js';
import type { Disk } from '../src/vfs/disk.js';
import type { CheckObserver, Finding } from '../src/vfs/findings.js';
import { EXIT_FAILURE, EXIT_OK } from './exit-codes.js';
import { formatBytes, formatCounted, formatDuration } from './format.js';
import { lockOf, offlineTargetOf } from './offline-directory.js';
import { LineOutput, type TextStream } from './output.js';
import { ByteProgress } from './progress.js';

/** More are counted, but not kept or shown: a file full of zeros has one for each of its blocks. */
const FINDINGS_MAX = 1000;

export interface VerifyOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** Absolute. */
  readonly directory: string;
  readonly json: boolean;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

/** Resolves with the exit code. Rejects with a `CommandError` when nothing could be checked. */
export async function runVerify(options: VerifyOptions): Promise<number> {
  const { disk, directory } = options;
  const target = await offlineTargetOf(disk, directory);
  const lock = await lockOf(disk, directory, target);
  try {
    const report = new Report(options, target, await bytesToCheck(disk, directory));
    report.begin();
    const check = target === 'partition' ? verifyOnePartition : verifyDataDirectory;
    report.end(await check({ disk, directory, observer: report }));
    return report.damages > 0 ? EXIT_FAILURE : EXIT_OK;
  } finally {
    await lock?.release();
  }
}

class Report implements CheckObserver {
  damages = 0;
  #warnings = 0;
  readonly #findings: Finding[] = [];
  readonly #options: VerifyOptions;
  readonly #target: CheckTarget;
  readonly #totalBytes: number;
  readonly #output: LineOutput;
  readonly #progress: ByteProgress;
  readonly #startMs: number;
  #bytes = 0;

  constructor(options: VerifyOptions, target: CheckTarget, totalBytes: number) {
    this.#options = options;
    this.#target = target;
    this.#totalBytes = totalBytes;
    this.#output = new LineOutput(options.stdout);
    this.#startMs = options.clock.monotonic();
    this.#progress = new ByteProgress({ clock: options.clock, stream: options.stderr, totalBytes });
  }

  begin(): void {
    const { json, directory } = this.#options;
    if (json) return;
    this.#output.write(`${directory}: a ${this.#target}, ${formatBytes(this.#totalBytes)} to check`);
  }

  onFinding(finding: Finding): void {
    if (finding.severity === 'damage') this.damages += 1;
    else this.#warnings += 1;
    if (this.damages + this.#warnings > FINDINGS_MAX) return;
    this.#findings.push(finding);
    if (this.#options.json) return;
    this.#progress.clear();
    const { severity, path, offset, fault } = finding;
    const place = offset === undefined ? path : `${path} at ${offset}`;
    this.#output.write(`${severity.padEnd(7)}  ${place}: ${fault}`);
  }

  onBytes(bytes: number): void {
    this.#bytes += bytes;
    this.#progress.show(this.#bytes);
  }

  end(counts: DirectoryCheck): void {
    this.#progress.clear();
    const elapsedMs = this.#options.clock.monotonic() - this.#startMs;
    if (this.#options.json) this.#endWithJson(counts, elapsedMs);
    else this.#endWithText(counts, elapsedMs);
  }

  #endWithJson({ partitions, tables, entries, segments, records }: DirectoryCheck, elapsedMs: number): void {
    const report = {
      directory: this.#options.directory,
      target: this.#target,
      sound: this.damages === 0,
      damages: this.damages,
      warnings: this.#warnings,
      checkedBytes: this.#bytes,
      elapsedMs: Math.round(elapsedMs),
      partitions,
      sortedFiles: tables,
      entries,
      logSegments: segments,
      logRecords: records,
      findings: this.#findings,
    };
    this.#output.write(JSON.stringify(report, null, 2));
  }

  #endWithText({ partitions, tables, entries, segments, records }: DirectoryCheck, elapsedMs: number): void {
    const omitted = this.damages + this.#warnings - this.#findings.length;
    if (omitted > 0) this.#output.write(`… and ${omitted} more`);
    const rate = formatBytes(Math.round((this.#bytes * 1000) / Math.max(1, elapsedMs)));
    this.#output.write(
      `checked ${formatBytes(this.#bytes)} in ${formatDuration(elapsedMs)} (${rate}/s): ` +
        `${formatCounted(partitions, 'partition')}, ` +
        `${formatCounted(tables, 'sorted file')} with ${formatCounted(entries, 'entry', 'entries')}, ` +
        `${formatCounted(segments, 'log segment')} with ${formatCounted(records, 'record')}`,
    );
    const warnings = this.#warnings === 0 ? '' : `, ${formatCounted(this.#warnings, 'warning')}`;
    const verdict = this.damages === 0 ? 'sound' : `DAMAGED: ${formatCounted(this.damages, 'finding')}`;
    this.#output.write(`${verdict}${warnings}`);
  }
}
