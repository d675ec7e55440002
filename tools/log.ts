/**
 * What the daemon says while it runs: a line for each event on standard error, as text or JSON.
 *
 * Where standard error is the system's journal (systemd.exec(5), `$JOURNAL_STREAM`), each line begins with its priority
 * (sd-daemon(3)), so that `journalctl -p err` finds it, and has no time, because the journal keeps that itself.
 */
import { fstatSync } from 'node:fs';
import type { Clock } from '../src/vfs/clock.js';

/** With the priorities of syslog(3). */
const PRIORITIES = { error: 3, warn: 4, info: 6, debug: 7 } as const;

export type LogLevel = keyof typeof PRIORITIES;
export type LogFormat = 'text' | 'json';

/** Of JSON lines, beside time, level and message. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

export interface LogStyle {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

export interface DaemonLogOptions extends LogStyle {
  readonly clock: Clock;
  readonly write: (text: string) => void;
  readonly isJournal: boolean;
}

export class DaemonLog {
  readonly #options: DaemonLogOptions;
  #style: LogStyle;

  constructor(options: DaemonLogOptions) {
    this.#options = options;
    this.#style = options;
  }

  /** From the next line on. */
  restyle(style: LogStyle): void {
    this.#style = style;
  }

  get style(): LogStyle {
    return this.#style;
  }

  // Functions of their own, to be handed on.
  readonly error = (message: string, fields?: LogFields): void => this.#log('error', message, fields);
  readonly warn = (message: string, fields?: LogFields): void => this.#log('warn', message, fields);
  readonly info = (message: string, fields?: LogFields): void => this.#log('info', message, fields);
  readonly debug = (message: string, fields?: LogFields): void => this.#log('debug', message, fields);

  #log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (PRIORITIES[level] > PRIORITIES[this.#style.level]) return;
    const { clock, isJournal, write } = this.#options;
    const time = new Date(clock.now()).toISOString();
    const text =
      this.#style.format === 'json'
        ? JSON.stringify({ time, level, message, ...fields })
        : `${isJournal ? '' : `${time} ${level}: `}${message}`;
    write(isJournal ? withPriority(level, text) : `${text}\n`);
  }
}

/** The journal takes each line for an entry of its own: a stack would lose its priority after the first. */
export function withPriority(level: LogLevel, text: string): string {
  const prefix = `<${PRIORITIES[level]}>`;
  return `${prefix}${text.trimEnd().replaceAll('\n', `\n${prefix}`)}\n`;
}

/** Whether a descriptor leads to the journal: `$JOURNAL_STREAM` has the device and the inode of what it was at first. */
export function isJournalStream(descriptor: number, journalStream = process.env['JOURNAL_STREAM']): boolean {
  const match = /^(\d+):(\d+)$/.exec(journalStream ?? '');
  if (match === null) return false;
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return String(dev) === match[1] && String(ino) === match[2];
}
