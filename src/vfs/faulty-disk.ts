/**
 * Any disk, failing on purpose.
 *
 * Every operation gets a running index and is shown to a plan, which answers with a fault or nothing. So a test can fail
 * the first operation, then the second, … until its scenario runs through without meeting a fault; or fail all syncs; or
 * stop the machine at the tenth rename. `onIssued` is called at the moment between issue and completion: a `crashClone`
 * taken there sees the operation half done.
 */
import type { Clock } from './clock.js';
import type { DirectoryLock, Disk, DiskFile, FileStatus, OpenOptions } from './disk.js';
import { DiskStoppedError, diskError } from './errors.js';

export type OperationKind =
  | 'open'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'sizeBytes'
  | 'makeDirectory'
  | 'list'
  | 'status'
  | 'rename'
  | 'link'
  | 'remove'
  | 'removeTree'
  | 'syncDirectory'
  | 'lock';

export interface DiskOperation {
  readonly kind: OperationKind;
  readonly path: string;
  /** 0 for the first operation on this disk, then 1, … */
  readonly index: number;
  /** Of reads and writes. */
  readonly position?: number;
  readonly length?: number;
}

export type Fault =
  /** Fails with that code: without effect, or (`after`) although it took effect. */
  | { readonly kind: 'error'; readonly code: string; readonly when?: 'before' | 'after' }
  /** A read or write does no more than `bytes`. */
  | { readonly kind: 'short'; readonly bytes: number }
  /** Starts only after `delayMs` of the injected clock; so operations complete out of order. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** A read returns with that bit of the range inverted. */
  | { readonly kind: 'flip'; readonly bit: number }
  /** This operation and all later ones reject with `DiskStoppedError`. */
  | { readonly kind: 'stop' };

export type FaultPlan = (operation: DiskOperation) => Fault | undefined;

export interface FaultyDiskOptions {
  readonly plan?: FaultPlan;
  readonly onIssued?: (operation: DiskOperation) => void;
  /** Needed for delays. */
  readonly clock?: Clock;
}

/** Operations that change what is on the disk. */
const MUTATING: ReadonlySet<OperationKind> = new Set([
  'write',
  'sync',
  'truncate',
  'makeDirectory',
  'rename',
  'link',
  'remove',
  'removeTree',
  'syncDirectory',
]);

export function isMutating(operation: DiskOperation): boolean {
  return MUTATING.has(operation.kind);
}

/** Fails the operation with that index, counted among those that `which` selects, once. */
export function failNth(
  nth: number,
  code: string,
  which: (operation: DiskOperation) => boolean = () => true,
): FaultPlan {
  let seen = 0;
  return (operation) => {
    if (!which(operation)) return undefined;
    seen += 1;
    return seen === nth + 1 ? { kind: 'error', code } : undefined;
  };
}

export class FaultyDisk implements Disk {
  /** May be replaced at any time. */
  plan: FaultPlan;
  /** May be replaced at any time. */
  onIssued: (operation: DiskOperation) => void;
  #operations = 0;
  #stopped = false;
  readonly #clock: Clock | undefined;

  constructor(
    private readonly inner: Disk,
    options: FaultyDiskOptions = {},
  ) {
    this.plan = options.plan ?? (() => undefined);
    this.onIssued = options.onIssued ?? (() => undefined);
    this.#clock = options.clock;
  }

  /** Operations seen so far. */
  get operations(): number {
    return this.#operations;
  }

  /** From now on everything rejects. */
  stop(): void {
    this.#stopped = true;
  }

  async open(path: string, options: OpenOptions): Promise<DiskFile> {
    const file = await this.run({ kind: 'open', path }, () => this.inner.open(path, options));
    return new FaultyFile(this, file);
  }

  makeDirectory(path: string, mode?: number): Promise<void> {
    return this.run({ kind: 'makeDirectory', path }, () => this.inner.makeDirectory(path, mode));
  }

