import { compareFloors } from '../floors/compare.mjs';
import {
  alternate,
  floorContestant,
  repositoriesContestant,
  serviceContestant,
  withoutDatabaseContestant,
} from '../processes/contestants.mjs';
import { goal, goalTable, ratio, resultTable, summarize } from '../report/results.mjs';
import { median } from '../report/statistics.mjs';
import { copyDatabase, makeDatabase } from '../world/database.mjs';
import { pairsFor } from '../world/updates.mjs';

const CONNECTIONS = [1, 32, 128];
/** More than is expected of any: pairs that are left over cost only their import. */
const MOST_UPDATES_A_SECOND = 10_000;

const over = (connections) => (connections === 1 ? '1 connection' : `${connections} connections`);
const service = (connections) => `service, ${over(connections)}`;
const constant = (connections) => `same server, no database, ${over(connections)}`;
const SQLITE3 = 'raw sqlite3, one commit each';
const SQLITE3_SET = 'raw sqlite3, 64 as a set';
const BETTER_SQLITE3 = 'raw better-sqlite3, one commit each';
const REPOSITORIES = `same server, TypeORM repositories, ${over(128)}`;

/** The realistic update, against the same server without a database and against raw SQLite. */
export async function measureUpdates({ folder, customers, rounds, seconds, warmUp, say }) {
  say('comparing the rows that the floors write with the service’s');
  await compareFloors(folder);
  const updates = MOST_UPDATES_A_SECOND * (seconds * rounds * CONNECTIONS.length + warmUp);
  const world = { customers, pairs: pairsFor(updates) };
  say(`importing ${customers} customers, and ${world.pairs} pairs to be merged`);
  const database = await makeDatabase(folder, 'updates', world);
  const started = await startAll(database, world);
  const results = await alternate(entries(started, seconds), { rounds, say, warmUp, warmUps: warmUps(started) });
  for (const contestant of Object.values(started)) await contestant.stop();
  return { results, text: `${resultTable(results, { unit: 'updates', compared })}\n\n${goalTable(goals(results))}` };
}

async function startAll(database, world) {
  const floor = async (driver, isSet) => {
    const copy = await copyDatabase(database, `updates-${driver}-${isSet}`);
    return floorContestant({ driver, isSet, database: copy, ...world });
  };
  return {
    served: await serviceContestant(await copyDatabase(database, 'updates-service'), world),
    constant: await withoutDatabaseContestant(database, world),
    sqlite3: await floor('sqlite3', false),
    set: await floor('sqlite3', true),
    better: await floor('better-sqlite3', false),
    repositories: await repositoriesContestant(await copyDatabase(database, 'updates-repositories'), world),
  };
}

/** One after the other, those that are compared beside each other. */
function entries({ served, constant: without, sqlite3, set, better, repositories }, seconds) {
  const floors = [
    [{ name: SQLITE3, run: () => sqlite3.update({ seconds }) }],
    [{ name: SQLITE3_SET, run: () => set.update({ seconds }) }],
    [
      { name: BETTER_SQLITE3, run: () => better.update({ seconds }) },
      { name: REPOSITORIES, run: () => repositories.update({ connections: 128, seconds }) },
    ],
  ];
  return CONNECTIONS.flatMap((connections, index) => [
    { name: service(connections), run: () => served.update({ connections, seconds }) },
    { name: constant(connections), run: () => without.update({ connections, seconds }) },
    ...floors[index],
  ]);
}

const warmUps = ({ served, constant: without, sqlite3, set, better, repositories }) => [
  (seconds) => served.update({ connections: 128, seconds }),
  (seconds) => without.update({ connections: 128, seconds }),
  (seconds) => repositories.update({ connections: 128, seconds }),
  ...[sqlite3, set, better].map((floor) => (seconds) => floor.update({ seconds })),
];

const both = [
  [' at 1', service(1)],
  [' at 128', service(128)],
];
const compared = {
  ...Object.fromEntries(CONNECTIONS.map((connections) => [constant(connections), [['', service(connections)]]])),
  [SQLITE3]: both,
  [SQLITE3_SET]: both,
  [BETTER_SQLITE3]: both,
  [REPOSITORIES]: [['', service(128)]],
};

function goals(results) {
  const tail = median(results.get(service(128)).map(({ p50, p99 }) => p99 / p50));
  return [
    goal('128 connections ÷ the same server without a database', ratio(results, service(128), constant(128)), {
      least: 0.75,
    }),
    goal('128 connections ÷ raw better-sqlite3, one commit each', ratio(results, service(128), BETTER_SQLITE3), {
      least: 1.2,
    }),
    goal('128 connections ÷ the same server with TypeORM repositories', ratio(results, service(128), REPOSITORIES), {
      least: 20,
    }),
    goal('1 connection ÷ raw sqlite3, one commit each', ratio(results, service(1), SQLITE3), { least: 0.5 }),
    goal('128 connections: p99 ÷ p50', tail, { most: 2.5 }),
  ];
}

/** What the README's chart shows: a bar for each entry. */
export const updateBars = (results) =>
  [...results].map(([name, rounds]) => ({
    name,
    throughput: Math.round(summarize(rounds).throughput),
    kind: name.startsWith('service')
      ? 'the service'
      : name.startsWith('raw')
        ? 'no HTTP'
        : name === REPOSITORIES
          ? 'repositories'
          : 'no database',
  }));
