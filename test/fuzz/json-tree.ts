/** JSON as a tree that can say what a JavaScript object cannot: a member twice, numbers of any length, text that is no JSON. */

export type JsonTree = ObjectTree | ListTree | TextTree;
export interface ObjectTree {
  readonly kind: 'object';
  readonly members: [name: string, value: JsonTree][];
}
export interface ListTree {
  readonly kind: 'list';
  readonly elements: JsonTree[];
}
/** A scalar, or anything else: written as it stands. */
export interface TextTree {
  readonly kind: 'text';
  readonly text: string;
}

export function text(text: string): TextTree {
  return { kind: 'text', text };
}

export function toTree(json: unknown): JsonTree {
  if (Array.isArray(json)) return { kind: 'list', elements: json.map(toTree) };
  if (typeof json !== 'object' || json === null) return text(JSON.stringify(json));
  return { kind: 'object', members: Object.entries(json).map(([name, value]) => [name, toTree(value)]) };
}

export function toText(tree: JsonTree): string {
  switch (tree.kind) {
    case 'text':
      return tree.text;
    case 'list':
      return `[${tree.elements.map(toText).join(',')}]`;
    case 'object':
      return `{${tree.members.map(([name, value]) => `${JSON.stringify(name)}:${toText(value)}`).join(',')}}`;
  }
}

/** A place in a tree: reads and replaces what stands there. */
export interface Place {
  readonly value: JsonTree;
  readonly parent: ObjectTree | ListTree;
  /** Among the parent's members or elements. */
  readonly index: number;
}

/** Every place below `root`, in the order of the text. */
export function placesOf(root: JsonTree): Place[] {
  const places: Place[] = [];
  const visit = (parent: JsonTree): void => {
    if (parent.kind === 'text') return;
    const values = parent.kind === 'list' ? parent.elements : parent.members.map(([, value]) => value);
    values.forEach((value, index) => {
      places.push({ value, parent, index });
      visit(value);
    });
  };
  visit(root);
  return places;
}

export function replace({ parent, index }: Place, value: JsonTree): void {
  if (parent.kind === 'list') {
    parent.elements[index] = value;
    return;
  }
  const member = parent.members[index];
  if (member !== undefined) member[1] = value;
}
