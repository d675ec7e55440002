/** Runs suites over a client and reports each case as a test. */
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import type { Case, Expectation, Json, JsonObject, Request, Suite } from './case.js';
import type { Client, Reply } from './clients.js';

const ACTIVE_WITHIN_MS = 60_000;
const POLL_MS = 20;

export async function runSuite(suite: Suite, client: Client): Promise<void> {
  await t.test(`${suite.name} (${client.name})`, async (t) => {
    for (const table of suite.tables ?? []) await createTable(client, table);
    for (const request of suite.given ?? []) await mustSucceed(client, request);
    for (const each of suite.cases) {
      if (each.rawOnly && client.name !== 'raw HTTP') continue;
      const problem = await runCase(each, client);
      t.equal(problem, undefined, each.name);
    }
    for (const { TableName = null } of suite.tables ?? []) await client.send('DeleteTable', { TableName });
  });
}

async function runCase(each: Case, client: Client): Promise<string | undefined> {
  for (const request of each.given ?? []) await mustSucceed(client, request);
  const steps: readonly (readonly [Request, Expectation])[] = [
    [each.request, each.expect],
    ...(each.afterwards ?? []),
  ];
  for (const [[operation, input], expectation] of steps) {
    const problem = difference(await client.send(operation, input), expectation);
    if (problem !== undefined) return `${operation}: ${problem}`;
  }
  return undefined;
}

async function mustSucceed(client: Client, [operation, input]: Request): Promise<JsonObject> {
  const reply = await client.send(operation, input);
  if (reply.ok) return reply.output;
  throw new Error(`${operation} ${JSON.stringify(input)}: ${reply.type}: ${reply.message}`);
}

async function createTable(client: Client, table: JsonObject): Promise<void> {
  await mustSucceed(client, ['CreateTable', table]);
  const { TableName = null } = table;
  const deadline = Date.now() + ACTIVE_WITHIN_MS;
  for (;;) {
    const { Table } = await mustSucceed(client, ['DescribeTable', { TableName }]);
    if ((Table as JsonObject)['TableStatus'] === 'ACTIVE') return;
    if (Date.now() > deadline) throw new Error(`${TableName} does not become active`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What is wrong with a reply, or `undefined`. */
function difference(reply: Reply, expectation: Expectation): string | undefined {
  if ('output' in expectation) {
    if (!reply.ok) return `refused with ${reply.type}: ${reply.message}`;
    return compareMembers(reply.output, expectation.output, expectation.unordered ?? false);
  }
  if (reply.ok) return `accepted, not refused with ${expectation.type}: ${JSON.stringify(reply.output)}`;
  const { type, message, fields } = expectation;
  if (reply.type !== type) return `${reply.type} (${reply.message}), not ${type}`;
  if (typeof message === 'string' && reply.message !== message) {
    return `message\n  ${reply.message}\nnot\n  ${message}`;
  }
  if (message instanceof RegExp && !message.test(reply.message))
    return `message ${reply.message}, not ${message}`;
  return fields === undefined ? undefined : compareMembers(reply.fields, fields, false);
}

function compareMembers(
  actual: JsonObject,
  expected: { readonly [member: string]: Json | undefined },
  unordered: boolean,
): string | undefined {
  for (const [member, value] of Object.entries(expected)) {
    const want = canonical(value, unordered);
    const got = canonical(actual[member], unordered);
    if (!isDeepStrictEqual(got, want))
      return `${member} is ${JSON.stringify(got)}, not ${JSON.stringify(want)}`;
  }
  return undefined;
}

const SETS: ReadonlySet<string> = new Set(['SS', 'NS', 'BS']);

/** Members in alphabetical order, sets sorted, and lists too if they are `unordered`. */
function canonical(value: Json | undefined, unordered: boolean, parent = ''): unknown {
  if (Array.isArray(value)) {
    const elements = value.map((element) => canonical(element, unordered));
    if (SETS.has(parent)) return elements.sort();
    if (!unordered || parent === 'L') return elements;
    return elements.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, canonical(member, unordered, name)]));
}
