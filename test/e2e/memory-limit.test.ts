/** The daemon in as little memory as its documentation says it needs: large writes and reads, and no end. */
import { readFileSync } from 'node:fs';
import { BatchWriteItemCommand, CreateTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { Daemon, temporaryDirectory } from './daemon.js';
import { MemoryGroup } from './memory-group.js';

const MIB = 1024 * 1024;
const CACHE_MIB = 32;
const MEMTABLES_MIB = 32;
const REQUESTS_MIB = 16;
const REST_MIB = 300;
/** As docs/operations.md says, under "Limits". */
const LIMIT_MIB = CACHE_MIB + MEMTABLES_MIB + 2 * REQUESTS_MIB + REST_MIB;
const CLIENTS = 12;
const SECONDS = 12;
const ITEM = 'm'.repeat(150_000);
/** Not always the same items, and more than the memory holds. */
const KEYS = 5000;

t.test('large batches and scans under a bound on memory', { timeout: 120_000 }, async (t) => {
  const group = MemoryGroup.create(LIMIT_MIB * MIB);
  if (group === undefined) {
    t.pass('a bound on memory', { skip: 'making a control group is not allowed here' });
    return;
  }
  const data = `${temporaryDirectory(t)}/data`;
  const options = [
    '--block-cache',
    `${CACHE_MIB}MiB`,
    '--memtables',
    `${MEMTABLES_MIB}MiB`,
    '--memtable',
    '4MiB',
    '--requests',
    `${REQUESTS_MIB}MiB`,
  ];
  const daemon = await Daemon.start(['--data', data, ...options], { group: group.members });
  t.teardown(async () => {
    await daemon.kill('SIGKILL');
    group.remove();
  });
  const client = daemon.client({ maxAttempts: 1 });
  await client.send(
    new CreateTableCommand({
      TableName: 'large',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const outcomes = new Map<string, number>();
  const note = (outcome: string) => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const endMs = performance.now() + SECONDS * 1000;
  let next = 0;
  const work = async (lane: number): Promise<void> => {
    while (performance.now() < endMs) {
      const puts = Array.from({ length: 25 }, () => {
        next += 1;
        return { PutRequest: { Item: { id: { N: String(next % KEYS) }, text: { S: ITEM } } } };
      });
      const asked =
        lane % 3 === 0
          ? client.send(new ScanCommand({ TableName: 'large', Segment: lane, TotalSegments: CLIENTS }))
          : client.send(new BatchWriteItemCommand({ RequestItems: { large: puts } }));
      await asked.then(
        () => note('done'),
        ({ name }: Error) => note(name),
      );
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, lane) => work(lane)));
  const done = outcomes.get('done') ?? 0;
  const [, residentKib] =
    /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${daemon.child.pid}/status`, 'latin1')) ?? [];
  const found = [...outcomes].map(([name, count]) => `${count} ${name}`).join(', ');
  t.comment(
    `${found}; at most ${Math.round(Number(residentKib) / 1024)} MiB resident, ${Math.round(group.peakBytes / MIB)} MiB with caches`,
  );
  t.ok(done > 50, `${done} requests done`);
  const retryable = ['done', 'ServiceUnavailableException', 'ProvisionedThroughputExceededException'];
  t.same(
    [...outcomes.keys()].filter((name) => !retryable.includes(name)),
    [],
    'what was refused may be tried again',
  );
  t.equal(daemon.child.exitCode, null, daemon.stderr);
  t.equal((await daemon.kill('SIGTERM')).code, 0);
});
