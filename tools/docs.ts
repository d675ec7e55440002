/** Parts of docs/ that are kept in tables of the code: `npm run docs` writes them, a test compares them. */
import assert from 'node:assert/strict';
import { metricsMarkdown } from '../src/metrics/definitions.js';
import { configurationTemplate, settingsMarkdown } from './config/show.js';
import { PACKAGED, SERVICE_NAME, SOCKET_NAME, socketUnit, systemService } from './service-unit.js';

export interface GeneratedDocument {
  readonly path: string;
  /** The document with the part as it should be. */
  apply(document: string): string;
}

/** Replaces what is between `<!-- name: … -->` and the next `<!-- end -->`. */
function section(name: string, content: () => string) {
  return (document: string): string => {
    const begin = new RegExp(`<!-- ${name}: [^>]*-->\n`).exec(document);
    assert(begin !== null, `the document has a section ${name}`);
    const start = begin.index + begin[0].length;
    const end = document.indexOf('<!-- end -->', start);
    assert(end >= 0, `the section ${name} has an end`);
    return `${document.slice(0, start)}\n${content()}\n\n${document.slice(end)}`;
  };
}

export const generatedDocs: readonly GeneratedDocument[] = [
  { path: 'docs/configuration.md', apply: section('settings', settingsMarkdown) },
  { path: 'docs/metrics.md', apply: section('metrics', metricsMarkdown) },
  { path: `packaging/systemd/${SERVICE_NAME}`, apply: () => systemService(PACKAGED) },
  { path: `packaging/systemd/${SOCKET_NAME}`, apply: () => socketUnit() },
  { path: 'packaging/varve.toml', apply: () => `${configurationTemplate().join('\n')}\n` },
];
