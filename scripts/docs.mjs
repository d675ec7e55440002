#!/usr/bin/env node
/** Writes into docs/ and packaging/ what is kept in tables of the code. Compile first. A test tells when it has not been run. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { generatedDocs } from '../dist/tools/docs.js';

for (const { path, apply } of generatedDocs) {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const after = apply(before);
  if (after !== before) writeFileSync(path, after);
  console.log(`${path}: ${after === before ? 'as it was' : 'written'}`);
}
