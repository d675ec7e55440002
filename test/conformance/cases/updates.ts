/** UpdateItem with UpdateExpression: what each clause does, what it returns, and what is refused. */
import type { Case, JsonObject, Suite } from '../case.js';
import { get, n, put, s, table, tableOf } from '../tables.js';

const TableName = tableOf('updates');
const INVALID = 'Invalid UpdateExpression: ';
const PATH = 'The document path provided in the update expression is invalid for update';
const OPERAND = 'An operand in the update expression has an incorrect data type';
const MISSING = 'The provided expression refers to an attribute that does not exist in the item';

const before: JsonObject = {
  a: n(1),
  b: s('text'),
  l: { L: [n(1), n(2), n(3)] },
  m: { M: { x: n(1), y: { M: { z: s('deep') } } } },
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2'] },
};

/** A map in a map … in a map, with a scalar in the innermost. */
function deep(maps: number): JsonObject {
  return maps === 0 ? s('innermost') : { M: { a: deep(maps - 1) } };
}
const pathOf = (maps: number): string => `d${'.a'.repeat(maps)}`;

type Names = { readonly [placeholder: string]: string };

/** Changes made to `before`: an attribute's new value, or `undefined` for none. */
const effects: readonly (readonly [
  expression: string,
  values: JsonObject | undefined,
  changes: { readonly [name: string]: JsonObject | undefined },
  names?: Names,
])[] = [
  ['SET c = :v', { ':v': s('new') }, { c: s('new') }],
  ['set c = :v', { ':v': s('new') }, { c: s('new') }],
  ['SET a = :v, c = :v', { ':v': n(9) }, { a: n(9), c: n(9) }],
  ['SET c = a', undefined, { c: n(1) }],
  ['SET a = b, b = a', undefined, { a: s('text'), b: n(1) }],
  ['SET a = a + :v', { ':v': n(5) }, { a: n(6) }],
  ['SET a = :v - a', { ':v': n(5) }, { a: n(4) }],
  ['SET c = a + a', undefined, { c: n(2) }],
  ['SET c = ((a) + (a))', undefined, { c: n(2) }],
  ['SET c = if_not_exists(c, :v)', { ':v': n(7) }, { c: n(7) }],
  ['SET a = if_not_exists(a, :v)', { ':v': n(7) }, {}],
  ['SET c = if_not_exists(c, :z) + :v', { ':z': n(0), ':v': n(2) }, { c: n(2) }],
  ['SET c = if_not_exists(a, :v)', { ':v': n(7) }, { c: n(1) }],
  ['SET l = list_append(l, :v)', { ':v': { L: [n(4)] } }, { l: { L: [n(1), n(2), n(3), n(4)] } }],
  ['SET l = list_append(:v, l)', { ':v': { L: [n(0)] } }, { l: { L: [n(0), n(1), n(2), n(3)] } }],
  ['SET l[1] = :v', { ':v': s('x') }, { l: { L: [n(1), s('x'), n(3)] } }],
  ['SET l[9] = :v', { ':v': n(4) }, { l: { L: [n(1), n(2), n(3), n(4)] } }],
  ['SET l[9] = :v, l[7] = :w', { ':v': n(5), ':w': n(4) }, { l: { L: [n(1), n(2), n(3), n(4), n(5)] } }],
  ['SET l[4294967294] = :v', { ':v': n(4) }, { l: { L: [n(1), n(2), n(3), n(4)] } }],
  ['SET m.x = :v', { ':v': s('v') }, { m: { M: { x: s('v'), y: { M: { z: s('deep') } } } } }],
  ['SET m.y.w = :v', { ':v': n(1) }, { m: { M: { x: n(1), y: { M: { z: s('deep'), w: n(1) } } } } }],
  [
    'SET #c.#d = :v',
    { ':v': n(1) },
    { m: { M: { x: n(1), y: { M: { z: s('deep') } }, 'a.b': n(1) } } },
    { '#c': 'm', '#d': 'a.b' },
  ],
  ['SET m = :v', { ':v': { M: {} } }, { m: { M: {} } }],
  ['REMOVE a', undefined, { a: undefined }],
  ['REMOVE a, b', undefined, { a: undefined, b: undefined }],
  ['REMOVE absent', undefined, {}],
  ['REMOVE l[0]', undefined, { l: { L: [n(2), n(3)] } }],
  ['REMOVE l[0], l[1]', undefined, { l: { L: [n(3)] } }],
  ['REMOVE l[9]', undefined, {}],
  ['REMOVE m.y.z', undefined, { m: { M: { x: n(1), y: { M: {} } } } }],
  ['ADD a :v', { ':v': n(2) }, { a: n(3) }],
  ['ADD c :v', { ':v': n(2) }, { c: n(2) }],
  ['ADD a :v', { ':v': n(-1) }, { a: n(0) }],
  ['ADD ss :v', { ':v': { SS: ['b', 'c'] } }, { ss: { SS: ['a', 'b', 'c'] } }],
  ['ADD ns :v', { ':v': { NS: ['2.0', '3'] } }, { ns: { NS: ['1', '2', '3'] } }],
  ['ADD c :v', { ':v': { SS: ['x'] } }, { c: { SS: ['x'] } }],
  ['ADD m.x :v', { ':v': n(1) }, { m: { M: { x: n(2), y: { M: { z: s('deep') } } } } }],
  ['DELETE ss :v', { ':v': { SS: ['a'] } }, { ss: { SS: ['b'] } }],
  ['DELETE ss :v', { ':v': { SS: ['a', 'b'] } }, { ss: undefined }],
  ['DELETE ss :v', { ':v': { SS: ['z'] } }, {}],
  ['DELETE absent :v', { ':v': { SS: ['z'] } }, {}],
  [
    'SET a = :v REMOVE b ADD ns :n DELETE ss :s',
    { ':v': n(0), ':n': { NS: ['3'] }, ':s': { SS: ['a'] } },
    { a: n(0), b: undefined, ns: { NS: ['1', '2', '3'] }, ss: { SS: ['b'] } },
  ],
];

