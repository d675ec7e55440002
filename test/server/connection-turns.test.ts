/** The time of one connection: its turn among the others, and what it has for its frames. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import t from 'tap';
import { clientPreamble } from '../../src/protocol/format.js';
import { MessageWriter } from '../../src/protocol/message-writer.js';
import { writeMembers } from '../../src/protocol/value-writer.js';
import { SOCKET_LIMITS, TURN_STRIDE } from '../../src/server/limits.js';
import { Connection, type Surroundings } from '../../src/server/socket/connection.js';

/** Takes all that is written. */
class TakingSocket extends EventEmitter {
  readonly destroyed = false;
  readonly writableLength = 0;
  isPaused = false;

  write(): boolean {
    return true;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

function frames(count: number): Buffer {
  const writer = new MessageWriter();
  const pieces: Buffer[] = [Buffer.from(clientPreamble())];
  const take = () => {
    const { slab, start, end } = writer.end();
    pieces.push(Buffer.from(slab.subarray(start, end)));
  };
  writer.begin(2);
  writer.number(0);
  writeMembers(writer, {});
  take();
  for (let id = 0; id < count; id += 1) {
    writer.begin(4);
    writer.number(1);
    writer.number(id);
    writer.string('Query');
    writeMembers(writer, {});
    take();
  }
  return Buffer.concat(pieces);
}

/** A server whose requests take `requestMs` each, and are answered at once. */
function connected(requestMs: number) {
  let nowMs = 0;
  let answered = 0;
  const due: Connection[] = [];
  const socket = new TakingSocket();
  const surroundings: Surroundings = {
    api: {
      respond: () => {
        nowMs += requestMs;
        answered += 1;
        return {};
      },
      execute: () => Promise.reject(new Error('not called')),
    },
    limits: SOCKET_LIMITS,
    serverName: 'test',
    writer: new MessageWriter(),
    totals: { receiving: 0, inFlight: 0, unsent: 0, overloaded: 0 },
    now: () => nowMs,
    flushLater: (connection) => {
      if (!due.includes(connection)) due.push(connection);
    },
    onClosed: () => undefined,
    onDefect: (_, cause) => t.fail(String(cause)),
  };
  // No more of the socket is needed.
  const connection = new Connection(socket as unknown as Socket, surroundings);
  return {
    socket,
    answered: () => answered,
    checkTime: () => connection.checkTime(nowMs),
    /** The end of a turn of the event loop. Returns how many requests it answered. */
    turn: () => {
      const before = answered;
      for (const connection of due.splice(0)) connection.flush();
      return answered - before;
    },
  };
}

t.test('requests that take long are answered some at a time', async (t) => {
  const requestMs = 2;
  const { socket, answered, turn } = connected(requestMs);
  socket.emit('data', frames(100));
  const turnMax = 2 * TURN_STRIDE + SOCKET_LIMITS.turnMs / requestMs;
  t.ok(answered() <= turnMax, `${answered()} in the first turn`);
  t.ok(socket.isPaused, 'nothing more is read meanwhile');
  let turns = 1;
  for (let more = turn(); more > 0; more = turn()) {
    t.ok(more <= turnMax, `${more} in a turn`);
    turns += 1;
  }
  t.equal(answered(), 100);
  t.ok(turns > 8, `${turns} turns`);
  t.notOk(socket.isPaused, 'and it goes on');
});

t.test('requests that take no time are answered in one turn', async (t) => {
  const { socket, answered } = connected(0.01);
  socket.emit('data', frames(100));
  t.equal(answered(), 100);
  t.notOk(socket.isPaused);
});

t.test('each of the frames that overlap what is read at a time has all its time', async (t) => {
  const count = 10;
  const { socket, answered, checkTime, turn } = connected(SOCKET_LIMITS.frameMs / 3);
  const bytes = frames(count);
  const lastFrameBytes = bytes.length - frames(count - 1).length;
  // Each piece ends within a frame.
  let at = bytes.length - count * lastFrameBytes + 5;
  socket.emit('data', bytes.subarray(0, at));
  for (; at < bytes.length; at += lastFrameBytes) {
    socket.emit('data', bytes.subarray(at, at + lastFrameBytes));
    checkTime();
    turn();
  }
  t.equal(answered(), count);
});
