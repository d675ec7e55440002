/** The items of a Query or a Scan: `for await`, and what is made of it. */
import { type Carried, decodeOutput } from './operation-input.js';
import type { CallOptions, Transport } from './transport.js';
import type { OperationOutput } from './types.js';

export class Range<T> implements AsyncIterable<T> {
  constructor(
    private readonly transport: Transport,
    private readonly operation: 'Query' | 'Scan',
    private readonly input: Carried,
    private readonly options: CallOptions,
  ) {}

  /** Whoever leaves the loop ends the reading. Each loop reads anew. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* (page.Items ?? []) as readonly T[];
  }

  /** As they come: with counts, and the key behind which the next one begins. */
  async *pages(): AsyncGenerator<OperationOutput<'Query'>, void, undefined> {
    for await (const page of this.transport.pages(this.operation, this.input, this.options)) {
      yield decodeOutput(page) as OperationOutput<'Query'>;
    }
  }

  async toArray(): Promise<T[]> {
    const items: T[] = [];
    for await (const page of this.pages()) items.push(...((page.Items ?? []) as readonly T[]));
    return items;
  }

  async first(): Promise<T | undefined> {
    for await (const item of this) return item;
    return undefined;
  }
}
