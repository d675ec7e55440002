/**
 * Cuts an expression's text into tokens. All grammars share them: a keyword of one is no attribute name in another.
 * Quoted strings are tokens too, although no grammar has a use for them. What fits no token becomes one of a single
 * character, which no grammar accepts either, so that the parser reports it at its place.
 */

export type TokenKind = 'keyword' | 'identifier' | 'name' | 'value' | 'index' | 'symbol' | 'foreign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Offsets into the expression, `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

const END_TEXT = '<EOF>';

/** Sticky: white space, then one of identifier, #name, :value, digits, symbol, quoted string. */
const TOKEN =
  /[ \t\r\n]*(?:([A-Za-z][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(0|[1-9][0-9]*)|(<>|<=|>=|[=<>()[\],.+-])|("(?:\\"|[\s\S])*?"|'(?:\\'|[\s\S])*?'))/y;
const WHITE_SPACE = /[ \t\r\n]*/y;

const KINDS: readonly TokenKind[] = ['identifier', 'name', 'value', 'index', 'symbol', 'foreign'];

/** In any case of letters. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'AND',
  'OR',
  'NOT',
  'BETWEEN',
  'IN',
  'SET',
  'REMOVE',
  'ADD',
  'DELETE',
]);

/** The tokens of `text`, the last of which is the end. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  for (;;) {
    TOKEN.lastIndex = offset;
    const match = TOKEN.exec(text);
    if (match === null) {
      WHITE_SPACE.lastIndex = offset;
      offset += WHITE_SPACE.exec(text)?.[0].length ?? 0;
      if (offset === text.length) break;
      const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
      tokens.push({ kind: 'foreign', text: character, start: offset, end: offset + character.length });
      offset += character.length;
      continue;
    }
    const group = match.findIndex((part, index) => index > 0 && part !== undefined);
    const tokenText = match[group] ?? '';
    const isKeyword = group === 1 && KEYWORDS.has(tokenText.toUpperCase());
    const kind = isKeyword ? 'keyword' : (KINDS[group - 1] ?? 'foreign');
    offset = TOKEN.lastIndex;
    tokens.push({ kind, text: tokenText, start: offset - tokenText.length, end: offset });
  }
  tokens.push({ kind: 'end', text: END_TEXT, start: text.length, end: text.length });
  return tokens;
}
