/**
 * Drives a server over a Unix socket: so many connections, each with so many requests on their way. The same for every
 * protocol, and as little as can be, since a driver in JavaScript takes longer for a request than the servers do: requests
 * are bytes made beforehand, and of replies only the ends are looked for.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** Counts the replies in `chunk`; keeps what it must know of a reply that is cut. @throws when one is a refusal */
export type ReplyCounter = (chunk: Buffer) => number;

export interface Work {
  readonly path: string;
  /** What comes before the first request, if anything does. */
  readonly hello?: { readonly bytes: Buffer; isAnswered(bytes: Buffer): boolean };
  /** One after the other, from the first again after the last. */
  readonly requests: readonly Buffer[];
  readonly counter: () => ReplyCounter;
}

export interface Load {
  readonly connections: number;
  /** Requests that a connection sends at once; the next when all are answered. */
  readonly pipeline: number;
  readonly seconds: number;
}

export interface Measured {
  /** Replies per second. */
  readonly rate: number;
  /** Replies per second of the server's CPU, in user and in system mode, of all its threads. */
  readonly ratePerCpu: number;
}

const TICKS_PER_SECOND = 100;

function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name, in parentheses, may have blanks in it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

class Lane {
  answered = 0;
  private missing = 0;
  private next: number;
  private onIdle: (() => void) | undefined;
  private isStopping = false;

  constructor(
    private readonly socket: Socket,
    private readonly work: Work,
    private readonly pipeline: number,
    index: number,
  ) {
    this.next = (index * 7919) % work.requests.length;
    const count = work.counter();
    socket.on('data', (chunk) => {
      const replies = count(chunk as Buffer);
      this.answered += replies;
      this.missing -= replies;
      if (this.missing > 0) return;
      if (this.isStopping) this.onIdle?.();
      else this.send();
    });
  }

  send(): void {
    const { requests } = this.work;
    const batch: Buffer[] = [];
    for (let index = 0; index < this.pipeline; index += 1) {
      batch.push(requests[this.next] as Buffer);
      this.next = (this.next + 1) % requests.length;
    }
    this.missing += this.pipeline;
    this.socket.write(batch.length === 1 ? (batch[0] as Buffer) : Buffer.concat(batch));
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    if (this.missing > 0) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
    }
    this.socket.destroy();
  }
}

async function open({ path, hello }: Work): Promise<Socket> {
  const socket = connect({ path });
  await once(socket, 'connect');
  if (hello === undefined) return socket;
  socket.write(hello.bytes);
  for (let answer = Buffer.alloc(0); !hello.isAnswered(answer); ) {
    answer = Buffer.concat([answer, (await once(socket, 'data'))[0] as Buffer]);
  }
  return socket;
}

export async function drive(pid: number, work: Work, load: Load): Promise<Measured> {
  const lanes = await Promise.all(
    Array.from(
      { length: load.connections },
      async (_, index) => new Lane(await open(work), work, load.pipeline, index),
    ),
  );
  const cpuBefore = cpuSeconds(pid);
  const startMs = performance.now();
  for (const lane of lanes) lane.send();
  await new Promise((resolve) => setTimeout(resolve, load.seconds * 1000));
  await Promise.all(lanes.map((lane) => lane.stop()));
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = cpuSeconds(pid) - cpuBefore;
  const answered = lanes.reduce((sum, lane) => sum + lane.answered, 0);
  return { rate: answered / seconds, ratePerCpu: answered / cpu };
}

/** Sends every request once. */
export async function sendAll(work: Work): Promise<void> {
  const socket = await open(work);
  const count = work.counter();
  const chunk = 64;
  for (let start = 0; start < work.requests.length; start += chunk) {
    const batch = work.requests.slice(start, start + chunk);
    let missing = batch.length;
    socket.write(Buffer.concat(batch));
    while (missing > 0) missing -= count((await once(socket, 'data'))[0] as Buffer);
  }
  socket.destroy();
}
