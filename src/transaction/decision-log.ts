/**
 * The node's transaction log: which transactions over several partitions are decided. A small partition of its own.
 *
 *   key    id of the transaction: 16 bytes
 *   value  0x01 | timestamp ms, 6 bytes big-endian | names of the participants as a JSON array, UTF-8
 *
 * The record of an entry is the moment of truth: a prepared transaction with an entry is committed, one without is not
 * (presumed abort; Mohan, Lindsay, Obermarck: "Transaction Management in the R* Distributed Database Management System",
 * 1986). An entry is removed, some time, after every participant durably knows.
 */
import type { Key, Partition, TransactionId, TransactionStamp } from '../partition/types.js';
import type { Clock, TimerHandle } from '../vfs/clock.js';
import { TransactionFormatError } from './errors.js';
import { DECISIONS_REMOVED_MAX, DECISIONS_REMOVED_MS } from './limits.js';

const VERSION = 0x01;
const HEADER_BYTES = 7;

export interface Decision {
  readonly stamp: TransactionStamp;
  readonly participants: readonly string[];
}

export class DecisionLog {
  /** Every participant knows. */
  #finished: TransactionId[] = [];
  #timer: TimerHandle | undefined;

  constructor(
    private readonly partition: Partition,
    private readonly clock: Clock,
  ) {}

  /** Set: nothing can be recorded now. */
  get failure(): Error | undefined {
    return this.partition.failure;
  }

  /** Durable on return. Recording a decision again changes nothing. */
  async record({ stamp, participants }: Decision): Promise<void> {
    const names = JSON.stringify(participants);
    const value = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(names));
    value[0] = VERSION;
    value.writeUIntBE(stamp.timestampMs, 1, 6);
    value.write(names, HEADER_BYTES);
    await this.partition.write([{ key: keyOf(stamp.id), value }]);
  }

  async list(): Promise<Map<TransactionId, Decision>> {
    const decisions = new Map<TransactionId, Decision>();
    const cursor = this.partition.range({});
    try {
      for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
        const decision = decodeDecision(entry.key, entry.value);
        decisions.set(decision.stamp.id, decision);
      }
    } finally {
      cursor.close();
    }
    return decisions;
  }

  /** The entry is of no more use; it goes with others. */
  remove(id: TransactionId): void {
    this.#finished.push(id);
    if (this.#finished.length >= DECISIONS_REMOVED_MAX) this.#removeSoon(0);
    else if (this.#timer === undefined) this.#removeSoon(DECISIONS_REMOVED_MS);
  }

  /** Removes what is left to be removed. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#removeFinished();
    await this.partition.close();
  }

  #removeSoon(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.clock.after(delayMs, () => {
      this.#timer = undefined;
      void this.#removeFinished();
    });
  }

  async #removeFinished(): Promise<void> {
    const ids = this.#finished.splice(0);
    if (ids.length === 0) return;
    try {
      await this.partition.write(ids.map((id) => ({ key: keyOf(id), value: null })));
    } catch {
      // They do no harm: the next start removes what is left.
    }
  }
}

function keyOf(id: TransactionId): Key {
  return Buffer.from(id, 'hex').toString('latin1');
}

/** @throws TransactionFormatError */
export function decodeDecision(key: Key, bytes: Uint8Array): Decision {
  const id = Buffer.from(key, 'latin1').toString('hex');
  if (bytes[0] !== VERSION || bytes.length < HEADER_BYTES) {
    throw new TransactionFormatError(`the decision on transaction ${id} has the unknown version ${bytes[0]}`);
  }
  const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const participants = JSON.parse(value.toString('utf8', HEADER_BYTES)) as readonly string[];
    return { stamp: { id, timestampMs: value.readUIntBE(1, 6) }, participants };
  } catch (cause) {
    throw new TransactionFormatError(`the decision on transaction ${id} does not parse`, { cause });
  }
}
