/** The client's interface without anything in between: operations are called. */
import { ServiceError } from '../api/service-error.js';
import type { Api, RequestContext } from '../api/types.js';
import { refusal, VarveError } from '../client/errors.js';
import type { Carried } from '../client/operation-input.js';
import { type CallOptions, inputAfter, isWrite, type Transport } from '../client/transport.js';
import type { Item } from '../encoding/attribute-value.js';
import { encodedItem, encodeItem } from '../encoding/item.js';
import type { Clock } from '../vfs/clock.js';

/** Of the items in one page of a range. */
const PAGE_BYTES = 128 * 1024;

export interface InProcessOptions {
  readonly api: Api;
  readonly caller: Pick<RequestContext, 'accountId' | 'region'>;
  readonly clock: Clock;
  /** Why nothing can be done any more; undefined as long as all is well. */
  failure(): VarveError | undefined;
  /** Closes what is below. */
  close(): Promise<void>;
}

export class InProcessTransport implements Transport {
  private readonly context: RequestContext;
  private readonly pending = new Set<Promise<unknown>>();
  private closed: Promise<void> | undefined;

  constructor(private readonly options: InProcessOptions) {
    this.context = { ...options.caller, encodedItems: true };
  }

  async call(operation: string, input: Carried, options: CallOptions): Promise<Carried> {
    options.signal?.throwIfAborted();
    return await this.within(this.execute(operation, input, this.context), options, isWrite(operation));
  }

  async *pages(
    operation: 'Query' | 'Scan',
    input: Carried,
    options: CallOptions,
  ): AsyncGenerator<Carried, void, undefined> {
    const context = { ...this.context, pageBytesMax: PAGE_BYTES };
    for (let rest: Carried | undefined = input; rest !== undefined; ) {
      options.signal?.throwIfAborted();
      const page: Carried = await this.within(this.execute(operation, rest, context), options, false);
      const next = inputAfter(rest, page);
      rest = next && {
        ...next,
        ExclusiveStartKey: encodedItem(encodeItem(page['LastEvaluatedKey'] as Item), 0),
      };
      yield page;
    }
  }

  private async execute(operation: string, input: Carried, context: RequestContext): Promise<Carried> {
    if (this.closed !== undefined) throw new VarveError('ClosedError', 'the database was closed');
    const failure = this.options.failure();
    if (failure !== undefined) throw failure;
    const output = this.options.api.execute(operation, input, context);
    this.pending.add(output);
    try {
      return await output;
    } catch (error) {
      throw error instanceof ServiceError ? refused(error, isWrite(operation)) : error;
    } finally {
      this.pending.delete(output);
    }
  }

  /** Nothing is taken back when the wait ends early. */
  private async within(output: Promise<Carried>, options: CallOptions, changes: boolean): Promise<Carried> {
    const { signal, timeoutMs } = options;
    if (signal === undefined && timeoutMs === undefined) return output;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      const timer =
        timeoutMs === undefined
          ? undefined
          : this.options.clock.after(timeoutMs, () =>
              reject(
                new VarveError('TimeoutError', `no reply within ${timeoutMs} ms`, {
                  mayHaveTakenEffect: changes,
                }),
              ),
            );
      signal?.addEventListener('abort', abort);
      output.then(resolve, reject).finally(() => {
        timer?.cancel();
        signal?.removeEventListener('abort', abort);
      });
    });
  }

  close(): Promise<void> {
    this.closed ??= this.drain();
    return this.closed;
  }

  private async drain(): Promise<void> {
    await Promise.allSettled(this.pending);
    await this.options.close();
  }
}

function refused(error: ServiceError, changes: boolean): VarveError {
  return refusal(error.status, error.toOutput(), { cause: error, isWrite: changes });
}
