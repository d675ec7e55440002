/** Which attributes an expression names, so that operations can refuse key attributes where the service does. */
import type { Condition, DocumentPath, Operand, Projection, Update } from './types.js';

/** In the order of the text. */
export function pathsOfCondition(condition: Condition): readonly DocumentPath[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.flatMap(pathsOfCondition);
    case 'not':
      return pathsOfCondition(condition.operand);
    case 'compare':
      return pathsOfOperands([condition.left, condition.right]);
    case 'between':
      return pathsOfOperands([condition.operand, condition.lower, condition.upper]);
    case 'in':
      return pathsOfOperands([condition.operand, ...condition.candidates]);
    case 'attribute_exists':
    case 'attribute_not_exists':
      return [condition.path];
    case 'attribute_type':
      return pathsOfOperands([condition.operand]);
    case 'begins_with':
      return pathsOfOperands([condition.operand, condition.prefix]);
    case 'contains':
      return pathsOfOperands([condition.operand, condition.member]);
  }
}

function pathsOfOperands(operands: readonly Operand[]): DocumentPath[] {
  return operands.flatMap((operand) => {
    if (operand.kind === 'path') return [operand.path];
    return operand.kind === 'size' ? pathsOfOperands([operand.operand]) : [];
  });
}

/** Top-level attribute names, in the order of the text. */
export function attributesOfCondition(condition: Condition): ReadonlySet<string> {
  return attributesOf(pathsOfCondition(condition));
}

/** Top-level names of the attributes that are changed, in the order of the text. */
export function attributesOfUpdate(update: Update): ReadonlySet<string> {
  return attributesOf(update.map((action) => action.path));
}

export function attributesOfProjection(projection: Projection): ReadonlySet<string> {
  return attributesOf(projection);
}

function attributesOf(paths: readonly DocumentPath[]): ReadonlySet<string> {
  return new Set(paths.map((path) => String(path[0])));
}
