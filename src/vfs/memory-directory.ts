/**
 * Directories of a `MemoryDisk`, and which of their entries a power cut may take.
 *
 * Every change of entries is one step of a journal that the whole disk shares: a creation or removal changes one entry,
 * a rename two at once. A step becomes durable when a directory that it touches is synced, together with the earlier
 * steps on the same entries. A crash keeps any subset of the other steps in which no step stands without the earlier
 * ones on its entries. (Real journals are stricter, they keep a prefix; code that survives this survives them.)
 */
import type { Random } from './clock.js';
import type { MemoryFile } from './memory-file.js';
import { randomFraction } from './seeded-random.js';

export type MemoryNode = MemoryFile | MemoryDirectory;

export class MemoryDirectory {
  readonly kind = 'directory';
  readonly entries = new Map<string, MemoryNode>();
  /** What the platter holds; meaningless when durability is not tracked. */
  readonly durable = new Map<string, MemoryNode>();
}

/** `node` undefined: the entry goes. */
export interface EntryChange {
  readonly directory: MemoryDirectory;
  readonly name: string;
  readonly node: MemoryNode | undefined;
}

type Step = readonly EntryChange[];

export class DirectoryJournal {
  #steps: Step[] = [];

  constructor(private readonly trackDurability: boolean) {}

  /** Makes the changes visible, all at once. */
  commit(...changes: EntryChange[]): void {
    for (const { directory, name, node } of changes) {
      if (node === undefined) directory.entries.delete(name);
      else directory.entries.set(name, node);
    }
    if (this.trackDurability) this.#steps.push(changes);
  }

  sync(directory: MemoryDirectory): void {
    const needed = new EntrySet();
    const kept: Step[] = [];
    const flushed: Step[] = [];
    for (const step of this.#steps.toReversed()) {
      if (step.some((change) => change.directory === directory || needed.has(change))) {
        for (const change of step) needed.add(change);
        flushed.push(step);
      } else {
        kept.push(step);
      }
    }
    for (const step of flushed.reverse()) applyStep(step, (at) => at.durable);
    this.#steps = kept.reverse();
  }

  /** The tree under `root` as a power cut at this moment leaves it. */
  crashClone(root: MemoryDirectory, random: Random, survive: number): MemoryDirectory {
    const tree = new SurvivingTree(random, survive, this.trackDurability);
    const lost = new EntrySet();
    for (const step of this.#steps) {
      const survives = randomFraction(random) < survive && !step.some((change) => lost.has(change));
      if (survives) applyStep(step, (directory) => tree.entriesOf(directory));
      else for (const change of step) lost.add(change);
    }
    return tree.build(root);
  }
}

function applyStep(step: Step, entriesOf: (directory: MemoryDirectory) => Map<string, MemoryNode>): void {
  for (const { directory, name, node } of step) {
    if (node === undefined) entriesOf(directory).delete(name);
    else entriesOf(directory).set(name, node);
  }
}

/** A set of (directory, name). */
class EntrySet {
  readonly #names = new Map<MemoryDirectory, Set<string>>();

  add({ directory, name }: EntryChange): void {
    const names = this.#names.get(directory) ?? new Set<string>();
    this.#names.set(directory, names.add(name));
  }

  has({ directory, name }: EntryChange): boolean {
    return this.#names.get(directory)?.has(name) ?? false;
  }
}

class SurvivingTree {
  readonly #entries = new Map<MemoryDirectory, Map<string, MemoryNode>>();
  readonly #files = new Map<MemoryFile, MemoryFile>();

  constructor(
    private readonly random: Random,
    private readonly survive: number,
    private readonly trackDurability: boolean,
  ) {}

  entriesOf(directory: MemoryDirectory): Map<string, MemoryNode> {
    let entries = this.#entries.get(directory);
    if (entries === undefined) {
      entries = new Map(this.trackDurability ? directory.durable : directory.entries);
      this.#entries.set(directory, entries);
    }
    return entries;
  }

  build(directory: MemoryDirectory): MemoryDirectory {
    const clone = new MemoryDirectory();
    for (const [name, node] of this.entriesOf(directory)) {
      const copy = node.kind === 'directory' ? this.build(node) : this.#file(node);
      clone.entries.set(name, copy);
      clone.durable.set(name, copy);
    }
    return clone;
  }

  /** Hard links to one file stay links to one file. */
  #file(file: MemoryFile): MemoryFile {
    let clone = this.#files.get(file);
    if (clone === undefined) {
      clone = file.crashClone(this.random, this.survive);
      this.#files.set(file, clone);
    }
    clone.links += 1;
    return clone;
  }
}
