/** Stands behind a transport under test: `Echo` replies with what it was given, other operations do what they are named. */
import { serializationError, unknownOperation, validationError } from '../../src/api/service-error.js';
import { type Api, NO_OUTPUT, type Output, type RequestContext } from '../../src/api/types.js';
import { NumberValue } from '../../src/encoding/attribute-value.js';
import type { EncodedItem } from '../../src/encoding/encoded-item.js';
import { decodeEncodedItem } from '../../src/encoding/item.js';

export interface FakeApi extends Api {
  /** Lets every `Wait` go on. */
  release(): void;
  /** Calls that reached the api. */
  readonly calls: { operation: string; input: unknown; context: RequestContext }[];
}

export function fakeApi(): FakeApi {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const calls: FakeApi['calls'] = [];
  const api: FakeApi = {
    release,
    calls,
    respond: (operation, input, context) => api.execute(operation, input, context),
    async execute(operation, input, context): Promise<Output> {
      calls.push({ operation, input, context });
      switch (operation) {
        case 'Echo':
          return { Echo: JSON.stringify(input), ...context };
        case 'Item':
          return { Item: new Map([['price', new NumberValue('1E+2')]]), Count: 1, Nothing: undefined };
        case 'Nothing':
          return NO_OUTPUT;
        case 'Big':
          return { Text: 'é'.repeat(8 * 1024 * 1024) };
        case 'Scan':
          return page(input);
        case 'GetWait':
        case 'TransactWriteItems':
        case 'WaitAndWrite':
        case 'Wait':
          await released;
          return { Waited: true };
        case 'Refuse':
          throw validationError('no');
        case 'RefuseShape':
          throw serializationError('Start of list found where not expected');
        case 'Defect':
          throw new TypeError('a defect with secrets in it');
        default:
          throw unknownOperation();
      }
    },
  };
  return api;
}

/** A table of the items 0, 1, 2 and so on, one to a page. */
function page(input: unknown): Output {
  const { ExclusiveStartKey: after } = input as { readonly ExclusiveStartKey?: EncodedItem };
  const n = after === undefined ? 0 : Number(decodeEncodedItem(after).get('n')) + 1;
  // As text, which is a key as well.
  const key = new Map([['n', String(n)]]);
  return {
    Items: [new Map([['n', new NumberValue(String(n))]])],
    Count: 1,
    ScannedCount: 1,
    LastEvaluatedKey: key,
  };
}
