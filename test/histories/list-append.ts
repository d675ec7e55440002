/**
 * Clients append to lists and replace registers, in transactions and one by one, and look at them in every way there is.
 * What each of them saw becomes a history for the checker.
 *
 * A transaction of the service either reads or writes. One that writes still tells what it found, by a condition that
 * held: a list only grows, so that of a known length there is only one; and the values of a register are unique.
 */
import { randomUUID } from 'node:crypto';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { check } from './checker.js';
import type { Operation } from './history.js';
import {
  appendUpdate,
  itemOf,
  keyOf,
  keyOfItem,
  LIST,
  type ListRead,
  number,
  type RegisterRead,
  readOf,
  stillIs,
  text,
} from './items.js';
import { Recorder, type Step } from './recorder.js';
import { INDEX, TABLE, type Target, type Wire, type Workload } from './target.js';

/** So few that clients meet. */
const LISTS = 6;
const COLLECTIONS = 2;
const REGISTERS = 8;
/** A list to which so much was appended makes room for a new one. */
const LENGTH_MAX = 60;

/** An action of TransactWriteItems, and what it does and must have found. */
type WriteAction = readonly [action: Wire, operations: readonly Operation[]];

export class ListAppend implements Workload {
  readonly clients = 10;
  private readonly random: SeededRandom;
  private readonly recorder: Recorder;
  private readonly lists: string[];
  private readonly registers: readonly string[];
  private readonly appended = new Map<string, number>();
  private lastValue = 0;

  /** @param round of its own keys */
  constructor(
    target: Target,
    seed: number,
    private readonly round: number,
  ) {
    this.random = new SeededRandom(seed);
    this.recorder = new Recorder(target);
    this.lists = Array.from({ length: LISTS }, (_, index) => this.newList(index));
    this.registers = Array.from(
      { length: REGISTERS },
      (_, index) => `registers ${round}.${index % COLLECTIONS}/${index}`,
    );
  }

  async prepare(): Promise<void> {}

  async step(): Promise<void> {
    const steps = [
      () => this.perform(this.writeSome()),
      () => this.perform(this.writeSome()),
      () => this.perform(this.readSome()),
      () => this.readThenWrite(),
      () => this.readThenWrite(),
      () => this.perform(this.appendOne()),
      () => this.perform(this.readOne(this.oneOf([...this.lists, ...this.registers]))),
      () => this.perform(this.replaceOne()),
      () => this.perform(this.query(undefined)),
      () => this.perform(this.query(INDEX)),
    ];
    await steps[randomBelow(this.random, steps.length)]?.();
  }

  async settle(): Promise<readonly string[]> {
    for (const key of new Set([...this.lists, ...this.appended.keys(), ...this.registers])) {
      await this.perform(this.readOne(key));
    }
    const anomalies = check(this.recorder.history).map(({ kind, text }) => `${kind}\n${text}`);
    return [...this.recorder.violations, ...anomalies];
  }

  describe(): string {
    return `list-append: ${this.recorder.describe()}`;
  }

  private async perform(step: Step): Promise<void> {
    await this.recorder.perform(step);
  }

  /** Writes on condition that nothing has changed since it looked: what it looked at, or what it writes over. */
  private async readThenWrite(): Promise<void> {
    const { outcome, operations } = await this.recorder.perform(this.readSome());
    if (outcome !== 'committed') return;
    const found = operations as readonly (ListRead | RegisterRead)[];
    const actions = found.map((each): WriteAction => {
      const isWritten = randomBelow(this.random, 2) === 0;
      if (isWritten) return each.kind === 'list' ? this.append(each.key, each) : this.replace(each.key, each);
      return [{ ConditionCheck: { ...itemOf(each.key), ...stillIs(each) } }, [each]];
    });
    const another = this.growingList();
    if (!found.some(({ key }) => key === another)) actions.push(this.append(another));
    await this.perform(this.transactWrite(actions));
  }

  private writeSome(): Step {
    const lists = new Set(Array.from({ length: 1 + randomBelow(this.random, 4) }, () => this.growingList()));
    const registers = randomBelow(this.random, 2) === 0 ? this.someOf(this.registers) : [];
    return this.transactWrite([
      ...[...lists].map((key) => this.append(key)),
      ...registers.map((key) => this.replace(key)),
    ]);
  }

