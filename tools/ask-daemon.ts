/** A question to a daemon of this machine, over HTTP. */
import { get } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** @throws Error with the system's code, or with code ETIMEDOUT, when there is no answer within `timeoutMs` altogether */
export function askDaemon(url: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    request.on('error', fail);
    // Node's own time limit begins anew with each byte.
    const timer = setTimeout(() => {
      request.destroy(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
  });
}
