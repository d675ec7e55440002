/** Rules of CreateTable between its members, in the service's order. */
import { GLOBAL_INDEXES_MAX, LOCAL_INDEXES_MAX, PROJECTED_ATTRIBUTES_MAX } from '../table/limits.js';
import { invalidParameter, validationError } from './service-error.js';
import { checkEncryption, checkOnDemandThroughput, checkThroughputBounds } from './table-settings.js';
import type {
  CreateTableInput,
  GlobalSecondaryIndex,
  KeySchema,
  LocalSecondaryIndex,
  Projection,
} from './validation/input-types.js';

/** @throws ServiceError ValidationException */
export function checkCreateTable(input: CreateTableInput): void {
  checkBilling(input);
  const names = input.AttributeDefinitions.map((definition) => definition.AttributeName);
  checkTableKeys(input, names);
  const defined: ReadonlySet<string> = new Set(names);
  checkIndexes(input, defined);
  checkUnused(input, defined);
  checkStream(input);
  checkEncryption(input.SSESpecification);
  refuseUnsupported(input);
}

function checkBilling(input: CreateTableInput): void {
  const { BillingMode: billingMode = 'PROVISIONED', ProvisionedThroughput: throughput } = input;
  if (billingMode === 'PAY_PER_REQUEST' && throughput !== undefined) {
    throw invalidParameter(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
  if (billingMode === 'PROVISIONED' && throughput === undefined) {
    throw invalidParameter(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
  checkThroughputBounds(throughput);
  for (const index of input.GlobalSecondaryIndexes ?? []) {
    checkThroughputBounds(index.ProvisionedThroughput, index.IndexName);
  }
  checkOnDemandThroughput(input.OnDemandThroughput, billingMode);
}

function checkTableKeys({ KeySchema: keySchema }: CreateTableInput, defined: readonly string[]): void {
  const keys = keySchema.map((element) => element.AttributeName);
  const undefinedKey = keys.some((key) => !defined.includes(key));
  if (keys.length === 2 && (undefinedKey || (keys[0] === keys[1] && defined.length === 1))) {
    throw validationError('Invalid KeySchema: Some index key attribute have no definition');
  }
  if (undefinedKey) throw undefinedKeys(keys, defined);
  checkKeyTypes(keySchema);
  const repeated = firstRepeated(defined);
  if (repeated !== undefined) throw validationError(`Attribute Name is duplicated: ${repeated}`);
}

function firstRepeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

function checkKeyTypes(keySchema: KeySchema): void {
  const [first, second] = keySchema;
  if (second !== undefined && first?.AttributeName === second.AttributeName) {
    throw validationError('Both the Hash Key and the Range Key element in the KeySchema have the same name');
  }
  if (first?.KeyType !== 'HASH') {
    throw validationError('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  }
  if (second !== undefined && second.KeyType !== 'RANGE') {
    throw validationError('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
  }
}

function undefinedKeys(keys: readonly string[], defined: Iterable<string>) {
  return invalidParameter(
    'Some index key attributes are not defined in AttributeDefinitions. ' +
      `Keys: [${keys.join(', ')}], AttributeDefinitions: [${[...defined].join(', ')}]`,
  );
}

function checkIndexes(input: CreateTableInput, defined: ReadonlySet<string>): void {
  const { LocalSecondaryIndexes: local, GlobalSecondaryIndexes: global } = input;
  if (local === undefined && global === undefined) return;
  const names = new Set<string>();
  if (local !== undefined) {
    if (local.length === 0) throw invalidParameter('List of LocalSecondaryIndexes is empty');
    if (input.KeySchema.length !== 2) {
      throw invalidParameter(
        'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
      );
    }
    for (const index of local) checkLocalIndex(index, input.KeySchema, defined, names);
    if (local.length > LOCAL_INDEXES_MAX) {
      throw invalidParameter(
        `Number of LocalSecondaryIndexes exceeds per-table limit of ${LOCAL_INDEXES_MAX}`,
      );
    }
  }
  if (global !== undefined) {
    if (global.length === 0) throw invalidParameter('List of GlobalSecondaryIndexes is empty');
    for (const index of global) checkGlobalIndex(index, input, defined, names);
    if (global.length > GLOBAL_INDEXES_MAX) {
      throw invalidParameter(
        `GlobalSecondaryIndex count exceeds the per-table limit of ${GLOBAL_INDEXES_MAX}`,
      );
    }
  }
  checkProjectedCount([...(local ?? []), ...(global ?? [])]);
}

type AnyIndex = LocalSecondaryIndex | GlobalSecondaryIndex;

function checkLocalIndex(
  index: LocalSecondaryIndex,
  [tableHash]: KeySchema,
  defined: ReadonlySet<string>,
  names: Set<string>,
): void {
  checkIndexKeys(index, defined);
  const [hash, sort] = index.KeySchema;
  if (sort === undefined) {
    throw invalidParameter(`Index KeySchema does not have a range key for index: ${index.IndexName}`);
  }
  if (hash?.AttributeName !== tableHash?.AttributeName) {
    throw invalidParameter(
      'Index KeySchema does not have the same leading hash key as table KeySchema for index: ' +
        `${index.IndexName}. index hash key: ${hash?.AttributeName}, table hash key: ${tableHash?.AttributeName}`,
    );
  }
  checkProjection(index.Projection);
  checkIndexName(index, names);
}

function checkGlobalIndex(
  index: GlobalSecondaryIndex,
  { BillingMode: billingMode = 'PROVISIONED' }: CreateTableInput,
  defined: ReadonlySet<string>,
  names: Set<string>,
): void {
  checkIndexKeys(index, defined);
  checkProjection(index.Projection);
  checkIndexName(index, names);
  if (billingMode === 'PROVISIONED' && index.ProvisionedThroughput === undefined) {
    throw invalidParameter(`ProvisionedThroughput is not specified for index: ${index.IndexName}`);
  }
  if (billingMode === 'PAY_PER_REQUEST' && index.ProvisionedThroughput !== undefined) {
    throw invalidParameter(
      `ProvisionedThroughput should not be specified for index: ${index.IndexName} when BillingMode is PAY_PER_REQUEST`,
    );
  }
}

function checkIndexKeys(index: AnyIndex, defined: ReadonlySet<string>): void {
  const keys = index.KeySchema.map((element) => element.AttributeName);
  if (keys.some((key) => !defined.has(key))) throw undefinedKeys(keys, defined);
  checkKeyTypes(index.KeySchema);
}

function checkIndexName({ IndexName: name }: AnyIndex, names: Set<string>): void {
  if (names.has(name)) throw invalidParameter(`Duplicate index name: ${name}`);
  names.add(name);
}

function checkProjection({ ProjectionType: type, NonKeyAttributes: attributes }: Projection): void {
  if (type === undefined) throw invalidParameter('Unknown ProjectionType: null');
  if (type !== 'INCLUDE' && attributes !== undefined) {
    throw invalidParameter(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  }
  if (type === 'INCLUDE' && attributes === undefined) {
    throw invalidParameter('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
  }
  const repeated = firstRepeated(attributes ?? []);
  if (repeated !== undefined) throw invalidParameter(`Duplicate element in NonKeyAttributes: ${repeated}`);
}

function checkProjectedCount(indexes: readonly AnyIndex[]): void {
  const count = indexes.reduce((sum, { Projection }) => sum + (Projection.NonKeyAttributes?.length ?? 0), 0);
  if (count > PROJECTED_ATTRIBUTES_MAX) {
    throw invalidParameter(
      `Number of NonKeyAttributes across all indexes exceeds the limit of ${PROJECTED_ATTRIBUTES_MAX}`,
    );
  }
}

/** Only key attributes are defined, and each of them. */
function checkUnused(input: CreateTableInput, defined: ReadonlySet<string>): void {
  const indexes: readonly AnyIndex[] = [
    ...(input.LocalSecondaryIndexes ?? []),
    ...(input.GlobalSecondaryIndexes ?? []),
  ];
  const schemas = [input.KeySchema, ...indexes.map((index) => index.KeySchema)];
  const used = new Set(schemas.flatMap((schema) => schema.map((element) => element.AttributeName)));
  if (used.size === defined.size) return;
  if (indexes.length === 0) {
    throw invalidParameter(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  }
  throw invalidParameter(
    'Some AttributeDefinitions are not used. ' +
      `AttributeDefinitions: [${[...defined].join(', ')}], keys used: [${[...used].join(', ')}]`,
  );
}

function checkStream({ StreamSpecification: stream }: CreateTableInput): void {
  if (stream === undefined) return;
  if (stream.StreamEnabled && stream.StreamViewType === undefined) {
    throw invalidParameter('Table is being created with a stream enabled, UpdateViewType is required');
  }
  if (!stream.StreamEnabled && stream.StreamViewType !== undefined) {
    throw invalidParameter(
      'Table is being created with a stream disabled, UpdateViewType should not be specified',
    );
  }
}

/** What is valid, but not there yet, is refused: never taken and left undone. */
function refuseUnsupported(input: CreateTableInput): void {
  if (input.GlobalSecondaryIndexes !== undefined) throw notSupported('GlobalSecondaryIndexes');
  if (input.StreamSpecification?.StreamEnabled) throw notSupported('StreamSpecification');
  if (input.ResourcePolicy !== undefined) throw notSupported('ResourcePolicy');
}

export function notSupported(parameter: string) {
  return validationError(`${parameter} is not supported by this version of Varve`);
}
