/**
 * Is a history strictly serializable: is there one order of all transactions, in agreement with the time at which they
 * were asked for and answered, which explains every read? If not, which anomaly is it?
 *
 * There is no such order when transactions depend on each other in a cycle. What kinds of dependencies a cycle has gives
 * its name:
 *
 *     G0          writes only
 *     G1c         writes and reads of them
 *     G-single    with one anti-dependency (rw)
 *     G2          with several of them; write skew when that is two transactions on two keys
 *     lost update two transactions that each wrote over a version of one key without having seen the other's
 *     …-realtime  only together with time: each part for itself could be serializable
 *
 * G0 to G2 are from Adya's thesis (MIT, 1999), sections 3.2 and 4.2; lost update and write skew from Berenson and others,
 * "A Critique of ANSI SQL Isolation Levels", SIGMOD 1995; that strict serializability adds an order of time, and the
 * names with it, from Elle (VLDB 2020), section 5.1.
 */
import { type DirectKind, inferDependencies } from './dependencies.js';
import { type Cycle, type Edge, EdgeKind, type EdgeKinds, type Graph, type NodeId } from './graph.js';
import { describeOperation, type History, type Transaction } from './history.js';

type CycleKind = 'G0' | 'G1c' | 'G-single' | 'lost update' | 'G2' | 'write skew';

export type AnomalyKind = DirectKind | CycleKind | `${CycleKind}-realtime`;

export interface Anomaly {
  readonly kind: AnomalyKind;
  /** Several lines. */
  readonly text: string;
}

const { ww, wr, rw, time } = EdgeKind;

/** From the strictest kind of cycle on. The first edge is of kind `through`, the others of `kinds`. */
const levels: readonly { readonly through: EdgeKind; readonly kinds: EdgeKinds }[] = [
  { through: ww, kinds: ww },
  { through: wr, kinds: ww | wr },
  { through: rw, kinds: ww | wr },
  { through: rw, kinds: ww | wr | rw },
  { through: ww, kinds: ww | time },
  { through: wr, kinds: ww | wr | time },
  { through: rw, kinds: ww | wr | time },
  { through: rw, kinds: ww | wr | rw | time },
];

/**
 * What is wrong with a history, nothing if it is strictly serializable. Of cycles only those of the first level that has
 * any, one of each component: the levels after it have the same ones and more.
 */
export function check(history: History): Anomaly[] {
  const { graph, happened, anomalies } = inferDependencies(history);
  return [...anomalies, ...firstCycles(graph).map((cycle) => explain(cycle, happened))];
}

function firstCycles(graph: Graph): Cycle[] {
  for (const { through, kinds } of levels) {
    const cycles = graph
      .components(kinds | through)
      .map((component) => graph.cycle(component, through, kinds))
      .filter((cycle) => cycle !== undefined);
    if (cycles.length > 0) return cycles;
  }
  return [];
}

function explain(cycle: Cycle, happened: readonly Transaction[]): Anomaly {
  const edges = withoutMoments(cycle, happened.length);
  const isTimed = edges.some(({ kind }) => kind === time);
  const kind = nameOf(edges);
  const members = edges.map(({ from }) => describeMember(from, happened[from]));
  const why = edges.map(
    ({ from, to, kind, key }) => `  #${from} -> #${to}: ${wordsOf[kind]}${key && ` ${key}`}`,
  );
  return { kind: isTimed ? `${kind}-realtime` : kind, text: [...members, ...why].join('\n') };
}

function nameOf(edges: readonly Edge[]): CycleKind {
  const against = edges.filter(({ kind }) => kind === rw);
  if (against.length === 0) return edges.some(({ kind }) => kind === wr) ? 'G1c' : 'G0';
  const [first, second] = edges;
  const isPair = edges.length === 2;
  const isOneKey = first?.key === second?.key;
  if (isPair && isOneKey && edges.every(({ kind }) => kind === rw || kind === ww)) return 'lost update';
  if (against.length === 1) return 'G-single';
  return isPair ? 'write skew' : 'G2';
}

/** Several edges through moments are one edge between transactions. */
function withoutMoments(cycle: Cycle, transactions: number): Edge[] {
  const edges: Edge[] = [];
  let from: NodeId | undefined;
  for (const edge of cycle) {
    from ??= edge.from;
    if (edge.to >= transactions) continue;
    edges.push({ ...edge, from });
    from = undefined;
  }
  return edges;
}

const wordsOf: Readonly<Record<EdgeKind, string>> = {
  [ww]: 'wrote before it (ww)',
  [wr]: 'was read by it (wr)',
  [rw]: 'read before it wrote (rw)',
  [time]: 'had ended before it started',
};

function describeMember(node: NodeId, transaction: Transaction | undefined): string {
  if (transaction === undefined) return `  #${node}`;
  const { startMs, endMs, outcome, operations } = transaction;
  return `  #${node} ${outcome}, ${startMs.toFixed(1)} to ${endMs.toFixed(1)} ms: ${operations.map(describeOperation).join('; ')}`;
}
