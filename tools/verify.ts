/** `varve verify`: its options. What it does is in `verify-run.ts`, which is loaded when the options make sense. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { SETTINGS } from './config/settings.js';

const EXAMPLES = `
Reads every byte of a data directory that no daemon serves, or of a checkpoint, and changes nothing.
Progress goes to standard error, findings to standard output: one line each, with file and offset.

Exit codes:
  0  sound; there may be warnings: what a crash left behind, files that nobody needs
  1  damaged
  2  not checked: wrong options, nothing there, or a daemon serves it

Examples:
  varve verify                                 the data in ${SETTINGS.data.default}
  varve verify /var/lib/varve                  data elsewhere
  varve verify /backup/notes-0 --json          a checkpoint; one JSON document for scripts
`;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('check every byte of a data directory, or of a checkpoint')
    .argument('[directory]', 'what to check', SETTINGS.data.default)
    .option('--json', 'one JSON document instead of text', false)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(async (directory: string, options: { readonly json: boolean }) => {
      const { runVerify } = await import('./verify-run.js');
      const { RealDisk } = await import('../src/vfs/real-disk.js');
      const { SystemClock } = await import('../src/vfs/system-clock.js');
      process.exitCode = await runVerify({
        disk: new RealDisk(),
        clock: new SystemClock(),
        directory: resolve(directory),
        json: options.json,
        stdout: process.stdout,
        stderr: process.stderr,
      });
    });
}
