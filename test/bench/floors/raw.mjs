import { performance } from 'node:perf_hooks';
import { createUpdates } from '../world/updates.mjs';
import { updateSet } from './as-a-set.mjs';
import { openBetterSqlite3, openPostgres, openSqlite3 } from './drivers.mjs';
import { updateOne } from './one-commit-each.mjs';
import { openRepositories } from './repositories.mjs';

// A floor: the realistic update without HTTP, in a process of its own, that works when it is told to. Its options come as
// its argument: driver, database, isSet (else one commit each), how many connections at once (1 where it is not said), and
// what createUpdates takes.

const SETS = 64;
const OPEN = {
  sqlite3: openSqlite3,
  'better-sqlite3': openBetterSqlite3,
  postgres: openPostgres,
  repositories: openRepositories,
};

const { driver, database: path, isSet, connections = 1, ...world } = JSON.parse(process.argv[2]);
const databases = await Promise.all(Array.from({ length: connections }, () => OPEN[driver](path)));
const updates = createUpdates(world);

let waiting = null;

process.on('message', (work) => {
  run(work).then(
    (done) => process.send(done),
    (error) => process.send({ fault: error.message }),
  );
});
process.send('ready');

/** Works for so many seconds, or through so many updates. */
async function run({ seconds = Infinity, amount = Infinity }) {
  const latencies = [];
  const startedAt = performance.now();
  let taken = 0;
  const workOn = async (database) => {
    let at = performance.now();
    while (at - startedAt < seconds * 1000 && taken < amount) {
      const inputs = isSet ? distinct(Math.min(SETS, amount - taken)) : [updates.next()];
      taken += inputs.length;
      if (isSet) await updateSet(database, inputs);
      else await updateOne(database, inputs[0]);
      const now = performance.now();
      for (let one = 0; one < inputs.length; one += 1) latencies.push(now - at);
      at = now;
    }
  };
  await Promise.all(databases.map(workOn));
  return { latencies, elapsed: (performance.now() - startedAt) / 1000 };
}

/** Updates of different customers, in their order: a second one of the same customer begins the next set. */
function distinct(size) {
  const byMobile = new Map();
  while (byMobile.size < size) {
    const input = waiting ?? updates.next();
    waiting = byMobile.has(input.mobile) ? input : null;
    if (waiting !== null) break;
    byMobile.set(input.mobile, input);
  }
  return [...byMobile.values()];
}