  private transactWrite(actions: readonly WriteAction[]): Step {
    const withToken = randomBelow(this.random, 2) === 0;
    return {
      operation: 'TransactWriteItems',
      input: {
        TransactItems: actions.map(([action]) => action),
        ...(withToken && { ClientRequestToken: randomUUID() }),
      },
      attempted: actions.flatMap(([, operations]) => operations),
    };
  }

  private append(key: string, found?: ListRead): WriteAction {
    const value = this.nextValue();
    const update = appendUpdate(key, value, found && stillIs(found));
    return [{ Update: update }, [...(found ? [found] : []), { kind: 'append', key, value }]];
  }

  /** Puts or deletes. */
  private replace(key: string, found?: RegisterRead): WriteAction {
    const value = this.nextValue();
    const condition = found && stillIs(found);
    const removes = randomBelow(this.random, 4) === 0;
    const action = removes
      ? { Delete: { ...itemOf(key), ...condition } }
      : { Put: { TableName: TABLE, Item: { ...keyOf(key), v: number(value) }, ...condition } };
    return [action, [...(found ? [found] : []), { kind: 'write', key, value, removes }]];
  }

  private readSome(): Step {
    const keys = this.someOf([...this.lists, ...this.registers]);
    return {
      operation: 'TransactGetItems',
      input: { TransactItems: keys.map((key) => ({ Get: itemOf(key) })) },
      attempted: [],
      seen: ({ Responses }) =>
        (Responses as { Item?: Wire }[]).map(({ Item }, index) => readOf(keys[index] as string, Item)),
    };
  }

  private readOne(key: string): Step {
    return {
      operation: 'GetItem',
      input: { ...itemOf(key), ConsistentRead: true },
      attempted: [],
      seen: ({ Item }) => [readOf(key, Item as Wire | undefined)],
    };
  }

  private appendOne(): Step {
    const key = this.growingList();
    const append = { kind: 'append', key, value: this.nextValue() } as const;
    return {
      operation: 'UpdateItem',
      input: { ...appendUpdate(key, append.value), ReturnValues: 'UPDATED_NEW' },
      attempted: [append],
      seen: ({ Attributes }) => [append, readOf(key, Attributes as Wire)],
    };
  }

  private replaceOne(): Step {
    const key = this.oneOf(this.registers);
    const [action, attempted] = this.replace(key);
    const [name = '', input] = Object.entries(action)[0] ?? [];
    return {
      operation: `${name}Item`,
      input: { ...(input as Wire), ReturnValues: 'ALL_OLD' },
      attempted,
      seen: ({ Attributes }) => [readOf(key, Attributes as Wire | undefined), ...attempted],
    };
  }

  /** All registers of a collection: one partition, so one moment. */
  private query(index: string | undefined): Step {
    const collection = `registers ${this.round}.${randomBelow(this.random, COLLECTIONS)}`;
    const keys = this.registers.filter((key) => key.startsWith(`${collection}/`));
    return {
      operation: 'Query',
      input: {
        TableName: TABLE,
        ...(index !== undefined && { IndexName: index }),
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': text(collection) },
      },
      attempted: [],
      seen: ({ Items }) => {
        const found = new Map((Items as Wire[]).map((item) => [keyOfItem(item), item]));
        return keys.map((key) => readOf(key, found.get(key)));
      },
    };
  }

  /** One that may still grow. */
  private growingList(): string {
    const index = randomBelow(this.random, LISTS);
    const key = this.lists[index] as string;
    const length = (this.appended.get(key) ?? 0) + 1;
    this.appended.set(key, length);
    if (length >= LENGTH_MAX) this.lists[index] = this.newList(index);
    return key;
  }

  private newList(index: number): string {
    return `${LIST} ${this.round}.${index}.${this.lastValue}/only`;
  }

  private nextValue(): number {
    this.lastValue += 1;
    return this.lastValue;
  }

  /** Some, of 1 to 4. */
  private someOf(keys: readonly string[]): string[] {
    const count = 1 + randomBelow(this.random, 4);
    return [...new Set(Array.from({ length: count }, () => this.oneOf(keys)))];
  }

  private oneOf(keys: readonly string[]): string {
    return keys[randomBelow(this.random, keys.length)] as string;
  }
}
