/** A directed graph whose edges are of several kinds, and its shortest cycles through the kinds that one allows. */

export type NodeId = number;

/** Bits, so that a set of kinds is a number. */
export const EdgeKind = { ww: 1, wr: 2, rw: 4, time: 8 } as const;
export type EdgeKind = (typeof EdgeKind)[keyof typeof EdgeKind];
export type EdgeKinds = number;

export interface Edge {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: EdgeKind;
  /** What the two have to do with each other; nothing for time. */
  readonly key: string;
}

/** Each edge starts where the one before it ends; the last ends where the first starts. */
export type Cycle = readonly Edge[];

export class Graph {
  private readonly edges: Edge[][] = [];

  get size(): number {
    return this.edges.length;
  }

  addNode(): NodeId {
    return this.edges.push([]) - 1;
  }

  /** An edge from a node to itself says nothing, and is left out. */
  addEdge(edge: Edge): void {
    if (edge.from !== edge.to) this.edges[edge.from]?.push(edge);
  }

  edgesOf(node: NodeId): readonly Edge[] {
    return this.edges[node] ?? [];
  }

  /** The shortest way from one node to another over edges of `kinds` within `component`. */
  path(from: NodeId, to: NodeId, kinds: EdgeKinds, component: ReadonlySet<NodeId>): Edge[] | undefined {
    const cameBy = new Map<NodeId, Edge>();
    let frontier = [from];
    while (frontier.length > 0) {
      const next: NodeId[] = [];
      for (const node of frontier) {
        for (const edge of this.edgesOf(node)) {
          if ((edge.kind & kinds) === 0 || !component.has(edge.to) || cameBy.has(edge.to)) continue;
          cameBy.set(edge.to, edge);
          if (edge.to === to) return backtrack(cameBy, from, to);
          next.push(edge.to);
        }
      }
      frontier = next;
    }
    return undefined;
  }

  /**
   * Strongly connected components of more than one node: where there are cycles.
   * Tarjan: "Depth-First Search and Linear Graph Algorithms", SIAM Journal on Computing 1(2), 1972; without recursion.
   */
  components(kinds: EdgeKinds): ReadonlySet<NodeId>[] {
    const found: Set<NodeId>[] = [];
    const order = new Int32Array(this.size).fill(-1);
    const low = new Int32Array(this.size);
    const isOpen = new Uint8Array(this.size);
    const open: NodeId[] = [];
    let visited = 0;
    const enter = (node: NodeId) => {
      order[node] = visited;
      low[node] = visited;
      visited += 1;
      open.push(node);
      isOpen[node] = 1;
      return { node, next: 0 };
    };
    const close = (root: NodeId) => {
      const component = open.splice(open.lastIndexOf(root));
      for (const node of component) isOpen[node] = 0;
      if (component.length > 1) found.push(new Set(component));
    };
    for (let start = 0; start < this.size; start += 1) {
      if (order[start] !== -1) continue;
      const path = [enter(start)];
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const edge = this.edgesOf(top.node)[top.next];
        top.next += 1;
        if (edge === undefined) {
          path.pop();
          const parent = path.at(-1)?.node;
          const lowest = low[top.node] ?? 0;
          if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, lowest);
          if (lowest === order[top.node]) close(top.node);
        } else if ((edge.kind & kinds) !== 0) {
          if (order[edge.to] === -1) path.push(enter(edge.to));
          else if (isOpen[edge.to] === 1) {
            low[top.node] = Math.min(low[top.node] ?? 0, order[edge.to] ?? 0);
          }
        }
      }
    }
    return found;
  }

  /**
   * The shortest cycle in a component that has an edge of kind `through` and else only edges of `kinds`. Looks at so many
   * such edges; undefined when none of these is part of such a cycle.
   */
  cycle(
    component: ReadonlySet<NodeId>,
    through: EdgeKind,
    kinds: EdgeKinds,
    edgesMax = 5_000,
  ): Cycle | undefined {
    let shortest: Cycle | undefined;
    let looked = 0;
    for (const node of component) {
      for (const edge of this.edgesOf(node)) {
        if (edge.kind !== through || !component.has(edge.to)) continue;
        looked += 1;
        if (looked > edgesMax) return shortest;
        const back = this.path(edge.to, edge.from, kinds, component);
        if (back !== undefined && (shortest === undefined || back.length + 1 < shortest.length)) {
          shortest = [edge, ...back];
        }
        if (shortest?.length === 2) return shortest;
      }
    }
    return shortest;
  }
}

function backtrack(cameBy: ReadonlyMap<NodeId, Edge>, from: NodeId, to: NodeId): Edge[] {
  const path: Edge[] = [];
  for (let at = to; at !== from || path.length === 0; ) {
    const edge = cameBy.get(at);
    if (edge === undefined) break;
    path.unshift(edge);
    at = edge.from;
  }
  return path;
}
