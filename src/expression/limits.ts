/** Limits of expressions ("Expression parameters" under the service's quotas). */

/** Of the text as sent, in UTF-8. */
export const EXPRESSION_BYTES_MAX = 4096;
/** Operators and functions in one expression. */
export const OPERATORS_MAX = 300;
/** Operands of IN, without the one before it. */
export const IN_OPERANDS_MAX = 100;
/** Names and indexes of a document path. */
export const PATH_ELEMENTS_MAX = 32;
/** Parentheses inside parentheses; only the length of the text bounds them, and the parser recurses once for each. */
export const PARENTHESES_DEPTH_MAX = 400;
/** Parsed texts that are kept. */
export const PARSED_EXPRESSIONS_MAX = 1000;
