/**
 * What a dump has besides the exports of its tables (export-format.ts).
 *
 *   varve-tables.json   the first file: the moment, and of each table its export's id and how it is defined
 *   AWSDynamoDB/…       an export for each table
 *   varve-dump.md5      MD5 of the last file, in base64
 *   varve-dump.json     the last file: every other file but these two, with its size and MD5
 *
 * A directory without the last file is a dump that was cut short.
 */
import type { TableDefinition } from '../table/types.js';
import { BackupError, damaged } from './errors.js';
import { parseObject } from './export-format.js';

export const TABLES_NAME = 'varve-tables.json';
export const DUMP_NAME = 'varve-dump.json';
export const DUMP_CHECKSUM_NAME = 'varve-dump.md5';

const FORMAT = 'varve-dump';
const VERSION = 1;

export interface DumpedTable {
  readonly exportId: string;
  readonly definition: TableDefinition;
}

export interface DumpTables {
  readonly momentMs: number;
  readonly tables: readonly DumpedTable[];
}

export interface FileEntry {
  readonly name: string;
  readonly bytes: number;
  /** Base64. */
  readonly md5: string;
}

export interface DumpSummary {
  readonly momentMs: number;
  readonly tables: readonly {
    readonly name: string;
    readonly exportId: string;
    readonly itemCount: number;
    /** As the service counts them. */
    readonly itemBytes: number;
  }[];
  readonly files: readonly FileEntry[];
}

export function encodeTables(tables: DumpTables): Uint8Array {
  return encode(tables);
}

export function decodeTables(content: Uint8Array): DumpTables {
  const document = decode(TABLES_NAME, content);
  const { momentMs, tables } = document;
  if (typeof momentMs !== 'number' || !Array.isArray(tables) || !tables.every(isDumpedTable)) {
    throw damaged(TABLES_NAME, 'no description of tables');
  }
  return { momentMs, tables };
}

function isDumpedTable(value: unknown): value is DumpedTable {
  if (typeof value !== 'object' || value === null) return false;
  const { exportId, definition } = value as Partial<DumpedTable>;
  return (
    typeof exportId === 'string' &&
    typeof definition?.name === 'string' &&
    typeof definition.arn === 'string' &&
    typeof definition.partitionCount === 'number' &&
    typeof definition.key?.partition?.name === 'string' &&
    Array.isArray(definition.attributes) &&
    Array.isArray(definition.localIndexes) &&
    typeof definition.settings === 'object'
  );
}

export function encodeDumpSummary(summary: DumpSummary): Uint8Array {
  return encode(summary);
}

export function decodeDumpSummary(content: Uint8Array): DumpSummary {
  const document = decode(DUMP_NAME, content);
  const { momentMs, tables, files } = document;
  if (
    typeof momentMs !== 'number' ||
    !Array.isArray(tables) ||
    !Array.isArray(files) ||
    !files.every(isFileEntry)
  ) {
    throw damaged(DUMP_NAME, 'no list of files');
  }
  return { momentMs, tables: tables as DumpSummary['tables'], files };
}

function isFileEntry(value: unknown): value is FileEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { name, bytes, md5 } = value as Partial<FileEntry>;
  return typeof name === 'string' && typeof bytes === 'number' && typeof md5 === 'string' && isInside(name);
}

/** Whether a name stays within the directory that it is relative to. */
export function isInside(name: string): boolean {
  return (
    name !== '' && !name.startsWith('/') && !name.split('/').some((part) => part === '..' || part === '')
  );
}

function encode(document: object): Uint8Array {
  return Buffer.from(`${JSON.stringify({ format: FORMAT, version: VERSION, ...document }, null, 1)}\n`);
}

function decode(name: string, content: Uint8Array): Readonly<Record<string, unknown>> {
  const document = parseObject(name, Buffer.from(content).toString('utf8'));
  if (document['format'] !== FORMAT) throw damaged(name, 'not a file of a dump');
  if (document['version'] !== VERSION) {
    throw new BackupError(
      'UNSUPPORTED',
      `${name}: version ${String(document['version'])} of dumps is not known here; a newer varve wrote it`,
    );
  }
  return document;
}
