/** Redis and as much of its protocol (RESP2) as the benchmark needs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplyCounter } from './driver.js';

export interface Server {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly path: string;
}

/** Every write on stable storage before its reply, as in Varve; nothing else that would cost it time. */
export async function startRedis(directory: string): Promise<Server> {
  const path = join(directory, 'redis.sock');
  const settings = {
    port: '0',
    unixsocket: path,
    dir: directory,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'auto-aof-rewrite-percentage': '0',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn('redis-server', options, { stdio: 'ignore' });
  for (let waits = 0; !existsSync(path); waits += 1) {
    if (waits > 200 || child.exitCode !== null) throw new Error('redis-server does not start');
    await sleep(25);
  }
  return { child, pid: child.pid as number, path };
}

export function command(...words: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = Buffer.from(word as string);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

const CR = 0x0d;
const LF = 0x0a;
const DIGIT = 0x30;
const [STATUS, BULK, LIST, ERROR] = Buffer.from('+$*-') as unknown as [number, number, number, number];

/** Replies are a status, a bulk string, or a list of bulk strings. */
export function redisReplies(): ReplyCounter {
  let type = 0;
  let number = 0;
  /** Bytes of a bulk string, and its line's end, that are still to come. */
  let skip = 0;
  /** Elements of a list that are still to come. */
  let elements = 0;
  return (chunk) => {
    let replies = 0;
    const finish = () => {
      if (elements > 0) elements -= 1;
      if (elements === 0) replies += 1;
    };
    for (let at = 0; at < chunk.length; ) {
      if (skip > 0) {
        const bytes = Math.min(skip, chunk.length - at);
        skip -= bytes;
        at += bytes;
        if (skip === 0) finish();
        continue;
      }
      const byte = chunk[at] as number;
      at += 1;
      if (type === 0) {
        if (byte === ERROR) throw new Error(chunk.toString('latin1', at));
        type = byte;
        number = 0;
      } else if (byte === LF) {
        if (type === STATUS) finish();
        else if (type === BULK) skip = number + 2;
        else if (type === LIST) elements = number;
        type = 0;
      } else if (byte !== CR && type !== STATUS) {
        if (byte === 0x2d) throw new Error('a key is missing');
        number = number * 10 + byte - DIGIT;
      }
    }
    return replies;
  };
}
