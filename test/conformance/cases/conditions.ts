/** ConditionExpression: when each operator and function holds, and what is no condition. */
import type { Case, JsonObject, Suite } from '../case.js';
import { n, put, s, table, tableOf } from '../tables.js';

const TableName = tableOf('conditions');
const INVALID = 'Invalid ConditionExpression: ';
const operandType = (operator: string, type: string) =>
  `${INVALID}Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`;

const item: JsonObject = {
  pk: s('item'),
  a: n(5),
  b: s('hello'),
  bin: { B: 'AQID' },
  t: { BOOL: true },
  nul: { NULL: true },
  l: { L: [s('x'), n(2)] },
  m: { M: { k: s('v') } },
  ss: { SS: ['p', 'q'] },
  ns: { NS: ['1', '2'] },
};

type Names = { readonly [placeholder: string]: string };
type Row = readonly [expression: string, values?: JsonObject | undefined, names?: Names];

const true_: readonly Row[] = [
  ['a = :v', { ':v': n(5) }],
  ['a = :v', { ':v': n('5.0') }],
  ['a <> :v', { ':v': n(6) }],
  ['a <> :v', { ':v': s('5') }],
  ['absent <> :v', { ':v': s('5') }],
  ['absent <> absent2'],
  ['a < :v', { ':v': n(10) }],
  ['a <= :v', { ':v': n(5) }],
  ['a > :v', { ':v': n(-1) }],
  ['a >= :v', { ':v': n(5) }],
  [':v < a', { ':v': n(4) }],
  ['b > :v', { ':v': s('Hello') }],
  ['bin < :v', { ':v': { B: 'AQIE' } }],
  ['a BETWEEN :x AND :y', { ':x': n(5), ':y': n(5) }],
  ['a between :x and :y', { ':x': n(1), ':y': n(9) }],
  ['a IN (:x, :y)', { ':x': n(1), ':y': n(5) }],
  ['a in (a)'],
  ['attribute_exists(a)'],
  ['attribute_exists(m.k)'],
  ['attribute_exists(l[1])'],
  ['attribute_not_exists(l[2])'],
  ['attribute_not_exists(absent)'],
  ['attribute_type(a, :v)', { ':v': s('N') }],
  ['attribute_type(nul, :v)', { ':v': s('NULL') }],
  ['attribute_type(ss, :v)', { ':v': s('SS') }],
  ['begins_with(b, :v)', { ':v': s('he') }],
  ['begins_with(b, :v)', { ':v': s('') }],
  ['begins_with(bin, :v)', { ':v': { B: 'AQI=' } }],
  ['contains(b, :v)', { ':v': s('ell') }],
  ['contains(ss, :v)', { ':v': s('p') }],
  ['contains(ns, :v)', { ':v': n('2.0') }],
  ['contains(l, :v)', { ':v': n(2) }],
  ['size(b) = :v', { ':v': n(5) }],
  ['size(bin) = :v', { ':v': n(3) }],
  ['size(l) = :v', { ':v': n(2) }],
  ['size(m) = :v', { ':v': n(1) }],
  ['size(ss) = :v', { ':v': n(2) }],
  ['ss = :v', { ':v': { SS: ['q', 'p'] } }],
  ['ns = :v', { ':v': { NS: ['2', '1.0'] } }],
  ['l = :v', { ':v': { L: [s('x'), n(2)] } }],
  ['m = :v', { ':v': { M: { k: s('v') } } }],
  ['t = :v', { ':v': { BOOL: true } }],
  ['nul = :v', { ':v': { NULL: true } }],
  ['NOT a = :v', { ':v': n(6) }],
  ['NOT contains(b, :v)', { ':v': s('z') }],
  ['a = :v OR absent = :v AND b = :v', { ':v': n(5) }],
  ['(a = :v OR b = :v) AND t = :t', { ':v': n(5), ':t': { BOOL: true } }],
  ['NOT (a = :v AND b = :v)', { ':v': n(5) }],
  ['not not a = :v', { ':v': n(5) }],
  ['#n = :v', { ':v': n(5) }, { '#n': 'a' }],
  ['#m.#k = :v', { ':v': s('v') }, { '#m': 'm', '#k': 'k' }],
];

const false_: readonly Row[] = [
  ['a = :v', { ':v': s('5') }],
  ['a <> :v', { ':v': n(5) }],
  ['a < :v', { ':v': n(5) }],
  ['a < :v', { ':v': s('9') }],
  ['absent = :v', { ':v': n(1) }],
  ['absent < :v', { ':v': n(1) }],
  ['a = b'],
  ['absent = absent2'],
  ['a BETWEEN :x AND :y', { ':x': n(6), ':y': n(9) }],
  ['a IN (:x)', { ':x': s('5') }],
  ['attribute_exists(absent)'],
  ['attribute_exists(m.absent)'],
  ['attribute_not_exists(a)'],
  ['attribute_type(a, :v)', { ':v': s('S') }],
  ['begins_with(b, :v)', { ':v': s('ello') }],
  ['begins_with(a, :v)', { ':v': s('5') }],
  ['contains(b, :v)', { ':v': s('Hell') }],
  ['contains(a, :v)', { ':v': n(5) }],
  ['size(a) = :v', { ':v': n(1) }],
  ['size(absent) = :v', { ':v': n(0) }],
  ['ss = :v', { ':v': { SS: ['p'] } }],
  ['l = :v', { ':v': { L: [n(2), s('x')] } }],
  ['NOT absent <> :v', { ':v': n(1) }],
];

