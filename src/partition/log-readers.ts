/**
 * Who still needs the log beyond the flush: change-feed readers, by name, with the sequence that each has passed. The
 * log is released no further than the slowest of them.
 *
 * A new reader is in the manifest before `retain` resolves. Progress is written with the next flush (it only matters
 * when something is released, and that follows a flush): after a crash a reader may hold more of the log than it needs.
 */
export class LogReaders {
  readonly #passed: Map<string, number>;
  readonly #holds = new Set<{ sequence: number; readonly bounded: boolean }>();
  /** Changed since they were last handed to the manifest. */
  readonly #unsaved = new Set<string>();

  constructor(saved: ReadonlyMap<string, number>) {
    this.#passed = new Map(saved);
  }

  get names(): readonly string[] {
    return [...this.#passed.keys()];
  }

  passedBy(name: string): number | undefined {
    return this.#passed.get(name);
  }

  /** Records up to `sequence` that each has not passed. */
  lags(sequence: number): ReadonlyMap<string, number> {
    return new Map([...this.#passed].map(([name, passed]) => [name, Math.max(0, sequence - passed)]));
  }

  get positions(): ReadonlyMap<string, number> {
    return new Map(this.#passed);
  }

  /**
   * Keeps the log beyond `sequence` until it is released. Not over restarts.
   * @param bounded only as far as `releasable` is told
   */
  hold(sequence: number, { bounded = false }: { readonly bounded?: boolean } = {}): LogHold {
    const hold = { sequence, bounded };
    this.#holds.add(hold);
    return {
      advance: (passed) => {
        hold.sequence = passed;
      },
      release: () => void this.#holds.delete(hold),
    };
  }

  /** True when the reader is new. */
  set(name: string, sequence: number): boolean {
    const isNew = !this.#passed.has(name);
    this.#passed.set(name, sequence);
    this.#unsaved.add(name);
    return isNew;
  }

  remove(name: string): void {
    if (this.#passed.delete(name)) this.#unsaved.add(name);
  }

  /** How far nobody needs the log who is there after a restart, when it is flushed through `flushed`. */
  passedByAll(flushed: number): number {
    let lowest = flushed;
    for (const sequence of this.#passed.values()) lowest = Math.min(lowest, sequence);
    return lowest;
  }

  /**
   * How far the log may be released when it is flushed through `flushed`.
   * @param bound what bounded holds keep at most: what is beyond this sequence
   */
  releasable(flushed: number, bound: number): number {
    let lowest = this.passedByAll(flushed);
    for (const { sequence, bounded } of this.#holds) {
      lowest = Math.min(lowest, bounded ? Math.max(sequence, bound) : sequence);
    }
    return lowest;
  }

  /** Changes for the manifest. They count as unsaved until `saved` is told. */
  changes(): ReadonlyMap<string, number | null> | undefined {
    if (this.#unsaved.size === 0) return undefined;
    const changes = new Map<string, number | null>();
    for (const name of this.#unsaved) changes.set(name, this.#passed.get(name) ?? null);
    return changes;
  }

  saved(changes: ReadonlyMap<string, number | null>): void {
    for (const [name, sequence] of changes) {
      if ((this.#passed.get(name) ?? null) === sequence) this.#unsaved.delete(name);
    }
  }
}

export interface LogHold {
  /** What is not beyond `sequence` is needed no more. */
  advance(sequence: number): void;
  release(): void;
}
