/** What the rooms below refuse, as clients see it. */
import t from 'tap';
import { toServiceError } from '../../src/api/error-mapping.js';
import { PartitionError } from '../../src/partition/errors.js';
import { TableClosedError } from '../../src/sstable/errors.js';
import { diskError } from '../../src/vfs/errors.js';

t.test('what passes by itself is a 503, which clients try again', async (t) => {
  for (const error of [
    new PartitionError('OUT_OF_SPACE', '/p', 'full'),
    new PartitionError('STALLED', '/p', 'no descriptor'),
    new PartitionError('READ_ONLY', '/p', 'failed'),
    // Of the disk itself: a table's directories are made before there is a partition to translate it.
    diskError('ENOSPC', 'mkdir', '/p'),
    diskError('EDQUOT', 'mkdir', '/p'),
    diskError('EMFILE', 'open', '/p'),
  ]) {
    t.equal(toServiceError(error).status, 503, error.message);
  }
  t.equal(toServiceError(diskError('EIO', 'mkdir', '/p')).status, 500);
});

t.test('a read under which its table was deleted finds no table', async (t) => {
  for (const error of [new PartitionError('CLOSED', '/p', 'closed'), new TableClosedError('/p/1.sst')])
    t.equal(toServiceError(error).type, 'ResourceNotFoundException');
});
