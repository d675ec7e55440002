/** The tokens in the partitions: found after a restart, removed when they have expired. */
import type { Entry, Partition } from '../partition/types.js';
import type { Clock, TimerHandle } from '../vfs/clock.js';
import { TOKEN_LIFE_MS, TOKEN_SWEEP_BATCH, TOKEN_SWEEP_MS } from './limits.js';
import { decodeToken, type StoredToken, tokenOf, tokenRange } from './token-format.js';
import type { Token } from './types.js';

export interface FoundToken {
  readonly token: Token;
  readonly committedMs: number;
}

export class TokenStore {
  /** Partitions that may hold tokens. */
  readonly #homes = new Set<Partition>();
  #timer: TimerHandle | undefined;
  #sweeping: Promise<void> | undefined;
  #closed = false;

  constructor(private readonly clock: Clock) {}

  /** A token was written there. */
  note(home: Partition): void {
    if (this.#closed) return;
    this.#homes.add(home);
    this.#timer ??= this.clock.after(TOKEN_SWEEP_MS, () => {
      this.#sweeping = this.#sweep();
    });
  }

  /** All that have not expired. */
  async find(partition: Partition): Promise<FoundToken[]> {
    const found: FoundToken[] = [];
    for await (const { key, value } of entriesOf(partition)) {
      this.note(partition);
      const stored = decodeToken(value);
      if (this.#hasExpired(stored)) continue;
      found.push({ token: { value: tokenOf(key), digest: stored.digest }, committedMs: stored.committedMs });
    }
    return found;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#sweeping;
  }

  #hasExpired({ committedMs }: StoredToken): boolean {
    return committedMs + TOKEN_LIFE_MS <= this.clock.now();
  }

  async #sweep(): Promise<void> {
    for (const home of this.#homes) {
      try {
        if (!(await this.#sweepHome(home))) this.#homes.delete(home);
      } catch {
        // Closed with its table, or its log has failed; then the next start takes care of it.
        this.#homes.delete(home);
      }
      if (this.#closed) return;
    }
    this.#timer = undefined;
    for (const home of this.#homes) this.note(home);
  }

  /** False when there is nothing left to expire. */
  async #sweepHome(home: Partition): Promise<boolean> {
    let expired: string[] = [];
    let left = false;
    for await (const { key, value } of entriesOf(home)) {
      if (this.#closed) return left;
      if (this.#hasExpired(decodeToken(value))) expired.push(key);
      else left = true;
      if (expired.length < TOKEN_SWEEP_BATCH) continue;
      await this.#remove(home, expired);
      expired = [];
    }
    await this.#remove(home, expired);
    return left;
  }

  /** Each unless it was used anew meanwhile. */
  async #remove(home: Partition, keys: readonly string[]): Promise<void> {
    const isExpired = (value: Uint8Array | undefined) =>
      value !== undefined && this.#hasExpired(decodeToken(value));
    await Promise.all(
      keys.map((key) => home.update(key, (current) => (isExpired(current) ? [{ key, value: null }] : null))),
    );
  }
}

/** Lets others run every now and then. */
async function* entriesOf(partition: Partition): AsyncGenerator<Entry> {
  const cursor = partition.range(tokenRange);
  try {
    for (let count = 1; ; count += 1) {
      const next = cursor.next();
      const entry = next instanceof Promise ? await next : next;
      if (entry === undefined) return;
      yield entry;
      if (count % TOKEN_SWEEP_BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    cursor.close();
  }
}
