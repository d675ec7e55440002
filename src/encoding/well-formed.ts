/**
 * Strings from outside, as they are stored. A JSON escape can name half of a surrogate pair alone, which no UTF-8 text
 * holds: keys, sizes and stored items would each see another string. So each such half becomes U+FFFD, the replacement
 * character, before anything looks at the string. What the service makes of it is not documented.
 */

/** In the type library only from ES2024 on; Node.js has them from version 20. */
interface WellFormedString {
  isWellFormed(): boolean;
  toWellFormed(): string;
}

export function wellFormed(text: string): string {
  const string = text as unknown as WellFormedString;
  return string.isWellFormed() ? text : string.toWellFormed();
}
