/** Reads the items of a data file, and hands them on as they are to be stored. */
import { isUtf8 } from 'node:buffer';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { decodeItemJson } from '../encoding/attribute-json.js';
import { EncodingError } from '../encoding/errors.js';
import { ITEM_GROWTH_BYTES_MAX, ItemJsonReader } from '../encoding/item-json-reader.js';
import { itemSizeBytes } from '../encoding/item-size.js';
import { ITEM_BYTES_MAX } from '../encoding/limits.js';
import { encodeStored, STORED_HEADER_BYTES, writeStoredHeader } from '../table/stored-item.js';
import { BackupError, damaged } from './errors.js';
import { BATCH_BYTES, LINE_BYTES_MAX, READ_BYTES } from './limits.js';

const NEWLINE = 0x0a;
const CLOSING_BRACE = 0x7d;
const LINE_BEGIN = Buffer.from('{"Item":');

/** Batches of stored items. `file` is its name, for messages. */
export async function* itemsOf(file: string, content: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array[]> {
  const lines = new Lines(file);
  /** The beginning of a line whose end has not come yet. */
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of unzipped(file, content)) {
    const first = chunk.indexOf(NEWLINE);
    if (first < 0) {
      begun.push(chunk);
      begunBytes += chunk.length;
      if (begunBytes > LINE_BYTES_MAX) throw damaged(file, `a line is longer than ${LINE_BYTES_MAX} bytes`);
      continue;
    }
    if (begunBytes > 0) lines.add(Buffer.concat([...begun, chunk.subarray(0, first + 1)]));
    const rest = chunk.lastIndexOf(NEWLINE) + 1;
    lines.add(chunk.subarray(begunBytes > 0 ? first + 1 : 0, rest));
    yield* lines.takeFull();
    // A copy: the chunk goes, however long the line is.
    begun = rest < chunk.length ? [Buffer.from(chunk.subarray(rest))] : [];
    begunBytes = chunk.length - rest;
  }
  if (begunBytes > 0) lines.add(Buffer.concat(begun));
  yield* lines.takeAll();
}

/** Items out of lines, in batches that each share one piece of memory. */
class Lines {
  private readonly reader = new ItemJsonReader();
  private readonly full: Uint8Array[][] = [];
  private batch: Uint8Array[] = [];
  private bytes: Buffer = Buffer.alloc(0);
  private used = 0;
  private line = 0;

  constructor(private readonly file: string) {}

  /** Whole lines; only the last one of a file may lack its end. @throws BackupError */
  add(text: Buffer): void {
    const isText = isUtf8(text);
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf(NEWLINE, start);
      const end = newline < 0 ? text.length : newline;
      this.line += 1;
      if (end > start && !(isText && this.addPlain(text, start, end))) {
        const stored = storedOf(this.file, this.line, text.toString('utf8', start, end));
        this.reserve(stored.length);
        this.bytes.set(stored, this.used);
        this.push(this.used + stored.length);
      }
      start = end + 1;
    }
  }

  takeFull(): Uint8Array[][] {
    return this.full.splice(0);
  }

  takeAll(): Uint8Array[][] {
    this.finish();
    return this.takeFull();
  }

  /** False: it is to be read with all rules. */
  private addPlain(text: Buffer, start: number, end: number): boolean {
    for (let index = 0; index < LINE_BEGIN.length; index += 1) {
      if (text[start + index] !== LINE_BEGIN[index]) return false;
    }
    if (text[end - 1] !== CLOSING_BRACE) return false;
    this.reserve(end - start + STORED_HEADER_BYTES + ITEM_GROWTH_BYTES_MAX);
    const { reader, bytes, used } = this;
    const itemEnd = reader.read(text, start + LINE_BEGIN.length, end - 1, bytes, used + STORED_HEADER_BYTES);
    if (itemEnd === undefined || reader.sizeBytes > ITEM_BYTES_MAX) return false;
    writeStoredHeader(bytes, used, reader.sizeBytes);
    this.push(itemEnd);
    return true;
  }

  private push(end: number): void {
    this.batch.push(this.bytes.subarray(this.used, end));
    this.used = end;
  }

  private reserve(bytes: number): void {
    if (this.used + bytes <= this.bytes.length) return;
    this.finish();
    this.bytes = Buffer.allocUnsafeSlow(Math.max(bytes, BATCH_BYTES));
    this.used = 0;
  }

  private finish(): void {
    if (this.batch.length > 0) this.full.push(this.batch);
    this.batch = [];
  }
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
