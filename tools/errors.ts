/** What went wrong, in one line, for the person at the terminal. */

import { isNoDescriptor } from '../src/vfs/errors.js';

/** A reason to stop that the person can do something about. The message says it all. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** What the command ends with. */
  readonly exitCode: number;

  constructor(
    message: string,
    { exitCode = 1, ...options }: ErrorOptions & { readonly exitCode?: number } = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Our own errors and those of the operating system were foreseen: their message is the line. Anything else is a defect,
 * and then the stack is what helps.
 */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const advice = isNoDescriptor(error) ? '; raise the limit of open files (ulimit -n)' : '';
  if (isForeseen(error)) return error.message.replaceAll(/\s*\n\s*/g, ' ') + advice;
  return error.stack ?? error.message;
}

function isForeseen(error: Error): boolean {
  if (error instanceof CommandError) return true;
  const code = codeOf(error);
  // Node's own mistakes have a code too: `ERR_INVALID_ARG_TYPE`, `ERR_ASSERTION`.
  return code !== undefined && !code.startsWith('ERR_');
}

/** Turns errors of the system into a `CommandError` that names what was tried; hands on all others. */
export function listenError(error: unknown, host: string, port: number): unknown {
  if (!(error instanceof Error)) return error;
  const cause = { cause: error };
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new CommandError(`port ${port} of ${host} is in use; choose another with --port`, cause);
    case 'EACCES':
      return new CommandError(
        `not allowed to listen on port ${port} of ${host}; choose another with --port`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CommandError(`${host} is no address of this machine; choose another with --host`, cause);
    default:
      return error;
  }
}

export function dataDirectoryError(error: unknown, directory: string): unknown {
  if (!(error instanceof Error)) return error;
  const cause = { cause: error };
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new CommandError(`no permission to write to the data directory ${directory}`, cause);
    case 'ENOTDIR':
      return new CommandError(`the data directory ${directory} is not a directory`, cause);
    case 'EEXIST':
      return new CommandError(
        `the data directory ${directory} is not a directory, but a file or a link that leads nowhere`,
        cause,
      );
    case 'ENOENT':
      return new CommandError(`the data directory ${directory} cannot be made: ${error.message}`, cause);
    case 'LOG_CORRUPTION':
      return new CommandError(
        `${error.message}; restore a copy, or see what would be lost: varve repair ${directory} --dry-run`,
        cause,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new CommandError(
        `no space is left for the data directory ${directory}: ${error.message}`,
        cause,
      );
    case 'EMFILE':
    case 'ENFILE':
      return new CommandError(
        `too few file descriptors to open ${directory}: raise the limit (ulimit -n, LimitNOFILE=): ${error.message}`,
        cause,
      );
    default:
      return error;
  }
}
