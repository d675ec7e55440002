/** Settings that CreateTable and UpdateTable share: their rules, and what is kept of them. */
import type { BillingMode, RequestUnits, TableSettings } from '../table/types.js';
import { invalidParameter, validationError } from './service-error.js';
import type { RequestContext } from './types.js';
import type { CreateTableInput, ProvisionedThroughput } from './validation/input-types.js';

const UNITS_MAX = 1_000_000_000_000;
const NO_KEY_ID = '00000000-0000-0000-0000-000000000000';

/** @param indexName of the index that they are for; undefined: the table's */
export function checkThroughputBounds(
  throughput: ProvisionedThroughput | undefined,
  indexName?: string,
): void {
  if (throughput === undefined) return;
  for (const units of ['ReadCapacityUnits', 'WriteCapacityUnits'] as const) {
    if (throughput[units] > UNITS_MAX) {
      const where = indexName === undefined ? '' : ` for index ${indexName}`;
      throw validationError(`Given value ${throughput[units]} for ${units} is out of bounds${where}`);
    }
  }
}

/** The input with the billing mode that it asks for in either way. */
export function withBillingMode<
  I extends {
    readonly BillingMode?: BillingMode;
    readonly TableThroughputMode?: BillingMode;
  },
>(input: I): I {
  const { BillingMode, TableThroughputMode } = input;
  if (BillingMode !== undefined || TableThroughputMode === undefined) return input;
  return { ...input, BillingMode: TableThroughputMode };
}

export function checkOnDemandThroughput(
  limits: CreateTableInput['OnDemandThroughput'],
  billingMode: BillingMode,
): void {
  if (limits === undefined) return;
  for (const units of ['MaxReadRequestUnits', 'MaxWriteRequestUnits'] as const) {
    const value = limits[units];
    if (value === undefined) continue;
    if (billingMode === 'PROVISIONED') {
      throw invalidParameter(
        `${units} for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED`,
      );
    }
    if (value < 1 && value !== -1) {
      throw invalidParameter(`Requested ${units} for OnDemandThroughput for table is outside of valid range`);
    }
  }
}

type Encryption = CreateTableInput['SSESpecification'];

export function checkEncryption(encryption: Encryption): void {
  if (encryption === undefined) return;
  const { Enabled, SSEType, KMSMasterKeyId } = encryption;
  if (Enabled !== true) {
    if (SSEType !== undefined) throw invalidParameter('SSEType can not be specified if Enabled is false');
    if (KMSMasterKeyId !== undefined) {
      throw invalidParameter('KMSMasterKeyId can not be specified if Enabled is false');
    }
    return;
  }
  if (SSEType === 'AES256') throw invalidParameter('SSEType AES256 is not supported');
  if (KMSMasterKeyId !== undefined && SSEType !== 'KMS') {
    throw invalidParameter('SSEType KMS is required if KMSMasterKeyId is specified');
  }
}

/** What DescribeTable names as the key; null: none was asked for. */
export function encryptionKeyArn(
  encryption: Encryption,
  { region, accountId }: RequestContext,
): string | null {
  if (encryption?.Enabled !== true) return null;
  const key = encryption.KMSMasterKeyId ?? NO_KEY_ID;
  if (key.startsWith('arn:')) return key;
  const resource = key.startsWith('alias/') ? key : `key/${key}`;
  return `arn:aws:kms:${region}:${accountId}:${resource}`;
}

/** -1 takes a limit away. */
export function requestUnits(read: number | undefined, write: number | undefined): RequestUnits | null {
  const limit = (units: number | undefined) => (units === undefined || units === -1 ? null : units);
  return limit(read) === null && limit(write) === null ? null : { read: limit(read), write: limit(write) };
}

/** What a table billed per request takes at once from its first day, in units per second. */
const INITIAL_ON_DEMAND = { read: 12_000, write: 4_000 };

/** What a table takes at once, in units per second: at least what it was told to. */
export function warmThroughput({ billingMode, warmThroughput: given, throughput }: TableSettings) {
  const least = billingMode === 'PAY_PER_REQUEST' ? INITIAL_ON_DEMAND : throughput;
  return { read: Math.max(given?.read ?? 0, least.read), write: Math.max(given?.write ?? 0, least.write) };
}

/** @throws ServiceError ValidationException when less is wanted than the table takes already */
export function checkWarmThroughput(
  wanted: CreateTableInput['WarmThroughput'],
  settings: TableSettings,
): void {
  if (wanted === undefined) return;
  const { read, write } = warmThroughput(settings);
  const { ReadUnitsPerSecond = read, WriteUnitsPerSecond = write } = wanted;
  if (ReadUnitsPerSecond < read) throw decreased('ReadUnitsPerSecond');
  if (WriteUnitsPerSecond < write) throw decreased('WriteUnitsPerSecond');
}

function decreased(units: string) {
  return invalidParameter(
    `Requested ${units} for WarmThroughput for table is lower than current WarmThroughput, ` +
      'decreasing WarmThroughput is not supported',
  );
}
