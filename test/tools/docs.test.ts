/** What docs/ repeats from the code is as it is there. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { METRICS } from '../../src/metrics/definitions.js';
import { generatedDocs } from '../../tools/docs.js';
import { buildProgram } from '../../tools/main.js';

for (const { path, apply } of generatedDocs) {
  t.test(path, async (t) => {
    const document = readFileSync(path, 'utf8');
    t.equal(document, apply(document), 'npm run docs writes it');
  });
}

t.test('alerts and dashboards are about metrics that there are', async (t) => {
  const known = new Set(METRICS.map(({ name }) => name));
  for (const [name = ''] of readFileSync('docs/operations.md', 'utf8').matchAll(/\bvarve_[a-z_]+/g)) {
    t.ok(known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, '')), name);
  }
});

t.test('every command has examples in its help', async (t) => {
  for (const command of buildProgram().commands) {
    let help = '';
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    command.outputHelp();
    t.match(help, /\nExamples:\n {2}\S/, command.name());
  }
});
