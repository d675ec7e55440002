/**
 * The service's format of exports to S3, which its imports read too.
 *
 *   AWSDynamoDB/<export id>/data/<name>.json.gz    lines of {"Item":{…}}, compressed
 *   AWSDynamoDB/<export id>/manifest-files.json    a line of JSON for each data file
 *   AWSDynamoDB/<export id>/manifest-summary.json  what was exported
 *   …/manifest-files.md5, …/manifest-summary.md5   MD5 of the manifests in base64 (or: .checksum)
 *
 * Source: "DynamoDB table export output format" in the developer guide.
 */
import { createHash } from 'node:crypto';
import { BackupError, damaged } from './errors.js';

export const EXPORTS_DIRECTORY = 'AWSDynamoDB';
export const SUMMARY_NAME = 'manifest-summary.json';
export const FILES_NAME = 'manifest-files.json';
/** What the service's documentation calls checksum files, and what it writes. */
export const CHECKSUM_SUFFIXES = ['.md5', '.checksum'] as const;

const SUMMARY_VERSION = '2020-06-30';

/** What a line of `manifest-files.json` says. */
export interface DataFileEntry {
  /** Without the directory. */
  readonly name: string;
  readonly itemCount: number;
  /** Base64. */
  readonly md5: string;
}

export interface ExportSummary {
  readonly exportId: string;
  readonly tableArn: string;
  readonly tableId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Of what is exported. */
  readonly momentMs: number;
  readonly itemCount: number;
}

/** What of a summary an import looks at. */
export interface ReadSummary {
  readonly tableName: string | undefined;
  readonly itemCount: number | undefined;
}

export function exportDirectory(exportId: string): string {
  return `${EXPORTS_DIRECTORY}/${exportId}`;
}

export function dataFileName(exportId: string, name: string): string {
  return `${exportDirectory(exportId)}/data/${name}`;
}

/** As the service's: the time in milliseconds, and eight digits that tell exports of one moment apart. */
export function exportIdOf(momentMs: number, random: Uint8Array): string {
  return `${String(Math.trunc(momentMs)).padStart(14, '0')}-${Buffer.from(random).toString('hex').slice(0, 8)}`;
}

export function md5Base64(content: Uint8Array): string {
  return createHash('md5').update(content).digest('base64');
}

export function checksumName(manifest: string, suffix: string = CHECKSUM_SUFFIXES[0]): string {
  return manifest.replace(/\.json$/, suffix);
}

export function encodeManifestFiles(exportId: string, entries: readonly DataFileEntry[]): Uint8Array {
  const lines = entries.map(({ name, itemCount, md5 }) =>
    JSON.stringify({
      itemCount,
      md5Checksum: md5,
      // Of an object that came in one part: S3's tag of it is its MD5.
      etag: Buffer.from(md5, 'base64').toString('hex'),
      dataFileS3Key: dataFileName(exportId, name),
    }),
  );
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

/** @param file for messages */
export function decodeManifestFiles(file: string, content: Uint8Array): DataFileEntry[] {
  const lines = Buffer.from(content).toString('utf8').split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const entry = parseObject(file, line);
      const { itemCount, md5Checksum, dataFileS3Key } = entry;
      if (
        typeof itemCount !== 'number' ||
        typeof md5Checksum !== 'string' ||
        typeof dataFileS3Key !== 'string'
      ) {
        throw damaged(file, 'a line lacks itemCount, md5Checksum or dataFileS3Key');
      }
      return { itemCount, md5: md5Checksum, name: dataFileS3Key.slice(dataFileS3Key.lastIndexOf('/') + 1) };
    });
}

export function encodeSummary(summary: ExportSummary): Uint8Array {
  const { exportId, tableArn, tableId, startMs, endMs, momentMs, itemCount } = summary;
  const document = {
    version: SUMMARY_VERSION,
    exportArn: `${tableArn}/export/${exportId}`,
    startTime: new Date(startMs).toISOString(),
    endTime: new Date(endMs).toISOString(),
    tableArn,
    tableId,
    exportTime: new Date(momentMs).toISOString(),
    s3Bucket: null,
    s3Prefix: null,
    s3SseAlgorithm: null,
    s3SseKmsKeyId: null,
    manifestFilesS3Key: `${exportDirectory(exportId)}/${FILES_NAME}`,
    billedSizeBytes: 0,
    itemCount,
    outputFormat: 'DYNAMODB_JSON',
    exportType: 'FULL_EXPORT',
  };
  return Buffer.from(`${JSON.stringify(document)}\n`);
}

/** @throws BackupError UNSUPPORTED for exports of other kinds */
export function decodeSummary(file: string, content: Uint8Array): ReadSummary {
  const summary = parseObject(file, Buffer.from(content).toString('utf8'));
  const { outputFormat, exportType = 'FULL_EXPORT', tableArn, itemCount } = summary;
  if (outputFormat !== 'DYNAMODB_JSON') {
    throw new BackupError(
      'UNSUPPORTED',
      `${file}: exports as ${String(outputFormat)} cannot be read, only DYNAMODB_JSON`,
    );
  }
  if (exportType !== 'FULL_EXPORT') {
    throw new BackupError(
      'UNSUPPORTED',
      `${file}: an ${String(exportType)} cannot be restored, only a full export`,
    );
  }
  return {
    tableName: typeof tableArn === 'string' ? /:table\/([^/]+)$/.exec(tableArn)?.[1] : undefined,
    itemCount: typeof itemCount === 'number' ? itemCount : undefined,
  };
}

/** @throws BackupError DAMAGED, naming `file` */
export function parseObject(file: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(file, 'not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged(file, 'no JSON object');
  return value as Readonly<Record<string, unknown>>;
}
