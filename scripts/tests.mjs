/**
 * Runs the compiled tests and reports in a few words: a line per file, the whole record of a file that failed, each skip
 * with its reason, and the counts. Reads tap's protocol, so that the output is the same on a terminal and in a log.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';

const FILE_RESULT = /^(not )?ok \d+ - (\S+)(.*)$/;
const TOTALS = /^# \{ total: (\d+), pass: (\d+)(?:, fail: (\d+))?(?:, skip: (\d+))?(?:, todo: (\d+))? \}$/;
const SKIPPED = /^\s+ok \d+ - (.*?) # SKIP ?(.*)$/;
const SECONDS = /# time=([\d.]+)(ms|s|m)/;

/** From the sources, since `dist` may hold what was compiled from a test that is no more. */
function compiledTests() {
  return readdirSync('test', { recursive: true })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => `dist/test/${path.replace(/\.ts$/, '.js')}`);
}

export async function runTests(tap) {
  const child = spawn(tap, ['run', '--reporter=tap', ...compiledTests()], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  let record = [];
  let totals;
  for await (const line of createInterface({ input: child.stdout })) {
    const skipped = SKIPPED.exec(line);
    if (skipped) console.log(`  skipped: ${skipped[1]} (${skipped[2] || 'no reason given'})`);
    const result = FILE_RESULT.exec(line);
    if (result) {
      const [, failed, file, rest] = result;
      const time = SECONDS.exec(rest);
      if (failed) console.log(record.join('\n'));
      console.log(`  ${failed ? 'FAILED' : 'ok'} ${file}${time ? ` ${time[1]} ${time[2]}` : ''}`);
      record = [];
      continue;
    }
    totals = TOTALS.exec(line) ?? totals;
    record.push(line);
  }
  const exitCode = await exit;
  const [total, passed, failed, skipped, todo] = (totals ?? []).slice(1).map((count) => Number(count ?? 0));
  if (totals === undefined || total === 0)
    throw new Error(`no test was run\n${record.join('\n')}\n${errors}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped + todo} skipped`);
  if (exitCode !== 0 || failed > 0) throw new Error(`tap ended with ${exitCode}\n${errors}`);
  return 'tests passed';
}
