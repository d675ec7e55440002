/** Work on one name comes one after the other; work on different names does not wait. */
export class Turns {
  /** The last of each name that has some, which never rejects. */
  readonly #last = new Map<string, Promise<unknown>>();

  async take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const result = before.then(work);
    const settled = result.catch(() => undefined);
    this.#last.set(name, settled);
    await settled;
    if (this.#last.get(name) === settled) this.#last.delete(name);
    return result;
  }
}
