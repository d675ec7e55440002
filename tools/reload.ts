/** SIGHUP: takes over the settings that can change while the daemon runs, and names those that need a restart. */
import { EVERY_SETTING, type Settings } from './config/settings.js';
import { explain } from './errors.js';
import type { DaemonLog } from './log.js';

export interface Reload {
  /** Of the start. */
  readonly settings: Settings;
  readonly reread: () => Settings;
  readonly log: DaemonLog;
}

/**
 * Changes what can be changed of the log, or nothing when there is an error.
 * @returns the settings that were read, for whoever else takes some of them over; undefined when there is an error
 */
export function reloadSettings({ settings: started, reread, log }: Reload): Settings | undefined {
  let settings: Settings;
  try {
    settings = reread();
  } catch (error) {
    log.error(`settings stay as they are: ${explain(error)}`);
    return undefined;
  }
  log.restyle({ format: settings.logFormat, level: settings.logLevel });
  const waiting = EVERY_SETTING.filter(
    ([key, { reloads }]) =>
      reloads !== true && JSON.stringify(settings[key]) !== JSON.stringify(started[key]),
  ).map(([, { name }]) => name);
  log.info('SIGHUP: settings were read again');
  if (waiting.length > 0) log.warn(`changed, but only a restart takes it over: ${waiting.join(', ')}`);
  return settings;
}
