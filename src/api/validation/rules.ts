/**
 * Rules between the members of an input that need no table: which parameters exclude or require each other, and how
 * often a thing may be named. The wording is the service's.
 */
import type { AttributeMap, AttributeValue, Item } from '../../encoding/attribute-value.js';
import { attributeSizeBytes, itemSizeBytes, utf8Bytes } from '../../encoding/item-size.js';
import { ATTRIBUTE_NAME_BYTES_MAX, ITEM_BYTES_MAX } from '../../encoding/limits.js';
import { ITEM_TOO_LARGE } from '../../table/errors.js';
import { invalidParameter, validationError } from '../service-error.js';
import type { AttributeFault } from './type-phase.js';

/** Stands before some refusals, as before those of constraints. */
const ENVELOPE = '1 validation error detected: ';

/** Throws the first value of `member` that could not be decoded. */
export function throwFault(faults: readonly AttributeFault[], member: string): void {
  if (faults.length === 0) return;
  const fault = faults.find((candidate) => candidate.member === member);
  if (fault === undefined) return;
  throw validationError(fault.parameter === 'ExpressionAttributeValues' ? badValue(fault) : fault.message);
}

function badValue({ message, key }: AttributeFault): string {
  return `ExpressionAttributeValues contains invalid value: ${message} for key ${key}`;
}

export function throwStartKeyFault(faults: readonly AttributeFault[]): void {
  const fault = faults.find((candidate) => candidate.member === 'ExclusiveStartKey');
  if (fault !== undefined) throw validationError(`The provided starting key is invalid: ${fault.message}`);
}

interface ExpressionParameters {
  readonly ExpressionAttributeNames?: ReadonlyMap<string, string>;
  readonly ExpressionAttributeValues?: ReadonlyMap<string, AttributeValue>;
}

/**
 * Expressions exclude legacy parameters, and placeholders need an expression that can use them.
 * @param expressions names of the operation's expression parameters, in the order in which messages list them
 * @param legacy names of its legacy parameters, likewise
 */
export function checkExpressionParameters(
  input: ExpressionParameters,
  expressions: readonly string[],
  legacy: readonly string[],
): void {
  const members = input as Readonly<Record<string, unknown>>;
  const isGiven = (name: string) => members[name] !== undefined;
  checkDialect(members, expressions, legacy);
  if (input.ExpressionAttributeNames !== undefined && !expressions.some(isGiven)) {
    throw validationError('ExpressionAttributeNames can only be specified when using expressions');
  }
  if (input.ExpressionAttributeValues === undefined) return;
  const withValues = expressions.filter((name) => name !== 'ProjectionExpression');
  if (!withValues.some(isGiven)) {
    throw validationError(
      'ExpressionAttributeValues can only be specified when using expressions: ' +
        `${withValues.join(' and ')} ${withValues.length > 1 ? 'are' : 'is'} null`,
    );
  }
}

/** Parameters from before expressions do not go with expressions; see `checkExpressionParameters`. */
export function checkDialect(
  members: Readonly<Record<string, unknown>>,
  expressions: readonly string[],
  legacy: readonly string[],
): void {
  const isGiven = (name: string) => members[name] !== undefined;
  const givenExpressions = expressions.filter(isGiven);
  const givenLegacy = givenExpressions.length === 0 ? [] : legacy.filter(isGiven);
  if (givenLegacy.length === 0) return;
  throw validationError(
    'Can not use both expression and non-expression parameters in the same request: ' +
      `Non-expression parameters: {${givenLegacy.join(', ')}} ` +
      `Expression parameters: {${givenExpressions.join(', ')}}`,
  );
}

const NAME_PLACEHOLDER = /^#[0-9a-zA-Z_]+$/;
const VALUE_PLACEHOLDER = /^:[0-9a-zA-Z_]+$/;

/** Placeholders of names and of values, and what they stand for. */
const PLACEHOLDER_BYTES_MAX = 255;
const SUBSTITUTIONS_BYTES_MAX = 2 * 1024 * 1024;

/**
 * The keys of ExpressionAttributeNames and ExpressionAttributeValues, and what they stand for.
 * Source: "Expression parameters" under the service's quotas.
 */
export function checkPlaceholders(input: ExpressionParameters, faults: readonly AttributeFault[]): void {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input;
  if (names !== undefined) {
    if (names.size === 0) throw validationError('ExpressionAttributeNames must not be empty');
    for (const [key, name] of names) {
      checkPlaceholderLength('ExpressionAttributeNames', key);
      if (!NAME_PLACEHOLDER.test(key)) {
        throw validationError(`ExpressionAttributeNames contains invalid key: Syntax error; key: "${key}"`);
      }
      if (name === '') {
        throw validationError(
          `ExpressionAttributeNames contains invalid value: ${EMPTY_NAME} for key ${key}`,
        );
      }
      checkNameSize(name);
    }
  }
  const namesBytes =
    names === undefined ? 0 : substitutionBytes('ExpressionAttributeNames', names, utf8Bytes);
  if (values === undefined) return;
  if (values.size === 0) throw validationError('ExpressionAttributeValues must not be empty');
  for (const key of values.keys()) {
    checkPlaceholderLength('ExpressionAttributeValues', key);
    if (!VALUE_PLACEHOLDER.test(key)) {
      throw validationError(`ExpressionAttributeValues contains invalid key: Syntax error; key: "${key}"`);
    }
  }
  for (const key of values.keys()) {
    const fault = faults.find(
      (candidate) => candidate.member === 'ExpressionAttributeValues' && candidate.key === key,
    );
    if (fault !== undefined) throw validationError(badValue(fault));
  }
  const valuesBytes = substitutionBytes('ExpressionAttributeValues', values, attributeSizeBytes);
  if (valuesBytes > ATTRIBUTE_NAME_BYTES_MAX) for (const value of values.values()) checkNamesWithin(value);
  if (namesBytes + valuesBytes > SUBSTITUTIONS_BYTES_MAX) {
    throw validationError(
      'Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max size',
    );
  }
}

