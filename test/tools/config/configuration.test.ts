/** Who wins, who is named, and what is refused. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import t from 'tap';
import { resolveConfiguration } from '../../../tools/config/configuration.js';
import { EVERY_SETTING, SETTINGS, variableOf } from '../../../tools/config/settings.js';
import { configurationTemplate } from '../../../tools/config/show.js';
import { plainEnvironment, runCommand, temporaryDirectory } from '../../e2e/daemon.js';

const NOTHING = { options: {}, environment: {}, directory: '/here' };

function fileWith(t: { teardown(callback: () => void): void }, content: string): string {
  const file = join(temporaryDirectory(t), 'varve.toml');
  writeFileSync(file, content);
  return file;
}

t.test('every default is a value of its setting', async (t) => {
  const { settings, origins } = resolveConfiguration(NOTHING);
  for (const [key, { name, kind, default: fallback, unset, example }] of EVERY_SETTING) {
    t.strictSame(origins[key], { source: 'default' });
    t.equal(settings[key] === undefined, fallback === undefined, name);
    t.ok(fallback ?? unset, `${name}: what holds when nobody says`);
    if (example !== undefined) t.not(kind.fromText(example, '/'), undefined, `${name}: its example`);
  }
  t.equal(settings.data, '/here/varve-data');
});

t.test('names are told apart everywhere', async (t) => {
  const names = EVERY_SETTING.flatMap(([, { name, formerly }]) => [name, formerly ?? []].flat());
  t.equal(new Set(names).size, names.length);
  for (const [, { name }] of EVERY_SETTING) t.match(name, /^[a-z]+(-[a-z]+)*$/);
});

t.test('option before environment before file before default', async (t) => {
  const file = fileWith(t, 'port = 1\nhost = "file"\nblock-cache = "2MiB"\ndata = "below"\n');
  const environment = { VARVE_PORT: '2', VARVE_HOST: 'environment', VARVE_CONFIG: file };
  const { settings, origins } = resolveConfiguration({ ...NOTHING, environment, options: { port: 3 } });
  t.match(settings, { port: 3, host: 'environment', blockCacheBytes: 2 * 2 ** 20, drainMs: 10_000 });
  t.equal(settings.data, join(file, '../below'), 'relative to the file');
  t.strictSame(
    [origins.port, origins.host, origins.blockCacheBytes, origins.drainMs],
    [
      { source: 'option', from: '--port' },
      { source: 'environment', from: 'VARVE_HOST' },
      { source: 'file', from: file },
      { source: 'default' },
    ],
  );
});

t.test('what is wrong is named with its place', async (t) => {
  const files: readonly [content: string, message: RegExp][] = [
    ['prot = 1', /varve\.toml: unknown key prot \(did you mean port\?\)/],
    ['log_level = "warn"', /unknown key log_level \(did you mean log-level\?\)/],
    ['frobnicate = 1', /unknown key frobnicate$/],
    ['[http]\nport = 1', /unknown key http/],
    ['port = "http"', /varve\.toml: port must be a number from 0 to 65535, not "http"/],
    ['port = 1\nport = 2', /varve\.toml:2:1: /],
    ['port 1', /varve\.toml:1:/],
    ['in-memory = true\ndata = "x"', /in-memory in .*varve\.toml cannot be used with data in .*varve\.toml/],
  ];
  for (const [content, message] of files) {
    const file = fileWith(t, content);
    t.throws(() => resolveConfiguration({ ...NOTHING, file }), { message, exitCode: 2 }, content);
  }
  const variables: readonly [environment: Record<string, string>, message: RegExp][] = [
    [{ VARVE_PROT: '1' }, /unknown variable VARVE_PROT \(did you mean VARVE_PORT\?\)/],
    [{ VARVE_PORT: 'x' }, /VARVE_PORT must be a number from 0 to 65535, not 'x'/],
    [{ VARVE_IN_MEMORY: 'yes' }, /VARVE_IN_MEMORY must be true or false/],
    [
      { VARVE_MEMTABLES: '1MiB' },
      /VARVE_MEMTABLES \(1MiB\) must be no less than the default of memtable \(16MiB\)/,
    ],
  ];
  for (const [environment, message] of variables) {
    t.throws(() => resolveConfiguration({ ...NOTHING, environment }), { message, exitCode: 2 });
  }
  t.throws(() => resolveConfiguration({ ...NOTHING, file: '/no/such.toml' }), {
    message: /there is no configuration file .*such\.toml/,
  });
});

t.test('variables of others are left alone', async (t) => {
  const environment = {
    VARVE_PORT: 'tcp://10.0.0.1:8000',
    VARVE_PORT_8000_TCP: 'x',
    VARVE_SERVICE_HOST: 'x',
  };
  t.equal(resolveConfiguration({ ...NOTHING, environment }).settings.port, 8000);
});

t.test('the template is a file, also without its comment signs', async (t) => {
  const lines = configurationTemplate();
  t.same(parse(lines.join('\n')), {});
  const content = lines.map((line) => line.replace(/^# (?=[a-z-]+ = )/, '')).join('\n');
  const { origins } = resolveConfiguration({
    ...NOTHING,
    file: fileWith(t, content.replace('in-memory = false', '')),
  });
  for (const [key] of EVERY_SETTING) if (key !== 'inMemory') t.equal(origins[key].source, 'file', key);
});

t.test('varve config', async (t) => {
  const file = fileWith(t, 'drain = "1m"\n');
  const env = plainEnvironment({ VARVE_LOG_LEVEL: 'warn' });
  const shown = await runCommand(['config', '--config', file, '--no-socket'], { env });
  t.equal(shown.code, 0);
  t.match(shown.stdout, `configuration file: ${file}\n`);
  t.match(shown.stdout, new RegExp(`\ndrain +1m +${file}\n`));
  t.match(shown.stdout, /\nlog-level +warn +environment VARVE_LOG_LEVEL\n/);
  t.match(shown.stdout, /\nsocket +false +option --socket\n/);
  t.match(shown.stdout, /\nport +8000 +default\n/);
  const json = await runCommand(['config', '--config', file, '--json'], { env });
  const { settings } = JSON.parse(json.stdout) as { settings: Record<string, unknown> };
  t.strictSame(
    Object.keys(settings),
    EVERY_SETTING.map(([, { name }]) => name),
  );
  t.strictSame(settings['drain'], { value: 60_000, source: 'file', from: file });
  const wrong = await runCommand(['config'], { env: plainEnvironment({ VARVE_DRIAN: '1s' }) });
  t.match(wrong, {
    code: 2,
    stdout: '',
    stderr: 'varve: unknown variable VARVE_DRIAN (did you mean VARVE_DRAIN?)\n',
  });
  t.equal(variableOf(SETTINGS.drainMs), 'VARVE_DRAIN');
});
