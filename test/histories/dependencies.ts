/**
 * Infers from a history which transaction must come before which, and what is wrong already without that.
 *
 *     ww  the second one wrote the version after that of the first
 *     wr  the second one read what the first wrote
 *     rw  the first read a version, the second wrote the next one
 *
 * Adya: "Weak Consistency: A Generalized Theory and Optimistic Implementations for Distributed Transactions", PhD thesis,
 * MIT, 1999, chapter 3, defines these dependencies and the phenomena G1a and G1b. How they are seen from outside is from
 * Elle (VLDB 2020), sections 4 and 5: the longest read of a list is the order of its versions; of a register's two
 * versions that is the later which was written over the other, or whose write began when that of the other had ended.
 *
 * A transaction of unknown outcome counts as soon as anybody saw something of it, and else not at all. That is sound: what
 * nobody saw constrains nobody.
 */
import { EdgeKind, Graph, type NodeId } from './graph.js';
import { describeOperation, type History, isWrite, type Operation, type Transaction } from './history.js';

export type DirectKind = 'G1a' | 'G1b' | 'internal' | 'duplicate' | 'garbage' | 'incompatible order';

export interface DirectAnomaly {
  readonly kind: DirectKind;
  readonly text: string;
}

export interface Dependencies {
  /** Its first nodes are the transactions that happened, in the order of `happened`; others stand for moments. */
  readonly graph: Graph;
  readonly happened: readonly Transaction[];
  readonly anomalies: readonly DirectAnomaly[];
}

interface Write {
  readonly transaction: Transaction;
  /** Undefined: it did not happen, or is not known to have. */
  readonly node: NodeId | undefined;
  /** The same transaction wrote the key again. */
  readonly intermediate: boolean;
  readonly removes: boolean;
}

/** A read of what others wrote. */
interface ListRead {
  readonly node: NodeId;
  readonly values: readonly number[];
}

interface RegisterRead {
  readonly node: NodeId;
  readonly value: number | undefined;
}

class KeyHistory {
  readonly writes = new Map<number, Write>();
  readonly lists: ListRead[] = [];
  readonly registers: RegisterRead[] = [];
  /** Of a register: the version that a transaction found, and the one it left. */
  readonly replaced: { readonly before: number | undefined; readonly after: number }[] = [];

  constructor(readonly key: string) {}
}

export function inferDependencies(history: History): Dependencies {
  return new Inference(history).run();
}

class Inference {
  private readonly graph = new Graph();
  private readonly happened: readonly Transaction[];
  private readonly keys = new Map<string, KeyHistory>();
  private readonly anomalies: DirectAnomaly[] = [];

  constructor(private readonly history: History) {
    this.happened = whatHappened(history);
  }

  run(): Dependencies {
    const nodes = new Map(this.happened.map((transaction) => [transaction, this.graph.addNode()]));
    for (const transaction of this.history) this.collectWrites(transaction, nodes.get(transaction));
    for (const [transaction, node] of nodes) this.collectReads(transaction, node);
    for (const key of this.keys.values()) {
      if (key.lists.length > 0) this.inferList(key);
      this.inferRegister(key);
    }
    addTime(this.graph, this.happened);
    return { graph: this.graph, happened: this.happened, anomalies: this.anomalies };
  }

  private keyOf(key: string): KeyHistory {
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    const made = new KeyHistory(key);
    this.keys.set(key, made);
    return made;
  }

  private found(kind: DirectKind, text: string): void {
    this.anomalies.push({ kind, text });
  }

  private collectWrites(transaction: Transaction, node: NodeId | undefined): void {
    const writes = transaction.operations.filter(isWrite);
    for (const [index, operation] of writes.entries()) {
      const { writes: known } = this.keyOf(operation.key);
      if (known.has(operation.value)) throw new Error(`written twice: ${describeOperation(operation)}`);
      const intermediate = writes.slice(index + 1).some(({ key }) => key === operation.key);
      const removes = operation.kind === 'write' && operation.removes === true;
      known.set(operation.value, { transaction, node, intermediate, removes });
    }
  }

