/** Writes tables as they were at one moment into files. The same tables give the same data files, byte for byte. */
import { createHash } from 'node:crypto';
import { crc32 } from '../encoding/checksum.js';
import { ItemJsonWriter } from '../encoding/item-json-writer.js';
import { encodedStored, storedSize } from '../table/stored-item.js';
import type { Clock, Random } from '../vfs/clock.js';
import {
  DUMP_CHECKSUM_NAME,
  DUMP_NAME,
  type DumpSummary,
  encodeDumpSummary,
  encodeTables,
  type FileEntry,
  TABLES_NAME,
} from './dump-format.js';
import {
  checksumName,
  type DataFileEntry,
  dataFileName,
  encodeManifestFiles,
  encodeSummary,
  exportDirectory,
  exportIdOf,
  FILES_NAME,
  md5Base64,
  SUMMARY_NAME,
} from './export-format.js';
import { GZIP_HEADER, gzipTrailer, PieceCompressor } from './gzip-pieces.js';
import { FILE_TEXT_BYTES, PIECE_TEXT_BYTES, PIECES_AHEAD } from './limits.js';
import { mapAhead } from './map-ahead.js';
import { PieceBuffers } from './piece-buffers.js';
import type { DumpTarget, Progress, TablesAtMoment } from './types.js';

export interface WriteDumpOptions {
  readonly source: TablesAtMoment;
  readonly target: DumpTarget;
  readonly clock: Clock;
  readonly random: Random;
  /** Of the compression, 1 to 9. */
  readonly level: number;
  readonly progress: Progress;
}

export function writeDump(options: WriteDumpOptions): Promise<DumpSummary> {
  return new DumpWriter(options).write();
}

/** Text that is compressed in one go. */
interface Piece {
  /** Given back when it was compressed. */
  readonly text: Buffer;
  readonly items: number;
  /** As the service counts them. */
  readonly itemBytes: number;
  /** Of the file's text up to the end of this piece. */
  readonly crc: number;
  readonly textBytes: number;
  readonly endsFile: boolean;
}

interface CompressedPiece extends Omit<Piece, 'text'> {
  readonly compressed: Uint8Array;
}

const LINE_BEGIN = Buffer.from('{"Item":');
const LINE_END = Buffer.from('}\n');
/** Of a piece's text: the item that completes it may be longer, and then more is taken. */
const PIECE_CAPACITY_BYTES = PIECE_TEXT_BYTES + 64 * 1024;

class DumpWriter {
  readonly #options: WriteDumpOptions;
  readonly #files: FileEntry[] = [];
  readonly #compressor: PieceCompressor;
  readonly #buffers = new PieceBuffers(PIECE_CAPACITY_BYTES);

  constructor(options: WriteDumpOptions) {
    this.#options = options;
    this.#compressor = new PieceCompressor(options.level);
  }

  async write(): Promise<DumpSummary> {
    try {
      return await this.#write();
    } finally {
      this.#compressor.close();
    }
  }

