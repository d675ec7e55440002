/** `varve restore`: its options. What it does is in `restore-run.ts`, which is loaded when the options make sense. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { addSettings, configurationOf } from './config/options.js';
import { SETTINGS } from './config/settings.js';
import { withTimeout } from './timeout-option.js';
import {
  addName,
  parseKey,
  parseName,
  type RestoreOptions,
  STANDARD_STREAM,
  TIMEOUT_MS,
} from './transfer-options.js';

const EXAMPLES = `
Reads a dump, or an export of Amazon DynamoDB (DYNAMODB_JSON), and shows its tables when all was read and every checksum
was right: all of them at once. When it fails or is killed, nothing was restored, and what was written is removed (by
the daemon, or by the next start).

A table that is there with items is not overwritten unless --overwrite says so; then it is served as it was until the
new one takes its place, and what was written to it in the meantime is lost. One that is there without items is filled;
it stays defined as it is.

Exit codes:
  0  restored
  1  failed: the dump is damaged or cut short, or the disk failed; nothing was restored
  2  not begun: wrong options, no dump, or a table is in the way

Examples:
  varve restore /backup/monday                 all tables, into ${SETTINGS.data.default}
  varve restore /backup/monday -t Orders --as OrdersOnMonday
  ssh store 'cat monday.tar' | varve restore -d /var/lib/varve -
  varve restore ./AWSDynamoDB/01234567890123-a1b2c3d4 --as Music --key Artist:S,SongTitle:S
`;

export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('restore tables from a dump, or from an export of Amazon DynamoDB')
    .argument('<source>', 'the directory of the dump or export, or - for a tar archive on standard input')
    .option(
      '-t, --table <name>',
      'only this table of the dump; may be given several times (default: all)',
      addName,
    )
    .option('--as <name>', 'name for the table, when it is one', parseName)
    .option(
      '--key <schema>',
      'of an export without a table: partition key and sort key, such as pk:S,sk:N',
      parseKey,
    )
    .option('--overwrite', 'replace tables that are there', false);
  return withTimeout(addSettings(command, { data: SETTINGS.data.help }), TIMEOUT_MS)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(async (source: string, options: RestoreOptions) => {
      const { runRestore } = await import('./restore-run.js');
      const { realSurroundings } = await import('./transfer.js');
      process.exitCode = await runRestore({
        ...realSurroundings(),
        ...options,
        data: configurationOf(command).settings.data,
        source: source === STANDARD_STREAM ? STANDARD_STREAM : resolve(source),
      });
    });
}
