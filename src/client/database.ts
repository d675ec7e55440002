/** The client's interface: the same over a socket and within the process. */
import { NumberValue } from '../encoding/attribute-value.js';
import { EncodingError } from '../encoding/errors.js';
import { parseNumber } from '../encoding/number.js';
import type { Random } from '../vfs/clock.js';
import { VarveError } from './errors.js';
import type { Item } from './native-value.js';
import { type Carried, decodeOutput, encodeInput } from './operation-input.js';
import { CALL_OPTIONS, checkOptions } from './option-names.js';
import { Range } from './range.js';
import { type Operations, Table } from './table.js';
import { Transaction } from './transaction.js';
import type { Transport } from './transport.js';
import type {
  CallOptions,
  OperationInput,
  OperationName,
  OperationOutput,
  OperationWithoutInput,
} from './types.js';

const TOKEN_BYTES = 16;

export class Database {
  constructor(
    private readonly transport: Transport,
    private readonly random: Random,
  ) {}

  /**
   * Any operation of the service by its name, with the service's members; attributes are native values.
   * Rejects with a `VarveError`, or with the reason of the signal.
   */
  call<O extends OperationName>(
    operation: O,
    input: OperationInput<O>,
    options?: CallOptions,
  ): Promise<OperationOutput<O>>;
  /** One that these types do not know. */
  call<O extends string>(
    operation: O extends OperationName ? never : O,
    input: object,
    options?: CallOptions,
  ): Promise<Record<string, unknown>>;
  /** One that needs no members. */
  call<O extends OperationWithoutInput>(operation: O): Promise<OperationOutput<O>>;
  async call(operation: string, input: unknown = {}, options: CallOptions = {}): Promise<unknown> {
    checkOptions('call', options, CALL_OPTIONS);
    if (typeof input !== 'object' || input === null) {
      throw new TypeError(`the input of ${operation} must be an object of its members, not ${String(input)}`);
    }
    const output = await this.transport
      .call(operation, carried(input), options)
      .catch((error: unknown) => withNativeFields(error, operation));
    return decodeOutput(output);
  }

  /** All items of a Query or Scan, whatever their number: the server sends them as they are read. */
  range<T extends object = Item>(
    operation: 'Query' | 'Scan',
    input: OperationInput<'Query'> | OperationInput<'Scan'>,
    options: CallOptions = {},
  ): Range<T> {
    checkOptions('range', options, CALL_OPTIONS);
    return new Range<T>(this.transport, operation, carried(input), options);
  }

  /** Operations on the items of one table. Does not look whether there is such a table. */
  table<T extends object = Item>(name: string): Table<T> {
    return new Table<T>(this as Operations, name);
  }

  /**
   * Writes that happen all or not at all: `build` says which. It is safe to repeat, and repeated when the connection breaks.
   * Rejects with `TransactionCanceledException`, which has `fields.CancellationReasons`.
   */
  async transact(build: (transaction: Transaction) => void, options: CallOptions = {}): Promise<void> {
    checkOptions('transact', options, CALL_OPTIONS);
    const transaction = new Transaction();
    build(transaction);
    const token = Buffer.from(this.random.bytes(TOKEN_BYTES)).toString('hex');
    const input = { TransactItems: transaction.actions, ClientRequestToken: token };
    await this.call('TransactWriteItems', input as OperationInput<'TransactWriteItems'>, options);
  }

  /** Items of one moment; undefined for those that are not there. */
  async transactGet(
    keys: readonly { readonly table: string; readonly key: object }[],
    options: CallOptions = {},
  ): Promise<(Item | undefined)[]> {
    checkOptions('transactGet', options, CALL_OPTIONS);
    const gets = keys.map(({ table, key }) => ({ Get: { TableName: table, Key: key as Item } }));
    const { Responses: responses } = await this.call('TransactGetItems', { TransactItems: gets }, options);
    return responses.map((response) => response.Item);
  }

  /** A number with all its digits, up to 38 of them. */
  number(text: string): NumberValue {
    return new NumberValue(parseNumber(text));
  }

  /** Once what was called is answered. Ranges that are being read end. Idempotent. */
  close(): Promise<void> {
    return this.transport.close();
  }
}

function carried(input: object): Carried {
  try {
    return encodeInput(input);
  } catch (error) {
    if (error instanceof EncodingError)
      throw new VarveError('ValidationException', error.message, { status: 400 });
    throw error;
  }
}

/** With an item that a refusal has, and with the operation where the server, like the service, says nothing. */
function withNativeFields(error: unknown, operation: string): never {
  if (!(error instanceof VarveError)) throw error;
  const { name, status, fields, mayHaveTakenEffect, cause } = error;
  const isUnknown = name === 'UnknownOperationException' && error.message === name;
  const message = isUnknown ? `there is no operation ${operation}` : error.message;
  throw new VarveError(name, message, {
    ...(status !== undefined && { status }),
    fields: decodeOutput(fields),
    mayHaveTakenEffect,
    cause,
  });
}
