/**
 * From the JSON of a request to the typed input of an operation, or a `ServiceError` with the service's words.
 *
 *   1. types         (type-phase.ts)        wrong JSON type → SerializationException
 *   2. precondition  (below)                operations on tables: the name; on tags: the ARN
 *   3. constraints   (constraint-phase.ts)  required members, lengths, ranges, patterns, enumerations
 *   4. rules         (operation-rules.ts)   between members, without knowledge of the table
 *
 * What needs the table (its keys, its indexes) and what needs expressions to be parsed comes later, in the operations.
 */
import { serializationError, validationError } from '../service-error.js';
import { type Checker, compileChecker, throwViolations, type Violations } from './constraint-phase.js';
import type { Input, OperationName } from './input-types.js';
import { operationRules } from './operation-rules.js';
import { operationShapes } from './operations.js';
import { checkNameLength } from './table-name.js';
import { compileInputReader, ReadContext, type Reader } from './type-phase.js';

interface Validator {
  readonly read: Reader;
  readonly check: Checker | undefined;
  /** Comes before the constraints. */
  readonly precondition: ((input: PreconditionInput) => void) | undefined;
}

interface PreconditionInput {
  readonly TableName?: string;
  readonly ResourceArn?: string;
}

/** What some operations look at before anything else. */
const preconditions: { readonly [O in OperationName]?: (input: PreconditionInput) => void } = {
  CreateTable: checkTableName,
  UpdateTable: checkTableName,
  DescribeTable: checkTableName,
  DeleteTable: checkTableName,
  DescribeTimeToLive: checkTableName,
  UpdateTimeToLive: checkTableName,
  TagResource: checkResourceArn,
  UntagResource: checkResourceArn,
  ListTagsOfResource: checkResourceArn,
};

const validators = new Map<string, Validator>(
  Object.entries(operationShapes).map(([operation, shape]) => [
    operation,
    {
      read: compileInputReader(shape),
      check: compileChecker(shape),
      precondition: preconditions[operation as OperationName],
    },
  ]),
);

export function isOperation(name: string): name is OperationName {
  return validators.has(name);
}

/**
 * @param json the parsed body of the request
 * @throws ServiceError SerializationException or ValidationException
 */
export function validateInput<O extends OperationName>(operation: O, json: unknown): Input<O> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw serializationError();
  const validator = validators.get(operation);
  if (validator === undefined) throw new TypeError(`no shape for operation ${operation}`);
  const context = new ReadContext();
  const input = validator.read(json, context) as Input<O>;
  validator.precondition?.(input as PreconditionInput);
  if (validator.check !== undefined) {
    const violations: Violations = [];
    validator.check(input, '', violations);
    throwViolations(violations);
  }
  operationRules[operation]?.(input as never, context.faults);
  // The rules report faults in their place among others. None may get past them: what stands in for a value is no value.
  const [fault] = context.faults;
  if (fault !== undefined) throw validationError(fault.message);
  return input;
}

function checkTableName({ TableName }: PreconditionInput): void {
  if (TableName === undefined) {
    throw validationError("The parameter 'TableName' is required but was not present in the request");
  }
  checkNameLength(TableName);
}

function checkResourceArn({ ResourceArn }: PreconditionInput): void {
  if (ResourceArn === undefined) throw validationError('Invalid TableArn');
}
