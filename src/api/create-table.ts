import { FIRST_INDEX_SPACE } from '../table/key-layout.js';
import type { TableDraft } from '../table/tables-environment.js';
import type { KeyAttribute, LocalIndexDefinition, TableSettings } from '../table/types.js';
import { checkCreateTable } from './create-table-rules.js';
import type { Operation } from './services.js';
import { checkSimultaneousChanges } from './simultaneous-changes.js';
import { plainTableName } from './table-access.js';
import { describe, NO_ITEMS } from './table-description.js';
import { encryptionKeyArn, requestUnits, withBillingMode } from './table-settings.js';
import { withTags } from './tag-rules.js';
import type { RequestContext } from './types.js';
import type { CreateTableInput } from './validation/input-types.js';

export const createTable: Operation<'CreateTable'> = async (services, request, context) => {
  const input = withBillingMode(request);
  checkCreateTable(input);
  const nowMs = services.clock.now();
  const draft = draftOf(input, context, nowMs);
  if (services.tables.find(draft.name) === undefined) {
    checkSimultaneousChanges(services, draft.localIndexes.length > 0);
  }
  const { definition } = await services.tables.create(draft);
  // The reply is of the moment of the call; the table can be used by the time that it arrives.
  return { TableDescription: describe(definition, 'CREATING', NO_ITEMS, nowMs) };
};

function draftOf(input: CreateTableInput, context: RequestContext, nowMs: number): TableDraft {
  const name = plainTableName(input.TableName);
  const attributes = input.AttributeDefinitions.map(({ AttributeName, AttributeType }) => ({
    name: AttributeName,
    type: AttributeType,
  }));
  const byName = new Map(attributes.map((attribute) => [attribute.name, attribute]));
  const [partition, sort] = input.KeySchema.map(({ AttributeName }) => keyAttribute(byName, AttributeName));
  if (partition === undefined) throw new TypeError('the key schema was checked to have an element');
  return {
    name,
    arn: `arn:aws:dynamodb:${context.region}:${context.accountId}:table/${name}`,
    key: { partition, sort: sort ?? null },
    attributes,
    localIndexes: (input.LocalSecondaryIndexes ?? []).map(
      (index, at): LocalIndexDefinition => ({
        name: index.IndexName,
        space: FIRST_INDEX_SPACE + at,
        sort: keyAttribute(byName, index.KeySchema[1]?.AttributeName ?? ''),
        projection: {
          kind: index.Projection.ProjectionType ?? 'ALL',
          attributes: index.Projection.NonKeyAttributes ?? [],
        },
      }),
    ),
    settings: settingsOf(input, context, nowMs),
  };
}

function keyAttribute(byName: ReadonlyMap<string, KeyAttribute>, name: string): KeyAttribute {
  const attribute = byName.get(name);
  if (attribute === undefined) throw new TypeError(`key attribute ${name} was checked to be defined`);
  return attribute;
}

function settingsOf(input: CreateTableInput, context: RequestContext, nowMs: number): TableSettings {
  const billingMode = input.BillingMode ?? 'PROVISIONED';
  return {
    billingMode,
    payPerRequestSinceMs: billingMode === 'PAY_PER_REQUEST' ? nowMs : null,
    throughput: {
      read: input.ProvisionedThroughput?.ReadCapacityUnits ?? 0,
      write: input.ProvisionedThroughput?.WriteCapacityUnits ?? 0,
      lastIncreaseMs: null,
      lastDecreaseMs: null,
      decreasesThatDay: 0,
    },
    onDemandLimit: requestUnits(
      input.OnDemandThroughput?.MaxReadRequestUnits,
      input.OnDemandThroughput?.MaxWriteRequestUnits,
    ),
    warmThroughput: requestUnits(
      input.WarmThroughput?.ReadUnitsPerSecond,
      input.WarmThroughput?.WriteUnitsPerSecond,
    ),
    deletionProtection: input.DeletionProtectionEnabled ?? false,
    tableClass: input.TableClass ?? null,
    tableClassSinceMs: null,
    encryptionKeyArn: encryptionKeyArn(input.SSESpecification, context),
    timeToLive: null,
    tags: withTags([], input.Tags ?? []),
  };
}
