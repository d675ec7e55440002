/**
 * How much there is to parse in a body. Parsing holds the event loop for a time that follows from the number of values and
 * names, not from the bytes: 16 MB of `{}` take twenty times as long as one string of 16 MB. Counting takes a nanosecond
 * a byte.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

/** Whether `{`, `[`, `:` and `,` outside of strings are more than `max`. */
export function hasMoreTokens(body: Uint8Array, max: number): boolean {
  if (body.length <= max) return false;
  let tokens = 0;
  let inString = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) inString = !inString;
    else if (inString) {
      if (byte === BACKSLASH) at += 1;
    } else if (byte === COMMA || byte === COLON || byte === OPENING_BRACKET || byte === OPENING_BRACE) {
      tokens += 1;
      if (tokens > max) return true;
    }
  }
  return false;
}
