/** Numbers: the canonical form in which they come back, their limits, exact arithmetic. */
import { type Case, refusals, type Suite } from '../case.js';
import { get, n, put, s, table, tableOf } from '../tables.js';

const TableName = tableOf('numbers');
const OVERFLOW = 'Number overflow. Attempting to store a number with magnitude larger than supported range';
const UNDERFLOW =
  'Number underflow. Attempting to store a number with magnitude smaller than supported range';
const DIGITS = 'Attempting to store more than 38 significant digits in a Number';
const nines = '9'.repeat(38);

/** Given, and as it comes back. */
const canonical: readonly (readonly [string, string])[] = [
  ['0', '0'],
  ['-0', '0'],
  ['0.000', '0'],
  ['0e5', '0'],
  ['1', '1'],
  ['+1', '1'],
  ['-1', '-1'],
  ['001', '1'],
  ['1.', '1'],
  ['.5', '0.5'],
  ['1.50', '1.5'],
  ['100', '100'],
  ['1e2', '100'],
  ['1E2', '100'],
  ['1e+2', '100'],
  ['1.5e-3', '0.0015'],
  ['123456789012345678901234567890', '123456789012345678901234567890'],
  ['0.1234567890123456789', '0.1234567890123456789'],
  [nines, nines],
  [`-${nines}`, `-${nines}`],
  [`0.${nines}`, `0.${nines}`],
  [`${'1'.repeat(19)}.${'2'.repeat(19)}`, `${'1'.repeat(19)}.${'2'.repeat(19)}`],
  [`1${'0'.repeat(50)}`, `1${'0'.repeat(50)}`],
  ['1e125', `1${'0'.repeat(125)}`],
  ['-1e125', `-1${'0'.repeat(125)}`],
  ['1e-130', `0.${'0'.repeat(129)}1`],
  [`${nines[0]}.${nines.slice(1)}e125`, `${nines}${'0'.repeat(88)}`],
];

const refused: readonly (readonly [string, string])[] = [
  ['1e126', OVERFLOW],
  ['-1e126', OVERFLOW],
  ['1e1000', OVERFLOW],
  ['1e-131', UNDERFLOW],
  ['-1e-131', UNDERFLOW],
  [`${nines}9`, DIGITS],
  [`1.${'1'.repeat(38)}`, DIGITS],
];

/** Stored, added by SET v = v + :d, and the sum. */
const sums: readonly (readonly [string, string, string])[] = [
  ['1', '2', '3'],
  ['1', '-1', '0'],
  ['0.1', '0.2', '0.3'],
  ['-5', '3', '-2'],
  ['9007199254740993', '1', '9007199254740994'],
  ['99999999999999999999', '1', '100000000000000000000'],
  ['1e20', '1e-10', '100000000000000000000.0000000001'],
  ['0.5', '0.5', '1'],
  ['1e125', '-1e125', '0'],
];

export const numbers: Suite = {
  name: 'numbers',
  tables: [table(TableName, 'S'), table(tableOf('number-keys'), 'N')],
  cases: [
    ...canonical.map(
      ([given, canonical], index): Case => ({
        name: `${given} comes back as ${canonical}`,
        given: [put(TableName, { pk: s(`c${index}`), v: n(given) })],
        request: get(TableName, { pk: s(`c${index}`) }),
        expect: { output: { Item: { pk: s(`c${index}`), v: n(canonical) } } },
      }),
    ),
    ...refused.flatMap(([given, message]) =>
      refusals([
        [`${given} is refused`, 'PutItem', { TableName, Item: { pk: s('x'), v: n(given) } }, message],
        [
          `${given} is refused in a set`,
          'PutItem',
          { TableName, Item: { pk: s('x'), v: { NS: [given] } } },
          message,
        ],
      ]),
    ),
    ...sums.flatMap(([left, right, sum], index): Case[] => {
      const Key = { pk: s(`s${index}`) };
      const given = [put(TableName, { ...Key, v: n(left) })];
      const update = (UpdateExpression: string): Case => ({
        name: `${left} + ${right} = ${sum} by ${UpdateExpression}`,
        given,
        request: [
          'UpdateItem',
          {
            TableName,
            Key,
            UpdateExpression,
            ExpressionAttributeValues: { ':d': n(right) },
            ReturnValues: 'UPDATED_NEW',
          },
        ],
        expect: { output: { Attributes: { v: n(sum) } } },
      });
      return [update('SET v = v + :d'), update('ADD v :d')];
    }),
    {
      name: 'different texts of one number are one key',
      given: [
        put(tableOf('number-keys'), { pk: n('1.0'), v: s('first') }),
        put(tableOf('number-keys'), { pk: n('1e0'), v: s('second') }),
      ],
      request: get(tableOf('number-keys'), { pk: n('01') }),
      expect: { output: { Item: { pk: n('1'), v: s('second') } } },
    },
    {
      name: 'a sum of more than 38 digits is refused',
      given: [put(TableName, { pk: s('digits'), v: n(nines) })],
      request: [
        'UpdateItem',
        {
          TableName,
          Key: { pk: s('digits') },
          UpdateExpression: 'SET v = v + :d',
          ExpressionAttributeValues: { ':d': n('0.1') },
        },
      ],
      expect: { type: 'ValidationException' },
    },
    {
      name: 'a sum out of range is refused',
      given: [put(TableName, { pk: s('range'), v: n('9e125') })],
      request: [
        'UpdateItem',
        {
          TableName,
          Key: { pk: s('range') },
          UpdateExpression: 'ADD v :d',
          ExpressionAttributeValues: { ':d': n('9e125') },
        },
      ],
      expect: { type: 'ValidationException', message: OVERFLOW },
    },
  ],
};
