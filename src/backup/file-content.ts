/** The content of a file, piece by piece. */
import type { Disk } from '../vfs/disk.js';
import { READ_BYTES } from './limits.js';

/** A buffer of its own for each piece. */
export async function* fileContent(disk: Disk, path: string): AsyncGenerator<Buffer> {
  const file = await disk.open(path, { access: 'read' });
  try {
    for (let position = 0; ; ) {
      const piece = Buffer.allocUnsafe(READ_BYTES);
      const bytes = await file.read(piece, 0, READ_BYTES, position);
      if (bytes === 0) return;
      position += bytes;
      yield piece.subarray(0, bytes);
    }
  } finally {
    await file.close();
  }
}