function checkPlaceholderLength(parameter: string, key: string): void {
  if (key === '') {
    throw validationError(
      `${parameter} contains invalid key: The expression attribute map contains an empty key;`,
    );
  }
  // UTF-8 takes at most three bytes for each UTF-16 code unit.
  if (key.length * 3 <= PLACEHOLDER_BYTES_MAX) return;
  const bytes = utf8Bytes(key);
  if (bytes <= PLACEHOLDER_BYTES_MAX) return;
  throw validationError(
    `${parameter} contains invalid key: The expression attribute map contains a key that is too long; ` +
      `size of key: ${bytes}`,
  );
}

/** Placeholders count too. */
function substitutionBytes<Substitute>(
  parameter: string,
  substitutions: ReadonlyMap<string, Substitute>,
  sizeOf: (substitute: Substitute) => number,
): number {
  let bytes = 0;
  for (const [key, substitute] of substitutions) bytes += key.length + sizeOf(substitute);
  if (bytes > SUBSTITUTIONS_BYTES_MAX) throw validationError(`${parameter} exceeds max size`);
  return bytes;
}

/** PutItem and DeleteItem replace whole items, so there is nothing that an update changed. */
export function checkReturnValues(returnValues: string | undefined): void {
  if (returnValues !== undefined && returnValues !== 'ALL_OLD' && returnValues !== 'NONE') {
    throw validationError('ReturnValues can only be ALL_OLD or NONE');
  }
}

/** An item that is put: its names and its size. */
export function checkItem(item: Item): void {
  checkAttributeNames(item.keys());
  const bytes = itemSizeBytes(item);
  if (bytes > ATTRIBUTE_NAME_BYTES_MAX) checkNamesWithin(item);
  if (bytes > ITEM_BYTES_MAX) throw validationError(ITEM_TOO_LARGE);
}

const EMPTY_NAME = 'Empty attribute name';

/** Names at the top of an item, a filter, an update. */
export function checkAttributeNames(names: Iterable<string> | undefined): void {
  if (names === undefined) return;
  for (const name of names) {
    if (name === '') throw validationError(`${ENVELOPE}${EMPTY_NAME}`);
    checkNameSize(name);
  }
}

/** Source: "Naming rules" of the developer guide. */
function checkNameSize(name: string): void {
  // UTF-8 takes at most three bytes for each UTF-16 code unit, so most names need no count.
  if (name.length * 3 <= ATTRIBUTE_NAME_BYTES_MAX || utf8Bytes(name) <= ATTRIBUTE_NAME_BYTES_MAX) return;
  throw validationError(
    `${ENVELOPE}Attribute name is too large, must be less than ${ATTRIBUTE_NAME_BYTES_MAX + 1} bytes`,
  );
}

/** Names in the maps of a value, which only a value that is larger than a name may be needs. */
function checkNamesWithin(value: AttributeValue): void {
  if (Array.isArray(value)) {
    for (const element of value as readonly AttributeValue[]) checkNamesWithin(element);
  } else if (value instanceof Map) {
    for (const [name, entry] of value as AttributeMap) {
      checkNameSize(name);
      checkNamesWithin(entry);
    }
  }
}

/** A value that an update sets. */
export function checkNamesOfValue(value: AttributeValue | undefined): void {
  if (value instanceof Map || Array.isArray(value)) {
    if (attributeSizeBytes(value) > ATTRIBUTE_NAME_BYTES_MAX) checkNamesWithin(value);
  }
}

export function checkAttributesToGet(names: readonly string[] | undefined): void {
  if (names === undefined) return;
  checkAttributeNames(names);
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw invalidParameter(`Duplicate value in attribute name: ${name}`);
    seen.add(name);
  }
}

/** Of a parallel Scan. */
export function checkSegments(segment: number | undefined, totalSegments: number | undefined): void {
  if (totalSegments === undefined) {
    if (segment === undefined) return;
    throw validationError(
      'The TotalSegments parameter is required but was not present in the request ' +
        'when Segment parameter is present',
    );
  }
  if (segment === undefined) {
    throw validationError(
      'The Segment parameter is required but was not present in the request ' +
        'when parameter TotalSegments is present',
    );
  }
  if (segment >= totalSegments) {
    throw validationError(
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
        `Segment: ${segment} is not less than TotalSegments: ${totalSegments}`,
    );
  }
}

/** Each key once. */
export function checkTags(tags: readonly { readonly Key: string }[]): void {
  const seen = new Set<string>();
  for (const { Key } of tags) {
    if (seen.has(Key)) throw validationError(`Duplicate tag keys provided: ${Key}`);
    seen.add(Key);
  }
}
