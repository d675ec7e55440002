/** A table of orders, as somebody might keep them: numbers, names, lists, and texts that compress as texts do. */
import { type AttributeValue, type Item, NumberValue } from '../../src/encoding/attribute-value.js';
import { itemSizeBytes } from '../../src/encoding/item-size.js';
import { parseNumber } from '../../src/encoding/number.js';
import { encodeStored } from '../../src/table/stored-item.js';
import type { TableDraft } from '../../src/table/tables-environment.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';

export const TABLE = 'orders';

const WORDS_COUNT = 4000;
const TEXT_BYTES = 620;
const BATCH_BYTES = 256 * 1024;

const random = new SeededRandom(1);
const hex = (bytes: number) => Buffer.from(random.bytes(bytes)).toString('hex');
const words = Array.from({ length: WORDS_COUNT }, () => hex(1 + (random.uint32() % 5)));

export const draft: TableDraft = {
  name: TABLE,
  arn: `arn:aws:dynamodb:us-east-1:000000000000:table/${TABLE}`,
  key: { partition: { name: 'customer', type: 'S' }, sort: { name: 'order', type: 'N' } },
  attributes: [
    { name: 'customer', type: 'S' },
    { name: 'order', type: 'N' },
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
};

function text(): string {
  let some = '';
  while (some.length < TEXT_BYTES) some += `${words[random.uint32() % WORDS_COUNT]} `;
  return some;
}

/** Of about 1 KB. */
function orderOf(n: number): Item {
  const line = (): AttributeValue =>
    new Map<string, AttributeValue>([
      ['article', hex(6)],
      ['count', new NumberValue(String(1 + (random.uint32() % 9)))],
      ['price', new NumberValue(parseNumber(`${random.uint32() % 1000}.${10 + (random.uint32() % 89)}`))],
    ]);
  return new Map<string, AttributeValue>([
    ['customer', `customer-${n >> 3}`],
    ['order', new NumberValue(String(n))],
    ['id', `${hex(4)}-${hex(2)}-${hex(2)}-${hex(2)}-${hex(6)}`],
    ['paid', n % 3 > 0],
    ['lines', [line(), line(), line()]],
    ['signature', random.bytes(64)],
    ['remark', text()],
  ]);
}

/** Stored items, in batches, until there are so many bytes of items as the service counts them. */
export function* orders(itemBytes: number): Generator<Uint8Array[]> {
  let total = 0;
  for (let n = 0; total < itemBytes; ) {
    const batch: Uint8Array[] = [];
    for (let bytes = 0; bytes < BATCH_BYTES && total < itemBytes; n += 1) {
      const item = orderOf(n);
      const sizeBytes = itemSizeBytes(item);
      batch.push(encodeStored(item, sizeBytes));
      bytes += sizeBytes;
      total += sizeBytes;
    }
    yield batch;
  }
}
