/**
 * From the texts of a request to plain data: parsing (remembered by text), checks, substitution of names and values.
 *
 * The service looks at one expression after the other, completely: update, condition, key condition, filter, projection;
 * then at names and values that none of them used.
 */
import { LRUCache } from 'lru-cache';
import type { AttributeValue } from '../encoding/attribute-value.js';
import { resolveCondition } from './condition-resolver.js';
import { checkDisjoint } from './document-path.js';
import { BoundsError, ExpressionError } from './errors.js';
import { EXPRESSION_BYTES_MAX, PARSED_EXPRESSIONS_MAX } from './limits.js';
import { parseCondition, parseProjection, parseUpdate } from './parser.js';
import { Placeholders } from './placeholders.js';
import { conditionFault, projectionFault, updateFault } from './static-checks.js';
import type { ConditionText, ProjectionText, UpdateText } from './syntax.js';
import type { Condition, Projection, Update } from './types.js';
import { resolveUpdate } from './update-resolver.js';

export interface ExpressionInput {
  readonly update?: string | undefined;
  readonly condition?: string | undefined;
  readonly keyCondition?: string | undefined;
  readonly filter?: string | undefined;
  readonly projection?: string | undefined;
  /** Decides only how an expression that is too long is reported. */
  readonly operation?: 'read' | 'write' | 'scan' | undefined;
  /** ExpressionAttributeNames: `#name` to attribute name. */
  readonly names?: ReadonlyMap<string, string> | undefined;
  /** ExpressionAttributeValues: `:value` to value. */
  readonly values?: ReadonlyMap<string, AttributeValue> | undefined;
}

export interface CompiledExpressions {
  readonly update?: Update;
  readonly condition?: Condition;
  readonly keyCondition?: Condition;
  readonly filter?: Condition;
  readonly projection?: Projection;
}

const ENVELOPE = '1 validation error detected: ';

type Parameter = 'Update' | 'Condition' | 'KeyCondition' | 'Filter' | 'Projection';

/** A parsed text, and what is wrong with it whatever its names and values are. */
interface Parsed<Text> {
  readonly text: Text;
  readonly fault: string | undefined;
}

class Grammar<Text extends object> {
  private readonly parsed = new LRUCache<string, Parsed<Text>>({ max: PARSED_EXPRESSIONS_MAX });

  constructor(
    private readonly parse: (source: string) => Text,
    private readonly findFault: (text: Text) => string | undefined,
  ) {}

  read(source: string): Text {
    let entry = this.parsed.get(source);
    if (entry === undefined) {
      const text = this.parse(source);
      entry = { text, fault: this.findFault(text) };
      this.parsed.set(source, entry);
    }
    if (entry.fault !== undefined) throw new ExpressionError(entry.fault);
    return entry.text;
  }
}

const conditions = new Grammar<ConditionText>(parseCondition, conditionFault);
const updates = new Grammar<UpdateText>(parseUpdate, updateFault);
const projections = new Grammar<ProjectionText>(parseProjection, projectionFault);

/** Throws an `ExpressionError`. Members of the result are there when those of the input are. */
export function compileExpressions(input: ExpressionInput): CompiledExpressions {
  checkSizes(input);
  const placeholders = new Placeholders(input.names, input.values);
  const compileCondition = (parameter: Parameter, source: string) =>
    inParameter(parameter, source, () => resolveCondition(conditions.read(source).root, placeholders));
  const compiled: { -readonly [M in keyof CompiledExpressions]: CompiledExpressions[M] } = {};
  const { update, condition, keyCondition, filter, projection } = input;
  if (update !== undefined) {
    compiled.update = inParameter('Update', update, () =>
      resolveUpdate(updates.read(update).actions, placeholders),
    );
  }
  if (condition !== undefined) compiled.condition = compileCondition('Condition', condition);
  if (keyCondition !== undefined) compiled.keyCondition = compileCondition('KeyCondition', keyCondition);
  if (filter !== undefined) compiled.filter = compileCondition('Filter', filter);
  if (projection !== undefined) {
    compiled.projection = inParameter('Projection', projection, () => {
      const paths = projections.read(projection).map((path) => placeholders.path(path));
      checkDisjoint(paths);
      return paths;
    });
  }
  placeholders.checkUsed();
  return compiled;
}

/** Names the parameter in the message of whatever `compile` refuses. */
function inParameter<Result>(parameter: Parameter, source: string, compile: () => Result): Result {
  try {
    if (source.trim() === '') throw new ExpressionError('The expression can not be empty;');
    return compile();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const envelope = error instanceof BoundsError && parameter === 'Condition' ? ENVELOPE : '';
    throw new ExpressionError(`${envelope}Invalid ${parameter}Expression: ${error.message}`, {
      cause: error,
    });
  }
}

/** The service looks at sizes before it reads anything. Only a scan's filter is told its size. */
function checkSizes({
  update,
  condition,
  keyCondition,
  filter,
  projection,
  operation,
}: ExpressionInput): void {
  checkSize('Update', update, operation);
  checkSize('Condition', condition, operation);
  checkSize('KeyCondition', keyCondition, operation);
  checkSize('Filter', filter, operation);
  checkSize('Projection', projection, operation);
}

function checkSize(
  parameter: Parameter,
  source: string | undefined,
  operation: ExpressionInput['operation'],
): void {
  // No character has more than three bytes.
  if (source === undefined || 3 * source.length <= EXPRESSION_BYTES_MAX) return;
  const size = Buffer.byteLength(source, 'utf8');
  if (size <= EXPRESSION_BYTES_MAX) return;
  const envelope = operation === 'write' ? ENVELOPE : '';
  const reported = operation === 'scan' && parameter === 'Filter' ? ` expression size: ${size}` : '';
  throw new ExpressionError(
    `${envelope}Invalid ${parameter}Expression: Expression size has exceeded the maximum allowed size;${reported}`,
  );
}
