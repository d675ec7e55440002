import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { type BodyOutcome, BodyReceiver } from '../../src/server/http/body.js';
import { HTTP_LIMITS } from '../../src/server/limits.js';

/** What a socket hands over: a few bytes in a slab that they keep from being freed. */
function slab(text: string): Buffer {
  const bytes = Buffer.alloc(1024);
  return bytes.subarray(0, bytes.write(text));
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

t.test('a body in chunks of one byte arrives whole, and keeps none of what they came in', async (t) => {
  const receiver = new BodyReceiver(HTTP_LIMITS);
  const request = Object.assign(new EventEmitter(), { headers: {} }) as unknown as IncomingMessage;
  let outcome: BodyOutcome | undefined;
  receiver.receive(request, (received) => {
    outcome = received;
  });
  const text = 'abcdefghij'.repeat(2_000);
  const chunks: WeakRef<Buffer>[] = [];
  for (const character of text) {
    const chunk = slab(character);
    chunks.push(new WeakRef(chunk));
    request.emit('data', chunk);
  }
  // Weak references are let go of between turns.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  const kept = chunks.filter((chunk) => chunk.deref() !== undefined).length;
  t.ok(kept < 10, `${kept} of ${chunks.length} chunks kept`);
  request.emit('end');
  t.equal(outcome?.kind, 'complete');
  if (outcome?.kind === 'complete') t.equal(Buffer.from(outcome.bytes).toString(), text);
});
