/** `varve inspect`: its options. What it does is in `inspect-run.ts`, which is loaded when the options make sense. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';

const EXAMPLES = `
Prints a segment of a write-ahead log (*.wal), a sorted file (*.sst) or a MANIFEST: headers, then batches and records,
blocks and entries, or edits, each with its offset. Of a data directory, the tables in its catalog. Of values only the
length is told. Keys are bytes: printable ones as they are, others as \\xNN; with --json one character for each byte.
Changes nothing, and may be used while a daemon serves the data: what it is just writing then looks cut off.

Exit codes:
  0  printed
  1  damage; it is shown in its place, and what lies behind it as far as it can be found
  2  not printed: wrong options, nothing there, another kind of file

Examples:
  varve inspect varve-data                     its tables, and where they are
  varve inspect varve-data/catalog/MANIFEST
  varve inspect varve-data/catalog/log/0000000000000001.wal --limit 10
  varve inspect 00000042.sst --keys-only | head
  varve inspect 00000042.sst --json            one JSON object per line, for scripts
`;

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new InvalidArgumentError('It must be a number above 0.');
  return limit;
}

interface InspectFlags {
  readonly json: boolean;
  readonly keysOnly: boolean;
  readonly limit?: number;
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('print a file of the data directory, or its catalog, in readable form')
    .argument('<file>', 'a segment of a log, a sorted file, a manifest, or a data directory')
    .option('--json', 'one JSON object per line', false)
    .option('--keys-only', 'nothing but keys', false)
    .option('--limit <number>', 'stop after so many records, entries or edits', parseLimit)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(async (file: string, { json, keysOnly, limit }: InspectFlags) => {
      const { runInspect } = await import('./inspect-run.js');
      const { RealDisk } = await import('../src/vfs/real-disk.js');
      process.exitCode = await runInspect({
        disk: new RealDisk(),
        path: resolve(file),
        json,
        keysOnly,
        limit: limit ?? Number.POSITIVE_INFINITY,
        stdout: process.stdout,
        stderr: process.stderr,
      });
    });
}