const refused: readonly (readonly [
  expression: string,
  values: JsonObject | undefined,
  message: string,
  names?: Names,
])[] = [
  ['', undefined, `${INVALID}The expression can not be empty;`],
  ['SET', undefined, `${INVALID}Syntax error; token: "<EOF>", near: "SET"`],
  ['SET a', undefined, `${INVALID}Syntax error; token: "<EOF>", near: "a"`],
  ['SET a = ', undefined, `${INVALID}Syntax error; token: "<EOF>", near: "="`],
  [
    'SET l[4294967295] = :v',
    { ':v': n(1) },
    `${INVALID}List index is not within the allowable range; index: [4294967295]`,
  ],
  ['SET a = ((b))', undefined, `${INVALID}The expression has redundant parentheses;`],
  ['REMOVE remove', undefined, `${INVALID}Syntax error; token: "remove", near: "REMOVE remove"`],
  ['REMOVE l[01]', undefined, `${INVALID}Syntax error; token: "1", near: "01]"`],
  ['SET a = "x"', undefined, `${INVALID}Syntax error; token: ""x"", near: "= "x""`],
  ['PUT a = b', undefined, `${INVALID}Syntax error; token: "PUT", near: "PUT a"`],
  [
    'SET a = b SET c = d',
    undefined,
    `${INVALID}The "SET" section can only be used once in an update expression;`,
  ],
  [
    'REMOVE a REMOVE b',
    undefined,
    `${INVALID}The "REMOVE" section can only be used once in an update expression;`,
  ],
  [
    'SET a = :v',
    undefined,
    `${INVALID}An expression attribute value used in expression is not defined; attribute value: :v`,
  ],
  [
    'SET #a = b',
    undefined,
    `${INVALID}An expression attribute name used in the document path is not defined; attribute name: #a`,
  ],
  ['SET size = b', undefined, `${INVALID}Attribute name is a reserved keyword; reserved keyword: size`],
  [
    'SET a = b, a = c',
    undefined,
    `${INVALID}Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]`,
  ],
  [
    'SET m.x = b REMOVE m',
    undefined,
    `${INVALID}Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, x], path two: [m]`,
  ],
  [
    'SET m.x = b REMOVE m[0]',
    undefined,
    `${INVALID}Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, x], path two: [m, [0]]`,
  ],
  ['SET a = foo(b)', undefined, `${INVALID}Invalid function name; function: foo`],
  [
    'SET a = attribute_exists(b)',
    undefined,
    `${INVALID}The function is not allowed in an update expression; function: attribute_exists`,
  ],
  [
    'SET a = if_not_exists(b)',
    undefined,
    `${INVALID}Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1`,
  ],
  [
    'SET a = list_append(:v, b)',
    { ':v': s('x') },
    `${INVALID}Incorrect operand type for operator or function; operator or function: list_append, operand type: S`,
  ],
  [
    'SET a = a + :v',
    { ':v': s('x') },
    `${INVALID}Incorrect operand type for operator or function; operator or function: +, operand type: S`,
  ],
  [
    'ADD a :v',
    { ':v': s('x') },
    `${INVALID}Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND`,
  ],
  [
    'DELETE a :v',
    { ':v': n(1) },
    `${INVALID}Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND`,
  ],
  [
    'SET a = :v',
    { ':v': n(1), ':w': n(1) },
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}',
  ],
  [
    'REMOVE a',
    undefined,
    'Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}',
    { '#x': 'x' },
  ],
  [
    'SET pk = :v',
    { ':v': s('x') },
    'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key',
  ],
  [
    'REMOVE pk',
    undefined,
    'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key',
  ],
  ['SET c = absent', undefined, MISSING],
  ['SET a = a + absent', undefined, MISSING],
  ['SET b = b + :v', { ':v': n(1) }, OPERAND],
  ['SET l = list_append(a, l)', undefined, OPERAND],
  ['ADD b :v', { ':v': n(1) }, OPERAND],
  ['ADD ss :v', { ':v': { NS: ['1'] } }, OPERAND],
  ['DELETE ss :v', { ':v': { NS: ['1'] } }, OPERAND],
  ['SET absent.x = :v', { ':v': n(1) }, PATH],
  ['SET a.x = :v', { ':v': n(1) }, PATH],
  ['SET a[0] = :v', { ':v': n(1) }, PATH],
  ['SET m[0] = :v', { ':v': n(1) }, PATH],
  ['SET l.x = :v', { ':v': n(1) }, PATH],
  ['REMOVE absent.x', undefined, PATH],
];

