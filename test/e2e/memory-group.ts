/** A bound on the memory of a daemon and all its threads, set by the system (cgroups(7), version 1 or 2). */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

export class MemoryGroup {
  private constructor(
    private readonly path: string,
    private readonly peakFile: string,
  ) {}

  /** Undefined where nobody may make one. */
  static create(bytes: number): MemoryGroup | undefined {
    const isSecond = existsSync(join(ROOT, 'cgroup.controllers'));
    const path = join(ROOT, isSecond ? '' : 'memory', `varve-test-${process.pid}`);
    try {
      mkdirSync(path);
      writeFileSync(join(path, isSecond ? 'memory.max' : 'memory.limit_in_bytes'), String(bytes));
    } catch {
      if (existsSync(path)) rmdirSync(path);
      return undefined;
    }
    return new MemoryGroup(path, isSecond ? 'memory.peak' : 'memory.max_usage_in_bytes');
  }

  /** For a process to join it: it writes its id there. */
  get members(): string {
    return join(this.path, 'cgroup.procs');
  }

  /** The most that its members had at a time, with what the system caches for them; it stays within the bound. */
  get peakBytes(): number {
    return Number(readFileSync(join(this.path, this.peakFile), 'latin1'));
  }

  /** When its members have ended. */
  remove(): void {
    rmdirSync(this.path);
  }
}
