/** `varve repair`: its options. What it does is in `repair-run.ts`, which is loaded when the options make sense. */
import { resolve } from 'node:path';
import { Command } from 'commander';

const EXAMPLES = `
For a data directory that does not open because a log in it is damaged, and of which there is no good copy. Cuts each
damaged log where the damage is; what lies behind it is LOST. Puts aside the directories of tables that the catalog has
lost ("varve dump --lost" reads them). What is cut or put aside is kept in lost/, until you remove it. Damage to sorted
files does not keep a daemon from starting, and is not touched; damage to a MANIFEST cannot be mended.

Exit codes:
  0  repaired, or there was nothing to repair
  1  there is something to repair (--dry-run), or something that cannot be repaired
  2  not looked at: wrong options, nothing there, or a daemon serves it

Examples:
  varve repair /var/lib/varve --dry-run        what would be cut, and what would be lost
  varve repair /var/lib/varve
`;

export function repairCommand(): Command {
  return new Command('repair')
    .description('cut damaged logs, so that a data directory opens again; says what is lost')
    .argument('<directory>', 'the data directory')
    .option('--dry-run', 'change nothing, only tell', false)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(async (directory: string, { dryRun }: { readonly dryRun: boolean }) => {
      const { runRepair } = await import('./repair-run.js');
      const { RealDisk } = await import('../src/vfs/real-disk.js');
      const { SystemClock, SystemRandom } = await import('../src/vfs/system-clock.js');
      process.exitCode = await runRepair({
        disk: new RealDisk(),
        clock: new SystemClock(),
        random: new SystemRandom(),
        directory: resolve(directory),
        dryRun,
        stdout: process.stdout,
      });
    });
}
