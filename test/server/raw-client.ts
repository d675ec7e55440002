/** A client that sends any bytes it likes, and one that speaks HTTP properly. */
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface Received {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

export const SIGNED = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/dynamodb/aws4_request, ' +
    'SignedHeaders=host;x-amz-date;x-amz-target, Signature=00',
};

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** Added to nothing: unsigned. */
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

export function send(port: number, sent: Sent): Promise<Received> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method: sent.method ?? 'POST',
        path: sent.path ?? '/',
        headers: sent.headers,
        agent: false,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          }),
        );
        incoming.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(sent.body);
  });
}

/** A signed call of one operation. */
export function call(port: number, operation: string, body: string | Buffer = '{}'): Promise<Received> {
  return send(port, { headers: { ...SIGNED, 'x-amz-target': `DynamoDB_20120810.${operation}` }, body });
}

/** Opens a connection and sends `text`; the caller reads and destroys it. */
export function openSocket(port: number, text: string | Buffer = ''): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.off('error', reject);
      if (text.length > 0) socket.write(text);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Everything the other side sends until it closes. */
export function readToEnd(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}
