/**
 * Reads Prometheus's text format, version 0.0.4 ("Exposition formats"), and is strict about it: what it does not take, a
 * server may not either.
 */
import assert from 'node:assert/strict';

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const NUMBER = /^([+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?|\+Inf|-Inf|NaN|Nan)$/;

/** @throws AssertionError that names the line */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  assert(text.endsWith('\n'), 'the last line ends');
  const families = new Map<string, Family>();
  let current: [name: string, family: Family] | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      assert(NAME.test(name), line);
      if (kind === 'HELP') {
        assert(!families.has(name), `each family comes once: ${line}`);
        current = [name, { type: '', help: rest, samples: [] }];
      } else {
        assert(current?.[0] === name, `TYPE follows HELP: ${line}`);
        assert(/^(counter|gauge|histogram|summary|untyped)$/.test(rest), line);
        current = [name, { ...current[1], type: rest }];
        families.set(name, current[1]);
      }
      continue;
    }
    assert(current !== undefined, `a sample belongs to a family: ${line}`);
    current[1].samples.push(parseSample(line, current[0], current[1].type));
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function parseSample(line: string, family: string, type: string): Sample {
  const [, name = '', labelText = '', number = ''] = SAMPLE.exec(line) ?? [];
  const suffix = name.slice(family.length);
  assert(name.startsWith(family), `samples stand together: ${line}`);
  assert(suffix === '' || (type === 'histogram' && /^_(bucket|sum|count)$/.test(suffix)), line);
  assert(NUMBER.test(number), line);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  let end = 0;
  for (let match = LABEL.exec(labelText); match !== null; match = LABEL.exec(labelText)) {
    assert(!((match[1] as string) in labels), `a label comes once: ${line}`);
    labels[match[1] as string] = match[2] as string;
    end = LABEL.lastIndex;
  }
  assert.equal(end, labelText.length, line);
  return { name, labels, value: number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number) };
}

function checkFamily(name: string, { type, help, samples }: Family): void {
  assert(help.length > 0, `${name} has help`);
  const keys = samples.map((sample) => sample.name + JSON.stringify(Object.entries(sample.labels).sort()));
  assert.equal(new Set(keys).size, keys.length, `${name}: each combination of labels comes once`);
  if (type === 'counter') {
    assert(name.endsWith('_total') || !name.startsWith('varve_'), `${name} ends with _total`);
    assert(
      samples.every(({ value }) => value >= 0),
      `${name} is not negative`,
    );
  }
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  for (const group of groups.values()) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) =>
      labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']),
    );
    assert.deepEqual(
      bounds,
      [...bounds].sort((a, b) => a - b),
      `${name}: bounds ascend`,
    );
    assert.equal(bounds.at(-1), Number.POSITIVE_INFINITY, `${name}: the last range has no end`);
    buckets.reduce((below, { value }) => {
      assert(value >= below, `${name}: ranges are cumulative`);
      return value;
    }, 0);
    const count = group.find((sample) => sample.name === `${name}_count`);
    assert.equal(count?.value, buckets.at(-1)?.value, `${name}: count is that of the last range`);
    assert(
      group.some((sample) => sample.name === `${name}_sum`),
      `${name} has a sum`,
    );
  }
}
