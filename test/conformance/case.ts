/**
 * What a conformance case is: data, so that it can be read, counted, and run over any transport against any endpoint.
 *
 * A request is `[operation, input]` in the service's own JSON. An expectation is either an error (type and message) or
 * some members of the reply: each listed member must be equal, `undefined` means absent, members that are not listed
 * may be anything. Sets compare without order.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };
export type JsonObject = { readonly [member: string]: Json };
export type Request = readonly [operation: string, input: JsonObject];

export interface ExpectedError {
  readonly type: string;
  /** Absent: any message. */
  readonly message?: string | RegExp;
  /** Further members of the error's body. */
  readonly fields?: { readonly [member: string]: Json | undefined };
}

export interface ExpectedOutput {
  readonly output: { readonly [member: string]: Json | undefined };
  /** Lists under `Items`, `Responses`, … compare without order. */
  readonly unordered?: boolean;
}

export type Expectation = ExpectedError | ExpectedOutput;

export interface Case {
  readonly name: string;
  /** Requests that must succeed before. */
  readonly given?: readonly Request[];
  readonly request: Request;
  readonly expect: Expectation;
  /** Requests after, each with its own expectation: what the first one left behind. */
  readonly afterwards?: readonly (readonly [Request, Expectation])[];
  /** Runs over raw HTTP alone, because the SDK cannot send such an input. */
  readonly rawOnly?: boolean;
}

export interface Suite {
  readonly name: string;
  /** Tables that the cases share, created before and deleted after. */
  readonly tables?: readonly JsonObject[];
  /** Requests that must succeed once the tables are active. */
  readonly given?: readonly Request[];
  readonly cases: readonly Case[];
}

/** Each case with a message of one exception type. */
export type Refusals = readonly (readonly [
  name: string,
  operation: string,
  input: JsonObject,
  message: string | RegExp,
])[];

export function refusals(cases: Refusals, type = 'ValidationException'): Case[] {
  return cases.map(([name, operation, input, message]) => ({
    name,
    request: [operation, input],
    expect: { type, message },
  }));
}

/** Inputs of wrong JSON types: the SDK would not send them. */
export function typeErrors(cases: Refusals): Case[] {
  return refusals(cases, 'SerializationException').map((each) => ({ ...each, rawOnly: true }));
}
