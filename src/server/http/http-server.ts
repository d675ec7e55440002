/**
 * The HTTP transport: AWS JSON 1.0 as DynamoDB's clients speak it.
 *
 * One request: admit (bounds) → receive the body → check, in the service's order, method, content type, JSON, target,
 * credentials → `Api.execute` → reply. What is refused before an operation is known is refused here; everything else
 * is the operation's to say.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import { internalServerError, ServiceError, serializationError } from '../../api/service-error.js';
import { type Api, NO_OUTPUT, type Output } from '../../api/types.js';
import type { Clock, Random } from '../../vfs/clock.js';
import { FailedRequests } from '../failed-requests.js';
import { HTTP_LIMITS, type HttpLimits } from '../limits.js';
import { outputToJson } from '../output-json.js';
import { requestIds } from '../request-id.js';
import { type BodyOutcome, BodyReceiver } from './body.js';
import { identify } from './caller.js';
import { type CorsPolicy, corsHeaders, preflightHeaders } from './cors.js';
import { hasMoreTokens } from './json-tokens.js';
import {
  HEALTHY,
  JSON_TYPE,
  NOT_AN_OPERATION,
  OVERLOADED,
  type Reply,
  send,
  TOO_LARGE,
  typedFor,
} from './reply.js';
import { isLoopback, mediaType, operationOf, parseJson } from './request-parts.js';
import type { HttpStatistics, Page } from './types.js';
import { UnreadReplies } from './unread-replies.js';

const CONTENT_TYPES = new Set([JSON_TYPE, 'application/x-amz-json-1.1', 'application/json']);

export interface HttpServerOptions {
  readonly api: Api;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes one line for the operator: a defect with its stack. */
  readonly log: (line: string) => void;
  readonly cors?: CorsPolicy;
  readonly limits?: Partial<HttpLimits>;
  /** What GET shows at further paths. */
  readonly pages?: ReadonlyMap<string, Page>;
}

