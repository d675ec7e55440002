/** Writing to a stream no faster than it takes what is written. */
import type { Writable } from 'node:stream';
import { BackupError } from './errors.js';

/** Resolves when there is room for more. Rejects when the stream has ended. */
export async function writeTo(stream: Writable, bytes: Uint8Array): Promise<void> {
  if (stream.destroyed || stream.writableEnded) throw ended(stream);
  if (stream.write(bytes)) return;
  await new Promise<void>((resolve, reject) => {
    const onDrain = () => {
      stream.off('close', onClose);
      resolve();
    };
    const onClose = () => {
      stream.off('drain', onDrain);
      reject(ended(stream));
    };
    stream.once('drain', onDrain);
    stream.once('close', onClose);
  });
}

function ended(stream: Writable): Error {
  return new BackupError('DISCONNECTED', 'nobody reads any more', { cause: stream.errored ?? undefined });
}

/** Resolves when the system has taken the bytes, which may be changed then. Rejects when the stream has ended. */
export async function writeThrough(stream: Writable, bytes: Uint8Array): Promise<void> {
  if (stream.destroyed || stream.writableEnded) throw ended(stream);
  await new Promise<void>((resolve, reject) => {
    stream.write(bytes, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(ended(stream));
    });
  });
}
