/** Says on the log what a start found in the logs of the partitions. */
import type { Recovery } from '../src/partition/types.js';
import { formatBytes, formatCounted } from './format.js';
import type { DaemonLog } from './log.js';

export class RecoveryLog {
  readonly #log: Pick<DaemonLog, 'info' | 'warn'>;
  #records = 0;
  #logs = 0;

  constructor(log: Pick<DaemonLog, 'info' | 'warn'>) {
    this.#log = log;
  }

  /** Of one log: at once when a write was cut off, which is what somebody will look for. */
  tell({ records, tornTail }: Recovery): void {
    this.#records += records;
    if (records > 0) this.#logs += 1;
    if (tornTail === undefined) return;
    const { file, offset, bytes } = tornTail;
    this.#log.warn(
      `${file}: a write that was cut off at byte ${offset}, and never acknowledged, was removed ` +
        `(${formatBytes(bytes)})`,
    );
  }

  /** Of all of them, once they are open. */
  sum(): void {
    if (this.#records === 0) return;
    this.#log.info(
      `took over ${formatCounted(this.#records, 'write')} from ${formatCounted(this.#logs, 'log')}`,
    );
  }
}