function input(
  id: string,
  UpdateExpression: string,
  values: JsonObject | undefined,
  names: Names | undefined,
): JsonObject {
  return {
    TableName,
    Key: { pk: s(id) },
    UpdateExpression,
    ...(values && { ExpressionAttributeValues: values }),
    ...(names && { ExpressionAttributeNames: names }),
  };
}

function present(attributes: { readonly [name: string]: JsonObject | undefined }): JsonObject {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])),
  );
}

const returned: readonly (readonly [returnValues: string, attributes: JsonObject | undefined])[] = [
  ['NONE', undefined],
  ['ALL_OLD', { pk: s('returned'), ...before }],
  ['ALL_NEW', { pk: s('returned'), ...before, a: n(2), c: n(3) }],
  ['UPDATED_OLD', { a: n(1) }],
  ['UPDATED_NEW', { a: n(2), c: n(3) }],
];

/** What an update returns of the attributes that it changes, before and after. */
const changed: readonly (readonly [
  expression: string,
  values: JsonObject | undefined,
  old: JsonObject | undefined,
  now: JsonObject | undefined,
])[] = [
  [
    'SET m.y.z = :v',
    { ':v': n(1) },
    { m: { M: { y: { M: { z: s('deep') } } } } },
    { m: { M: { y: { M: { z: n(1) } } } } },
  ],
  ['SET m.x = :v, m.w = :v', { ':v': n(5) }, { m: { M: { x: n(1) } } }, { m: { M: { x: n(5), w: n(5) } } }],
  ['SET a = a', undefined, { a: n(1) }, { a: n(1) }],
  ['SET c = :v', { ':v': n(1) }, undefined, { c: n(1) }],
  ['ADD a :v', { ':v': n(1) }, { a: n(1) }, { a: n(2) }],
  ['ADD ss :v', { ':v': { SS: ['c'] } }, { ss: { SS: ['a', 'b'] } }, { ss: { SS: ['a', 'b', 'c'] } }],
  ['DELETE ss :v', { ':v': { SS: ['a'] } }, { ss: { SS: ['a', 'b'] } }, { ss: { SS: ['b'] } }],
  ['DELETE ss :v', { ':v': { SS: ['a', 'b'] } }, { ss: { SS: ['a', 'b'] } }, undefined],
  ['REMOVE a', undefined, { a: n(1) }, undefined],
  ['REMOVE m.x', undefined, { m: { M: { x: n(1) } } }, undefined],
  ['REMOVE absent', undefined, undefined, undefined],
  ['SET l[0] = :v, l[2] = :v', { ':v': n(9) }, { l: { L: [n(1), n(3)] } }, { l: { L: [n(9), n(9)] } }],
  ['SET l[3] = :v', { ':v': n(4) }, undefined, { l: { L: [n(4)] } }],
  ['SET l[9] = :v', { ':v': n(4) }, undefined, undefined],
  ['REMOVE l[0]', undefined, { l: { L: [n(1)] } }, { l: { L: [n(2)] } }],
  ['REMOVE l[2]', undefined, { l: { L: [n(3)] } }, undefined],
  ['REMOVE l[0] SET l[1] = :v', { ':v': n(9) }, { l: { L: [n(1), n(2)] } }, { l: { L: [n(9), n(3)] } }],
];

