/** Units as systemd itself reads them. Where it is not installed, a line says so. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { systemService, userService } from '../../tools/service-unit.js';
import { plainEnvironment, runCommand, temporaryDirectory } from '../e2e/daemon.js';

const EXPOSURE_MAX = 2.5;
const analyze = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
const skip = analyze.status === 0 ? false : 'systemd-analyze is not installed';

t.test('a system service is little exposed', { skip }, async (t) => {
  const unit = join(process.cwd(), 'packaging/systemd/varve.service');
  const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {
    encoding: 'utf8',
  });
  const exposure = Number(/exposure level for varve\.service: (\d+\.\d+)/.exec(stdout)?.[1]);
  t.comment(`exposure ${exposure} of at most ${EXPOSURE_MAX}`);
  t.ok(exposure <= EXPOSURE_MAX);
});

t.test('systemd finds nothing wrong with them', { skip }, async (t) => {
  const directory = temporaryDirectory(t);
  // The command must be there to be found right.
  const places = {
    command: [process.execPath],
    config: join(directory, 'with blank, 100%, "quote" and $dollar'),
  };
  const data = join(directory, 'data');
  for (const [name, content] of [
    ['system', systemService(places)],
    ['user', userService({ ...places, data })],
  ] as const) {
    mkdirSync(join(directory, name));
    const path = join(directory, name, 'varve.service');
    writeFileSync(path, content);
    const { stderr } = spawnSync('systemd-analyze', [`--${name}`, 'verify', '--man=no', path], {
      encoding: 'utf8',
    });
    const lines = stderr.split('\n').filter((line) => line.includes('varve.service'));
    t.strictSame(lines, [], name);
  }
});

t.test('install-service writes units and settings, and keeps settings that are there', async (t) => {
  const home = temporaryDirectory(t);
  const env = plainEnvironment({ HOME: home });
  const first = await runCommand(['install-service', '--user'], { env });
  t.match(first, { code: 0, stderr: '' });
  t.match(first.stdout, /systemctl --user enable --now varve\.service/);
  const unit = readFileSync(join(home, '.config/systemd/user/varve.service'), 'utf8');
  t.match(unit, `\nExecStart=${process.execPath} `);
  t.match(unit, `\nEnvironment=VARVE_DATA=${home}/.local/share/varve\n`);
  t.ok(existsSync(join(home, '.config/systemd/user/varve.socket')));
  const settings = join(home, '.config/varve/varve.toml');
  writeFileSync(settings, 'port = 8123\n');
  t.match((await runCommand(['install-service', '--user'], { env })).stdout, 'stays as it is');
  t.equal(readFileSync(settings, 'utf8'), 'port = 8123\n');
  t.match((await runCommand(['config', '--config', settings], { env })).stdout, /port +8123/);

  const printed = await runCommand(['install-service', '--system', '--print'], { env });
  t.match(printed, { code: 0, stderr: '' });
  t.match(
    printed.stdout,
    /^# \/etc\/systemd\/system\/varve\.service\n[\s\S]*\n# \/etc\/varve\/varve\.toml\n/,
  );
  t.match(await runCommand(['install-service', '--system', '--user'], { env }), { code: 2, stdout: '' });
});
