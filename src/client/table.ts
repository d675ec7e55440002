/** The operations on items of one table, in fewer words than the service's. */
import { rangeMembers, writeMembers } from './members.js';
import type { Item } from './native-value.js';
import { checkOptions, GET_OPTIONS, QUERY_OPTIONS, SCAN_OPTIONS, WRITE_OPTIONS } from './option-names.js';
import type { Range } from './range.js';
import type {
  CallOptions,
  GetOptions,
  QueryOptions,
  ScanOptions,
  UpdateOptions,
  WriteOptions,
} from './types.js';

/** What a table needs of a database. */
export interface Operations {
  call(operation: string, input: object, options: CallOptions): Promise<Record<string, unknown>>;
  range<T extends object>(operation: 'Query' | 'Scan', input: object, options: CallOptions): Range<T>;
}

/** @typeParam T of the items; not checked when they are read */
export class Table<T extends object = Item> {
  constructor(
    private readonly operations: Operations,
    readonly name: string,
  ) {}

  /** What was acknowledged before is always seen. */
  async get(key: Partial<T>, options: GetOptions = {}): Promise<T | undefined> {
    checkOptions('get', options, GET_OPTIONS);
    const input = {
      TableName: this.name,
      Key: key,
      ProjectionExpression: options.select,
      ExpressionAttributeNames: options.names,
    };
    const output = await this.operations.call('GetItem', input, callOptions(options));
    return output['Item'] as T | undefined;
  }

  /** Resolves when it is on stable storage, with the old item when that was asked for. */
  async put(item: T, options: WriteOptions = {}): Promise<T | undefined> {
    checkOptions('put', options, WRITE_OPTIONS);
    const input = { Item: item, ...writeMembers(this.name, options) };
    const output = await this.operations.call('PutItem', input, callOptions(options));
    return output['Attributes'] as T | undefined;
  }

  /** @param expression an update expression, such as `SET plays = plays + :one` */
  async update(
    key: Partial<T>,
    expression: string,
    options: UpdateOptions = {},
  ): Promise<Partial<T> | undefined> {
    checkOptions('update', options, WRITE_OPTIONS);
    const input = { Key: key, UpdateExpression: expression, ...writeMembers(this.name, options) };
    const output = await this.operations.call('UpdateItem', input, callOptions(options));
    return output['Attributes'] as Partial<T> | undefined;
  }

  async delete(key: Partial<T>, options: WriteOptions = {}): Promise<T | undefined> {
    checkOptions('delete', options, WRITE_OPTIONS);
    const input = { Key: key, ...writeMembers(this.name, options) };
    const output = await this.operations.call('DeleteItem', input, callOptions(options));
    return output['Attributes'] as T | undefined;
  }

  /** @param condition a key condition expression, such as `artist = :a AND begins_with(song, :s)` */
  query(condition: string, options: QueryOptions = {}): Range<T> {
    checkOptions('query', options, QUERY_OPTIONS);
    const input = {
      ...rangeMembers(this.name, options),
      KeyConditionExpression: condition,
      ScanIndexForward: options.descending === true ? false : undefined,
    };
    return this.operations.range<T>('Query', input, callOptions(options));
  }

  scan(options: ScanOptions = {}): Range<T> {
    checkOptions('scan', options, SCAN_OPTIONS);
    return this.operations.range<T>('Scan', rangeMembers(this.name, options), callOptions(options));
  }
}

/** Without those that are in the input already. */
function callOptions({ signal, timeoutMs }: CallOptions): CallOptions {
  return { signal, timeoutMs };
}
