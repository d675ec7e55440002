/** `--timeout` of the commands that ask a daemon. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { duration } from './config/kinds.js';

const TIMEOUT = duration({ min: 1, max: 3_600_000 });

/** Adds the option, whose value is in milliseconds. */
export function withTimeout(command: Command, fallbackMs: number): Command {
  return command.addOption(
    new Option('--timeout <duration>', 'how long to wait for an answer')
      .argParser((text) => {
        const timeoutMs = TIMEOUT.fromText(text, '');
        if (timeoutMs === undefined) throw new InvalidArgumentError(`It must be ${TIMEOUT.expected}.`);
        return timeoutMs;
      })
      .default(fallbackMs, TIMEOUT.toText(fallbackMs)),
  );
}
