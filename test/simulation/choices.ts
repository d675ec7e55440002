/** What is left to chance, all of it from one source: so everything follows from the seed. */
import type { PartitionOptions } from '../../src/partition/limits.js';
import type { Mutation } from '../../src/partition/types.js';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { calm, type FaultRates } from './world.js';

export class Choices {
  readonly random: SeededRandom;
  /** Few: the same keys again and again; many: wide tables. */
  readonly #keys: number;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.#keys = this.pick([3, 20, 200]);
  }

  below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  chance(of: number): boolean {
    return this.below(1_000_000) < of * 1_000_000;
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.below(choices.length)] as Choice;
  }

  key(): string {
    return `k${String(this.below(this.#keys)).padStart(3, '0')}`;
  }

  value(): Uint8Array {
    return this.random.bytes(this.chance(0.02) ? 3000 : this.below(120));
  }

  mutations(): Mutation[] {
    return Array.from({ length: 1 + this.below(3) }, () => ({
      key: this.key(),
      value: this.chance(0.3) ? null : this.value(),
    }));
  }

  range(): { readonly from?: string; readonly to?: string; readonly reverse: boolean } {
    const [low, high] = [this.key(), this.key()].sort() as [string, string];
    const bounds = this.pick([{}, { from: low }, { to: high }, { from: low, to: high }]);
    return { ...bounds, reverse: this.chance(0.5) };
  }

  faultRates(): FaultRates {
    return this.pick([
      calm,
      { error: 0, short: 0.05, delay: 0.05, flip: 0 },
      { error: 0.01, short: 0.01, delay: 0.02, flip: 0 },
      { error: 0.002, short: 0.01, delay: 0, flip: 0.01 },
    ]);
  }

  /** So small that everything that happens at a bound happens all the time. */
  partitionOptions(): Partial<PartitionOptions> {
    return {
      memtableBytes: this.pick([1_000, 4_000, 20_000]),
      frozenMemtablesMax: this.pick([1, 3]),
      level0SlowdownTables: 4,
      level0StopTables: 8,
      feedLogBytesMax: this.pick([0, 20_000, 1_000_000]),
      table: {
        blockBytes: this.pick([64, 300, 4096]),
        filterBitsPerKey: this.pick([0, 10]),
        compression: 'none',
      },
      compaction: {
        level0TablesMax: this.pick([1, 2, 4]),
        baseBytes: this.pick([500, 4_000]),
        levelFactor: this.pick([2, 4]),
        targetTableBytes: this.pick([300, 2_000]),
      },
    };
  }
}
