/** A node of some partitions with their coordinator, on a disk that a test may break. */
import { Coordinator, type CoordinatorOptions } from '../../src/transaction/coordinator.js';
import { LockSpace } from '../../src/transaction/lock-table.js';
import type { Action, Participant, Token, TransactionOutcome } from '../../src/transaction/types.js';
import type { Disk } from '../../src/vfs/disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { openOn } from '../partition/fixture.js';

export const PARTITIONS = 4;

export interface Node {
  readonly clock: VirtualClock;
  readonly coordinator: Coordinator;
  readonly participants: readonly Participant[];
  close(): Promise<void>;
}

interface NodeOptions {
  readonly clock?: VirtualClock;
  readonly seed?: number;
  readonly options?: CoordinatorOptions;
}

export async function openNode(disk: Disk, node: NodeOptions = {}): Promise<Node> {
  const { clock = new VirtualClock(), seed = 1, options } = node;
  const names = Array.from({ length: PARTITIONS }, (_, index) => `p${index}`);
  const open = async (name: string) => openOn(disk, { directory: `/${name}`, clock });
  const participants: Participant[] = [];
  for (const name of names) {
    participants.push({ partition: await open(name), locks: new LockSpace(name) });
  }
  const decisions = await open('transactions');
  const coordinator = new Coordinator({ decisions, clock, random: new SeededRandom(seed), options });
  await coordinator.recover(participants);
  const close = async () => {
    await coordinator.drain();
    await Promise.all(participants.map(({ partition }) => partition.close()));
    await coordinator.close();
  };
  return { clock, coordinator, participants, close };
}

export type TextAction = Action<string, string>;

/** `p1/key`. */
function placeOf({ participants }: Node, place: string) {
  const [name = '', key = ''] = place.split('/');
  const participant = participants.find(({ locks }) => locks.name === name);
  if (participant === undefined) throw new Error(`no partition ${name}`);
  return { participant, key };
}

function textOf(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString();
}

/** Replaces the value; replies with the old one. */
export function put(node: Node, place: string, value: string | null): TextAction {
  return change(node, place, () => value);
}

/** Writes what `next` makes of the value. Undefined refuses, with the value. */
export function change(
  node: Node,
  place: string,
  next: (current: string | undefined) => string | null | undefined,
): TextAction {
  const { participant, key } = placeOf(node, place);
  return {
    participant,
    key,
    mode: 'exclusive',
    decide: (bytes) => {
      const current = textOf(bytes);
      const value = next(current);
      if (value === undefined) return { refused: true, refusal: current ?? 'absent' };
      const mutation = { key, value: value === null ? null : Buffer.from(value) };
      return { refused: false, reply: current ?? 'absent', mutations: [mutation] };
    },
  };
}

/** Refuses unless the value is that one. */
export function check(node: Node, place: string, expected: string | undefined): TextAction {
  const { participant, key } = placeOf(node, place);
  return {
    participant,
    key,
    mode: 'shared',
    decide: (bytes) => {
      const current = textOf(bytes);
      return current === expected
        ? { refused: false, reply: current ?? 'absent', mutations: [] }
        : { refused: true, refusal: current ?? 'absent' };
    },
  };
}

export async function read(node: Node, place: string): Promise<string | undefined> {
  const { participant, key } = placeOf(node, place);
  return textOf(await participant.partition.get(key));
}

/** `p0/a=1 p1/b=2`, of items alone. */
export async function dump(node: Node): Promise<string> {
  const found: string[] = [];
  for (const { partition, locks } of node.participants) {
    const cursor = partition.range({ from: '\x01' });
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      found.push(`${locks.name}/${entry.key}=${textOf(entry.value)}`);
    }
    cursor.close();
  }
  return found.join(' ');
}

export type Outcome = TransactionOutcome<string, string>;

export function tokenOf(value: string, content = ''): Token {
  return { value, digest: Buffer.from(content).toString('hex').padEnd(64, '0').slice(0, 64) };
}

export const turn = () => new Promise((resolve) => setImmediate(resolve));

export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await turn();
}
