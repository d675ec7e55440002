/** The `varve` command. Each subcommand is a file of its own beside this one, loaded when it is run. */
import { Command, CommanderError, Help } from 'commander';
import { configCommand } from './config-command.js';
import { dumpCommand } from './dump.js';
import { CommandError, explain } from './errors.js';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE } from './exit-codes.js';
import { inspectCommand } from './inspect.js';
import { installServiceCommand } from './install-service.js';
import { isJournalStream, withPriority } from './log.js';
import { repairCommand } from './repair.js';
import { restoreCommand } from './restore.js';
import { serveCommand } from './serve.js';
import { healthcheckCommand, statusCommand } from './status.js';
import { verifyCommand } from './verify.js';
import { packageVersion } from './version.js';

/** `argv`: what the hints of usage errors are about. */
export function buildProgram(argv: readonly string[] = []): Command {
  const described = new Help();
  const program = new Command('varve')
    .description('Amazon DynamoDB on a machine of your own. Every acknowledged write survives a crash.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({
      outputError: (text, write) => write(`varve: ${withHint(oneLine(text), hint(argv, text))}\n`),
    })
    // A flag is off unless it is given: nobody needs to be told.
    .configureHelp({
      optionDescription: (option) =>
        option.defaultValue === false ? option.description : described.optionDescription(option),
    })
    .exitOverride();
  for (const command of [
    serveCommand(),
    statusCommand(),
    healthcheckCommand(),
    configCommand(),
    dumpCommand(),
    restoreCommand(),
    verifyCommand(),
    inspectCommand(),
    repairCommand(),
    installServiceCommand(),
  ])
    program.addCommand(command);
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  return program;
}

const DIRECTORY_COMMANDS = ['verify', 'inspect', 'repair'];

/** Commander's errors begin with `error: ` and put suggestions on a line of their own. */
function oneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
}

function withHint(line: string, hint: string): string {
  return hint === '' ? line : `${line.replace(/\.$/, '')}${hint}`;
}

/**
 * What was meant, where mistakes are common: an option without its subcommand, `--data` where the directory is all there is
 * to say, and `npm start` without `--`.
 */
function hint([first = '', ...rest]: readonly string[], text: string): string {
  if (first.startsWith('-') && text.includes('unknown option')) {
    return `; options follow a subcommand: varve serve ${[first, ...rest].join(' ')}`;
  }
  if (DIRECTORY_COMMANDS.includes(first) && /unknown option '(-d|--data)/.test(text)) {
    return `; the directory stands by itself: varve ${first} DIRECTORY`;
  }
  const isPort = rest.some((argument) => /^\d+$/.test(argument));
  if (first !== 'serve' || !text.includes('too many arguments')) return '';
  return `; npm hands options on behind "--": npm start -- ${isPort ? '--port 8005' : '--data DIRECTORY'}`;
}

/** `varve config | head`: who has read enough is no reason to fail. */
function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: Error & { code?: string }) => {
      // Where a command deals with errors of its stream itself, it does so with all of them.
      if (error.code !== 'EPIPE' && stream.listenerCount('error') === 1) throw error;
    });
  }
}

/** Runs the command and leaves its exit code in `process.exitCode`; the process ends when nothing is left to do. */
export async function main(argv: readonly string[]): Promise<void> {
  surviveClosedPipes();
  try {
    const program = buildProgram(argv);
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      process.exitCode = EXIT_USAGE;
      return;
    }
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    // Commander has already written its line.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
      return;
    }
    const line = `varve: ${explain(error)}\n`;
    process.stderr.write(isJournalStream(2) ? withPriority('error', line) : line);
    process.exitCode = error instanceof CommandError ? error.exitCode : EXIT_FAILURE;
  }
}
