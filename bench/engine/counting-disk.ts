/** The real disk, counting what is written through it by kind of file. Worker threads have disks of their own. */
import { fileNumberOf } from '../../src/compaction/table-name.js';
import type { DiskFile, OpenOptions } from '../../src/vfs/disk.js';
import { RealDisk } from '../../src/vfs/real-disk.js';

export class CountingDisk extends RealDisk {
  readonly written = { log: 0, tables: 0, manifest: 0 };

  override async open(path: string, options: OpenOptions): Promise<DiskFile> {
    const file = await super.open(path, options);
    const kind = kindOf(path);
    const write = file.write.bind(file);
    file.write = (data, position) => {
      this.written[kind] += data.length;
      return write(data, position);
    };
    return file;
  }
}

function kindOf(path: string): keyof CountingDisk['written'] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.endsWith('.wal') || name.endsWith('.spare')) return 'log';
  return fileNumberOf(name) === undefined ? 'manifest' : 'tables';
}
