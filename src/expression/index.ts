/**
 * The face of the expression room. Pure: texts and values in, plain data and items out; refusals are `ExpressionError`s
 * whose message is the service's full wording (the api sends it as a ValidationException).
 *
 *   compileExpressions(input: ExpressionInput): CompiledExpressions
 *     input  { update?, condition?, keyCondition?, filter?, projection?: string;
 *              names?: ReadonlyMap<string, string>; values?: ReadonlyMap<string, AttributeValue>;
 *              operation?: 'read' | 'write' | 'scan' }    the wording about texts that are too long depends on it
 *     output { update?: Update; condition?, keyCondition?, filter?: Condition; projection?: Projection }
 *     Checks, in the service's order: each expression (update, condition, key condition, filter, projection), then
 *     unused names and values. That the keys of names and values are well-formed is the api's to check.
 *
 *   conditionsByAttribute(condition: Condition): AttributeConditions    of a key condition; needs no table yet
 *   matchKeySchema(conditions: AttributeConditions, schema: QueryKeySchema): KeyCondition
 *   evaluateCondition(condition: Condition, item: Item | undefined): boolean
 *   projectItem(projection: Projection, item: Item): Item
 *   applyUpdate(update: Update, item: Item): Item
 *   attributesOfCondition(condition: Condition): ReadonlySet<string>    top-level attribute names, in order of the text
 *   attributesOfUpdate(update: Update): ReadonlySet<string>             those that are changed
 *   attributesOfProjection(projection: Projection): ReadonlySet<string>
 *   pathsOfCondition(condition: Condition): readonly DocumentPath[]
 *
 * The parameters from before expressions become the same data (legacy.ts):
 *
 *   conditionFromExpected(expected: ReadonlyMap<string, LegacyExpectation>, operator?: 'AND' | 'OR'): Condition
 *   conditionFromFilter(filter: ReadonlyMap<string, LegacyCondition>, operator?: 'AND' | 'OR'): Condition
 *   conditionsFromLegacy(conditions: ReadonlyMap<string, LegacyCondition>): AttributeConditions
 *   updateFromAttributeUpdates(updates: ReadonlyMap<string, LegacyUpdate>): Update
 *   projectionFromAttributesToGet(names: readonly string[]): Projection
 */
export { applyUpdate } from './apply-update.js';
export {
  attributesOfCondition,
  attributesOfProjection,
  attributesOfUpdate,
  pathsOfCondition,
} from './attributes.js';
export { compareStrings, compareValues, valuesEqual } from './compare.js';
export { type CompiledExpressions, compileExpressions, type ExpressionInput } from './compile.js';
export { ExpressionError } from './errors.js';
export { evaluateCondition } from './evaluate.js';
export { type AttributeConditions, conditionsByAttribute, matchKeySchema } from './key-condition.js';
export {
  type ConditionalOperator,
  conditionFromExpected,
  conditionFromFilter,
  conditionsFromLegacy,
  type LegacyCondition,
  type LegacyExpectation,
  type LegacyOperator,
  type LegacyUpdate,
  projectionFromAttributesToGet,
  updateFromAttributeUpdates,
} from './legacy.js';
export { projectItem } from './project.js';
export type {
  Comparator,
  Condition,
  DocumentPath,
  KeyAttribute,
  KeyCondition,
  Operand,
  Projection,
  QueryKeySchema,
  SortKeyCondition,
  Update,
  UpdateAction,
  UpdateValue,
} from './types.js';
