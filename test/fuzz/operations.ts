/**
 * Mutated requests of every operation against the operations: each is answered or refused as the service refuses, and
 * harms nobody else's requests. What was put can be got.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Fixture, type Json, openFixture } from '../api/fixture.js';
import { campaign } from './campaign.js';
import { type Mutant, mutants, originals } from './mutation.js';
import { CREATE_TABLE, ITEM, itemRequests, type Request, TABLE, tableRequests } from './requests.js';

export async function openTable(): Promise<Fixture> {
  const fixture = await openFixture();
  await fixture.call('CreateTable', CREATE_TABLE);
  await fixture.call('PutItem', { TableName: TABLE, Item: ITEM });
  return fixture;
}

/** The input of a body that is JSON, or undefined: the transport refuses others. */
function inputOf({ body }: Mutant): Json | undefined {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Throws unless an item that is put can be got, and everything in the table be read. */
export async function mustServe(call: Fixture['call']): Promise<void> {
  const Item = { ...ITEM, pk: { S: 'sound' } };
  await call('PutItem', { TableName: TABLE, Item });
  const got = await call('GetItem', { TableName: TABLE, Key: { pk: Item.pk, sk: Item.sk } });
  if (!isDeepStrictEqual(got.Item, Item))
    throw new Error(`put ${JSON.stringify(Item)}, got ${JSON.stringify(got)}`);
  const page = await call('Scan', { TableName: TABLE });
  if (page.Items === undefined) throw new Error(`no scan: ${JSON.stringify(page)}`);
}

async function mustGetBack({ call }: Fixture, { TableName, Item }: Json): Promise<void> {
  const { pk, sk } = Item as Json;
  const got = await call('GetItem', { TableName, Key: { pk, sk } });
  if (got.Item === undefined) throw new Error(`put, but not there: ${JSON.stringify(got)}`);
}

/** A campaign in which an operation refuses everything has tested little of it. */
export function mustHaveAccepted(accepted: ReadonlySet<string>, requests: readonly Request[]): void {
  const never = requests.map(([operation]) => operation).filter((operation) => !accepted.has(operation));
  if (never.length > 0) throw new Error(`nothing was accepted by ${never.join(', ')}`);
}

export const items = campaign<Mutant>({
  name: 'items',
  runs: 2000,
  inputs: mutants(itemRequests),
  examples: originals(itemRequests),
  async open() {
    const fixture = await openTable();
    const accepted = new Set<string>();
    return {
      async attempt(mutant) {
        const input = inputOf(mutant);
        if (input === undefined) return;
        const reply = await fixture.call(mutant.operation, input);
        if ('error' in reply) return;
        accepted.add(mutant.operation);
        if (mutant.operation === 'PutItem') await mustGetBack(fixture, input);
      },
      async finish() {
        mustHaveAccepted(accepted, itemRequests);
        await mustServe(fixture.call);
      },
      close: () => fixture.tables.close(),
    };
  },
});

export const tables = campaign<Mutant>({
  name: 'tables',
  runs: 600,
  inputs: mutants(tableRequests),
  examples: originals(tableRequests),
  async open() {
    let fixture = await openTable();
    const accepted = new Set<string>();
    return {
      async attempt(mutant) {
        const input = inputOf(mutant);
        if (input === undefined) return;
        const reply = await fixture.call(mutant.operation, input);
        if ('error' in reply) return;
        accepted.add(mutant.operation);
        if (!('TableDescription' in reply)) return;
        // A change of a table: the next input meets the table that its request was written for.
        await fixture.call('DescribeTable', { TableName: input.TableName });
        await fixture.tables.close();
        fixture = await openTable();
      },
      async finish() {
        mustHaveAccepted(accepted, tableRequests);
        await mustServe(fixture.call);
      },
      close: () => fixture.tables.close(),
    };
  },
});
