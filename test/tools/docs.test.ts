/** What docs/ repeats from the code is as it is there. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { generatedDocs } from '../../tools/docs.js';

for (const { path, apply } of generatedDocs) {
  t.test(path, async (t) => {
    const document = readFileSync(path, 'utf8');
    t.equal(document, apply(document), 'npm run docs writes it');
  });
}
