/**
 * Cross-origin requests. Signatures are what keeps a foreign web page from using the service; where any credentials are
 * taken, the page's origin has to. By default pages served from this machine may, and others are told so with `--cors`.
 * A page that is not allowed cannot get round the preflight: `X-Amz-Target` is not among the headers that need none.
 */
import type { IncomingMessage } from 'node:http';

const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+\.localhost)(:\d+)?$/;

const EXPOSED = 'x-amzn-RequestId, x-amz-crc32, Date';
const PREFLIGHT_SECONDS = '172800';

export type CorsPolicy = 'loopback' | '*' | readonly string[];

function isAllowed(policy: CorsPolicy, origin: string): boolean {
  if (policy === '*') return true;
  return policy === 'loopback' ? LOOPBACK_ORIGIN.test(origin) : policy.includes(origin);
}

/** Headers, as name and value in turn, for a reply to a page of `origin`; none when it is not allowed. */
export function corsHeaders(policy: CorsPolicy, origin: string): readonly string[] {
  if (!isAllowed(policy, origin)) return ['Vary', 'Origin'];
  return [
    'Access-Control-Allow-Origin',
    policy === '*' ? '*' : origin,
    'Access-Control-Expose-Headers',
    EXPOSED,
    'Vary',
    'Origin',
  ];
}

/** Further headers for a reply to OPTIONS. */
export function preflightHeaders(request: IncomingMessage): readonly string[] {
  const headers = [
    'Access-Control-Allow-Methods',
    'GET, POST, OPTIONS',
    'Access-Control-Max-Age',
    PREFLIGHT_SECONDS,
  ];
  const asked = request.headers['access-control-request-headers'];
  if (asked !== undefined) headers.push('Access-Control-Allow-Headers', asked);
  return headers;
}
