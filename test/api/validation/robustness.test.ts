/** Whatever JSON comes: an input or a `ServiceError`, never another error, and never a change of what was given. */
import fc from 'fast-check';
import t from 'tap';
import { ServiceError } from '../../../src/api/service-error.js';
import type { OperationName } from '../../../src/api/validation/input-types.js';
import { operationShapes } from '../../../src/api/validation/operations.js';
import type { Shape } from '../../../src/api/validation/shape.js';
import { validateInput } from '../../../src/api/validation/validate.js';

const RUNS = 200;

/** JSON that mostly has the shape, so that the later phases are reached. */
function jsonOf(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  const fitting = (): fc.Arbitrary<unknown> => {
    switch (shape.kind) {
      case 'string':
        return shape.values === undefined
          ? fc.string({ maxLength: 6 })
          : fc.constantFrom(...shape.values, 'hi');
      case 'number':
        return fc.integer({ min: -1, max: 3 });
      case 'boolean':
        return fc.boolean();
      case 'attributeValue':
        return fc.constantFrom(
          { S: 'a' },
          { N: '1' },
          { N: 'x' },
          { SS: [] },
          {},
          { L: [{ M: {} }] },
          { B: '====' },
        );
      case 'list':
        return fc.array(jsonOf(shape.of, depth - 1), { maxLength: 3 });
      case 'map':
        return fc.dictionary(
          fc.constantFrom('abc', '#a', ':a', '__proto__', ''),
          jsonOf(shape.value, depth - 1),
          {
            maxKeys: 3,
          },
        );
      case 'structure':
        return fc.record(
          Object.fromEntries(
            Object.entries(shape.members).map(([name, member]) => [name, jsonOf(member.shape, depth - 1)]),
          ),
          { requiredKeys: [] },
        );
    }
  };
  const anything = fc.constantFrom(null, 0, 1.5, 'x', true, [], {}, [null], { a: null });
  return depth === 0
    ? anything
    : fc.oneof({ weight: 15, arbitrary: fitting() }, { weight: 1, arbitrary: anything });
}

for (const operation of Object.keys(operationShapes) as OperationName[]) {
  t.test(operation, async (t) => {
    const property = fc.property(jsonOf(operationShapes[operation], 8), (json) => {
      const before = JSON.stringify(json);
      try {
        validateInput(operation, json);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
      }
      return JSON.stringify(json) === before;
    });
    fc.assert(property, { numRuns: RUNS });
    t.pass(`${RUNS} inputs`);
  });
}
