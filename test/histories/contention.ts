/** Many clients want the same items: does everybody get through, how soon, and to equal parts? */
import { addition, itemOf } from './items.js';
import { isLostRace, type Target, type Wire } from './target.js';

export interface Contention {
  readonly name: string;
  readonly seconds: number;
  /** Successful requests of each client. */
  readonly shares: readonly number[];
  /** Requests that waited in vain for longer than a lock is waited for. */
  readonly conflicts: number;
  readonly longestMs: number;
  /** What should not be. */
  readonly violations: readonly string[];
}

type Client = () => readonly [operation: string, input: Wire];

const ITEMS = 100;
const OPPONENTS = 8;
const WRITERS = 64;

/** Every transaction adds to the same 100 items: every other client names them in the opposite order. */
export async function oppositeOrders(target: Target, seconds: number): Promise<Contention> {
  const keys = Array.from({ length: ITEMS }, (_, index) => `opposite ${index}/n`);
  const clients = Array.from({ length: OPPONENTS }, (_, client): Client => {
    const TransactItems = keys.map((key) => ({ Update: addition(key) }));
    if (client % 2 === 1) TransactItems.reverse();
    return () => ['TransactWriteItems', { TransactItems }];
  });
  const name = `${OPPONENTS} clients, transactions of the same ${ITEMS} items in opposite orders`;
  return contend(target, { name, seconds, clients, counters: keys });
}

/** Every client adds to one item: half of them by single writes, half together with an item of their own elsewhere. */
export async function hotKey(target: Target, seconds: number): Promise<Contention> {
  const hot = 'hot key/n';
  const clients = Array.from({ length: WRITERS }, (_, client): Client => {
    if (client % 2 === 0) return () => ['UpdateItem', addition(hot)];
    const TransactItems = [hot, `own ${client}/n`].map((key) => ({ Update: addition(key) }));
    return () => ['TransactWriteItems', { TransactItems }];
  });
  return contend(target, { name: `${WRITERS} writers of one key`, seconds, clients, counters: [hot] });
}

export function describe({ name, seconds, shares, conflicts, longestMs }: Contention): string {
  const done = shares.reduce((sum, share) => sum + share, 0);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return (
    `${name}: ${Math.round(done / seconds)}/s, ${conflicts} conflicts, ` +
    `${least} to ${most} for each (${(most / least).toFixed(2)}), the longest took ${Math.round(longestMs)} ms`
  );
}

interface Contest {
  readonly name: string;
  readonly seconds: number;
  readonly clients: readonly Client[];
  /** To which every success has added one. */
  readonly counters: readonly string[];
}

async function contend(target: Target, { name, seconds, clients, counters }: Contest): Promise<Contention> {
  const shares = clients.map(() => 0);
  const violations: string[] = [];
  let conflicts = 0;
  let longestMs = 0;
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  const work = async (client: Client, index: number) => {
    while (performance.now() < endMs) {
      const askedMs = performance.now();
      const answer = await target.ask(...client());
      longestMs = Math.max(longestMs, performance.now() - askedMs);
      if (answer.kind === 'done') shares[index] = (shares[index] ?? 0) + 1;
      else if (answer.kind === 'refused' && isLostRace(answer.type)) conflicts += 1;
      else violations.push(`${name}: ${JSON.stringify(answer)}`);
    }
  };
  await Promise.all(clients.map(work));
  const elapsed = (performance.now() - startMs) / 1000;
  const done = shares.reduce((sum, share) => sum + share, 0);
  for (const key of counters) {
    const { Item } = await target.insist('GetItem', { ...itemOf(key), ConsistentRead: true });
    const count = Number((Item as { n?: { N: string } } | undefined)?.n?.N ?? 0);
    if (count !== done) violations.push(`${name}: ${key} counts ${count} of ${done}`);
  }
  return { name, seconds: elapsed, shares, conflicts, longestMs, violations };
}
