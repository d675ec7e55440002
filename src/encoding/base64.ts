/** Base64 (RFC 4648, section 4) as strictly as the service reads it: padded, no white space, no spare bits. */
import { EncodingError } from './errors.js';

const FOREIGN_CHARACTER = /[^A-Za-z0-9+/=]|=(?=[^=])/;

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** Throws an `EncodingError` of kind serialization. */
export function decodeBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return new Uint8Array(bytes);
  throw new EncodingError('serialization', explain(text));
}

function explain(text: string): string {
  if (text.length % 4 !== 0) {
    return `Base64 encoded length is expected a multiple of 4 bytes but found: ${text.length}`;
  }
  const foreign = FOREIGN_CHARACTER.exec(text);
  if (foreign !== null) return `Invalid Base64 character: '${foreign[0]}'`;
  return 'Invalid last non-pad Base64 character dectected';
}
