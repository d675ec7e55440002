import { fileURLToPath } from 'node:url';
import t from 'tap';
import { airlineAirportsOfCountry, airportsOfCity, highestOfZone, load } from '../../examples/airports.js';
import { plainEnvironment, Running, spawnNode, startDaemon, temporaryDirectory } from './daemon.js';

t.test('the example loads the airports and answers its questions, also after a restart', async (t) => {
  const data = temporaryDirectory(t);
  const daemon = await startDaemon(t, ['--data', data]);
  t.same(await load(daemon.client()), { airports: 7184, items: 13_775 });
  t.same(await load(daemon.client()), { airports: 7184, items: 13_775 }, 'a second time');
  await daemon.kill('SIGKILL');

  const client = (await startDaemon(t, ['--data', data])).client();
  const london = await airportsOfCity(client, 'United Kingdom', 'London');
  t.strictSame(
    london.map((item) => item.name),
    [
      'London Luton Airport',
      'London Gatwick Airport',
      'London City Airport',
      'London Heathrow Airport',
      'London Stansted Airport',
      'London Heliport',
    ],
  );
  t.strictSame(london[3], {
    pk: 'COUNTRY#United Kingdom',
    sk: 'CITY#London#507',
    name: 'London Heathrow Airport',
    city: 'London',
    codes: { iata: 'LHR', icao: 'EGLL' },
    position: { latitude: 51.4706, longitude: -0.461941, altitudeFeet: 83 },
    time: { zone: 'Europe/London', hoursFromUtc: 0, daylightSaving: 'E' },
  });

  const american = await airlineAirportsOfCountry(client, 'United States');
  t.equal(american.length, 1333, 'over many pages');
  t.strictSame(Object.keys(american[0] ?? {}).sort(), ['city', 'codes', 'position']);

  const high = await highestOfZone(client, 'America/Lima', 9_000, 3);
  t.strictSame(
    high.map((item) => [item.name, item.feet]),
    [
      ['Inca Manco Capac International Airport', 12_552],
      ['Andahuaylas Airport', 11_300],
      ['Francisco Carle Airport', 11_034],
    ],
  );
});

const EXAMPLE = fileURLToPath(new URL('../../examples/airports.js', import.meta.url));

t.test('as a command it says what it needs, in one line', async (t) => {
  const run = async (args: readonly string[], environment: Record<string, string> = {}) =>
    new Running(spawnNode([EXAMPLE, ...args], { env: plainEnvironment(environment) })).finished;
  t.match(await run(['--help']), { code: 0, stdout: /^usage: .*--endpoint URL/ });
  t.match(await run(['--end']), { code: 1, stdout: '', stderr: /airports: Unknown option '--end'/ });
  const nobody = await run([], { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
  t.match(nobody, {
    code: 1,
    stdout: '',
    stderr: /airports: nobody listens at http:\/\/127\.0\.0\.1:9; start/,
  });
});
