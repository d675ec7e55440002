/** Rules between parameters: the same cases that endpoints must pass, as far as no table is needed to answer them. */
import t from 'tap';
import { ServiceError } from '../../../src/api/service-error.js';
import { isOperation, validateInput } from '../../../src/api/validation/validate.js';
import { suites } from '../../conformance/suites.js';

/** Words of the rules that validation owns: a case that expects them must be refused here, not later. */
const OWN_WORDS = [
  /validation errors? detected/,
  /TableName must be|'TableName' is required/,
  /Can not use both expression and non-expression/,
  /can only be specified when using expressions/,
  /^ExpressionAttribute(Names|Values) (must not be empty|contains invalid)/,
  /^Supplied AttributeValue|numeric value|An (string|number) set|contains duplicates\.?$/,
  /^ReturnValues can only be|Duplicate value in attribute name/,
  /ConditionalOperator c|ComparisonOperator|AttributeValueList|when Exists is/,
  /action (with value )?is not supported|Only DELETE action/,
  /requestItems parameter is required|Too many items requested|Segment parameter|Either the KeyConditions/,
  /Invalid TableArn|Atleast one Tag/,
];
const NOT_OWN = /list of item keys contains duplicates|Expression size|choosing to get/;

function isOwn(message: string | RegExp | undefined): boolean {
  const text = message instanceof RegExp ? message.source : (message ?? '');
  return OWN_WORDS.some((words) => words.test(text)) && !NOT_OWN.test(text);
}

/** What validation says of a request: an error, or `undefined` when it has nothing against it. */
function refusal(operation: string, input: unknown): ServiceError | undefined {
  if (!isOperation(operation)) throw new Error(`no shape for ${operation}`);
  try {
    validateInput(operation, JSON.parse(JSON.stringify(input)));
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}

for (const suite of suites) {
  t.test(suite.name, async (t) => {
    let refused = 0;
    for (const { name, request, expect } of suite.cases) {
      const error = refusal(...request);
      if (error === undefined) {
        if ('type' in expect && isOwn(expect.message)) t.fail(`${name}: accepted`);
        continue;
      }
      refused += 1;
      if ('output' in expect) {
        t.fail(`${name}: refused with ${error.message}`);
        continue;
      }
      t.equal(error.type, expect.type, name);
      if (expect.message !== undefined) t.match(error.message, expect.message, name);
    }
    t.comment(`${refused} of ${suite.cases.length} refused before the table is known`);
  });
}

t.test('a transaction has one action per item', async (t) => {
  const put = { TableName: 'abc', Item: {} };
  const error = refusal('TransactWriteItems', {
    TransactItems: [{ Put: put, Delete: { TableName: 'abc', Key: {} } }],
  });
  t.equal(error?.message, 'TransactItems can only contain one of Check, Put, Update or Delete');
});

t.test('tags are distinct', async (t) => {
  const ResourceArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/abc';
  const tag = { Key: 'a', Value: 'b' };
  t.equal(refusal('TagResource', { ResourceArn, Tags: [tag] }), undefined);
  t.equal(refusal('TagResource', { ResourceArn, Tags: [tag, tag] })?.type, 'ValidationException');
});