  /** Tells what the transaction wrote itself from what it found. */
  private collectReads({ operations }: Transaction, node: NodeId): void {
    const own = new Map<string, { values: number[]; removed: boolean }>();
    const found = new Map<string, number | undefined>();
    for (const operation of operations) {
      const { key } = operation;
      const mine = own.get(key);
      if (operation.kind === 'append' || operation.kind === 'write') {
        own.set(key, {
          values: [...(mine?.values ?? []), operation.value],
          removed: operation.kind === 'write' && operation.removes === true,
        });
        if (operation.kind === 'write' && found.has(key) && mine === undefined) {
          this.keyOf(key).replaced.push({ before: found.get(key), after: operation.value });
        }
      } else if (operation.kind === 'list') this.collectList(operation, node, mine?.values ?? []);
      else if (mine === undefined) {
        found.set(key, operation.value);
        this.keyOf(key).registers.push({ node, value: operation.value });
      } else if (operation.value !== (mine.removed ? undefined : mine.values.at(-1))) {
        this.found('internal', `${describeOperation(operation)} after its own ${mine.values.at(-1)}`);
      }
    }
  }

  private collectList(
    operation: Extract<Operation, { kind: 'list' }>,
    node: NodeId,
    own: readonly number[],
  ): void {
    const { key, values } = operation;
    const start = values.length - own.length;
    if (own.some((value, index) => values[start + index] !== value)) {
      this.found('internal', `${describeOperation(operation)} after its own ${own.join(' ')}`);
      return;
    }
    const others = values.slice(0, start);
    if (new Set(others).size < others.length) {
      this.found('duplicate', describeOperation(operation));
      return;
    }
    this.keyOf(key).lists.push({ node, values: others });
  }

  /** The write behind a value that somebody saw, unless nobody should have seen it. */
  private writeSeen(history: KeyHistory, value: number): (Write & { node: NodeId }) | undefined {
    const write = history.writes.get(value);
    if (write === undefined) this.found('garbage', `nobody wrote the ${value} in ${history.key}`);
    else if (write.node === undefined) {
      this.found('G1a', `${value} in ${history.key} was seen, and its transaction was aborted`);
    } else return { ...write, node: write.node };
    return undefined;
  }

  private inferList(history: KeyHistory): void {
    const { key, lists, writes } = history;
    const longest = lists.reduce((left, right) => (right.values.length > left.values.length ? right : left));
    const order = longest.values;
    const writers = order.map((value) => this.writeSeen(history, value)?.node);
    const seen = new Set(order);
    const unseen = [...writes].flatMap(([value, { node }]) =>
      seen.has(value) || node === undefined ? [] : node,
    );
    const next = (length: number) => (length < order.length ? [writers[length]] : unseen);
    for (const [index, from] of writers.entries()) {
      for (const to of next(index + 1)) this.add(from, to, EdgeKind.ww, key);
    }
    for (const { node, values } of lists) {
      const differs = values.findIndex((value, index) => value !== order[index]);
      if (differs >= 0) {
        const [one, other] = [values, order].map((list) => list.slice(Math.max(0, differs - 2), differs + 3));
        this.found('incompatible order', `${key} was [… ${one?.join(' ')} …] and [… ${other?.join(' ')} …]`);
        continue;
      }
      const last = values.at(-1);
      // Who wrote it may have written more of it, which came later.
      if (last !== undefined && writes.get(last)?.intermediate && writers[values.length - 1] !== node) {
        this.found('G1b', `${key} was read at ${last}, in the middle of a transaction`);
      }
      if (values.length > 0) this.add(writers[values.length - 1], node, EdgeKind.wr, key);
      for (const to of next(values.length)) this.add(node, to, EdgeKind.rw, key);
    }
  }

  private inferRegister(history: KeyHistory): void {
    const { key, registers, writes } = history;
    const later = laterVersions(history);
    for (const { node, value } of registers) {
      if (value !== undefined) {
        const write = this.writeSeen(history, value);
        if (write?.intermediate && write.node !== node) {
          this.found('G1b', `${key} was read at ${value}, in the middle of a transaction`);
        }
        this.add(write?.node, node, EdgeKind.wr, key);
      }
      for (const after of later.get(value) ?? []) {
        this.add(node, writes.get(after)?.node, EdgeKind.rw, key);
      }
    }
    for (const [before, afters] of later) {
      const from = before === undefined ? undefined : writes.get(before)?.node;
      for (const after of afters) this.add(from, writes.get(after)?.node, EdgeKind.ww, key);
    }
  }

