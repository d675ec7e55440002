/** What the system says of the files that a process may have open. */
import t from 'tap';
import { openFilesMax, parseOpenFilesMax } from '../../src/vfs/descriptors.js';

const HEAD = 'Limit                     Soft Limit           Hard Limit           Units     \n';

t.test('the limit of open files', async (t) => {
  t.equal(
    parseOpenFilesMax(`${HEAD}Max open files            1024                 4096                 files \n`),
    1024,
  );
  t.equal(
    parseOpenFilesMax(`${HEAD}Max open files            unlimited            unlimited            files \n`),
    undefined,
  );
  t.equal(parseOpenFilesMax(HEAD), undefined);
  if (process.platform === 'linux') t.ok((openFilesMax() ?? 1) > 0);
});
