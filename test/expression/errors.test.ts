/** The wording of what is refused, expression by expression. */
import t from 'tap';
import { compileExpressions, ExpressionError } from '../../src/expression/index.js';
import { compile, type Json } from './fixtures.js';

const one = { ':a': { N: '1' } };
const two = { ':a': { N: '1' }, ':b': { N: '2' } };
const text = { ':a': { S: 'x' } };

type Case = readonly [source: string, values: Json | undefined, message: string];

const conditions: readonly Case[] = [
  ['', undefined, 'The expression can not be empty;'],
  ['  ', undefined, 'The expression can not be empty;'],
  ['a', undefined, 'Syntax error; token: "<EOF>", near: "a"'],
  ['a x b', undefined, 'Syntax error; token: "x", near: "a x b"'],
  ['a = = :a', one, 'Syntax error; token: "=", near: "= = :a"'],
  ['a = :a)', one, 'Syntax error; token: ")", near: ":a)"'],
  ['a = :a and __b = :a', one, 'Syntax error; token: "_", near: "and __"'],
  ['a in ()', undefined, 'Syntax error; token: ")", near: "()"'],
  ['(a) OR b = :a', one, 'Syntax error; token: "OR", near: ") OR b"'],
  ['a = :a AND (b)', one, 'Syntax error; token: "<EOF>", near: ")"'],
  ['NOT a', undefined, 'Syntax error; token: "<EOF>", near: "a"'],
  ['a.1 = :a', one, 'Syntax error; token: "1", near: ".1 ="'],
  ['a[b] = :a', one, 'Syntax error; token: "b", near: "[b]"'],
  ['a = :a é', one, 'Syntax error; token: "é", near: ":a é"'],
  ['#', undefined, 'Syntax error; token: "#", near: "#"'],
  ['a[4294967295] = :a', one, 'List index is not within the allowable range; index: [4294967295]'],
  ['a[99999999999] = :a a', one, 'Syntax error; token: "a", near: ":a a"'],
  ['a[01] = :a', one, 'Syntax error; token: "1", near: "01]"'],
  ['set = :a', one, 'Syntax error; token: "set", near: "set ="'],
  ['a = :a AND remove = :a', one, 'Syntax error; token: "remove", near: "AND remove ="'],
  ['a = "x y" AND b = :a', one, 'Syntax error; token: ""x y"", near: "= "x y" AND"'],
  ["a = 'x \\'y' AND b = :a", one, `Syntax error; token: "'x \\'y'", near: "= 'x \\'y' AND"`],
  ["a = 'x", one, `Syntax error; token: "'", near: "= 'x"`],
  ['((a = :a)) AND', one, 'The expression has redundant parentheses;'],
  ['a = AND ((b = :a))', one, 'Syntax error; token: "AND", near: "= AND ("'],
  ['((a = :a))', one, 'The expression has redundant parentheses;'],
  ['((a)) = :a', one, 'The expression has redundant parentheses;'],
  ['a = ((:a))', one, 'The expression has redundant parentheses;'],
  ['((a = :a) AND ((b = :a)))', one, 'The expression has redundant parentheses;'],
  ['foo(a)', undefined, 'Invalid function name; function: foo'],
  ['SIZE(a) = :a', one, 'Invalid function name; function: SIZE'],
  ['name = :a AND foo(a)', one, 'Invalid function name; function: foo'],
  ['size(a)', undefined, 'The function is not allowed to be used this way in an expression; function: size'],
  [
    'a = contains(b, :a)',
    one,
    'The function is not allowed to be used this way in an expression; function: contains',
  ],
  ['a = :a AND Name = :z', one, 'Attribute name is a reserved keyword; reserved keyword: Name'],
  ['a.size = :z', one, 'Attribute name is a reserved keyword; reserved keyword: size'],
  ['a = :z', one, 'An expression attribute value used in expression is not defined; attribute value: :z'],
  [
    '#z = :z',
    one,
    'An expression attribute name used in the document path is not defined; attribute name: #z',
  ],
  [
    'begins_with(a)',
    undefined,
    'Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1',
  ],
  [
    'attribute_exists(a, b)',
    undefined,
    'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
  ],
  [
    'begins_with(a, :a)',
    one,
    'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
  ],
  [
    'size(:a) = :a',
    one,
    'Incorrect operand type for operator or function; operator or function: size, operand type: N',
  ],
  [
    'a < :a',
    { ':a': { BOOL: true } },
    'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
  ],
  [
    'attribute_type(a, b)',
    undefined,
    'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}',
  ],
  [
    'attribute_type(a, :a)',
    text,
    'Invalid attribute type name found; type: x, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
  ],
  [
    'attribute_exists(:a)',
    one,
    'Operator or function requires a document path; operator or function: attribute_exists',
  ],
  [
    'a.b[1] <> a.b[1]',
    undefined,
    'The first operand must be distinct from the remaining operands for this operator or function; operator: <>, first operand: [a, b, [1]]',
  ],
  [
    'contains(a, a)',
    undefined,
    'The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [a]',
  ],
  [
    `a IN (${new Array(101).fill(':a').join(', ')})`,
    one,
    'The IN operator is provided with too many operands; number of operands: 101',
  ],
  [
    new Array(151).fill('a = :a').join(' AND '),
    one,
    'The expression contains too many operators; operator count: 301',
  ],
];

