/**
 * One client at work on items that are its own: puts, updates and deletes, one at a time, many of them conditional on the
 * version that it knows to be there. So at every moment each item is in a known state, but for at most one whose last
 * write was cut off: that one is in the state before or in the state after, and in nothing between.
 */
import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Random } from '../../src/vfs/clock.js';
import { randomBelow } from '../../src/vfs/seeded-random.js';
import { isRefused, nameOf, type Violations } from './outcome.js';

export type WireItem = Record<string, AttributeValue>;

/** Absent: 0. */
type Version = number;
const ABSENT: Version = 0;

interface KeyState {
  /** Acknowledged. */
  known: Version;
  /** Asked for and not answered. */
  pending: Version | undefined;
}

const ITEMS_PER_LANE = 20;
const LONGEST_TEXT = 6_000;
/** Now and then an item that fills a log block and more. */
const HUGE_TEXT = 200_000;

/** The text of a version is known from its number, so that a reader can tell a whole item from a torn one. */
function textOf(sortKey: string, version: Version): string {
  const seed = createHash('sha256').update(`${sortKey} ${version}`).digest();
  const length = version % 97 === 0 ? HUGE_TEXT : (seed.readUInt16LE(0) % LONGEST_TEXT) + 1;
  return seed
    .toString('base64')
    .repeat(Math.ceil(length / 44))
    .slice(0, length);
}

/** The version of a whole item; undefined when its parts do not fit together. */
function versionOf(item: WireItem): Version | undefined {
  const version = Number(item.version?.N);
  return item.sk?.S !== undefined && item.text?.S === textOf(item.sk.S, version) ? version : undefined;
}

export class ItemLane {
  /** By sort key. */
  private readonly states = new Map<string, KeyState>();
  private lastVersion: Version = ABSENT;
  private readonly partitionKey: string;
  acknowledged = 0;

  constructor(
    lane: number,
    private readonly table: string,
    private readonly random: Random,
    private readonly violations: Violations,
  ) {
    // Several lanes share a partition key, and so a log.
    this.partitionKey = `p${lane % 5}`;
    for (let index = 0; index < ITEMS_PER_LANE; index += 1) {
      this.states.set(`lane${lane}-${index}`, { known: ABSENT, pending: undefined });
    }
  }

  /** Writes until the daemon is gone. */
  async work(client: DynamoDBClient, isOver: () => boolean): Promise<void> {
    const sortKeys = [...this.states.keys()];
    while (!isOver()) {
      const sortKey = sortKeys[randomBelow(this.random, sortKeys.length)] ?? '';
      const goesOn = await this.writeOnce(client, sortKey);
      if (!goesOn) return;
    }
  }

  private async writeOnce(client: DynamoDBClient, sortKey: string): Promise<boolean> {
    const state = this.states.get(sortKey);
    if (state === undefined) throw new Error(`not an item of this lane: ${sortKey}`);
    const isDelete = state.known !== ABSENT && randomBelow(this.random, 5) === 0;
    if (!isDelete) this.lastVersion += 1;
    const next = isDelete ? ABSENT : this.lastVersion;
    state.pending = next;
    try {
      await client.send(this.command(sortKey, state.known, next));
      state.known = next;
      state.pending = undefined;
      this.acknowledged += 1;
      if (randomBelow(this.random, 4) === 0) await this.readBack(client, sortKey, state);
      return true;
    } catch (error) {
      if (isRefused(error)) {
        this.violations.add(
          `${this.table} ${sortKey}: refused with ${nameOf(error)} at version ${state.known}`,
        );
      }
      return false;
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: the SDK's commands have no common type that `send` takes
  private command(sortKey: string, known: Version, next: Version): any {
    const TableName = this.table;
    const Key = { pk: { S: this.partitionKey }, sk: { S: sortKey } };
    const condition =
      known === ABSENT
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : { ConditionExpression: 'version = :known' };
    const knownValue = known === ABSENT ? {} : { ':known': { N: String(known) } };
    const isConditional = randomBelow(this.random, 2) === 0;
    const conditional = isConditional
      ? { ...condition, ...(known === ABSENT ? {} : { ExpressionAttributeValues: knownValue }) }
      : {};
    if (next === ABSENT) return new DeleteItemCommand({ TableName, Key, ...conditional });
    const version = { N: String(next) };
    const text = { S: textOf(sortKey, next) };
    if (known === ABSENT || randomBelow(this.random, 2) === 0) {
      return new PutItemCommand({ TableName, Item: { ...Key, version, text }, ...conditional });
    }
    return new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET version = version + :step, #text = :text',
      ExpressionAttributeNames: { '#text': 'text' },
      ...condition,
      ExpressionAttributeValues: { ':step': { N: String(next - known) }, ':text': text, ...knownValue },
    });
  }

  private async readBack(client: DynamoDBClient, sortKey: string, state: KeyState): Promise<void> {
    const Key = { pk: { S: this.partitionKey }, sk: { S: sortKey } };
    const { Item } = await client.send(
      new GetItemCommand({ TableName: this.table, Key, ConsistentRead: true }),
    );
    const version = Item === undefined ? ABSENT : versionOf(Item);
    if (version !== state.known) {
      this.violations.add(
        `${this.table} ${sortKey}: read ${version} right after ${state.known} was acknowledged`,
      );
    }
  }

  /** Compares what the daemon has after a restart with what was promised, and takes it for known from here on. */
  settle(found: ReadonlyMap<string, WireItem>): void {
    for (const [sortKey, state] of this.states) {
      const item = found.get(sortKey);
      const version = item === undefined ? ABSENT : versionOf(item);
      if (version === undefined) this.violations.add(`${this.table} ${sortKey}: half an item`);
      else if (version !== state.known && version !== state.pending) {
        const cutOff = state.pending === undefined ? '' : `, cut off at ${state.pending}`;
        this.violations.add(
          `${this.table} ${sortKey}: acknowledged ${state.known}${cutOff}, found ${version}`,
        );
      }
      state.known = version ?? ABSENT;
      state.pending = undefined;
    }
  }

  owns(sortKey: string): boolean {
    return this.states.has(sortKey);
  }
}
