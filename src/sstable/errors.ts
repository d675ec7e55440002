/** What can be wrong with a table, and where. */

/** The file does not hold what was written to it. `offset` is that of the block or structure at fault. */
export class CorruptionError extends Error {
  readonly code = 'TABLE_CORRUPT';
  readonly path: string;
  readonly offset: number;
  readonly fault: string;

  constructor(path: string, offset: number, fault: string, options?: ErrorOptions) {
    super(`Table ${path} is corrupt at offset ${offset}: ${fault}`, options);
    this.name = 'CorruptionError';
    this.fault = fault;
    this.path = path;
    this.offset = offset;
  }
}

/** The file is whole, but written by a newer release in a format that this one does not know. */
export class UnsupportedVersionError extends Error {
  readonly code = 'TABLE_VERSION_UNSUPPORTED';
  readonly path: string;
  readonly version: number;

  constructor(path: string, version: number, supported: number) {
    super(`Table ${path} has format version ${version}; this release reads versions up to ${supported}`);
    this.name = 'UnsupportedVersionError';
    this.path = path;
    this.version = version;
  }
}

/** A read of a table (or of the files that tables share) after it was closed. */
export class TableClosedError extends Error {
  readonly code = 'TABLE_CLOSED';
  readonly path: string;

  constructor(path: string) {
    super(`Table ${path} is closed`);
    this.name = 'TableClosedError';
    this.path = path;
  }
}
