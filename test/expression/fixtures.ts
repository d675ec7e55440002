/** Shorthand of the tests: items and values as the service's JSON, expressions as texts. */
import { decodeItemJson, encodeItemJson } from '../../src/encoding/attribute-json.js';
import type { Item } from '../../src/encoding/attribute-value.js';
import { type CompiledExpressions, compileExpressions } from '../../src/expression/index.js';

export type Json = Readonly<Record<string, unknown>>;
type Texts = { readonly [K in keyof CompiledExpressions]?: string };

export function compile(
  texts: Texts,
  values?: Json,
  names?: Readonly<Record<string, string>>,
): CompiledExpressions {
  return compileExpressions({
    ...texts,
    values: values === undefined ? undefined : decodeItemJson(values),
    names: names === undefined ? undefined : new Map(Object.entries(names)),
  });
}

export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('absent');
  return value;
}

export function itemOf(json: Json): Item {
  return decodeItemJson(json);
}

export function jsonOf(item: Item): unknown {
  return JSON.parse(encodeItemJson(item));
}
