/** Valid requests with a few things wrong. */
import fc from 'fast-check';
import { type JsonTree, type Place, placesOf, replace, text, toText, toTree } from './json-tree.js';
import { type Request, requests } from './requests.js';

const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
const listOfLists = (depth: number) => `${'{"L":['.repeat(depth)}{"S":"deep"}${']}'.repeat(depth)}`;
const mapOfMaps = (depth: number) => `${'{"M":{"m":'.repeat(depth)}{"S":"deep"}${'}}'.repeat(depth)}`;

/** Repeating stays below it: what is larger than a body may be says nothing about operations. */
const REPEATED_CHARACTERS_MAX = 1_000_000;

const ODD_STRINGS = [
  '',
  ...'a table __proto__ constructor toString hasOwnProperty length'.split(' '),
  ...'\0 \ud800 \udfff\ud800 \u202eabc \ufeff é e\u0301 🦊 \uffff'.split(' '),
  ...'0 -1 1e5 1E400 -0.0 NaN Infinity 0x10 ١٢'.split(' '),
  ...'ALL NONE ALL_OLD TOTAL COUNT TRUE EQ AND PAY_PER_REQUEST'.split(' '),
  ...['9'.repeat(39), `0.${'0'.repeat(200)}1`],
  ...['a = :v', 'SET a = :v', 'a[0].b', '((((', 'arn:aws:dynamodb:us-east-1:000000000000:table/table'],
  ...['x'.repeat(300), 'x'.repeat(3000), 'x'.repeat(70_000)],
];
const ODD_TEXTS = [
  ...'null true false 0 -1 1.5 25 -0 2147483648 9007199254740993 1e400 -1E-400'.split(' '),
  ...'[] {} [null] {"a":null} [[]] [{}] {"":{}}'.split(' '),
  ...'{"S":""} {"N":""} {"N":"1E125"} {"N":"1E126"} {"N":"-1e-131"} {"B":"===="} {"B":"YQ"}'.split(' '),
  ...'{"SS":[]} {"SS":["a","a"]} {"NS":["1","1.0"]} {"BS":["YQ==","YQ=="]} {"NULL":false} {"BOOL":1}'.split(
    ' ',
  ),
  ...'{"S":"a","N":"1"} {"S":null} {"__proto__":{"S":"a"}} {"M":{"__proto__":{"S":"a"}}} {"X":"a"}'.split(
    ' ',
  ),
  ...'{"S":"a","S":"b"} {"L":[null,{"NULL":true}]} {"SS":["\\ud800","\\ud801"]} {"S":"\\udc00"}'.split(' '),
  ...'{"M":{"\\ud800":{"N":"1"},"\\ud801":{"N":"2"}}} {"M":{"a":{"N":"1"},"a":{"N":"2"}}}'.split(' '),
  ...`undefined 'a' NaN [ " "\\u12" 01 1, \u0000`.split(' '),
  '',
  '9'.repeat(400),
  nested('[', ']', 5000),
  `${nested('{"a":', '', 2000)}1${'}'.repeat(2000)}`,
  ...[30, 31, 33, 3000].flatMap((depth) => [listOfLists(depth), mapOfMaps(depth)]),
  `{"S":"${'x'.repeat(450_000)}"}`,
];

const oddName = fc.oneof(fc.constantFrom(...ODD_STRINGS), fc.string({ unit: 'binary', maxLength: 8 }));
const oddValue = fc.oneof(
  fc.constantFrom(...ODD_TEXTS),
  fc.constantFrom(...ODD_STRINGS).map((string) => JSON.stringify(string)),
  fc.string({ unit: 'binary', maxLength: 20 }).map((string) => JSON.stringify(string)),
  fc.json({ maxDepth: 3 }),
);

type Edit =
  | { readonly kind: 'replace' | 'duplicate'; readonly value: string }
  | { readonly kind: 'rename'; readonly name: string }
  | { readonly kind: 'add'; readonly name: string; readonly value: string }
  | { readonly kind: 'remove' | 'wrapInList' | 'wrapInMap' }
  | { readonly kind: 'copyFrom'; readonly source: number }
  | { readonly kind: 'repeat'; readonly times: number };

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('replace' as const), value: oddValue }) },
  fc.record({ kind: fc.constant('duplicate' as const), value: oddValue }),
  fc.record({ kind: fc.constant('rename' as const), name: oddName }),
  fc.record({ kind: fc.constant('add' as const), name: oddName, value: oddValue }),
  fc.record({ kind: fc.constantFrom('remove' as const, 'wrapInList' as const, 'wrapInMap' as const) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('copyFrom' as const), source: fc.nat(200) }) },
  fc.record({ kind: fc.constant('repeat' as const), times: fc.constantFrom(2, 26, 101, 400) }),
);

export interface Mutant {
  readonly operation: string;
  readonly body: string;
}

/** What mutation begins with. */
export function originals(chosen: readonly Request[]): Mutant[] {
  return chosen.map(([operation, input]) => ({ operation, body: JSON.stringify(input) }));
}

/** Variants of `chosen`, of which some are as they were. */
export function mutants(chosen: readonly Request[] = requests): fc.Arbitrary<Mutant> {
  const edits = fc.array(fc.tuple(fc.nat(200), edit), { maxLength: 4 });
  return fc.tuple(fc.constantFrom(...chosen), edits).map(([[operation, input], edits]) => {
    const root = toTree(input);
    for (const [at, edit] of edits) apply(root, at, edit);
    return { operation, body: toText(root) };
  });
}

function apply(root: JsonTree, at: number, edit: Edit): void {
  const places = placesOf(root);
  const place = places[at % Math.max(places.length, 1)];
  if (place === undefined) return;
  const { parent, index, value } = place;
  switch (edit.kind) {
    case 'replace':
      replace(place, text(edit.value));
      return;
    case 'wrapInList':
      replace(place, { kind: 'list', elements: [value] });
      return;
    case 'wrapInMap':
      replace(place, { kind: 'object', members: [['M', value]] });
      return;
    case 'copyFrom':
      replace(place, copyOf(places[edit.source % places.length]?.value ?? value));
      return;
    case 'remove':
      if (parent.kind === 'list') parent.elements.splice(index, 1);
      else parent.members.splice(index, 1);
      return;
    case 'duplicate':
      if (parent.kind === 'list') parent.elements.push(copyOf(value));
      else parent.members.push([nameAt(place), text(edit.value)]);
      return;
    case 'rename':
      if (parent.kind === 'object') parent.members[index] = [edit.name, value];
      return;
    case 'add':
      if (parent.kind === 'object') parent.members.push([edit.name, text(edit.value)]);
      else parent.elements.push(text(edit.value));
      return;
    case 'repeat':
      if ((toText(value).length + nameAt(place).length) * edit.times > REPEATED_CHARACTERS_MAX) return;
      for (let time = 1; time < edit.times; time += 1) {
        if (parent.kind === 'list') parent.elements.push(copyOf(value));
        else parent.members.push([`${nameAt(place)}${time}`, copyOf(value)]);
      }
  }
}

function nameAt({ parent, index }: Place): string {
  return parent.kind === 'object' ? (parent.members[index]?.[0] ?? '') : '';
}

/**
 * As one text, which later edits change as a whole or not at all: a tree that stood at several places, or within itself,
 * would grow by each repetition's factor at every one of them.
 */
function copyOf(tree: JsonTree): JsonTree {
  return text(toText(tree));
}
