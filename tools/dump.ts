/** `varve dump`: its options. What it does is in `dump-run.ts`, which is loaded when the options make sense. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { COMPRESSION_LEVEL, COMPRESSION_LEVEL_MAX } from '../src/backup/limits.js';
import { addSettings, configurationOf } from './config/options.js';
import { SETTINGS } from './config/settings.js';
import { withTimeout } from './timeout-option.js';
import {
  addName,
  type DumpOptions,
  parseKey,
  parseName,
  STANDARD_STREAM,
  TIMEOUT_MS,
} from './transfer-options.js';

const EXAMPLES = `
Copies tables as they are at one moment, transactions included, with their indexes, tags and settings. A daemon that
serves the data goes on meanwhile; where none does, the data directory is opened here.

The dump holds an export of each table in Amazon DynamoDB's own format (AWSDynamoDB/…), which the service can import. It
is complete when varve-dump.json is there, which is written last.

Exit codes:
  0  complete
  1  failed; what was written is no dump
  2  not begun: wrong options, no such table, or something is where the dump should go

Examples:
  varve dump /backup/monday                    all tables of ${SETTINGS.data.default}
  varve dump -d /var/lib/varve -t Orders /backup/orders
  varve dump --lost /var/lib/varve/lost/<time>/tables/<id> --as Orders --key pk:S,sk:N /backup/orders
  varve dump -d /var/lib/varve - | ssh store 'cat > monday.tar'
`;

export function dumpCommand(): Command {
  const command = new Command('dump')
    .description('copy tables, as they are at one moment, to files or a stream')
    .argument('<destination>', 'a new or empty directory, or - for a tar archive on standard output')
    .option('-t, --table <name>', 'only this table; may be given several times (default: all)', addName)
    .option(
      '--level <number>',
      `compression, 1 (fast) to ${COMPRESSION_LEVEL_MAX} (small)`,
      parseLevel,
      COMPRESSION_LEVEL,
    );
  command
    .option(
      '--lost <directory>',
      'a table that `varve repair` has put aside, instead of those in the data directory',
    )
    .option('--as <name>', 'name for the table of --lost', parseName)
    .option(
      '--key <schema>',
      'of the table of --lost: partition key and sort key, such as pk:S,sk:N',
      parseKey,
    );
  return withTimeout(addSettings(command, { data: 'where the data is' }), TIMEOUT_MS)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(async (destination: string, options: DumpOptions) => {
      const { runDump } = await import('./dump-run.js');
      const { realSurroundings } = await import('./transfer.js');
      const isStream = destination === STANDARD_STREAM;
      process.exitCode = await runDump({
        ...realSurroundings(),
        ...options,
        data: configurationOf(command).settings.data,
        destination: isStream ? STANDARD_STREAM : resolve(destination),
      });
    });
}

function parseLevel(text: string): number {
  const level = Number(text);
  if (!/^\d$/.test(text) || level < 1 || level > COMPRESSION_LEVEL_MAX) {
    throw new InvalidArgumentError(`It must be a number from 1 to ${COMPRESSION_LEVEL_MAX}.`);
  }
  return level;
}
