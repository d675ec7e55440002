/** Rules of UpdateTable: between its members, and against the table as it is. */
import type { TableDefinition } from '../table/types.js';
import { notSupported } from './create-table-rules.js';
import { invalidParameter, resourceNotFound, validationError } from './service-error.js';
import {
  checkEncryption,
  checkOnDemandThroughput,
  checkThroughputBounds,
  checkWarmThroughput,
} from './table-settings.js';
import { checkDecrease } from './throughput-decreases.js';
import type { UpdateTableInput } from './validation/input-types.js';

const CHANGES = [
  'ProvisionedThroughput',
  'BillingMode',
  'StreamSpecification',
  'GlobalSecondaryIndexUpdates',
  'SSESpecification',
  'DeletionProtectionEnabled',
  'OnDemandThroughput',
  'WarmThroughput',
  'TableClass',
] as const satisfies readonly (keyof UpdateTableInput)[];

/** Changes that a request can hold only alone, as messages call them. */
const ALONE = [
  ['SSESpecification', 'Server-Side Encryption modification'],
  ['TableClass', 'TableClass modification'],
  ['DeletionProtectionEnabled', 'DeletionProtection modification'],
] as const;

/** What needs no table. @throws ServiceError ValidationException */
export function checkUpdateTable(input: UpdateTableInput): void {
  const given = CHANGES.filter((change) => {
    const value = input[change];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  if (given.length === 0) {
    throw validationError(
      'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, ' +
        'SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, ' +
        'DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required',
    );
  }
  checkThroughputBounds(input.ProvisionedThroughput);
  for (const [change, name] of ALONE) {
    if (input[change] !== undefined && given.length > 1) {
      throw invalidParameter(`${name} must be the only operation in the request`);
    }
  }
  if (
    input.OnDemandThroughput !== undefined &&
    given.some((change) => change !== 'OnDemandThroughput' && change !== 'BillingMode')
  ) {
    throw invalidParameter(
      'OnDemandThroughput can only be combined with BillingMode in an UpdateTable request',
    );
  }
  checkStream(input);
  checkIndexUpdates(input.GlobalSecondaryIndexUpdates);
  checkEncryption(input.SSESpecification);
  if (input.BillingMode === 'PAY_PER_REQUEST' && input.ProvisionedThroughput !== undefined) {
    throw onDemandHasNoUnits();
  }
}

function checkIndexUpdates(updates: UpdateTableInput['GlobalSecondaryIndexUpdates'] = []): void {
  const names = new Set<string>();
  for (const { Update, Create, Delete } of updates) {
    const change = Update ?? Create ?? Delete;
    if (change === undefined) {
      throw invalidParameter(
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, ' +
          'GlobalSecondaryIndexUpdate.Delete must not be null',
      );
    }
    if (names.has(change.IndexName)) {
      throw invalidParameter(
        `Only one global secondary index update per index is allowed simultaneously. Index: ${change.IndexName}`,
      );
    }
    names.add(change.IndexName);
    checkThroughputBounds((Update ?? Create)?.ProvisionedThroughput, change.IndexName);
  }
}

function checkStream({ StreamSpecification: stream }: UpdateTableInput): void {
  if (stream === undefined) return;
  if (stream.StreamEnabled && stream.StreamViewType === undefined) {
    throw invalidParameter('If stream is being enabled then UpdateViewType is required');
  }
  if (!stream.StreamEnabled && stream.StreamViewType !== undefined) {
    throw invalidParameter('If stream is being disabled, then UpdateViewType must not be specified');
  }
}

/** @throws ServiceError ValidationException, ResourceNotFoundException or LimitExceededException */
export function checkUpdateOfTable(
  definition: TableDefinition,
  input: UpdateTableInput,
  nowMs: number,
): void {
  const { settings } = definition;
  const billingMode = input.BillingMode ?? settings.billingMode;
  const wanted = input.ProvisionedThroughput;
  if (billingMode === 'PAY_PER_REQUEST' && wanted !== undefined) throw onDemandHasNoUnits();
  if (input.BillingMode === 'PROVISIONED' && settings.billingMode !== 'PROVISIONED' && wanted === undefined) {
    throw invalidParameter('ProvisionedThroughput must be specified when BillingMode is PROVISIONED');
  }
  checkOnDemandThroughput(input.OnDemandThroughput, billingMode);
  checkWarmThroughput(input.WarmThroughput, settings);
  checkThroughputChanges(definition, input, nowMs);
  if (input.StreamSpecification?.StreamEnabled) throw notSupported('StreamSpecification');
  if (input.StreamSpecification !== undefined) {
    throw validationError(`Table has no stream to disable: TableName: ${definition.name}`);
  }
  for (const update of input.GlobalSecondaryIndexUpdates ?? []) {
    if (update.Create !== undefined) throw notSupported('GlobalSecondaryIndexUpdates');
    throw resourceNotFound();
  }
}

function checkThroughputChanges({ settings }: TableDefinition, input: UpdateTableInput, nowMs: number): void {
  const wanted = input.ProvisionedThroughput;
  if (wanted === undefined || settings.billingMode !== 'PROVISIONED') return;
  const { read, write } = settings.throughput;
  if (wanted.ReadCapacityUnits < read || wanted.WriteCapacityUnits < write) {
    checkDecrease(settings.throughput, nowMs);
  }
  if (wanted.ReadCapacityUnits !== read || wanted.WriteCapacityUnits !== write) return;
  throw validationError(
    'The provisioned throughput for the table will not change. The requested value equals the current value. ' +
      `Current ReadCapacityUnits provisioned for the table: ${read}. Requested ReadCapacityUnits: ${read}. ` +
      `Current WriteCapacityUnits provisioned for the table: ${write}. Requested WriteCapacityUnits: ${write}. ` +
      'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.',
  );
}

function onDemandHasNoUnits() {
  return invalidParameter(
    'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
  );
}