const between = {
  order:
    'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
  type: 'The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}',
};

const updates: readonly Case[] = [
  ['', undefined, 'The expression can not be empty;'],
  ['INVALID SYNTAX HERE', undefined, 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"'],
  ['ADD hits : incr', undefined, 'Syntax error; token: ":", near: "hits : incr"'],
  ['SET a = :a,', one, 'Syntax error; token: "<EOF>", near: ","'],
  ['SET a = :a + :a + :a', one, 'Syntax error; token: "+", near: ":a + :a"'],
  ['SET a == :a', one, 'Syntax error; token: "=", near: "== :a"'],
  ['REMOVE', undefined, 'Syntax error; token: "<EOF>", near: "REMOVE"'],
  ['REMOVE a, remove', undefined, 'Syntax error; token: "remove", near: ", remove"'],
  ['SET between = :a', one, 'Syntax error; token: "between", near: "SET between ="'],
  ['AND a = :a', one, 'Syntax error; token: "AND", near: "AND a"'],
  ['SET a = (b + :a) + :a', one, 'Syntax error; token: "+", near: ") + :a"'],
  ['SET a = ((b))', undefined, 'The expression has redundant parentheses;'],
  ['SET a = ((b + :a))', one, 'The expression has redundant parentheses;'],
  ['SET a = if_not_exists(((b)), :a)', one, 'The expression has redundant parentheses;'],
  ['ADD a b', undefined, 'Syntax error; token: "b", near: "a b"'],
  ['SET name = size(a)', undefined, 'Attribute name is a reserved keyword; reserved keyword: name'],
  ['SET a = size(b)', undefined, 'The function is not allowed in an update expression; function: size'],
  ['SET a = foo(b)', undefined, 'Invalid function name; function: foo'],
  ['SET a = :z SET b = :z', one, 'The "SET" section can only be used once in an update expression;'],
  [
    'SET a = :z, #b = :a',
    one,
    'An expression attribute name used in the document path is not defined; attribute name: #b',
  ],
  [
    'SET a = :a, a.b = :z',
    one,
    'An expression attribute value used in expression is not defined; attribute value: :z',
  ],
  [
    'SET a = :a REMOVE a.b',
    one,
    'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
  ],
  [
    'SET a.b = :a REMOVE a[1]',
    one,
    'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]',
  ],
  [
    'SET a.b = :a, a[1] = :a, a.b.c = :a',
    one,
    'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, b, c]',
  ],
  [
    'ADD a :a',
    text,
    'Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
  ],
  [
    'DELETE a :a',
    one,
    'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND',
  ],
  [
    'SET a = b + :a',
    text,
    'Incorrect operand type for operator or function; operator or function: +, operand type: S',
  ],
  [
    'SET a = list_append(a, :a)',
    text,
    'Incorrect operand type for operator or function; operator or function: list_append, operand type: S',
  ],
  [
    'SET a = if_not_exists(a)',
    undefined,
    'Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1',
  ],
  [
    'SET a = if_not_exists(:a, :a)',
    one,
    'Operator or function requires a document path; operator or function: if_not_exists',
  ],
];

const projections: readonly Case[] = [
  ['!!!', undefined, 'Syntax error; token: "!", near: "!!"'],
  ['a b', undefined, 'Syntax error; token: "b", near: "a b"'],
  ['a,', undefined, 'Syntax error; token: "<EOF>", near: ","'],
  ['a, in', undefined, 'Syntax error; token: "in", near: ", in"'],
  ['a[007]', undefined, 'Syntax error; token: "0", near: "007"'],
  ['a, status', undefined, 'Attribute name is a reserved keyword; reserved keyword: status'],
  [
    'a, b, a.c',
    undefined,
    'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, c]',
  ],
  [
    'a[1].b, a.c',
    undefined,
    'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [1], b], path two: [a, c]',
  ],
];

for (const [parameter, member, cases] of [
  ['ConditionExpression', 'condition', conditions],
  ['FilterExpression', 'filter', conditions],
  ['KeyConditionExpression', 'keyCondition', conditions],
  ['UpdateExpression', 'update', updates],
  ['ProjectionExpression', 'projection', projections],
] as const) {
  t.test(parameter, (t) => {
    for (const [source, values, message] of cases) {
      const expected = new ExpressionError(`Invalid ${parameter}: ${message}`);
      t.throws(() => compile({ [member]: source }, values), expected, source.slice(0, 60));
    }
    t.end();
  });
}

t.test('bounds of BETWEEN: only a condition gets the envelope', (t) => {
  const source = 'a BETWEEN :b AND :a';
  t.throws(() => compile({ filter: source }, two), { message: `Invalid FilterExpression: ${between.order}` });
  t.throws(() => compile({ condition: source }, two), {
    message: `1 validation error detected: Invalid ConditionExpression: ${between.order}`,
  });
  t.throws(() => compile({ filter: source }, { ':b': { N: '1' }, ':a': { S: 'x' } }), {
    message: `Invalid FilterExpression: ${between.type}`,
  });
  t.end();
});

t.test('names and values that no expression uses', (t) => {
  t.throws(() => compile({ filter: 'a = :a' }, { ...two, ':c': { N: '1' } }), {
    message: 'Value provided in ExpressionAttributeValues unused in expressions: keys: {:b, :c}',
  });
  t.throws(() => compile({ filter: 'a = :a' }, two, { '#x': 'x' }), {
    message: 'Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}',
  });
  t.doesNotThrow(() => compile({ filter: 'a = :a', projection: '#x' }, one, { '#x': 'x' }));
  t.end();
});

t.test('one expression is refused before the next is looked at', (t) => {
  t.throws(() => compile({ update: 'SET', condition: '' }), /^Invalid UpdateExpression/);
  t.throws(
    () => compile({ keyCondition: '', filter: '', projection: '' }),
    /^Invalid KeyConditionExpression/,
  );
  t.throws(() => compile({ filter: '', projection: '' }), /^Invalid FilterExpression/);
  t.end();
});

t.test('texts that are too long', (t) => {
  const fits = `${'a'.repeat(4091)} = :a`;
  const source = `${'a'.repeat(4092)} = :a`;
  t.doesNotThrow(() => compile({ filter: fits }, one));
  const problem = 'Invalid FilterExpression: Expression size has exceeded the maximum allowed size;';
  const attempt = (operation: 'read' | 'write' | 'scan') => () =>
    compileExpressions({ filter: source, operation });
  t.throws(attempt('read'), { message: problem });
  t.throws(attempt('scan'), { message: `${problem} expression size: 4097` });
  t.throws(attempt('write'), { message: `1 validation error detected: ${problem}` });
  t.end();
});
