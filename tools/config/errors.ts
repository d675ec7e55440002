/** Settings that make no sense. */
import { CommandError } from '../errors.js';
import { EXIT_USAGE } from '../exit-codes.js';

export function usageError(message: string, options: ErrorOptions = {}): CommandError {
  return new CommandError(message, { ...options, exitCode: EXIT_USAGE });
}
