/**
 * Mutated bodies, then damaged ones, with headers that do not fit, sent to a daemon: never a 5xx, never a long wait,
 * every refusal typed, its memory bounded.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Json } from '../api/fixture.js';
import { Daemon } from '../e2e/daemon.js';
import { SIGNED } from '../server/raw-client.js';
import { campaign, REPLY_MS_MAX } from './campaign.js';
import { mutants, originals } from './mutation.js';
import { mustHaveAccepted, mustServe } from './operations.js';
import { CREATE_TABLE, ITEM, itemRequests, requests, TABLE } from './requests.js';

/** Above what the daemon takes when it begins, most of which is for garbage not yet collected. */
const GROWTH_MIB_MAX = 250;
/** Slow each time is slow; once may be the machine. */
const ATTEMPTS = 3;

type Damage =
  | { readonly kind: 'none' }
  | { readonly kind: 'cut'; readonly share: number }
  | { readonly kind: 'overwrite'; readonly share: number; readonly bytes: Uint8Array }
  | { readonly kind: 'append'; readonly bytes: Uint8Array };

interface Sent {
  readonly operation: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 6 });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'none' } as const) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), share }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('overwrite' as const), share, bytes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('append' as const), bytes }) },
);

const headerText = fc.oneof(
  fc.constantFrom('', 'AWS4-HMAC-SHA256', 'Credential=', '=,=,', 'DynamoDB_20120810.', '%', 'x'.repeat(7000)),
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
);
const oddHeaders = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom(
        'x-amz-target',
        'authorization',
        'x-amz-date',
        'origin',
        'accept-encoding',
        'amz-sdk-request',
      ),
      headerText,
      { maxKeys: 2 },
    ),
  },
);

const WITHOUT_OUTPUT: ReadonlySet<string> = new Set(['TagResource', 'UntagResource']);

function headersOf(operation: string): Record<string, string> {
  return { ...SIGNED, 'x-amz-target': `DynamoDB_20120810.${operation}` };
}

const sent: fc.Arbitrary<Sent> = fc
  .tuple(mutants([...requests, ...itemRequests]), damage, oddHeaders)
  .map(([{ operation, body }, damage, headers]) => ({
    operation,
    body: damaged(Buffer.from(body), damage),
    headers: { ...headersOf(operation), ...headers },
  }));

function damaged(body: Buffer, damage: Damage): Buffer {
  switch (damage.kind) {
    case 'none':
      return body;
    case 'cut':
      return body.subarray(0, Math.floor(body.length * damage.share));
    case 'overwrite':
      body.set(
        damage.bytes.subarray(0, body.length),
        Math.floor(Math.max(0, body.length - 6) * damage.share),
      );
      return body;
    case 'append':
      return Buffer.concat([body, damage.bytes]);
  }
}

/** Undefined where the system does not tell. */
function residentMiB(daemon: Daemon): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const status = readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

interface Answer {
  readonly status: number;
  readonly tookMs: number;
  readonly json: Json;
}

async function post(daemon: Daemon, { body, headers }: Omit<Sent, 'operation'>): Promise<Answer> {
  const startMs = performance.now();
  const response = await fetch(daemon.url, { method: 'POST', headers, body: new Uint8Array(body) });
  const text = await response.text();
  const tookMs = performance.now() - startMs;
  const { status } = response;
  if (status >= 500) throw new Error(`${status} ${text}`);
  // The operations without output reply without a body; nothing else may.
  const operation = headers['x-amz-target']?.replace(/^.*\./, '') ?? '';
  if (status === 200 && text === '' && WITHOUT_OUTPUT.has(operation)) return { status, tookMs, json: {} };
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${status} with what is not JSON: ${text}`, { cause });
  }
  if (status >= 400 && typeof json.__type !== 'string')
    throw new Error(`an error without a type: ${status} ${text}`);
  return { status, tookMs, json };
}

export const http = campaign<Sent>({
  name: 'http',
  runs: 600,
  inputs: sent,
  examples: originals(requests).map(({ operation, body }) => ({
    operation,
    body: Buffer.from(body),
    headers: headersOf(operation),
  })),
  async open() {
    const daemon = await Daemon.start(['--in-memory']);
    const call = async (operation: string, input: Json = {}): Promise<Json> => {
      const body = Buffer.from(JSON.stringify(input));
      return (await post(daemon, { body, headers: headersOf(operation) })).json;
    };
    /** Requests on tables may have removed or changed it. */
    const renew = async () => {
      await call('UpdateTable', { TableName: TABLE, DeletionProtectionEnabled: false });
      await call('DeleteTable', { TableName: TABLE });
      await call('CreateTable', CREATE_TABLE);
      await call('PutItem', { TableName: TABLE, Item: ITEM });
    };
    await renew();
    const startMiB = residentMiB(daemon);
    const accepted = new Set<string>();
    return {
      async attempt(input) {
        const waits: number[] = [];
        while (waits.length < ATTEMPTS && (waits.at(-1) ?? REPLY_MS_MAX) >= REPLY_MS_MAX) {
          const { status, tookMs } = await post(daemon, input);
          waits.push(tookMs);
          if (status === 200) accepted.add(input.operation);
          if (status === 200 && /^(Create|Update|Delete)Table$/.test(input.operation)) await renew();
        }
        if (Math.min(...waits) >= REPLY_MS_MAX)
          throw new Error(`took ${waits.map(Math.round).join(', ')} ms`);
      },
      async finish() {
        mustHaveAccepted(accepted, requests);
        await renew();
        await mustServe(call);
        const grownMiB = (residentMiB(daemon) ?? 0) - (startMiB ?? 0);
        if (grownMiB > GROWTH_MIB_MAX) throw new Error(`grown by ${Math.round(grownMiB)} MiB`);
        if (daemon.stderr !== '') throw new Error(`the daemon said ${daemon.stderr}`);
      },
      async close() {
        await daemon.kill('SIGKILL');
      },
    };
  },
});
