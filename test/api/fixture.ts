/** An api over tables in memory, spoken to in JSON as over HTTP. */
import { createApi } from '../../src/api/create-api.js';
import { ServiceError } from '../../src/api/service-error.js';
import { outputToJson } from '../../src/server/output-json.js';
import type { TablesOptions } from '../../src/table/tables-environment.js';
import type { Disk } from '../../src/vfs/disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { openOnDisk } from '../table/engine.js';

export type Json = { [member: string]: unknown };

export const CONTEXT = { requestId: 'request', accountId: '123456789012', region: 'eu-central-1' };

/** @param disk what an earlier fixture left; default: nothing */
export async function openFixture(
  options?: TablesOptions,
  disk: Disk = new MemoryDisk(),
  clock = new VirtualClock(),
) {
  const tables = await openOnDisk({ disk, clock, random: new SeededRandom(1), options });
  const api = createApi({ tables, clock });
  /** The reply's JSON; a refusal is `{ error, message, … }`. */
  async function call(operation: string, input: Json = {}): Promise<Json> {
    try {
      return JSON.parse(outputToJson(await api.execute(operation, input, CONTEXT)));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (error.type === 'InternalServerError') throw error.cause;
      return { error: error.type, message: error.message, ...JSON.parse(outputToJson(error.fields)) };
    }
  }
  return { tables, api, call, clock, disk };
}

export type Fixture = Awaited<ReturnType<typeof openFixture>>;

interface TableShape {
  readonly TableName?: string;
  readonly pk?: string;
  readonly sk?: string;
  readonly indexes?: { readonly [name: string]: readonly [sort: string, type: string, projection: Json] };
}

/** CreateTable's input for keys `pk` and, if typed, `sk`. */
export function tableInput({ TableName = 'table', pk = 'S', sk, indexes = {} }: TableShape = {}): Json {
  const attributes = new Map([['pk', pk]]);
  if (sk !== undefined) attributes.set('sk', sk);
  for (const [sort, type] of Object.values(indexes)) attributes.set(sort, type);
  const keySchema = (sort?: string) => [
    { AttributeName: 'pk', KeyType: 'HASH' },
    ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' }]),
  ];
  const local = Object.entries(indexes).map(([IndexName, [sort, , Projection]]) => ({
    IndexName,
    KeySchema: keySchema(sort),
    Projection,
  }));
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...attributes].map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: keySchema(sk === undefined ? undefined : 'sk'),
    ...(local.length > 0 && { LocalSecondaryIndexes: local }),
  };
}

export const s = (text: string) => ({ S: text });
export const n = (number: number) => ({ N: String(number) });
