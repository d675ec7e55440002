/**
 * Every setting of the daemon, once. Options, environment variables, keys of the file, their checks, the help, `varve
 * config` and docs/configuration.md all come from this table. `socket-mode` is the option `--socket-mode`, the variable
 * `VARVE_SOCKET_MODE` and the file's key `socket-mode`.
 */
import { PARTITION_COUNT_MAX } from '../../src/table/limits.js';
import {
  choice,
  count,
  duration,
  flag,
  type Kind,
  list,
  mode,
  optionalPath,
  path,
  size,
  text,
} from './kinds.js';

export interface Setting<Value> {
  /** Lower case, with dashes. */
  readonly name: string;
  readonly group: 'data' | 'http' | 'socket' | 'memory' | 'daemon';
  readonly kind: Kind<Value>;
  /** As it would be written in an option. Absent: there is none, and `unset` says what then. */
  readonly default?: string;
  readonly unset?: string;
  /** Likewise: a value for the template of a file, where there is no default. */
  readonly example?: string;
  /** One line, for help. */
  readonly help: string;
  /** For whoever tunes it: what a larger and a smaller value do. */
  readonly effect?: string;
  /** One letter. */
  readonly short?: string;
  /** SIGHUP takes a changed value over; all others need a restart. */
  readonly reloads?: true;
  /** Help does not show it. */
  readonly hidden?: true;
  /** What the option was called before; still taken. */
  readonly formerly?: string;
}

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;

