import t from 'tap';
import { airlineAirportsOfCountry, airportsOfCity, highestOfZone, load } from '../../examples/airports.js';
import { startDaemon, temporaryDirectory } from './daemon.js';

t.test('the example loads the airports and answers its questions, also after a restart', async (t) => {
  const data = temporaryDirectory(t);
  const daemon = await startDaemon(t, ['--data', data]);
  t.equal(await load(daemon.client()), 13_775);
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
