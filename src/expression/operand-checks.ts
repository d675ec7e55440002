/** Wording about operands that conditions and updates share. */
import { type AttributeType, type AttributeValue, NumberValue, typeOf } from '../encoding/attribute-value.js';
import { encodeBase64 } from '../encoding/base64.js';
import { ExpressionError } from './errors.js';

export function wrongOperandCount(name: string, count: number): ExpressionError {
  return new ExpressionError(
    'Incorrect number of operands for operator or function; ' +
      `operator or function: ${name}, number of operands: ${count}`,
  );
}

export function wrongOperandType(name: string, type: string): ExpressionError {
  return new ExpressionError(
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
  );
}

export function pathRequired(name: string): ExpressionError {
  return new ExpressionError(`Operator or function requires a document path; operator or function: ${name}`);
}

export function checkOperandType(
  name: string,
  value: AttributeValue,
  allowed: ReadonlySet<AttributeType>,
): void {
  const type = typeOf(value);
  if (!allowed.has(type)) throw wrongOperandType(name, type);
}

/** A scalar as messages print it: `{N:1}`. */
export function printScalar(value: AttributeValue): string {
  if (value instanceof NumberValue) return `{N:${value.text}}`;
  if (value instanceof Uint8Array) return `{B:${encodeBase64(value)}}`;
  return `{${typeOf(value)}:${String(value)}}`;
}
