/**
 * The face of the expression room. Pure: texts and values in, plain data and items out; refusals are `ExpressionError`s
 * whose message is the service's full wording (the api sends it as a ValidationException).
 *
 *   compileExpressions(input: ExpressionInput): CompiledExpressions
 *     input  { update?, condition?, keyCondition?, filter?, projection?: string;
 *              names?: ReadonlyMap<string, string>; values?: ReadonlyMap<string, AttributeValue> }
 *     output { update?: Update; condition?, keyCondition?, filter?: Condition; projection?: Projection }
 *     Checks, in the service's order: keys of names and values, each expression (update, condition, key condition,
 *     filter, projection), then unused names and values.
 *
 *   analyzeKeyCondition(condition: Condition, schema: QueryKeySchema): KeyCondition
 *   evaluateCondition(condition: Condition, item: Item | undefined): boolean
 *   projectItem(projection: Projection, item: Item): Item
 *   applyUpdate(update: Update, item: Item): UpdateResult
 *     { item: Item; old: Item; new: Item }    old and new: what UPDATED_OLD and UPDATED_NEW return
 *   attributesOfCondition(condition: Condition): ReadonlySet<string>    top-level attribute names, in order of the text
 *   attributesOfUpdate(update: Update): ReadonlySet<string>             those that are changed
 *   attributesOfProjection(projection: Projection): ReadonlySet<string>
 *   pathsOfCondition(condition: Condition): readonly DocumentPath[]
 *
 * The parameters from before expressions become the same data (legacy.ts):
 *
 *   conditionFromExpected(expected, conditionalOperator?): Condition
 *   conditionFromFilter(filter: 'QueryFilter' | 'ScanFilter' map, conditionalOperator?): Condition
 *   keyConditionFromLegacy(keyConditions, schema: QueryKeySchema): KeyCondition
 *   updateFromAttributeUpdates(updates): Update
 *   projectionFromAttributesToGet(names): Projection
 *   checkParameterMix(present): void
 */
export { ExpressionError } from './errors.js';
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
