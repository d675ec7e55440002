/**
 * Which idempotency tokens have been used in the last ten minutes (of the wall clock).
 *
 * The truth is in the partitions: a token is there exactly when its transaction is. What is here says it faster, and
 * knows what only this life of the process can know: which transactions are under way. It is bounded: of more tokens
 * than it can hold it forgets the oldest, and then looks for a token it does not know in the partition where the same
 * transaction would have left it. (A forgotten token that comes back with actions on other partitions is taken for a new
 * one.)
 */
import type { Partition } from '../partition/types.js';
import type { Clock } from '../vfs/clock.js';
import { TokenError } from './errors.js';
import { TOKEN_LIFE_MS, TOKENS_KNOWN_MAX } from './limits.js';
import { decodeToken, tokenKey } from './token-format.js';
import type { Token } from './types.js';

interface Known {
  readonly digest: string;
  /** Undefined: under way. A partition: it alone knows, once its log goes on. */
  readonly state: { readonly expiresMs: number } | Partition | undefined;
}

export interface TokensOptions {
  readonly knownMax?: number;
}

export class Tokens {
  readonly #clock: Clock;
  readonly #knownMax: number;
  /** Ended ones in the order in which they ended. */
  readonly #known = new Map<string, Known>();
  /** Until then there may be tokens that were forgotten. */
  #forgottenUntilMs = 0;

  constructor(clock: Clock, { knownMax = TOKENS_KNOWN_MAX }: TokensOptions = {}) {
    this.#clock = clock;
    this.#knownMax = knownMax;
  }

  get size(): number {
    return this.#known.size;
  }

  /**
   * True: its transaction has been committed, there is nothing to do. False: the token is the caller's until it calls
   * `committed`, `release` or `doubt`. Rejects with `TokenError`.
   * @param home where the transaction keeps its token
   */
  async claim(token: Token, home: Partition): Promise<boolean> {
    this.#forget();
    const known = this.#known.get(token.value);
    if (known !== undefined) {
      if (known.digest !== token.digest) throw new TokenError('TOKEN_MISMATCH');
      if (known.state === undefined) throw new TokenError('TOKEN_IN_PROGRESS');
      if ('expiresMs' in known.state) return true;
      if (known.state.failure !== undefined) throw known.state.failure;
    } else if (this.#clock.now() >= this.#forgottenUntilMs) {
      this.#known.set(token.value, { digest: token.digest, state: undefined });
      return false;
    }
    return this.#lookUp(token, known, home);
  }

  /** @param committedMs as it is stored */
  committed({ value, digest }: Token, committedMs: number): void {
    this.#known.delete(value);
    this.#known.set(value, { digest, state: { expiresMs: committedMs + TOKEN_LIFE_MS } });
  }

  /** Nothing came of its transaction: it may be used again. */
  release({ value }: Token): void {
    this.#known.delete(value);
  }

  /** The log failed under the transaction's record; what is in it will be seen when it goes on. */
  doubt({ value, digest }: Token, home: Partition): void {
    this.#known.set(value, { digest, state: home });
  }

  /** What a restart found: ended ones, in any order. */
  restore(found: { readonly token: Token; readonly committedMs: number }[]): void {
    found.sort((left, right) => left.committedMs - right.committedMs);
    for (const { token, committedMs } of found) this.committed(token, committedMs);
    this.#forget();
  }

  async #lookUp(token: Token, known: Known | undefined, home: Partition): Promise<boolean> {
    this.#known.set(token.value, { digest: token.digest, state: undefined });
    try {
      const { value: stored } = await home.current(tokenKey(token.value));
      const found = stored === undefined ? undefined : decodeToken(stored);
      if (found === undefined || found.committedMs + TOKEN_LIFE_MS <= this.#clock.now()) return false;
      if (found.digest !== token.digest) throw new TokenError('TOKEN_MISMATCH');
      this.committed(token, found.committedMs);
      return true;
    } catch (error) {
      if (known === undefined) this.release(token);
      else this.#known.set(token.value, known);
      throw error;
    }
  }

  #forget(): void {
    const nowMs = this.#clock.now();
    for (const [value, { state }] of this.#known) {
      if (state === undefined || !('expiresMs' in state)) continue;
      if (state.expiresMs > nowMs) {
        if (this.#known.size <= this.#knownMax) return;
        this.#forgottenUntilMs = Math.max(this.#forgottenUntilMs, state.expiresMs);
      }
      this.#known.delete(value);
    }
  }
}
