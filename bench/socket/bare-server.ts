/**
 * The ceiling: a Unix socket in Node that looks for the ends of Varve's frames, and answers each with bytes made beforehand.
 * It checks nothing, finds nothing and keeps nothing. usage: bare-server.js PATH
 */
import { createServer } from 'node:net';
import { SHAPES } from './shapes.js';
import { frame, item, OPERATION_AT, PREAMBLE } from './varve.js';

const { key, value, smallValue, rangeItems } = SHAPES;
const reply = (output: object) => frame([1, 1, output]);
/** By the first letter of the operation. */
const REPLIES: Readonly<Record<string, Buffer>> = {
  C: reply({}),
  P: reply({}),
  G: reply({ Item: item('id', key(0), 'value', value) }),
  Q: reply({
    Items: Array.from({ length: rangeItems }, (_, n) => item('id', key(0), 'n', n, 'v', smallValue)),
    Count: rangeItems,
    ScannedCount: rangeItems,
  }),
};

createServer((socket) => {
  let rest: Buffer = Buffer.alloc(0);
  let isGreeted = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const replies: Buffer[] = [];
    let at = isGreeted ? 0 : PREAMBLE.length;
    if (!isGreeted) replies.push(PREAMBLE);
    while (at + 4 <= bytes.length) {
      const end = at + 4 + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      const letter = String.fromCharCode(bytes[at + OPERATION_AT] as number);
      replies.push(isGreeted ? (REPLIES[letter] as Buffer) : frame([0, {}]));
      isGreeted = true;
      at = end;
    }
    rest = bytes.subarray(at);
    socket.write(replies.length === 1 ? (replies[0] as Buffer) : Buffer.concat(replies));
  });
}).listen(process.argv[2], () => console.log('ready'));
