import { cpus } from 'node:os';
import { comparePostgresFloors } from '../floors/compare.mjs';
import { alternate, floorContestant, serviceContestant } from '../processes/contestants.mjs';
import { startPostgres } from '../processes/postgres.mjs';
import { goal, goalTable, ratio, resultTable } from '../report/results.mjs';
import { postgresDatabases } from '../world/postgres-databases.mjs';
import { pairsFor } from '../world/updates.mjs';

const CONNECTIONS = [1, 32, 128];
const MOST = CONNECTIONS.at(-1);
/** As many as a process of the service has batches at once. */
const SETS_AT_ONCE = 4;
const MOST_UPDATES_A_SECOND = 8_000;

const over = (connections) => (connections === 1 ? '1 connection' : `${connections} connections`);
const service = (connections) => `service, ${over(connections)}`;
const TWO = `service, 2 processes, ${over(MOST)}`;
const raw = (connections) => `raw pg, one transaction each, ${over(connections)}`;
const SET = `raw pg, 64 as a set, ${over(SETS_AT_ONCE)}`;

/** The realistic update on PostgreSQL, beside the same statements through `pg` without HTTP, and with two processes. */
export async function measurePostgres({ folder, customers, rounds, seconds, warmUp, say }) {
  const server = await startPostgres(folder);
  try {
    say('comparing the rows that the floors write with the service’s');
    await comparePostgresFloors(postgresDatabases(server, folder));
    const updates = MOST_UPDATES_A_SECOND * (seconds * rounds * CONNECTIONS.length + warmUp);
    const world = { customers, pairs: pairsFor(updates) };
    say(`importing ${customers} customers, and ${world.pairs} pairs to be merged`);
    const started = await startAll(postgresDatabases(server, folder), world);
    const results = await alternate(entries(started, seconds), { rounds, say, warmUp, warmUps: warmUps(started) });
    for (const contestant of contestants(started)) await contestant.stop();
    const tables = `${resultTable(results, { unit: 'updates', compared })}\n\n${goalTable(goals(results))}`;
    return { results, text: `${about(server)}\n\n${tables}` };
  } finally {
    await server.stop();
  }
}

async function startAll({ make, copy }, world) {
  const database = await make('customers', world);
  const floor = async (name, options) =>
    floorContestant({ driver: 'postgres', database: await copy(database, name), ...options, ...world });
  return {
    one: await serviceContestant(await copy(database, 'one'), world),
    two: await serviceContestant(await copy(database, 'two'), world, 2),
    each: new Map(
      await Promise.all(
        CONNECTIONS.map(async (connections) => [connections, await floor(`each_${connections}`, { connections })]),
      ),
    ),
    set: await floor('set', { connections: SETS_AT_ONCE, isSet: true }),
  };
}

const contestants = ({ one, two, each, set }) => [one, two, ...each.values(), set];

/** One after the other, those that are compared beside each other. */
const entries = ({ one, two, each, set }, seconds) => [
  ...CONNECTIONS.flatMap((connections) => [
    { name: service(connections), run: () => one.update({ connections, seconds }) },
    { name: raw(connections), run: () => each.get(connections).update({ seconds }) },
  ]),
  { name: TWO, run: () => two.update({ connections: MOST, seconds }) },
  { name: SET, run: () => set.update({ seconds }) },
];

const warmUps = ({ one, two, each, set }) => [
  ...[one, two].map((served) => (seconds) => served.update({ connections: MOST, seconds })),
  ...[...each.values(), set].map((floor) => (seconds) => floor.update({ seconds })),
];

const compared = {
  ...Object.fromEntries(CONNECTIONS.map((connections) => [raw(connections), [['', service(connections)]]])),
  [SET]: [
    [' one process', service(MOST)],
    [' two', TWO],
  ],
};

const goals = (results) => [
  goal(`${over(MOST)} ÷ raw, one transaction each, as many to the database`, ratio(results, service(MOST), raw(MOST)), {
    least: 1.5,
  }),
  goal('two processes ÷ one, where there are cores for it', ratio(results, TWO, service(MOST)), { least: 1.5 }),
];

function about({ version }) {
  const cores = cpus().length;
  const few = 'the load, the service and the database share them, so that two processes have nothing to run on';
  return [
    `PostgreSQL ${version}, fsync and synchronous_commit on, each entry on a database of its own.`,
    `Peak MiB and CPU are of the service or the floor, not of PostgreSQL. ${cores} cores${cores < 6 ? `: ${few}` : ''}.`,
  ].join('\n');
}
