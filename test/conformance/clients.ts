/** Two ways to the same endpoint: JSON over HTTP by hand, and the AWS SDK. Both answer in plain JSON. */
import { randomUUID } from 'node:crypto';
import * as sdk from '@aws-sdk/client-dynamodb';
import type { Json, JsonObject } from './case.js';

export type Reply =
  | { readonly ok: true; readonly output: JsonObject }
  | { readonly ok: false; readonly type: string; readonly message: string; readonly fields: JsonObject };

export interface Client {
  readonly name: string;
  send(operation: string, input: JsonObject): Promise<Reply>;
  close(): void;
}

const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'conformance' };
const REGION = 'us-east-1';
/** Their replies have no body, not even `{}`. */
const WITHOUT_OUTPUT: ReadonlySet<string> = new Set(['TagResource', 'UntagResource']);

export function rawClient(endpoint: string): Client {
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/20250101/${REGION}/dynamodb/aws4_request, ` +
    'SignedHeaders=host;x-amz-date;x-amz-target, Signature=0';
  return {
    name: 'raw HTTP',
    close() {},
    async send(operation, input) {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `DynamoDB_20120810.${operation}`,
          'x-amz-date': '20250101T000000Z',
          authorization,
        },
        body: JSON.stringify(input),
      });
      const text = await response.text();
      if (response.status === 200 && (text === '') !== WITHOUT_OUTPUT.has(operation)) {
        throw new Error(`${operation} replied with a body of ${text.length} characters`);
      }
      const body = (text === '' ? {} : JSON.parse(text)) as JsonObject;
      if (response.status === 200) return { ok: true, output: body };
      const { __type, message, Message, ...fields } = body;
      const type = String(__type).replace(/^.*#/, '');
      return { ok: false, type, message: String(message ?? Message ?? ''), fields };
    },
  };
}

type Command = new (input: unknown) => Parameters<sdk.DynamoDBClient['send']>[0];

export function sdkClient(endpoint: string): Client {
  const client = new sdk.DynamoDBClient({
    endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  const commands = sdk as unknown as Record<string, Command>;
  return {
    name: 'AWS SDK',
    close: () => client.destroy(),
    async send(operation, input) {
      const Operation = commands[`${operation}Command`];
      if (Operation === undefined) throw new Error(`the SDK has no ${operation}`);
      try {
        const { $metadata, ...output } = (await client.send(new Operation(toSdk(input)))) as {
          $metadata: unknown;
        };
        return { ok: true, output: fromSdk(output) as JsonObject };
      } catch (error) {
        if (!(error instanceof sdk.DynamoDBServiceException)) throw error;
        const { name, message, $metadata, $fault, $response, $retryable, ...fields } =
          error as unknown as Record<string, unknown>;
        return {
          ok: false,
          type: String(name),
          message: String(message),
          fields: fromSdk(fields) as JsonObject,
        };
      }
    },
  };
}

/** In the SDK's inputs and outputs binary values are bytes, in JSON they are base64; times are Dates. */
function toSdk(json: Json): unknown {
  if (Array.isArray(json)) return json.map(toSdk);
  if (typeof json !== 'object' || json === null) return json;
  const members = Object.entries(json as JsonObject);
  const [only] = members;
  if (members.length === 1 && only !== undefined) {
    const [type, value] = only;
    if (type === 'B' && typeof value === 'string') return { B: Buffer.from(value, 'base64') };
    if (type === 'BS' && Array.isArray(value)) {
      return { BS: value.map((element) => Buffer.from(String(element), 'base64')) };
    }
  }
  return Object.fromEntries(members.map(([name, value]) => [name, toSdk(value)]));
}

function fromSdk(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(fromSdk);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, fromSdk(member)]));
}

/** Distinguishes the tables of this run, so that runs against a shared endpoint do not meet. */
export const RUN = `conformance-${randomUUID().slice(0, 8)}`;