export const updates: Suite = {
  name: 'updates',
  tables: [table(TableName, 'S')],
  cases: [
    ...effects.map(([expression, values, changes, names], index): Case => {
      const pk = s(`effect ${index}`);
      return {
        name: `${expression} with ${JSON.stringify(values ?? {})}`,
        given: [put(TableName, { pk, ...before })],
        request: ['UpdateItem', input(`effect ${index}`, expression, values, names)],
        expect: { output: { Attributes: undefined } },
        afterwards: [[get(TableName, { pk }), { output: { Item: present({ pk, ...before, ...changes }) } }]],
      };
    }),
    ...refused.map(([expression, values, message, names], index): Case => {
      const pk = s(`refused ${index}`);
      return {
        name: `${expression} with ${JSON.stringify(values ?? {})} is refused`,
        given: [put(TableName, { pk, ...before })],
        request: ['UpdateItem', input(`refused ${index}`, expression, values, names)],
        expect: { type: 'ValidationException', message },
        afterwards: [[get(TableName, { pk }), { output: { Item: { pk, ...before } } }]],
      };
    }),
    ...returned.map(
      ([ReturnValues, Attributes]): Case => ({
        name: `returns ${ReturnValues}`,
        given: [put(TableName, { pk: s('returned'), ...before })],
        request: [
          'UpdateItem',
          { ...input('returned', 'SET a = :a, c = :c', { ':a': n(2), ':c': n(3) }, undefined), ReturnValues },
        ],
        expect: { output: { Attributes } },
      }),
    ),
    ...changed.flatMap(([expression, values, old, now], index) =>
      (
        [
          ['UPDATED_OLD', old],
          ['UPDATED_NEW', now],
        ] as const
      ).map(
        ([ReturnValues, Attributes]): Case => ({
          name: `${expression} with ${JSON.stringify(values ?? {})} returns ${ReturnValues}`,
          given: [put(TableName, { pk: s(`changed ${index}`), ...before })],
          request: [
            'UpdateItem',
            { ...input(`changed ${index}`, expression, values, undefined), ReturnValues },
          ],
          expect: { output: { Attributes } },
        }),
      ),
    ),
    {
      name: 'an update makes an item that is not there',
      given: [['DeleteItem', { TableName, Key: { pk: s('made') } }]],
      request: [
        'UpdateItem',
        { ...input('made', 'SET a = :a', { ':a': n(1) }, undefined), ReturnValues: 'ALL_NEW' },
      ],
      expect: { output: { Attributes: { pk: s('made'), a: n(1) } } },
    },
    {
      name: 'an update without an expression makes an item of its key',
      given: [['DeleteItem', { TableName, Key: { pk: s('bare') } }]],
      request: ['UpdateItem', { TableName, Key: { pk: s('bare') }, ReturnValues: 'ALL_NEW' }],
      expect: { output: { Attributes: { pk: s('bare') } } },
    },
    {
      name: 'an update that only removes makes no item',
      given: [['DeleteItem', { TableName, Key: { pk: s('unmade') } }]],
      request: [
        'UpdateItem',
        { ...input('unmade', 'REMOVE a, b', undefined, undefined), ReturnValues: 'ALL_NEW' },
      ],
      expect: { output: { Attributes: undefined } },
      afterwards: [[get(TableName, { pk: s('unmade') }), { output: { Item: undefined } }]],
    },
    {
      name: 'an update that only deletes from sets makes no item',
      given: [['DeleteItem', { TableName, Key: { pk: s('unmade') } }]],
      request: ['UpdateItem', input('unmade', 'DELETE a :a', { ':a': { SS: ['x'] } }, undefined)],
      expect: { output: {} },
      afterwards: [[get(TableName, { pk: s('unmade') }), { output: { Item: undefined } }]],
    },
    {
      name: 'an update that removes and sets makes an item',
      given: [['DeleteItem', { TableName, Key: { pk: s('both') } }]],
      request: [
        'UpdateItem',
        { ...input('both', 'REMOVE a SET b = :b', { ':b': n(1) }, undefined), ReturnValues: 'ALL_NEW' },
      ],
      expect: { output: { Attributes: { pk: s('both'), b: n(1) } } },
    },
    {
      name: 'an item grows no deeper than 32 levels',
      given: [put(TableName, { pk: s('deep'), d: deep(30), x: { L: [n(1)] } })],
      request: ['UpdateItem', input('deep', `SET ${pathOf(30)} = x`, undefined, undefined)],
      expect: { output: {} },
      afterwards: [
        [
          ['UpdateItem', input('deep', `SET ${pathOf(30)}[0] = x`, undefined, undefined)],
          { type: 'ValidationException', message: /^Nesting Levels have exceeded supported limits/ },
        ],
      ],
    },
    {
      name: 'an item that does not exist has no attributes to read',
      request: ['UpdateItem', input('absent', 'SET a = a + :v', { ':v': n(1) }, undefined)],
      expect: { type: 'ValidationException', message: MISSING },
      afterwards: [[get(TableName, { pk: s('absent') }), { output: { Item: undefined } }]],
    },
  ],
};