  list(path: string): Promise<string[]> {
    return this.run({ kind: 'list', path }, () => this.inner.list(path));
  }

  status(path: string): Promise<FileStatus | undefined> {
    return this.run({ kind: 'status', path }, () => this.inner.status(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.run({ kind: 'rename', path: to }, () => this.inner.rename(from, to));
  }

  link(from: string, to: string): Promise<void> {
    return this.run({ kind: 'link', path: to }, () => this.inner.link(from, to));
  }

  remove(path: string): Promise<void> {
    return this.run({ kind: 'remove', path }, () => this.inner.remove(path));
  }

  removeTree(path: string): Promise<void> {
    return this.run({ kind: 'removeTree', path }, () => this.inner.removeTree(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.run({ kind: 'syncDirectory', path }, () => this.inner.syncDirectory(path));
  }

  lock(path: string): Promise<DirectoryLock> {
    return this.run({ kind: 'lock', path }, () => this.inner.lock(path));
  }

  /** For `FaultyFile`: shows the operation to the plan, then does what the plan says. */
  async run<Result>(
    what: Omit<DiskOperation, 'index'>,
    perform: (fault: Fault | undefined) => Promise<Result>,
  ): Promise<Result> {
    this.#checkRunning(what.path);
    const operation = { ...what, index: this.#operations };
    this.#operations += 1;
    const fault = this.plan(operation);
    if (fault?.kind === 'stop') this.#stopped = true;
    this.#checkRunning(what.path);
    if (fault?.kind === 'error' && fault.when !== 'after') throw diskError(fault.code, what.kind, what.path);
    if (fault?.kind === 'delay') await this.#delay(fault.delayMs, what.path);
    const result = perform(fault);
    this.onIssued(operation);
    const value = await result;
    this.#checkRunning(what.path);
    if (fault?.kind === 'error') throw diskError(fault.code, what.kind, what.path);
    return value;
  }

  async #delay(delayMs: number, path: string): Promise<void> {
    const clock = this.#clock;
    if (clock === undefined) throw new TypeError('a plan with delays needs a clock');
    await new Promise<void>((resolve) => {
      clock.after(delayMs, resolve);
    });
    this.#checkRunning(path);
  }

  #checkRunning(path: string): void {
    if (this.#stopped) throw new DiskStoppedError(path);
  }
}

class FaultyFile implements DiskFile {
  constructor(
    private readonly disk: FaultyDisk,
    private readonly inner: DiskFile,
  ) {}

  get path(): string {
    return this.inner.path;
  }

  read(target: Uint8Array, targetOffset: number, length: number, position: number): Promise<number> {
    return this.disk.run({ kind: 'read', path: this.path, position, length }, async (fault) => {
      const wanted = fault?.kind === 'short' ? Math.min(length, fault.bytes) : length;
      const bytes = await this.inner.read(target, targetOffset, wanted, position);
      if (fault?.kind === 'flip' && bytes > 0) {
        const at = targetOffset + (Math.floor(fault.bit / 8) % bytes);
        target[at] = (target[at] ?? 0) ^ (1 << (fault.bit % 8));
      }
      return bytes;
    });
  }

  write(data: Uint8Array, position: number): Promise<number> {
    const what = { kind: 'write', path: this.path, position, length: data.length } as const;
    return this.disk.run(what, (fault) =>
      this.inner.write(fault?.kind === 'short' ? data.subarray(0, fault.bytes) : data, position),
    );
  }

  sync(): Promise<void> {
    return this.disk.run({ kind: 'sync', path: this.path }, () => this.inner.sync());
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.disk.run({ kind: 'truncate', path: this.path }, () => this.inner.truncate(sizeBytes));
  }

  sizeBytes(): Promise<number> {
    return this.disk.run({ kind: 'sizeBytes', path: this.path }, () => this.inner.sizeBytes());
  }

  /** Never fails on a stopped disk: the file behind it is closed in any case. */
  close(): Promise<void> {
    return this.inner.close();
  }
}
