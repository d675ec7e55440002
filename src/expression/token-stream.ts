/** What the grammars share: a cursor over tokens, paths, operands, and the service's report of a syntax error. */
import { ExpressionError } from './errors.js';
import { type Token, tokenize } from './lexer.js';
import { PARENTHESES_DEPTH_MAX } from './limits.js';
import type { OperandSyntax, PathSyntax } from './syntax.js';

const LIST_INDEX_MAX = 2 ** 32 - 2;

export class TokenStream {
  private readonly tokens: readonly Token[];
  private position = 0;
  private depth = 0;
  private readonly grouped = new WeakSet<object>();
  /** The first list index that no list can have. */
  private indexTooLarge: string | undefined;
  /** Operators and functions seen. */
  operators = 0;

  constructor(private readonly text: string) {
    this.tokens = tokenize(text);
  }

  get current(): Token {
    return this.at(this.position);
  }

  private at(position: number): Token {
    const token = this.tokens[position];
    if (token === undefined) throw new RangeError(`no token at ${position}`);
    return token;
  }

  advance(): Token {
    const token = this.current;
    if (token.kind !== 'end') this.position += 1;
    return token;
  }

  isSymbol(symbol: string): boolean {
    return this.current.kind === 'symbol' && this.current.text === symbol;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.position += 1;
    return true;
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.syntaxError();
  }

  /** The keyword at the cursor, in upper case. */
  keyword(): string | undefined {
    return this.current.kind === 'keyword' ? this.current.text.toUpperCase() : undefined;
  }

  takeKeyword(word: string): boolean {
    if (this.keyword() !== word) return false;
    this.position += 1;
    return true;
  }

  expectKeyword(word: string): void {
    if (!this.takeKeyword(word)) throw this.syntaxError();
  }

  /** Also refuses what the grammar lets through and no expression may have. */
  expectEnd(): void {
    if (this.current.kind !== 'end') throw this.syntaxError();
    if (this.indexTooLarge === undefined) return;
    throw new ExpressionError(`List index is not within the allowable range; index: [${this.indexTooLarge}]`);
  }

  /** At the current token. The text around it reaches from the token before to the token after. */
  syntaxError(): ExpressionError {
    const token = this.current;
    const before = this.position > 0 ? this.at(this.position - 1) : token;
    const after = token.kind === 'end' ? before : this.at(this.position + 1);
    const near = this.text.slice(before.start, after.kind === 'end' ? token.end : after.end);
    return new ExpressionError(
      `Syntax error; token: "${token.text}", near: "${token.kind === 'end' ? before.text : near}"`,
    );
  }

  /**
   * Reads what `read` reads inside parentheses whose opening one was just taken, and the closing one. Parentheses that
   * directly hold others are refused there, whatever follows.
   */
  inParentheses<Node extends object>(read: () => Node): Node {
    this.depth += 1;
    if (this.depth > PARENTHESES_DEPTH_MAX) throw this.syntaxError();
    const node = read();
    this.depth -= 1;
    this.expectSymbol(')');
    if (this.grouped.has(node)) throw new ExpressionError('The expression has redundant parentheses;');
    this.grouped.add(node);
    return node;
  }

  value(): { kind: 'value'; name: string } {
    if (this.current.kind !== 'value') throw this.syntaxError();
    return { kind: 'value', name: this.advance().text };
  }

  path(): PathSyntax {
    return this.pathFrom([this.pathName()]);
  }

  /** Reads `.name` and `[index]` as long as they follow. */
  pathFrom(start: readonly (string | number)[]): PathSyntax {
    const elements = [...start];
    for (;;) {
      if (this.takeSymbol('.')) elements.push(this.pathName());
      else if (this.takeSymbol('[')) elements.push(this.listIndex());
      else return { kind: 'path', elements };
    }
  }

  private pathName(): string {
    const { kind } = this.current;
    if (kind !== 'name' && kind !== 'identifier') throw this.syntaxError();
    return this.advance().text;
  }

  private listIndex(): number {
    if (this.current.kind !== 'index') throw this.syntaxError();
    const { text } = this.advance();
    this.expectSymbol(']');
    if (Number(text) > LIST_INDEX_MAX) this.indexTooLarge ??= text;
    return Number(text);
  }

  /** A path, a value or a function, perhaps in parentheses. */
  operand(): OperandSyntax {
    if (this.takeSymbol('(')) return this.afterParentheses(this.inParentheses(() => this.operand()));
    if (this.current.kind === 'value') return this.value();
    if (this.isFunction()) return this.functionCall();
    return this.path();
  }

  /** `(a).b` is a path too. */
  afterParentheses<Node extends object>(node: Node | PathSyntax): Node | PathSyntax {
    if (!('elements' in node) || !(this.isSymbol('.') || this.isSymbol('['))) return node;
    return this.pathFrom(node.elements);
  }

  isFunction(): boolean {
    if (this.current.kind !== 'identifier') return false;
    const next = this.at(this.position + 1);
    return next.kind === 'symbol' && next.text === '(';
  }

  functionCall(): OperandSyntax & { kind: 'function' } {
    const name = this.advance().text;
    this.operators += 1;
    this.expectSymbol('(');
    this.depth += 1;
    if (this.depth > PARENTHESES_DEPTH_MAX) throw this.syntaxError();
    const operands = this.operandList();
    this.depth -= 1;
    this.expectSymbol(')');
    return { kind: 'function', name, operands };
  }

  operandList(): [OperandSyntax, ...OperandSyntax[]] {
    const operands: [OperandSyntax, ...OperandSyntax[]] = [this.operand()];
    while (this.takeSymbol(',')) operands.push(this.operand());
    return operands;
  }
}
