import t from 'tap';
import { CommandError, dataDirectoryError, explain, listenError } from '../../tools/errors.js';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: said by the system`), { code });
}

t.test('what was foreseen takes one line, a defect shows its stack', async (t) => {
  t.equal(explain(new CommandError('port 1 is in use')), 'port 1 is in use');
  t.equal(explain(Object.assign(new Error('first\n  second'), { code: 'CORRUPT' })), 'first second');
  t.match(explain(new TypeError('x is not a function')), /TypeError: x is not a function\n\s+at /);
  t.equal(explain('thrown text'), 'thrown text');
  const mistake = Object.assign(new TypeError('of type string'), { code: 'ERR_INVALID_ARG_TYPE' });
  t.match(explain(mistake), /TypeError: of type string\n\s+at /, "Node's own mistakes are defects");
});

t.test('errors of the system name what was tried and keep their cause', async (t) => {
  const cases: [explained: unknown, message: RegExp][] = [
    [
      listenError(systemError('EADDRINUSE'), '::1', 8000),
      /^port 8000 of ::1 is in use; choose another with --port$/,
    ],
    [listenError(systemError('EACCES'), '::1', 80), /^not allowed to listen on port 80 of ::1/],
    [listenError(systemError('ENOTFOUND'), 'nowhere', 80), /^nowhere is no address of this machine/],
    [
      dataDirectoryError(systemError('EACCES'), '/data'),
      /^no permission to write to the data directory \/data$/,
    ],
    [dataDirectoryError(systemError('EROFS'), '/data'), /^no permission to write/],
    [dataDirectoryError(systemError('ENOTDIR'), '/data'), /^the data directory \/data is not a directory$/],
    [dataDirectoryError(systemError('EEXIST'), '/data'), /\/data is not a directory, but a file or a link/],
    [dataDirectoryError(systemError('ENOENT'), '/data'), /^the data directory \/data cannot be made: ENOENT/],
    [dataDirectoryError(systemError('ENOSPC'), '/data'), /^no space is left for the data directory \/data/],
    [dataDirectoryError(systemError('EMFILE'), '/data'), /\/data: raise the limit \(ulimit -n,/],
  ];
  for (const [explained, message] of cases) {
    t.type(explained, CommandError);
    t.match((explained as Error).message, message);
    t.match((explained as Error).cause, { code: String });
  }
});

t.test('other errors are handed on as they are', async (t) => {
  for (const error of [systemError('EIO'), new Error('no code'), 'text']) {
    t.equal(listenError(error, '::1', 1), error);
    t.equal(dataDirectoryError(error, '/data'), error);
  }
});
