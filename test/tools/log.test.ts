/** One line for each event, in the form that whoever reads it understands. */
import t from 'tap';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { DaemonLog, type DaemonLogOptions, isJournalStream } from '../../tools/log.js';

function logOf(more: Partial<DaemonLogOptions>) {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const clock = new VirtualClock();
  const log = new DaemonLog({ clock, write, level: 'info', format: 'text', isJournal: false, ...more });
  return { log, written, time: new Date(clock.now()).toISOString() };
}

t.test('levels and forms', async (t) => {
  const text = logOf({});
  text.log.error('broken');
  text.log.debug('never mind');
  t.strictSame(text.written, [`${text.time} error: broken\n`]);

  const json = logOf({ format: 'json', level: 'debug' });
  json.log.debug('"two"\nlines', { port: 1 });
  t.strictSame(
    json.written.map((line) => JSON.parse(line)),
    [{ time: json.time, level: 'debug', message: '"two"\nlines', port: 1 }],
  );

  const journal = logOf({ isJournal: true });
  journal.log.warn('Error: x\n    at y\n    at z');
  t.strictSame(journal.written, ['<4>Error: x\n<4>    at y\n<4>    at z\n'], 'each line has its priority');
  journal.log.restyle({ level: 'error', format: 'json' });
  journal.log.warn('quiet');
  journal.log.error('loud');
  t.match(journal.written.slice(1), [/^<3>\{"time":.*\}\n$/]);
});

t.test('the journal is known by device and inode', async (t) => {
  t.equal(isJournalStream(2, undefined), false);
  t.equal(isJournalStream(2, '1:2'), false);
  t.equal(isJournalStream(2, 'x'), false);
});