  async #write(): Promise<DumpSummary> {
    const { source, target, random } = this.#options;
    const { momentMs } = source;
    const tables = source.tables.map(({ definition }) => ({
      exportId: exportIdOf(momentMs, random.bytes(4)),
      definition,
    }));
    await this.#addSmall(TABLES_NAME, encodeTables({ momentMs, tables }));
    const dumped: DumpSummary['tables'][number][] = [];
    for (const [position, { exportId, definition }] of tables.entries()) {
      dumped.push({ name: definition.name, exportId, ...(await this.#table(position, exportId)) });
    }
    const summary = { momentMs, tables: dumped, files: this.#files };
    const content = encodeDumpSummary(summary);
    await target.add(DUMP_CHECKSUM_NAME, once(Buffer.from(md5Base64(content))));
    await target.finish(DUMP_NAME, content);
    return summary;
  }

  async #table(position: number, exportId: string): Promise<{ itemCount: number; itemBytes: number }> {
    const { source, clock } = this.#options;
    const startMs = clock.now();
    const texts = piecesOf(source.items(position), this.#buffers);
    const pieces = mapAhead(texts, PIECES_AHEAD, (piece) => this.#compress(piece));
    const entries: DataFileEntry[] = [];
    let itemCount = 0;
    let itemBytes = 0;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      const name = `${String(entries.length).padStart(5, '0')}.json.gz`;
      const file = new DataFile(pieces, next.value, (bytes) => this.#options.progress.onBytes(bytes));
      const { md5 } = await this.#add(dataFileName(exportId, name), file.content());
      entries.push({ name, itemCount: file.items, md5 });
      itemCount += file.items;
      itemBytes += file.itemBytes;
    }
    await this.#manifests(position, exportId, entries, { startMs, itemCount });
    return { itemCount, itemBytes };
  }

  async #compress({ text, ...piece }: Piece): Promise<CompressedPiece> {
    const compressed = await this.#compressor.compress(text);
    this.#buffers.giveBack(text);
    return { ...piece, compressed };
  }

  async #manifests(
    position: number,
    exportId: string,
    entries: readonly DataFileEntry[],
    { startMs, itemCount }: { readonly startMs: number; readonly itemCount: number },
  ): Promise<void> {
    const { source, clock } = this.#options;
    const definition = source.tables[position]?.definition;
    if (definition === undefined) throw new TypeError('the table is one of the source');
    const summary = encodeSummary({
      exportId,
      tableArn: definition.arn,
      tableId: definition.id,
      startMs,
      endMs: clock.now(),
      momentMs: source.momentMs,
      itemCount,
    });
    const manifests = [
      [FILES_NAME, encodeManifestFiles(exportId, entries)],
      [SUMMARY_NAME, summary],
    ] as const;
    for (const [name, content] of manifests) {
      const path = `${exportDirectory(exportId)}/${name}`;
      await this.#addSmall(path, content);
      await this.#addSmall(checksumName(path), Buffer.from(md5Base64(content)));
    }
  }

  #addSmall(name: string, content: Uint8Array): Promise<FileEntry> {
    return this.#add(name, once(content));
  }

  async #add(name: string, content: AsyncIterable<Uint8Array>): Promise<FileEntry> {
    const hash = createHash('md5');
    let bytes = 0;
    const seen = async function* () {
      for await (const piece of content) {
        hash.update(piece);
        bytes += piece.length;
        yield piece;
      }
    };
    await this.#options.target.add(name, seen());
    const entry = { name, bytes, md5: hash.digest('base64') };
    this.#files.push(entry);
    return entry;
  }
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

/** One data file, out of the pieces of its table. */
class DataFile {
  items = 0;
  itemBytes = 0;

  constructor(
    private readonly pieces: AsyncIterator<CompressedPiece>,
    private readonly first: CompressedPiece,
    private readonly onBytes: (bytes: number) => void,
  ) {}

  async *content(): AsyncGenerator<Uint8Array> {
    yield GZIP_HEADER;
    for (let piece = this.first; ; ) {
      this.items += piece.items;
      this.itemBytes += piece.itemBytes;
      yield piece.compressed;
      this.onBytes(piece.itemBytes);
      if (piece.endsFile) {
        yield gzipTrailer(piece.crc, piece.textBytes);
        return;
      }
      const next = await this.pieces.next();
      if (next.done === true) throw new TypeError('a file ends with its last piece');
      piece = next.value;
    }
  }
}

/** At least one, so that a table without items has a file too. */
async function* piecesOf(
  batches: AsyncIterable<readonly Uint8Array[]>,
  buffers: PieceBuffers,
): AsyncGenerator<Piece> {
  const writer = new ItemJsonWriter(buffers.take());
  let items = 0;
  let itemBytes = 0;
  let crc = 0;
  let textBytes = 0;
  const take = (isLast: boolean): Piece => {
    const text = writer.bytes.subarray(0, writer.length);
    crc = crc32(text, crc);
    textBytes += text.length;
    const endsFile = isLast || textBytes >= FILE_TEXT_BYTES;
    const piece = { text, items, itemBytes, crc, textBytes, endsFile };
    writer.restart(buffers.take());
    items = 0;
    itemBytes = 0;
    if (endsFile) {
      crc = 0;
      textBytes = 0;
    }
    return piece;
  };
  for await (const batch of batches) {
    for (const stored of batch) {
      if (writer.length >= PIECE_TEXT_BYTES) yield take(false);
      writer.ascii(LINE_BEGIN);
      writer.item(encodedStored(stored));
      writer.ascii(LINE_END);
      items += 1;
      itemBytes += storedSize(stored);
    }
  }
  yield take(true);
}
