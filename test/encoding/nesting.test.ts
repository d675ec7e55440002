/** Values that are nested too deep, in both notations: refused, or cut off where they become too deep. */
import t from 'tap';
import { type Faults, NESTING_FAULT, readAttributeValue } from '../../src/encoding/attribute-json.js';
import type { AttributeValue } from '../../src/encoding/attribute-value.js';
import { readEncodedValue } from '../../src/encoding/encoded-item.js';
import { encodedValue } from '../../src/encoding/item.js';
import { NESTING_LEVELS_MAX } from '../../src/encoding/limits.js';
import { isTooDeep, levelsOf } from '../../src/encoding/nesting.js';

/** Lists and maps in turn, and a string in the innermost. */
function nested(levels: number): AttributeValue {
  if (levels === 1) return 'x';
  const inside = nested(levels - 1);
  return levels % 2 === 0 ? [inside] : new Map([['a', inside]]);
}

function jsonOf(value: AttributeValue): unknown {
  if (value instanceof Map)
    return { M: Object.fromEntries([...value].map(([name, entry]) => [name, jsonOf(entry)])) };
  return Array.isArray(value) ? { L: value.map(jsonOf) } : { S: value };
}

const notations = {
  JSON: (levels: number, faults: Faults) => readAttributeValue(jsonOf(nested(levels)), faults),
  MessagePack: (levels: number, faults: Faults) => readEncodedValue(encodedValue(nested(levels)), faults),
};

for (const [name, read] of Object.entries(notations)) {
  t.test(name, async (t) => {
    for (const cutsDeep of [false, true]) {
      const faults: Faults = { first: undefined, cutsDeep };
      t.same(read(NESTING_LEVELS_MAX, faults), nested(NESTING_LEVELS_MAX), 'the deepest value is as it was');
      t.equal(faults.first, undefined);
    }
    for (const levels of [NESTING_LEVELS_MAX + 1, NESTING_LEVELS_MAX + 2, 200]) {
      const refused: Faults = { first: undefined };
      read(levels, refused);
      t.equal(refused.first, NESTING_FAULT);
      const cut: Faults = { first: undefined, cutsDeep: true };
      const value = read(levels, cut);
      t.equal(cut.first, undefined);
      t.equal(levelsOf(value), NESTING_LEVELS_MAX + 1, 'so that nobody takes it for one that is allowed');
      t.ok(isTooDeep(value));
    }
  });
}
