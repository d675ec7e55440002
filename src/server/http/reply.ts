/** Writes replies: the headers every SDK looks at, the checksum, one `end`. */
import type { ServerResponse } from 'node:http';
import { crc32 } from '../../encoding/checksum.js';

export const JSON_TYPE = 'application/x-amz-json-1.0';
/** For requests that call their JSON by its general name. */
const GENERAL_JSON_TYPE = 'application/json';
const XML_TYPE = 'application/xml';
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** What the service says, in XML, to anything that is not a POST of AWS JSON. */
export const NOT_AN_OPERATION = {
  status: 404,
  type: XML_TYPE,
  body: '<UnknownOperationException/>\n',
} as const;
export const HEALTHY = { status: 200, type: TEXT_TYPE, body: 'healthy: varve\n' } as const;

/** Outside the operations' own errors: what the transport refuses before one is known. */
export const TOO_LARGE = {
  status: 413,
  type: JSON_TYPE,
  body: '{"__type":"com.amazon.coral.service#RequestEntityTooLargeException","message":"Request body is too large"}',
} as const;
export const OVERLOADED = {
  status: 503,
  type: JSON_TYPE,
  body: '{"__type":"com.amazonaws.dynamodb.v20120810#ServiceUnavailableException","message":"The server is at its limit of requests; retry later"}',
} as const;

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** `reply`, its JSON called as a request of media type `asked` calls it. */
export function typedFor(reply: Reply, asked: string): Reply {
  if (reply.type !== JSON_TYPE || asked.startsWith('application/x-amz-json-')) return reply;
  return { ...reply, type: GENERAL_JSON_TYPE };
}

export interface ReplyOptions {
  readonly requestId: string;
  /** Further headers, name and value in turn. */
  readonly headers?: readonly string[];
  /** Only the headers are sent (HEAD). */
  readonly headOnly?: boolean;
  /** The connection is closed after this reply. */
  readonly close?: boolean;
}

export function send(response: ServerResponse, reply: Reply, options: ReplyOptions): void {
  const { body } = reply;
  // `crc32` of node:zlib takes text as well, but only from the release on that has it; bytes always work.
  const bytes = Buffer.from(body, 'utf8');
  const headers = [
    'x-amzn-RequestId',
    options.requestId,
    'x-amz-crc32',
    String(crc32(bytes)),
    'Content-Type',
    reply.type,
    'Content-Length',
    String(bytes.length),
  ];
  if (options.headers !== undefined) headers.push(...options.headers);
  if (options.close === true) headers.push('Connection', 'close');
  response.writeHead(reply.status, headers);
  if (options.headOnly === true) response.end();
  // Text, unlike bytes, leaves in one system call together with the headers.
  else response.end(body, 'utf8');
}
