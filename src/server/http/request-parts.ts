/** What a request says, and where it comes from. */
import { isUtf8 } from 'node:buffer';
import { serializationError, unknownOperation } from '../../api/service-error.js';

const TARGET_PREFIX = 'DynamoDB_20120810.';
/** The other API of the service, at an endpoint of its own there. */
const STREAMS_PREFIX = 'DynamoDBStreams_20120810.';
const OPERATION_NAME = /^[A-Za-z]{1,64}$/;

/** Also an IPv4 address on a socket of IPv6. */
export function isLoopback(address = ''): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

export function mediaType(contentType: string | undefined): string {
  if (contentType === undefined) return '';
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

export function operationOf(target: string | string[] | undefined): string {
  if (typeof target === 'string' && target.startsWith(STREAMS_PREFIX)) {
    throw unknownOperation('Varve does not have streams');
  }
  if (typeof target !== 'string' || !target.startsWith(TARGET_PREFIX)) throw unknownOperation();
  const operation = target.slice(TARGET_PREFIX.length);
  if (!OPERATION_NAME.test(operation)) throw unknownOperation();
  return operation;
}

export function parseJson(body: Uint8Array): unknown {
  // Decoding replaces bytes that are not UTF-8 in silence: a value would come back as another.
  if (!isUtf8(body)) throw serializationError();
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw serializationError();
  }
}
