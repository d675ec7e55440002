/** Frames out of what arrives, however it was cut on the way. */
import t from 'tap';
import { FRAME_BYTES_MAX, FRAME_MEMORY_BYTES } from '../../src/backup/limits.js';
import {
  decodeItems,
  encodeItemsFrame,
  encodeJsonFrame,
  type Frame,
  FrameKind,
  framesOf,
} from '../../src/backup/wire-format.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';

const seed = 5;
const random = new SeededRandom(seed);

async function* cut(bytes: Buffer, longest: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + (random.uint32() % (longest + 1));
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function read(stream: AsyncIterable<Buffer>): Promise<{ kind: number; content: Buffer }[]> {
  const frames: { kind: number; content: Buffer }[] = [];
  for await (const { kind, content } of framesOf(stream))
    frames.push({ kind, content: Buffer.from(content) });
  return frames;
}

t.test('frames of every size, cut anywhere', async (t) => {
  const items = [1, 0, 3000, FRAME_MEMORY_BYTES + 1, 7].map((length) => Buffer.from(random.bytes(length)));
  const sent = [
    encodeJsonFrame(FrameKind.json, { a: 1 }),
    // The shortest there is: nothing but its kind.
    Buffer.from([0, 0, 0, 1, FrameKind.end]),
    encodeItemsFrame(3, items),
    encodeItemsFrame(4, items.slice(0, 3)),
    Buffer.from([0, 0, 0, 1, FrameKind.end]),
  ];
  const all = Buffer.concat(sent);
  for (const longest of [1, 2, 5, 6, 1000, 65_536, all.length]) {
    // Byte by byte, the beginning will do.
    const frames = await read(
      cut(longest < 5 ? all.subarray(0, (sent[0] as Buffer).length + 5) : all, longest),
    );
    const expected = longest < 5 ? sent.slice(0, 2) : sent;
    t.same(
      frames,
      expected.map((frame) => ({ kind: frame[4], content: frame.subarray(5) })),
      `pieces of up to ${longest} bytes, seed ${seed}`,
    );
  }
  const { position, items: found } = decodeItems((await read(cut(sent[2] as Buffer, 9999)))[0] as Frame);
  t.equal(position, 3);
  t.same(found, items);
});

t.test('a stream that ends within a frame, and impossible lengths', async (t) => {
  const frame = encodeJsonFrame(FrameKind.json, { some: 'thing' });
  for (let length = 1; length < frame.length; length += 1) {
    await t.rejects(read(cut(frame.subarray(0, length), 3)), {
      code: 'DISCONNECTED',
      message: /within a message/,
    });
  }
  for (const length of [0, FRAME_BYTES_MAX + 1]) {
    const header = Buffer.alloc(5);
    header.writeUInt32BE(length);
    await t.rejects(read(cut(header, 5)), { code: 'DISCONNECTED', message: /does not speak/ });
  }
});
