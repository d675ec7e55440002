/**
 * Behaves like the service: every case over raw HTTP, and over the AWS SDK what it can send. `VARVE_ENDPOINT` points the
 * same cases at another implementation.
 */
import t from 'tap';
import { rawClient, sdkClient } from './clients.js';
import { openEndpoint } from './endpoint.js';
import { runSuite } from './run.js';
import { suites } from './suites.js';

const endpoint = await openEndpoint();
t.teardown(() => endpoint.stop());
t.comment(`endpoint ${endpoint.url}`);

for (const client of [rawClient(endpoint.url), sdkClient(endpoint.url)]) {
  for (const suite of suites) await runSuite(suite, client);
  client.close();
}
