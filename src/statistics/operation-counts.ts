/** How often something was asked for, how that ended, and how long it took. Counting allocates nothing. */
export class OperationCounts {
  successes = 0;
  /** Of all, however they ended. */
  durationMs = 0;
  /** By the name of the error. */
  readonly errors = new Map<string, number>();

  /** @param error undefined: it succeeded */
  add(error: string | undefined, durationMs: number): void {
    this.durationMs += durationMs;
    if (error === undefined) this.successes += 1;
    else this.errors.set(error, (this.errors.get(error) ?? 0) + 1);
  }

  get count(): number {
    let count = this.successes;
    for (const failed of this.errors.values()) count += failed;
    return count;
  }
}