/** Where clients reach it. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

/** One request between its last body byte and the last byte of its reply. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly bodyBytes: number;
}

export class HttpServer {
  private readonly server: Server;
  private readonly limits: HttpLimits;
  private readonly bodies: BodyReceiver;
  private readonly unread: UnreadReplies;
  private readonly nextRequestId: () => string;
  private readonly cors: CorsPolicy;
  private readonly failed: FailedRequests;
  /** Requests whose bodies are on their way. */
  private arriving = 0;
  private inFlight = 0;
  /** Of their bodies. */
  private inFlightBytes = 0;
  private readonly refused = { overloaded: 0, tooLarge: 0, connectionsRefused: 0 };
  private connections = 0;
  private draining = false;
  private closed: Promise<number> | undefined;
  private onDrained: (() => void) | undefined;

  constructor(private readonly options: HttpServerOptions) {
    this.limits = { ...HTTP_LIMITS, ...options.limits };
    this.bodies = new BodyReceiver(this.limits);
    this.unread = new UnreadReplies(this.limits);
    this.nextRequestId = requestIds(options.random);
    this.cors = options.cors ?? 'loopback';
    this.failed = new FailedRequests(options.clock, options.log);
    this.server = createServer({
      keepAlive: true,
      noDelay: true,
      headersTimeout: this.limits.headersMs,
      requestTimeout: this.limits.requestMs,
      keepAliveTimeout: this.limits.keepAliveMs,
      connectionsCheckingInterval: this.limits.timeoutCheckMs,
    });
    this.server.maxConnections = this.limits.connectionsMax;
    this.server.on('drop', () => {
      this.refused.connectionsRefused += 1;
    });
    this.server.on('connection', (socket) => {
      this.connections += 1;
      socket.once('close', () => {
        this.connections -= 1;
      });
    });
    this.server.on('request', (request, response) => this.receive(request, response));
    this.server.on('checkContinue', (request, response) => {
      // Who asks before sending too much need not send it.
      if ((BodyReceiver.announcedBytes(request) ?? 0) <= this.limits.bodyBytesMax) response.writeContinue();
      this.receive(request, response);
    });
  }

  /** Resolves with the port, once connections are accepted. Rejects with Node's error, such as `EADDRINUSE`. */
  async listen(host: string, port: number): Promise<number> {
    return (await this.begin({ host, port, backlog: 1024 })).port;
  }

  /** Likewise on a socket that somebody else listens on already, such as the system's service manager. */
  async listenOnDescriptor(descriptor: number): Promise<HttpAddress> {
    const { address, port } = await this.begin({ fd: descriptor });
    return { host: address, port };
  }

  private begin(where: ListenOptions | { readonly fd: number }): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(where, () => {
        this.server.off('error', reject);
        resolve(this.server.address() as AddressInfo);
      });
    });
  }

  /**
   * Accepts nothing more, lets requests in flight finish for at most `graceMs`, then closes what is left.
   * Resolves with the number of requests that were cut off. Idempotent: the first call's time counts.
   */
  close(graceMs: number): Promise<number> {
    this.closed ??= this.drain(graceMs);
    return this.closed;
  }

  get statistics(): HttpStatistics {
    const { connections, arriving, inFlight } = this;
    const bytes = {
      arriving: this.bodies.receivingBytes,
      inProgress: this.inFlightBytes,
      unread: this.unread.bytes,
    };
    return { connections, arriving, inFlight, bytes, ...this.refused };
  }

  private async drain(graceMs: number): Promise<number> {
    this.draining = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    if (this.isBusy) {
      await new Promise<void>((resolve) => {
        const timer = this.options.clock.after(graceMs, resolve);
        this.onDrained = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    const cutOff = this.arriving + this.inFlight;
    this.server.closeAllConnections();
    await closed;
    return cutOff;
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    if (this.inFlight >= this.limits.inFlightMax) {
      this.refuse(request, response, OVERLOADED);
      return;
    }
    this.arriving += 1;
    this.bodies.receive(request, (outcome) => {
      this.arriving -= 1;
      this.onBody(request, response, outcome);
    });
  }

  private onBody(request: IncomingMessage, response: ServerResponse, outcome: BodyOutcome): void {
    switch (outcome.kind) {
      case 'complete':
        this.admit(request, response, outcome.bytes);
        return;
      case 'too-large':
        this.refuse(request, response, TOO_LARGE);
        return;
      case 'overloaded':
        this.refuse(request, response, OVERLOADED);
        return;
      case 'gone':
        this.noteProgress();
        return;
    }
  }

  private admit(request: IncomingMessage, response: ServerResponse, body: Uint8Array): void {
    const isTooMuch = this.inFlightBytes + body.length > this.limits.inFlightBytesMax;
    if (isTooMuch && this.inFlightBytes > 0) {
      this.refuse(request, response, OVERLOADED);
      return;
    }
    this.inFlight += 1;
    this.inFlightBytes += body.length;
    this.answer({ request, response, requestId: this.nextRequestId(), bodyBytes: body.length }, body);
  }

  /** Replies to a request whose body may still be on its way, so its connection is of no further use. */
  private refuse(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
    this.countRefusal(reply);
    send(response, reply, { requestId: this.nextRequestId(), close: true });
    response.once('finish', () => {
      request.socket.destroySoon();
      this.noteProgress();
    });
  }

  private answer(exchange: Exchange, body: Uint8Array): void {
    const { method } = exchange.request;
    if (method !== 'POST') {
      this.answerOtherMethod(exchange, method);
      return;
    }
    const contentType = mediaType(exchange.request.headers['content-type']);
    if (body.length > 0 && !CONTENT_TYPES.has(contentType)) {
      this.reply(exchange, NOT_AN_OPERATION);
      return;
    }
    if (hasMoreTokens(body, this.limits.bodyTokensMax)) {
      this.reply(exchange, TOO_LARGE);
      return;
    }
    try {
      this.execute(exchange, body);
    } catch (error) {
      this.fail(exchange, error);
    }
  }

  private execute(exchange: Exchange, body: Uint8Array): void {
    const { headers, url } = exchange.request;
    const input = body.length > 0 ? parseJson(body) : undefined;
    const operation = operationOf(headers['x-amz-target']);
    const hasDate = headers['x-amz-date'] !== undefined || headers.date !== undefined;
    const { accountId, region } = identify(headers.authorization, hasDate, url ?? '/');
    if (body.length === 0) throw serializationError();
    this.options.api.execute(operation, input, { requestId: exchange.requestId, accountId, region }).then(
      (output) => this.succeed(exchange, output),
      (error) => this.fail(exchange, error),
    );
  }

  private succeed(exchange: Exchange, output: Output): void {
    let body: string;
    try {
      body = output === NO_OUTPUT ? '' : outputToJson(output);
    } catch (error) {
      this.fail(exchange, error);
      return;
    }
    this.reply(exchange, { status: 200, type: JSON_TYPE, body });
  }

  private fail(exchange: Exchange, error: unknown): void {
    const known = error instanceof ServiceError ? error : internalServerError(error);
    // A 503 is no defect: why the service cannot is told where it was met, once and not for each request.
    if (known.status === 500) {
      const target = exchange.request.headers['x-amz-target'] ?? '?';
      this.failed.tell(`request ${exchange.requestId} (${target})`, known.cause ?? known);
    }
    this.reply(exchange, { status: known.status, type: JSON_TYPE, body: outputToJson(known.toOutput()) });
  }

  /** Everything but operations: health, preflights, pages, and what is none of them. */
  private answerOtherMethod(exchange: Exchange, method: string | undefined): void {
    const { request } = exchange;
    if (method === 'OPTIONS' && request.headers.origin !== undefined) {
      const preflight: Reply = { status: 200, type: HEALTHY.type, body: '' };
      this.reply(exchange, preflight, preflightHeaders(request));
      return;
    }
    const path = method === 'GET' || method === 'HEAD' ? request.url : undefined;
    const page = path === undefined ? undefined : this.options.pages?.get(path);
    if (page !== undefined && (!page.loopbackOnly || isLoopback(request.socket.remoteAddress))) {
      page.render().then(
        (body) => this.reply(exchange, { status: 200, type: page.type, body }),
        (error) => this.fail(exchange, error),
      );
      return;
    }
    this.reply(exchange, path === '/' ? HEALTHY : NOT_AN_OPERATION);
  }

  private reply(exchange: Exchange, wanted: Reply, headers?: readonly string[]): void {
    const { request, response } = exchange;
    const bytes = Buffer.byteLength(wanted.body, 'utf8');
    const reply = this.unread.admits(bytes) ? wanted : OVERLOADED;
    this.countRefusal(reply);
    const { origin } = request.headers;
    const more = origin === undefined ? headers : [...corsHeaders(this.cors, origin), ...(headers ?? [])];
    send(response, typedFor(reply, mediaType(request.headers['content-type'])), {
      requestId: exchange.requestId,
      headOnly: request.method === 'HEAD',
      close: this.draining,
      ...(more === undefined ? undefined : { headers: more }),
    });
    // Nearly every reply fits the socket's buffer and is the system's by now. One that waits for a slow reader still
    // takes memory, so it stays in flight and is counted.
    if (response.writableLength === 0 && request.socket.writableLength === 0) {
      this.finished(exchange);
      return;
    }
    this.unread.hold(response, bytes, () => this.finished(exchange));
  }

  private countRefusal(reply: Reply): void {
    if (reply === OVERLOADED) this.refused.overloaded += 1;
    else if (reply === TOO_LARGE) this.refused.tooLarge += 1;
  }

  private finished({ bodyBytes }: Exchange): void {
    this.inFlight -= 1;
    this.inFlightBytes -= bodyBytes;
    this.noteProgress();
  }

  private get isBusy(): boolean {
    return this.arriving > 0 || this.inFlight > 0;
  }

  private noteProgress(): void {
    if (this.draining && !this.isBusy) this.onDrained?.();
  }
}
