/** The long proofs, one after the other: `npm run soak -- --help` says what there is. Ends with 1 when one of them fails. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const MINUTE_SECONDS = 60;

interface Part {
  readonly name: string;
  readonly about: string;
  /** Relative to the compiled tests. */
  readonly script: string;
  /** Of its whole length, which is 1. */
  readonly args: (scale: number) => readonly string[];
}

const scaled = (whole: number, scale: number) => String(Math.max(1, Math.round(whole * scale)));

const PARTS: readonly Part[] = [
  {
    name: 'fuzz',
    about: 'hostile input to every reader, 10 minutes',
    script: 'fuzz/run.js',
    args: (scale) => ['--seconds', scaled(10 * MINUTE_SECONDS, scale)],
  },
  {
    name: 'simulation',
    about: 'a partition in a simulated machine, 10,000 seeds',
    script: 'simulation/run.js',
    args: (scale) => ['--seeds', scaled(10_000, scale)],
  },
  {
    name: 'transactions',
    about: 'transactions over partitions in a simulated machine, 10,000 seeds',
    script: 'simulation/run.js',
    args: (scale) => ['--of', 'transactions', '--seeds', scaled(10_000, scale)],
  },
  {
    name: 'crash',
    about: 'kill -9 under load, 1,000 times',
    script: 'crash/run.js',
    args: (scale) => ['--kills', scaled(1000, scale)],
  },
  {
    name: 'histories',
    about: 'concurrent clients over kills, 10 minutes, 300 kills',
    script: 'histories/run.js',
    args: (scale) => ['--seconds', scaled(10 * MINUTE_SECONDS, scale), '--kills', scaled(300, scale)],
  },
  {
    name: 'mixed',
    about: 'all kinds of load over many lives, 30 minutes: logs equal state, nothing grows',
    script: 'soak/mixed.js',
    args: (scale) => ['--minutes', String(30 * scale)],
  },
];

const HELP = `usage: npm run soak -- [--only PART[,PART]] [--scale N] [--hours N]

Runs the long proofs, one after the other. Each prints its seed, and how to repeat what failed.

${PARTS.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join('\n')}

  --only PARTS   these parts alone, separated by commas
  --scale N      N times as long: 0.1 for a quick look
  --hours N      the length of mixed; the other parts keep theirs
  --help         this text

  npm run soak -- --only simulation,crash --scale 0.1
  npm run soak -- --only mixed --hours 24
`;

function fail(message: string): never {
  console.error(`soak: ${message}\n\n${HELP}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        scale: { type: 'string', default: '1' },
        hours: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function positive(option: string, text: string): number {
  const number = Number(text);
  return number > 0 && Number.isFinite(number)
    ? number
    : fail(`--${option} takes a number above 0, not ${text}`);
}

const values = readArguments();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const scale = positive('scale', values.scale);
const hours = values.hours === undefined ? undefined : positive('hours', values.hours);
const wanted = values.only?.split(',') ?? PARTS.map(({ name }) => name);
const unknown = wanted.find((name) => !PARTS.some((part) => part.name === name));
if (unknown !== undefined) fail(`there is no part ${unknown}`);

const results: string[] = [];
let failed = 0;
for (const { name, script, args } of PARTS.filter((part) => wanted.includes(part.name))) {
  const given = name === 'mixed' && hours !== undefined ? ['--hours', String(hours)] : args(scale);
  console.log(`[${name}] ${script} ${given.join(' ')}`);
  const startMs = performance.now();
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', path, ...given], { stdio: 'inherit' });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) failed += 1;
  const outcome = code === 0 ? 'passed' : `FAILED (${code ?? signal})`;
  results.push(`${name.padEnd(14)}${outcome} after ${Math.round((performance.now() - startMs) / 1000)} s`);
}
console.log(`\n${results.join('\n')}`);
process.exit(failed === 0 ? 0 : 1);
