import type { ProvisionedThroughput, TableSettings } from '../table/types.js';
import type { Operation } from './services.js';
import { checkSimultaneousChanges } from './simultaneous-changes.js';
import { tableInAnyState } from './table-access.js';
import { dayOf, describe, statisticsOf } from './table-description.js';
import { encryptionKeyArn, requestUnits, withBillingMode } from './table-settings.js';
import type { RequestContext } from './types.js';
import { checkUpdateOfTable, checkUpdateTable } from './update-table-rules.js';
import type { UpdateTableInput } from './validation/input-types.js';

export const updateTable: Operation<'UpdateTable'> = async (services, request, context) => {
  const input = withBillingMode(request);
  checkUpdateTable(input);
  const found = tableInAnyState(services, input.TableName);
  if (found.status === 'ACTIVE') checkSimultaneousChanges(services);
  const nowMs = services.clock.now();
  const before = found.definition.settings.throughput;
  const { definition } = await services.tables.update(found.definition.name, (settings) => {
    checkUpdateOfTable(found.definition, input, nowMs);
    return changed(settings, input, context, nowMs);
  });
  const after = definition.settings.throughput;
  // Until the update is over, a table shows the units that it had.
  const shown =
    input.BillingMode === undefined ? { ...after, read: before.read, write: before.write } : after;
  return {
    TableDescription: describe(
      { ...definition, settings: { ...definition.settings, throughput: shown } },
      'UPDATING',
      await statisticsOf(found),
      nowMs,
    ),
  };
};

function changed(
  settings: TableSettings,
  input: UpdateTableInput,
  context: RequestContext,
  nowMs: number,
): TableSettings {
  const billingMode = input.BillingMode ?? settings.billingMode;
  const becomesOnDemand = billingMode === 'PAY_PER_REQUEST' && settings.billingMode !== billingMode;
  const { OnDemandThroughput: onDemand, WarmThroughput: warm, SSESpecification: encryption } = input;
  return {
    ...settings,
    billingMode,
    payPerRequestSinceMs: becomesOnDemand ? nowMs : settings.payPerRequestSinceMs,
    throughput: changedThroughput(settings.throughput, input, becomesOnDemand, nowMs),
    onDemandLimit:
      onDemand === undefined
        ? settings.onDemandLimit
        : requestUnits(
            onDemand.MaxReadRequestUnits ?? settings.onDemandLimit?.read ?? undefined,
            onDemand.MaxWriteRequestUnits ?? settings.onDemandLimit?.write ?? undefined,
          ),
    warmThroughput:
      warm === undefined
        ? settings.warmThroughput
        : requestUnits(
            warm.ReadUnitsPerSecond ?? settings.warmThroughput?.read ?? undefined,
            warm.WriteUnitsPerSecond ?? settings.warmThroughput?.write ?? undefined,
          ),
    deletionProtection: input.DeletionProtectionEnabled ?? settings.deletionProtection,
    tableClass: input.TableClass ?? settings.tableClass,
    tableClassSinceMs: input.TableClass === undefined ? settings.tableClassSinceMs : nowMs,
    encryptionKeyArn:
      encryption === undefined ? settings.encryptionKeyArn : encryptionKeyArn(encryption, context),
  };
}

function changedThroughput(
  throughput: ProvisionedThroughput,
  { ProvisionedThroughput: wanted }: UpdateTableInput,
  becomesOnDemand: boolean,
  nowMs: number,
): ProvisionedThroughput {
  if (becomesOnDemand) return { ...throughput, read: 0, write: 0 };
  if (wanted === undefined) return throughput;
  const { ReadCapacityUnits: read, WriteCapacityUnits: write } = wanted;
  const increases = read > throughput.read || write > throughput.write;
  const decreases = read < throughput.read || write < throughput.write;
  const { lastDecreaseMs } = throughput;
  const sameDay = lastDecreaseMs !== null && dayOf(lastDecreaseMs) === dayOf(nowMs);
  return {
    read,
    write,
    lastIncreaseMs: increases ? nowMs : throughput.lastIncreaseMs,
    lastDecreaseMs: decreases ? nowMs : lastDecreaseMs,
    decreasesThatDay: (sameDay ? throughput.decreasesThatDay : 0) + (decreases ? 1 : 0),
  };
}
