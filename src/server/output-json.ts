/** A reply as JSON text. Text is joined rather than an object tree built, since an item is a `Map` and not JSON's own. */
import type { Output, OutputValue } from '../api/types.js';
import { encodeItemJson } from '../encoding/attribute-json.js';

function valueToJson(value: Exclude<OutputValue, undefined>): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (value === null) return 'null';
  if (value instanceof Map) return encodeItemJson(value);
  if (Array.isArray(value)) return listToJson(value);
  return outputToJson(value as Output);
}

function listToJson(list: readonly OutputValue[]): string {
  let text = '[';
  for (let index = 0; index < list.length; index += 1) {
    if (index > 0) text += ',';
    text += valueToJson(list[index] ?? null);
  }
  return `${text}]`;
}

/** Members that are undefined are left out. */
export function outputToJson(output: Output): string {
  let text = '';
  for (const member of Object.keys(output)) {
    const value = output[member];
    if (value === undefined) continue;
    // Some members are named by the caller, such as the placeholders of an unprocessed key's expression.
    text += `${text === '' ? '{' : ','}${JSON.stringify(member)}:${valueToJson(value)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}