  private add(from: NodeId | undefined, to: NodeId | undefined, kind: EdgeKind, key: string): void {
    if (from !== undefined && to !== undefined) this.graph.addEdge({ from, to, kind, key });
  }
}

/** Of each version of a register, some that came after it, the next one among them if that is known. */
function laterVersions({ writes, replaced }: KeyHistory): Map<number | undefined, Set<number>> {
  const later = new Map<number | undefined, Set<number>>();
  const add = (before: number | undefined, after: number) => {
    later.set(before, (later.get(before) ?? new Set()).add(after));
  };
  const happened = [...writes].filter(([, { node, intermediate }]) => node !== undefined && !intermediate);
  const hasRemovals = happened.some(([, { removes }]) => removes);
  for (const { before, after } of replaced) if (before !== undefined) add(before, after);
  // Nothing there: it is the first version, unless it can be any removal.
  if (!hasRemovals) for (const [value] of happened) add(undefined, value);
  const byStart = happened.toSorted(
    ([, left], [, right]) => left.transaction.startMs - right.transaction.startMs,
  );
  for (const [value, { transaction }] of happened) {
    // Of the writes that began after its end those between which nobody can tell; time orders the others behind them.
    let endMs = Number.POSITIVE_INFINITY;
    for (let at = firstAfter(byStart, transaction.endMs); at < byStart.length; at += 1) {
      const [after, { transaction: candidate }] = byStart[at] as [number, Write];
      if (candidate.startMs > endMs) break;
      add(value, after);
      endMs = Math.min(endMs, candidate.endMs);
    }
  }
  return later;
}

function firstAfter(byStart: readonly [number, Write][], timeMs: number): number {
  let low = 0;
  let high = byStart.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((byStart[middle]?.[1].transaction.startMs ?? 0) > timeMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The committed ones, and those of unknown outcome of which one of these saw something, and so on. */
function whatHappened(history: History): Transaction[] {
  const happened = new Set(history.filter(({ outcome }) => outcome === 'committed'));
  const unknown = new Map<string, Transaction>();
  for (const transaction of history) {
    if (transaction.outcome !== 'unknown') continue;
    for (const write of transaction.operations.filter(isWrite)) {
      unknown.set(`${write.key}=${write.value}`, transaction);
    }
  }
  // A set is walked with what is added to it meanwhile.
  for (const { operations } of happened) {
    for (const operation of operations) {
      for (const value of valuesSeen(operation)) {
        const writer = unknown.get(`${operation.key}=${value}`);
        if (writer !== undefined) happened.add(writer);
      }
    }
  }
  return [...happened];
}

function valuesSeen(operation: Operation): readonly number[] {
  if (operation.kind === 'list') return operation.values;
  return operation.kind === 'read' && operation.value !== undefined ? [operation.value] : [];
}

/**
 * A node for each moment at which an answer arrived, each before the next: so there is a way from a transaction to every
 * one that started later, without an edge for each two.
 */
function addTime(graph: Graph, happened: readonly Transaction[]): void {
  const kind = EdgeKind.time;
  const add = (from: NodeId, to: NodeId) => graph.addEdge({ from, to, kind, key: '' });
  const events = happened.flatMap(({ startMs, endMs }, node) => [
    { node, atMs: startMs, isEnd: false },
    ...(endMs === Number.POSITIVE_INFINITY ? [] : [{ node, atMs: endMs, isEnd: true }]),
  ]);
  // At the same time: starts first, so that these two count as concurrent.
  events.sort((left, right) => left.atMs - right.atMs || Number(left.isEnd) - Number(right.isEnd));
  let last: NodeId | undefined;
  for (const { node, isEnd } of events) {
    if (!isEnd) {
      if (last !== undefined) add(last, node);
      continue;
    }
    const moment = graph.addNode();
    if (last !== undefined) add(last, moment);
    add(node, moment);
    last = moment;
  }
}