const refused: readonly (readonly [
  expression: string,
  values: JsonObject | undefined,
  message: string | RegExp,
])[] = [
  ['', undefined, `${INVALID}The expression can not be empty;`],
  ['a', undefined, `${INVALID}Syntax error; token: "<EOF>", near: "a"`],
  ['a =', undefined, `${INVALID}Syntax error; token: "<EOF>", near: "="`],
  ['a = = b', undefined, `${INVALID}Syntax error; token: "=", near: "= = b"`],
  ['a = b c', undefined, `${INVALID}Syntax error; token: "c", near: "b c"`],
  ['(a = b', undefined, `${INVALID}Syntax error; token: "<EOF>", near: "b"`],
  ['a = b)', undefined, `${INVALID}Syntax error; token: ")", near: "b)"`],
  ['delete = a', undefined, `${INVALID}Syntax error; token: "delete", near: "delete ="`],
  ['((a = b)) OR', undefined, `${INVALID}The expression has redundant parentheses;`],
  ['((a = b))', undefined, `${INVALID}The expression has redundant parentheses;`],
  [
    'a = :v',
    undefined,
    `${INVALID}An expression attribute value used in expression is not defined; attribute value: :v`,
  ],
  [
    '#a = a',
    undefined,
    `${INVALID}An expression attribute name used in the document path is not defined; attribute name: #a`,
  ],
  ['status = a', undefined, `${INVALID}Attribute name is a reserved keyword; reserved keyword: status`],
  [
    'a = a',
    undefined,
    `${INVALID}The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]`,
  ],
  ['foo(a)', undefined, `${INVALID}Invalid function name; function: foo`],
  ['Attribute_exists(a)', undefined, `${INVALID}Invalid function name; function: Attribute_exists`],
  [
    'if_not_exists(a, b)',
    undefined,
    `${INVALID}The function is not allowed in a condition expression; function: if_not_exists`,
  ],
  [
    'size(a)',
    undefined,
    `${INVALID}The function is not allowed to be used this way in an expression; function: size`,
  ],
  [
    'attribute_exists(a, b)',
    undefined,
    `${INVALID}Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2`,
  ],
  [
    'attribute_exists(:v)',
    { ':v': s('a') },
    `${INVALID}Operator or function requires a document path; operator or function: attribute_exists`,
  ],
  ['attribute_type(a, :v)', { ':v': n(1) }, operandType('attribute_type', 'N')],
  [
    'attribute_type(a, :v)',
    { ':v': s('X') },
    `${INVALID}Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
  ],
  ['begins_with(a, :v)', { ':v': n(1) }, operandType('begins_with', 'N')],
  ['size(:v) = a', { ':v': n(1) }, operandType('size', 'N')],
  [
    'a < :v',
    { ':v': { BOOL: true } },
    /Incorrect operand type for operator or function; operator(?: or function)?: <, operand type: BOOL$/,
  ],
  [
    'a BETWEEN :x AND :y',
    { ':x': n(2), ':y': n(1) },
    /Invalid ConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: \{N:2\}, upper bound operand: AttributeValue: \{N:1\}$/,
  ],
  [
    'a BETWEEN :x AND :y',
    { ':x': n(2), ':y': s('3') },
    /Invalid ConditionExpression: The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: \{N:2\}, upper bound operand: AttributeValue: \{S:3\}$/,
  ],
  [
    `${'a'.repeat(4092)} = :v`,
    { ':v': n(1) },
    /^(1 validation error detected: )?Invalid ConditionExpression: Expression size has exceeded the maximum allowed size;/,
  ],
  [
    'a = :v',
    { ':v': n(1), ':w': n(2) },
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}',
  ],
];

function request([ConditionExpression, values, names]: Row): readonly [string, JsonObject] {
  const input = {
    TableName,
    Item: item,
    ConditionExpression,
    ...(values && { ExpressionAttributeValues: values }),
    ...(names && { ExpressionAttributeNames: names }),
  };
  return ['PutItem', input];
}

const name = ([expression, values]: Row) => `${expression.slice(0, 80)} with ${JSON.stringify(values ?? {})}`;

export const conditions: Suite = {
  name: 'conditions',
  tables: [table(TableName, 'S')],
  given: [put(TableName, item)],
  cases: [
    ...true_.map(
      (row): Case => ({ name: `${name(row)} holds`, request: request(row), expect: { output: {} } }),
    ),
    ...false_.map(
      (row): Case => ({
        name: `${name(row)} does not hold`,
        request: request(row),
        expect: { type: 'ConditionalCheckFailedException', message: 'The conditional request failed' },
      }),
    ),
    ...refused.map(
      ([expression, values, message]): Case => ({
        name: `${name([expression, values])} is refused`,
        request: request([expression, values]),
        expect: { type: 'ValidationException', message },
      }),
    ),
  ],
};
