/** Reads the items of a data file, and hands them on as they are to be stored. */
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { decodeItemJson } from '../encoding/attribute-json.js';
import { EncodingError } from '../encoding/errors.js';
import { itemSizeBytes } from '../encoding/item-size.js';
import { ITEM_BYTES_MAX } from '../encoding/limits.js';
import { encodeStored } from '../table/stored-item.js';
import { BackupError, damaged } from './errors.js';
import { BATCH_BYTES, LINE_BYTES_MAX, READ_BYTES } from './limits.js';

const NEWLINE = 0x0a;

/** Batches of stored items. `file` is its name, for messages. */
export async function* itemsOf(file: string, content: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  let line = 0;
  for await (const text of linesOf(file, content)) {
    line += 1;
    if (text === '') continue;
    const stored = storedOf(file, line, text);
    batch.push(stored);
    bytes += stored.length;
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** @throws BackupError */
function storedOf(file: string, line: number, text: string): Uint8Array {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw damaged(file, `line ${line} is not JSON`, cause);
  }
  const json = (document as { readonly Item?: unknown } | null)?.Item;
  if (typeof json !== 'object' || json === null) throw damaged(file, `line ${line} has no Item`);
  try {
    const item = decodeItemJson(json);
    const sizeBytes = itemSizeBytes(item);
    if (sizeBytes > ITEM_BYTES_MAX) {
      throw new EncodingError(
        'validation',
        `an item of ${sizeBytes} bytes is larger than the ${ITEM_BYTES_MAX} allowed`,
      );
    }
    return encodeStored(item, sizeBytes);
  } catch (cause) {
    if (!(cause instanceof EncodingError)) throw cause;
    throw new BackupError('INVALID_ITEM', `${file}: line ${line}: ${cause.message}`, { cause });
  }
}

async function* linesOf(file: string, content: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of unzipped(file, content)) {
    const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    // What was left over has no end of a line.
    for (let end = text.indexOf(NEWLINE, rest.length); end >= 0; end = text.indexOf(NEWLINE, start)) {
      yield text.toString('utf8', start, end);
      start = end + 1;
    }
    rest = text.subarray(start);
    if (rest.length > LINE_BYTES_MAX) throw damaged(file, `a line is longer than ${LINE_BYTES_MAX} bytes`);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

/** Its content may be cut or damaged, and may be of several members (RFC 1952). */
async function* unzipped(file: string, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip: Transform = createGunzip({ chunkSize: READ_BYTES });
  let failure: Error | undefined;
  const source = Readable.from(content, { objectMode: false, highWaterMark: READ_BYTES });
  source.once('error', (error: Error) => {
    failure = error;
  });
  pipeline(source, gunzip, () => undefined);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    // What stopped the reading of the file is the reason.
    if (failure !== undefined) throw failure;
    throw damaged(file, `it does not decompress: ${(error as Error).message}`, error);
  }
}
