import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { alternate, floorContestant, serviceContestant } from '../processes/contestants.mjs';
import { startPostgres } from '../processes/postgres.mjs';
import { startFloor } from '../processes/start.mjs';
import { ratio, summarize } from '../report/results.mjs';
import { hundredths, percent, table, whole } from '../report/table.mjs';
import { postgresDatabases } from '../world/postgres-databases.mjs';
import { pairsFor } from '../world/updates.mjs';

/** Milliseconds that each answer of the database takes more. */
const DISTANCES = [0, 1, 5];
const CONNECTIONS = [1, 128];
/** As many as a process of the service has batches at once. */
const RAW_CONNECTIONS = 4;
const MOST_UPDATES_A_SECOND = 8_000;
const PINGS = 100;

/** What the way to the database costs: the realistic update through a proxy that makes it longer. */
export async function measureDistance({ folder, customers, rounds, seconds, warmUp, say }) {
  const server = await startPostgres(folder);
  try {
    const { make, copy } = postgresDatabases(server, folder);
    const world = { customers, pairs: pairsFor(MOST_UPDATES_A_SECOND * (seconds * rounds * 2 + warmUp)) };
    say(`importing ${customers} customers, and ${world.pairs} pairs to be merged`);
    const database = await make('customers', world);
    const places = [];
    for (const milliseconds of DISTANCES) {
      const served = await far(await copy(database, `served_${milliseconds}`), milliseconds);
      const raw = await far(await copy(database, `raw_${milliseconds}`), milliseconds);
      places.push({
        roundTrip: await roundTrip(served.url),
        served: await serviceContestant(served.url, world),
        raw: await floorContestant({ driver: 'postgres', connections: RAW_CONNECTIONS, database: raw.url, ...world }),
        ways: [served, raw],
      });
    }
    const results = await alternate(
      places.flatMap((place) => entries(place, seconds)),
      {
        rounds,
        say,
        warmUp,
        warmUps: places.flatMap(({ served, raw }) => [
          (time) => served.update({ connections: 128, seconds: time }),
          (time) => raw.update({ seconds: time }),
        ]),
      },
    );
    for (const { served, raw, ways } of places) for (const started of [served, raw, ...ways]) await started.stop();
    return { results, text: `${report(results, places)}\n\n${roundTrips(results, places)}` };
  } finally {
    await server.stop();
  }
}

/** The same database, from so many milliseconds away. */
async function far(url, milliseconds) {
  const target = new URL(url);
  const way = await startFloor('delay.mjs', { port: Number(target.port), milliseconds });
  const { port } = await way.ask({});
  return { url: Object.assign(target, { port: String(port) }).href, stop: way.stop };
}

/** Milliseconds that the smallest statement takes. */
async function roundTrip(url) {
  const client = new pg.Client(url);
  await client.connect();
  const startedAt = performance.now();
  for (let ping = 0; ping < PINGS; ping += 1) await client.query('SELECT 1');
  const elapsed = performance.now() - startedAt;
  await client.end();
  return elapsed / PINGS;
}

const service = ({ roundTrip: took }, connections) =>
  `service, ${connections} connection${connections === 1 ? '' : 's'}, database ${hundredths(took)} ms away`;
const rawName = ({ roundTrip: took }) =>
  `raw pg, one transaction each, ${RAW_CONNECTIONS} connections, ${hundredths(took)} ms away`;

const entries = (place, seconds) => [
  ...CONNECTIONS.map((connections) => ({
    name: service(place, connections),
    run: () => place.served.update({ connections, seconds }),
  })),
  { name: rawName(place), run: () => place.raw.update({ seconds }) },
];

function report(results, [near, ...others]) {
  const heads = ['', 'updates a second', 'spread', 'p50 ms', 'p99 ms', '÷ the same beside it'];
  const names = (place) => [...CONNECTIONS.map((connections) => service(place, connections)), rawName(place)];
  const rows = [near, ...others].flatMap((place) =>
    names(place).map((name, index) => {
      const { throughput, spread, p50, p99 } = summarize(results.get(name));
      const kept = place === near ? '' : hundredths(ratio(results, name, names(near)[index]));
      return [name, whole(throughput), percent(spread), hundredths(p50), hundredths(p99), kept];
    }),
  );
  return table(heads, rows);
}

/** How many round trips an update waits for, by what a longer way costs it. */
function roundTrips(results, places) {
  const [near, far] = [places[0], places.at(-1)];
  const p50 = (place) => summarize(results.get(service(place, 1))).p50;
  const trips = (p50(far) - p50(near)) / (far.roundTrip - near.roundTrip);
  return `An update alone waits for ${hundredths(trips)} round trips.`;
}
