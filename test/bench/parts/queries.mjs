import { alternate, serviceContestant, withoutDatabaseContestant } from '../processes/contestants.mjs';
import { goal, goalTable, ratio, resultTable } from '../report/results.mjs';
import { copyDatabase, makeDatabase } from '../world/database.mjs';
import { mobile } from '../world/shop.mjs';
import { pairsFor } from '../world/updates.mjs';

const CONNECTIONS = 128;
/** Of these, so many write, so that readers and writers are as many. */
const HALF = CONNECTIONS / 2;
/** A steady rate of writes: a busy chain of shops. */
const WRITES_A_SECOND = 500;
const MOST_UPDATES_A_SECOND = 5_000;

const ALONE = `service, ${CONNECTIONS} connections`;
const CONSTANT = `same server, no database, ${CONNECTIONS} connections`;
const HALF_ALONE = `service, ${HALF} connections`;
const BESIDE_RATE = `service, ${HALF}, beside ${WRITES_A_SECOND} updates a second`;
const BESIDE_FULL = `service, ${HALF}, beside ${HALF} that update as fast as they can`;

/** `customer` by mobile with every field, alone and while updates go on. */
export async function measureQueries({ folder, customers, rounds, seconds, warmUp, say }) {
  const world = { customers, pairs: pairsFor(MOST_UPDATES_A_SECOND * (seconds * rounds * 2 + warmUp)) };
  say(`importing ${customers} customers, and ${world.pairs} pairs to be merged`);
  const database = await makeDatabase(folder, 'queries', world);
  await changeFirst(database, world);
  const served = await serviceContestant(await copyDatabase(database, 'queries-service'), world);
  const constant = await withoutDatabaseContestant(database, world);
  const beside = async (how) => {
    const [queries] = await Promise.all([
      served.query({ connections: HALF, seconds }),
      served.update({ connections: HALF, seconds, ...how }),
    ]);
    // The process worked for both.
    return { ...queries, cpuPerThousand: null };
  };
  const entries = [
    { name: ALONE, run: () => served.query({ connections: CONNECTIONS, seconds }) },
    { name: CONSTANT, run: () => constant.query({ connections: CONNECTIONS, seconds }) },
    { name: HALF_ALONE, run: () => served.query({ connections: HALF, seconds }) },
    { name: BESIDE_RATE, run: () => beside({ rate: WRITES_A_SECOND }) },
    { name: BESIDE_FULL, run: () => beside({}) },
  ];
  const warmUps = [
    // Some have been changed and merged by then, as in a shop that is open.
    (seconds) => served.update({ connections: HALF, seconds }),
    (seconds) => served.query({ connections: CONNECTIONS, seconds }),
    (seconds) => constant.query({ connections: CONNECTIONS, seconds }),
  ];
  const results = await alternate(entries, { rounds, say, warmUp, warmUps });
  await served.stop();
  await constant.stop();
  const compared = {
    [CONSTANT]: [['', ALONE]],
    [HALF_ALONE]: [
      [` beside ${WRITES_A_SECOND}/s`, BESIDE_RATE],
      [' beside full', BESIDE_FULL],
    ],
  };
  const goals = [
    goal('queries ÷ the same server without a database', ratio(results, ALONE, CONSTANT), { least: 0.6 }),
    goal(`queries beside ${WRITES_A_SECOND} updates a second ÷ alone`, ratio(results, BESIDE_RATE, HALF_ALONE), {
      least: 0.5,
    }),
    goal('queries beside as many connections that update ÷ alone', ratio(results, BESIDE_FULL, HALF_ALONE), {
      least: 0.5,
    }),
  ];
  return { results, text: `${resultTable(results, { unit: 'queries', compared })}\n\n${goalTable(goals)}` };
}

/** The customer whom the server without a database answers is one that has been changed, as those of the service are. */
async function changeFirst(database, world) {
  const served = await serviceContestant(database, world);
  const lastnames = ['James-Okafor', 'Okafor', 'Okafor-James'];
  const next = () => ({ mobile: mobile(0), lastname: lastnames.shift() });
  await served.update({ connections: 1, amount: lastnames.length, next });
  await served.stop();
}
