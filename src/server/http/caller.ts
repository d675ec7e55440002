/**
 * Who calls: account and region, from the credential scope of Signature Version 4
 * (`Credential=<access key>/<yyyymmdd>/<region>/<service>/aws4_request`), in the Authorization header or in the query
 * string of a presigned request. Any credentials are taken; what must be there is what the service refuses to miss.
 */
import { ServiceError } from '../../api/service-error.js';
import { type Caller, callerOf } from '../caller.js';
import { CALLERS_MAX } from '../limits.js';

/** An access key that is itself an account id names the account; whoever wants several accounts thus has them. */
function parseScope(scope: string): Caller {
  const [accessKey = '', , region = ''] = scope.split('/');
  return callerOf(accessKey, region);
}

/** A client sends one scope all day: parsed once. */
class CallerCache {
  private readonly callers = new Map<string, Caller>();

  get(scope: string): Caller {
    const known = this.callers.get(scope);
    if (known !== undefined) return known;
    if (this.callers.size >= CALLERS_MAX) this.callers.clear();
    const caller = parseScope(scope);
    this.callers.set(scope, caller);
    return caller;
  }
}

const cache = new CallerCache();

const QUERY_PARAMETERS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
  'X-Amz-Date',
] as const;
const HEADER_PARAMETERS = ['Credential', 'Signature', 'SignedHeaders'] as const;

/** The value of `name=value` in an Authorization header, or undefined. */
function headerParameter(authorization: string, name: string): string | undefined {
  let at = authorization.indexOf(`${name}=`);
  // `Signature=` is also the end of a longer word elsewhere: a parameter follows a blank or a comma.
  while (at > 0 && authorization[at - 1] !== ' ' && authorization[at - 1] !== ',') {
    at = authorization.indexOf(`${name}=`, at + 1);
  }
  if (at < 0) return undefined;
  const start = at + name.length + 1;
  const comma = authorization.indexOf(',', start);
  return (comma < 0 ? authorization.slice(start) : authorization.slice(start, comma)).trim();
}

function fromHeader(authorization: string, hasDate: boolean): Caller {
  const scope = headerParameter(authorization, 'Credential');
  let problems = '';
  for (const name of HEADER_PARAMETERS) {
    const value = name === 'Credential' ? scope : headerParameter(authorization, name);
    if (!value) problems += `Authorization header requires '${name}' parameter. `;
  }
  if (!hasDate) {
    problems += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (problems !== '' || scope === undefined) {
    throw new ServiceError('IncompleteSignatureException', `${problems}Authorization=${authorization}`);
  }
  return cache.get(scope);
}

function fromQuery(query: URLSearchParams): Caller {
  let problems = '';
  for (const name of QUERY_PARAMETERS) {
    if (!query.get(name)) problems += `AWS query-string parameters must include '${name}'. `;
  }
  if (problems !== '') {
    throw new ServiceError(
      'IncompleteSignatureException',
      `${problems}Re-examine the query-string parameters.`,
    );
  }
  return cache.get(query.get('X-Amz-Credential') ?? '');
}

/**
 * @param hasDate whether the request has an `X-Amz-Date` or a `Date` header
 * @throws ServiceError MissingAuthenticationTokenException, IncompleteSignatureException, InvalidSignatureException
 */
export function identify(authorization: string | undefined, hasDate: boolean, url: string): Caller {
  const question = url.indexOf('?');
  const query = question < 0 ? undefined : new URLSearchParams(url.slice(question + 1));
  const presigned = query?.has('X-Amz-Algorithm') ? query : undefined;
  if (authorization && presigned !== undefined) {
    throw new ServiceError(
      'InvalidSignatureException',
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  }
  if (presigned !== undefined) return fromQuery(presigned);
  if (!authorization?.trimStart().startsWith('AWS4-')) {
    throw new ServiceError('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  }
  return fromHeader(authorization, hasDate);
}
