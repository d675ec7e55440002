/** `varve verify`: its options. What it does is in `verify-run.ts`, which is loaded when the options make sense. */
import { resolve } from 'node:path';
import { Argument, Command } from 'commander';
import { SETTINGS } from './config/settings.js';

const EXAMPLES = `
Reads every byte of a data directory that no daemon serves, or of one partition in it, and changes nothing.
A dump is checked by its restoration, into a directory of its own if need be.
Progress goes to standard error, findings to standard output: one line each, with file and offset.

Exit codes:
  0  sound; there may be warnings: what a crash left behind, files that nobody needs
  1  damaged
  2  not checked: wrong options, nothing there, or a daemon serves it

Examples:
  varve verify                                 the data in ${SETTINGS.data.default}
  varve verify /var/lib/varve                  data elsewhere
  varve verify /var/lib/varve --json           one JSON document, for scripts
  varve verify /var/lib/varve/tables/<id>/0    one partition
`;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('check every byte of a data directory, or of one partition')
    .addArgument(
      new Argument('[directory]', 'what to check').default(SETTINGS.data.default, SETTINGS.data.default),
    )
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
