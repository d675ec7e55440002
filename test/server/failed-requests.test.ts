/** What the log says of requests that failed through no fault of the client: enough, and not for each of them. */
import t from 'tap';
import { FailedRequests } from '../../src/server/failed-requests.js';
import { CorruptionError } from '../../src/sstable/errors.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';

t.test('damage is a line, a defect its stack; each once in a while', async (t) => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const failed = new FailedRequests(clock, (line) => lines.push(line));
  const damage = new CorruptionError('/data/1.sst', 4096, 'block checksum mismatch');
  for (let i = 1; i <= 100; i += 1) failed.tell(`request ${i} (GetItem)`, damage);
  t.same(lines, [
    'request 1 (GetItem) failed: Table /data/1.sst is corrupt at offset 4096: block checksum mismatch',
  ]);
  failed.tell('request 101 (GetItem)', new CorruptionError('/data/2.sst', 0, 'bad magic'));
  t.match(lines[1], /2\.sst/, 'other damage');
  const defect = () => new TypeError('no such thing');
  for (const error of [defect(), Object.assign(defect(), { code: 'ERR_INVALID_ARG_TYPE' })]) {
    failed.tell('request 102 (Scan)', error);
    t.match(lines.at(-1), /^request 102 \(Scan\) failed: TypeError.*: no such thing\n {4}at /);
  }
  failed.tell('request 103 (Scan)', 'thrown');
  t.equal(lines.at(-1), 'request 103 (Scan) failed: thrown');
  clock.advance(30_000);
  failed.tell('request 104 (GetItem)', damage);
  t.match(lines.at(-1), /^request 104 .* mismatch \(and 99 times since the last line\)$/);
});
