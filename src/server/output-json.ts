/** A reply as JSON text. Text is joined rather than an object tree built, since an item is a `Map` and not JSON's own. */

import type { Output, OutputValue } from '../api/types.js';
import type { AttributeMap, AttributeValue } from '../encoding/attribute-value.js';
import { type BinarySet, NumberSet, NumberValue, StringSet } from '../encoding/attribute-value.js';

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
function attributeToJson(value: AttributeValue): string {
  if (typeof value === 'string') return `{"S":${JSON.stringify(value)}}`;
  if (value instanceof NumberValue) return `{"N":"${value.text}"}`;
  if (value instanceof Map) return `{"M":${itemToJson(value)}}`;
  if (Array.isArray(value)) return `{"L":[${value.map(attributeToJson).join(',')}]}`;
  if (typeof value === 'boolean') return `{"BOOL":${value}}`;
  if (value === null) return '{"NULL":true}';
  if (value instanceof Uint8Array) return `{"B":"${base64(value)}"}`;
  if (value instanceof StringSet) return `{"SS":${JSON.stringify(value.members)}}`;
  if (value instanceof NumberSet) return `{"NS":${JSON.stringify(value.members)}}`;
  return `{"BS":${JSON.stringify((value as BinarySet).members.map(base64))}}`;
}
function itemToJson(item: AttributeMap): string {
  let text = '';
  for (const [name, value] of item) {
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${attributeToJson(value)}`;
  }
  return `{${text}}`;
}

function valueToJson(value: Exclude<OutputValue, undefined>): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (value === null) return 'null';
  if (value instanceof Map) return itemToJson(value);
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
