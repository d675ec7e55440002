/** The resident memory of a process at its highest, from what the system knows of it. */
import { readFileSync, writeFileSync } from 'node:fs';

const POLL_MS = 50;

function statusBytes(pid: number, field: 'VmHWM' | 'VmRSS'): number | undefined {
  try {
    const [, kib] =
      new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}

export function residentBytes(pid: number): number {
  return statusBytes(pid, 'VmRSS') ?? 0;
}

/** Of one process, from now on until it ends or `stop` is called. */
export class MemoryWatch {
  #peak = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    // The system's own record of the highest starts anew: what is between two looks counts too.
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    this.#timer = setInterval(() => this.#look(), POLL_MS);
  }

  stop(): number {
    this.#look();
    clearInterval(this.#timer);
    return this.#peak;
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, statusBytes(this.pid, 'VmHWM') ?? 0);
  }
}
