/** The names and values that a request defines for its expressions, and which of them were used. */
import type { AttributeValue } from '../encoding/attribute-value.js';
import { ExpressionError } from './errors.js';
import { PATH_ELEMENTS_MAX } from './limits.js';
import type { OperandSyntax, PathSyntax } from './syntax.js';
import type { DocumentPath } from './types.js';

export class Placeholders {
  private readonly unusedNames: Set<string>;
  private readonly unusedValues: Set<string>;

  constructor(
    private readonly names: ReadonlyMap<string, string> = new Map(),
    private readonly values: ReadonlyMap<string, AttributeValue> = new Map(),
  ) {
    this.unusedNames = new Set(names.keys());
    this.unusedValues = new Set(values.keys());
  }

  path(syntax: PathSyntax): DocumentPath {
    if (syntax.elements.length > PATH_ELEMENTS_MAX) {
      throw new ExpressionError(
        `The document path has too many nesting elements; nesting: ${syntax.elements.length}`,
      );
    }
    return syntax.elements.map((element) =>
      typeof element === 'string' && element.startsWith('#') ? this.name(element) : element,
    );
  }

  private name(placeholder: string): string {
    const name = this.names.get(placeholder);
    if (name === undefined) {
      throw new ExpressionError(
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    }
    this.unusedNames.delete(placeholder);
    return name;
  }

  value(placeholder: string): AttributeValue {
    const value = this.values.get(placeholder);
    if (value === undefined) {
      throw new ExpressionError(
        `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      );
    }
    this.unusedValues.delete(placeholder);
    return value;
  }

  /** Refuses the first undefined name or value in `operand`, in the order of the text. */
  checkDefined(operand: OperandSyntax): void {
    if (operand.kind === 'path') this.path(operand);
    else if (operand.kind === 'value') this.value(operand.name);
    else for (const inner of operand.operands) this.checkDefined(inner);
  }

  /** Refuses names and values that no expression used. */
  checkUsed(): void {
    refuseUnused('Names', this.unusedNames);
    refuseUnused('Values', this.unusedValues);
  }
}

function refuseUnused(what: 'Names' | 'Values', unused: ReadonlySet<string>): void {
  if (unused.size === 0) return;
  throw new ExpressionError(
    `Value provided in ExpressionAttribute${what} unused in expressions: keys: {${[...unused].join(', ')}}`,
  );
}
