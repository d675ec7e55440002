/** A table of the engine on a real disk, in this process: no transport, no operations. */
import { PiscinaExecutor } from '../../src/compaction/piscina-executor.js';
import type { Item } from '../../src/encoding/attribute-value.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import { itemAddress } from '../../src/table/key-layout.js';
import { openTables } from '../../src/table/open-tables.js';
import type { PutRequest } from '../../src/table/requests.js';
import type { Table } from '../../src/table/table.js';
import type { Tables } from '../../src/table/tables.js';
import type { TransactWriteRequest } from '../../src/table/transactions.js';
import { RealDisk } from '../../src/vfs/real-disk.js';
import { SystemClock, SystemRandom } from '../../src/vfs/system-clock.js';

export const PARTITIONS = 4;

const ITEM_BYTES = 1024;
const TEXT = 'x'.repeat(ITEM_BYTES - 64);

export interface BenchTable {
  readonly tables: Tables;
  readonly table: Table;
  close(): Promise<void>;
}

export async function openTable(directory: string): Promise<BenchTable> {
  const disk = new RealDisk();
  const executor = new PiscinaExecutor();
  const tables = await openTables({
    directory,
    disk,
    clock: new SystemClock(),
    random: new SystemRandom(),
    executor,
    shared: {
      blockCache: new BlockCache({ budgetBytes: 64 * 1024 * 1024 }),
      openFiles: new OpenFiles({ limit: 100 }),
    },
    options: { partitionCount: PARTITIONS },
  });
  const table = await tables.create({
    name: 'bench',
    arn: 'arn:aws:dynamodb:us-east-1:000000000000:table/bench',
    key: { partition: { name: 'pk', type: 'S' }, sort: { name: 'sk', type: 'S' } },
    attributes: [
      { name: 'pk', type: 'S' },
      { name: 'sk', type: 'S' },
    ],
    localIndexes: [],
    settings: {
      billingMode: 'PAY_PER_REQUEST',
      payPerRequestSinceMs: null,
      throughput: { read: 0, write: 0, lastIncreaseMs: null, lastDecreaseMs: null, decreasesThatDay: 0 },
      onDemandLimit: null,
      warmThroughput: null,
      deletionProtection: false,
      tableClass: null,
      tableClassSinceMs: null,
      encryptionKeyArn: null,
      tags: [],
      timeToLive: null,
    },
  });
  const close = async () => {
    await tables.close();
    await executor.close();
  };
  return { tables, table, close };
}

/** An item of about 1 KB. */
export function putRequest(pk: string, sk: string): PutRequest {
  const item: Item = new Map([
    ['pk', pk],
    ['sk', sk],
    ['text', TEXT],
  ]);
  return { address: itemAddress(pk, sk, PARTITIONS), item, sizeBytes: ITEM_BYTES };
}

export function putAction(table: Table, pk: string, sk: string): TransactWriteRequest {
  return { kind: 'put', table, request: putRequest(pk, sk) };
}

/** For each partition a partition key that lives there. */
export function partitionKeys(prefix: string): string[] {
  const keys = new Map<number, string>();
  for (let n = 0; keys.size < PARTITIONS; n += 1) {
    const pk = `${prefix}-${n}`;
    keys.set(itemAddress(pk, '', PARTITIONS).partition, pk);
  }
  return [...keys.values()];
}
