/**
 * A Query or Scan of any size: page after page, as the client grants bytes and takes them. The pages are those of the
 * operation itself, only smaller, so a stream sees what a client would that asks for one page after another.
 */
import type { ServiceError } from '../../api/service-error.js';
import type { Api, Output, RequestContext } from '../../api/types.js';
import type { Item } from '../../encoding/attribute-value.js';
import { encodedItem, encodeItem } from '../../encoding/item.js';

export interface StreamRequest {
  readonly operation: 'Query' | 'Scan';
  readonly input: unknown;
  /** Bytes of replies that the client is ready for. The page that uses them up is sent whole. */
  readonly credit: number;
}

export interface StreamSink {
  /** Returns its bytes. */
  page(output: Output): number;
  /** Whether the connection has as much as it may have that the client does not take. */
  isClogged(): boolean;
}

/** What a cancelled stream ends with. */
const NOTHING: Output = {};

export class RangeStream {
  private credit: number;
  private isCancelled = false;
  private stoppedBy: ServiceError | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly api: Api,
    private readonly request: StreamRequest,
    private readonly context: RequestContext,
  ) {
    this.credit = request.credit;
  }

  addCredit(bytes: number): void {
    this.credit += bytes;
    this.wake?.();
  }

  cancel(): void {
    this.isCancelled = true;
    this.wake?.();
  }

  /** What was not sent yet is refused with `reason`. */
  stop(reason: ServiceError): void {
    this.stoppedBy = reason;
    this.wake?.();
  }

  onDrain(): void {
    this.wake?.();
  }

  /** Resolves with the last page. Rejects with what the operation refuses. */
  async run(sink: StreamSink): Promise<Output> {
    let { input } = this.request;
    for (;;) {
      const output = await this.api.respond(this.request.operation, input, this.context);
      if (this.isCancelled) return NOTHING;
      const next = nextInput(input, output);
      if (next === undefined) return output;
      input = next;
      this.credit -= sink.page(output);
      while (!this.isOver && (this.credit <= 0 || sink.isClogged())) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
      if (this.isCancelled) return NOTHING;
      if (this.stoppedBy !== undefined) throw this.stoppedBy;
    }
  }

  private get isOver(): boolean {
    return this.isCancelled || this.stoppedBy !== undefined;
  }
}

/** Where the next page begins; undefined after the last. `Limit` counts what all pages look at. */
function nextInput(input: unknown, output: Output): object | undefined {
  const last = output['LastEvaluatedKey'];
  if (last === undefined) return undefined;
  const { Limit: limit } = input as { readonly Limit?: unknown };
  const next = { ...(input as object), ExclusiveStartKey: encodedItem(encodeItem(last as Item).slice(), 0) };
  if (typeof limit !== 'number') return next;
  const left = limit - (output['ScannedCount'] as number);
  return left > 0 ? { ...next, Limit: left } : undefined;
}