/** The names in code have units. */
export const SETTINGS = {
  data: {
    name: 'data',
    group: 'data',
    kind: path('directory'),
    default: './varve-data',
    help: 'where the data is kept; made when missing',
    short: 'd',
  },
  inMemory: {
    name: 'in-memory',
    group: 'data',
    kind: flag,
    default: 'false',
    help: 'keep nothing on disk: everything is gone when the process ends',
  },
  partitionCount: {
    name: 'partitions',
    group: 'data',
    kind: count({ min: 1, max: PARTITION_COUNT_MAX }),
    unset: 'one for each processor, up to 4',
    example: '8',
    help: 'partitions of tables that are created from now on',
    effect:
      'Each has a log and a memtable of its own. More: more is flushed and merged side by side, with smaller batches of writes, and more files and memory for each table.',
  },
  tableTransitionMs: {
    name: 'table-transition',
    group: 'data',
    kind: duration({ min: 0, max: HOUR_MS }),
    default: '0ms',
    help: 'how long a table shows CREATING, UPDATING and DELETING; in the service it is seconds to minutes',
    formerly: 'table-transition-ms',
  },
  host: {
    name: 'host',
    group: 'http',
    kind: text('address'),
    default: '127.0.0.1',
    help: 'address to listen on',
  },
  port: {
    name: 'port',
    group: 'http',
    kind: count({ min: 0, max: 65_535 }),
    default: '8000',
    help: 'port to listen on; 0 takes any free one',
    short: 'p',
  },
  cors: {
    name: 'cors',
    group: 'http',
    kind: list('origins'),
    unset: 'those of this machine',
    example: 'https://example.com',
    help: 'origins of web pages that may call, or "*"',
  },
  socket: {
    name: 'socket',
    group: 'socket',
    kind: optionalPath('path'),
    unset: 'varve.sock in the data directory',
    example: '/run/varve/varve.sock',
    help: 'Unix socket to listen on; --no-socket, or false, for none',
  },
  socketMode: {
    name: 'socket-mode',
    group: 'socket',
    kind: mode,
    default: '0600',
    help: "permissions of the socket's file",
  },
  socketGroup: {
    name: 'socket-group',
    group: 'socket',
    kind: text('group'),
    unset: "the daemon's own",
    example: 'www-data',
    help: "group of the socket's file, by name or number",
  },
  blockCacheBytes: {
    name: 'block-cache',
    group: 'memory',
    kind: size({ min: MiB, max: 1024 * GiB }),
    default: '128MiB',
    help: 'memory for blocks of tables that were read, of the whole process',
    effect: 'Larger: fewer reads from disk. The system caches files too, so that a small one costs little.',
  },
  memtablesBytes: {
    name: 'memtables',
    group: 'memory',
    kind: size({ min: MiB, max: 1024 * GiB }),
    default: '256MiB',
    help: 'memory for writes that are not in a table yet, of the whole process',
    effect:
      'Beyond it the largest memtable is written to a table early. Larger: fewer, larger tables and a longer recovery.',
  },
  memtableBytes: {
    name: 'memtable',
    group: 'memory',
    kind: size({ min: KiB, max: 4 * GiB }),
    default: '16MiB',
    help: 'a memtable of one partition is written to a table when it has this much',
    effect: 'Larger: fewer merges, more memory, a longer recovery.',
    formerly: 'memtable-bytes',
  },
  logSegmentBytes: {
    name: 'log-segment',
    group: 'memory',
    kind: size({ min: 64 * KiB, max: 2 * GiB }),
    default: '16MiB',
    help: 'length of a file of the log',
    effect: 'Larger: fewer changes of file, but more disk space held by each partition.',
  },
  requestsBytes: {
    name: 'requests',
    group: 'memory',
    kind: size({ min: 16 * MiB, max: 64 * GiB }),
    default: '256MiB',
    help: 'memory for requests that arrive; as much for those in progress, and for replies that nobody has read',
    effect:
      'Beyond it requests are refused with 503, which every SDK tries again. Smaller: less memory when many clients write or read large items at once.',
  },
  mergeThreads: {
    name: 'merge-threads',
    group: 'memory',
    kind: count({ min: 1, max: 256 }),
    unset: 'processors less one, at least one',
    example: '2',
    help: 'threads that merge tables',
    effect: 'More: merges keep up with more writes, and take more processor time from requests.',
  },
  mergeBytesPerSecond: {
    name: 'merge-rate',
    group: 'memory',
    kind: size({ min: 0, max: 1024 * GiB }),
    default: '64MiB',
    help: 'what a merge of tables may read in a second while nothing waits for it; 0: no limit',
    effect:
      'Smaller: less of the disk and of a processor for merges at a time. They hurry anyway when they fall behind.',
    reloads: true,
  },
  drainMs: {
    name: 'drain',
    group: 'daemon',
    kind: duration({ min: 0, max: HOUR_MS }),
    default: '10s',
    help: 'how long requests in flight may take to finish when the daemon is told to stop',
    reloads: true,
  },
  logFormat: {
    name: 'log-format',
    group: 'daemon',
    kind: choice(['text', 'json']),
    default: 'text',
    help: 'form of the lines on standard error',
    reloads: true,
  },
  logLevel: {
    name: 'log-level',
    group: 'daemon',
    kind: choice(['error', 'warn', 'info', 'debug']),
    default: 'info',
    help: 'the least important lines that are still written',
    reloads: true,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type ValueOf<S> = S extends { readonly kind: Kind<infer Value>; readonly default: string }
  ? Value
  : S extends { readonly kind: Kind<infer Value> }
    ? Value | undefined
    : never;

export type SettingKey = keyof typeof SETTINGS;

/** Effective values, by their names in code. */
export type Settings = { readonly [Key in SettingKey]: ValueOf<(typeof SETTINGS)[Key]> };

/** The table as code sees it that treats all settings alike. */
export const EVERY_SETTING = Object.entries(SETTINGS) as unknown as readonly (readonly [
  SettingKey,
  Setting<unknown>,
])[];

export function settingOf(key: SettingKey): Setting<unknown> {
  return SETTINGS[key];
}

export function variableOf({ name }: Setting<unknown>): string {
  return `VARVE_${name.toUpperCase().replaceAll('-', '_')}`;
}
