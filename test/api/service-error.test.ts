import t from 'tap';
import { ServiceError, validationError } from '../../src/api/service-error.js';
import { EncodingError } from '../../src/encoding/errors.js';
import { ExpressionError } from '../../src/expression/index.js';

t.test('what a client did wrong has no stack, and leaves those of others alone', (t) => {
  for (const error of [
    validationError('no'),
    new EncodingError('validation', 'no'),
    new ExpressionError('no'),
  ]) {
    t.notMatch(error.stack, /\n\s+at /, error.name);
    t.equal(error.message, 'no');
  }
  const defect = new TypeError('a defect');
  t.match(defect.stack, /\n\s+at /);
  t.equal(new ServiceError('InternalServerError', 'no', {}, { cause: defect }).cause, defect);
  t.end();
});
