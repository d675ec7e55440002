import { encodeItemJson } from '../encoding/attribute-json.js';
import type { AttributeMap, Item } from '../encoding/attribute-value.js';
import type { Projection } from '../expression/index.js';
import type { ItemAddress } from '../table/key-layout.js';
import { addressOfKey } from '../table/key-schema.js';
import { BATCH_GET_BYTES_MAX } from '../table/limits.js';
import type { Table } from '../table/table.js';
import { consumedCapacity, isMeasured, unitsRead } from './consumed-capacity.js';
import { compileProjection } from './get-item.js';
import { checkScalarKeyPaths } from './key-paths.js';
import { validationError } from './service-error.js';
import type { Operation } from './services.js';
import { tableOfItems } from './table-access.js';
import { namedByCaller, type Output, type OutputValue } from './types.js';
import type { KeysAndAttributes } from './validation/input-types.js';

/** What is asked of one table. */
interface TableRead {
  /** As in the request: a name or an ARN. */
  readonly name: string;
  readonly table: Table;
  readonly request: KeysAndAttributes;
  readonly projection: Projection | undefined;
  readonly addresses: readonly ItemAddress[];
}

export const batchGetItem: Operation<'BatchGetItem'> = async (services, input) => {
  for (const request of input.RequestItems.values()) checkDistinct(request.Keys);
  const compiled = [...input.RequestItems].map(([name, request]) => ({
    name,
    request,
    projection: compileProjection(request),
  }));
  const reads = compiled.map((read) => planRead(tableOfItems(services, read.name), read));

  const responses = namedByCaller();
  const unprocessed = namedByCaller();
  const capacity: OutputValue[] = [];
  let bytesLeft = BATCH_GET_BYTES_MAX;
  for (const read of reads) {
    const { items, units, remaining, bytesRead } = await readItems(read, bytesLeft);
    bytesLeft -= bytesRead;
    responses[read.name] = items;
    if (remaining.length > 0) unprocessed[read.name] = unprocessedKeys(read.request, remaining);
    if (isMeasured(input.ReturnConsumedCapacity)) {
      capacity.push(consumedCapacity(input.ReturnConsumedCapacity, read.name, { table: units }));
    }
  }
  return {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ConsumedCapacity: isMeasured(input.ReturnConsumedCapacity) ? capacity : undefined,
  };
};

/** Before the tables are looked at, whose key schemas would say what a key is. */
function checkDistinct(keys: readonly AttributeMap[]): void {
  if (keys.length === 1) return;
  const distinct = new Set(keys.map(keyText));
  if (distinct.size < keys.length) {
    throw validationError('Provided list of item keys contains duplicates');
  }
}

/** The same text for the same attributes in any order. */
function keyText(key: AttributeMap): string {
  return encodeItemJson(new Map([...key].sort(([left], [right]) => (left < right ? -1 : 1))));
}

function planRead(
  table: Table,
  { name, request, projection }: Pick<TableRead, 'name' | 'request' | 'projection'>,
): TableRead {
  const { definition } = table;
  const addresses = request.Keys.map((key) => addressOfKey(definition, key));
  if (projection !== undefined) checkScalarKeyPaths(definition, projection);
  return { name, table, request, projection, addresses };
}

/** Stops before the item that would need more bytes than are left; then none are left for other tables either. */
async function readItems({ table, request, projection, addresses }: TableRead, bytesLeft: number) {
  const items: Item[] = [];
  let units = 0;
  let bytesRead = 0;
  let done = 0;
  for (const address of addresses) {
    if (bytesRead >= bytesLeft) break;
    const found = table.get({ address, projection });
    const { item, sizeBytes } = found instanceof Promise ? await found : found;
    if (bytesRead + sizeBytes > bytesLeft) {
      bytesRead = bytesLeft;
      break;
    }
    if (item !== undefined) items.push(item);
    units += unitsRead(sizeBytes, request.ConsistentRead);
    bytesRead += sizeBytes;
    done += 1;
  }
  return { items, units, bytesRead, remaining: request.Keys.slice(done) };
}

/** The same request for the keys that are left. */
function unprocessedKeys(request: KeysAndAttributes, keys: readonly AttributeMap[]): Output {
  return {
    Keys: keys,
    ConsistentRead: request.ConsistentRead,
    AttributesToGet: request.AttributesToGet,
    ProjectionExpression: request.ProjectionExpression,
    ExpressionAttributeNames:
      request.ExpressionAttributeNames && Object.fromEntries(request.ExpressionAttributeNames),
  };
}
