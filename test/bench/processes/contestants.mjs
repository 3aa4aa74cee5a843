import { createQueries, QUERY } from '../world/queries.mjs';
import { createUpdates, UPDATE } from '../world/updates.mjs';
import { load, summary } from './load.mjs';
import { cpuSeconds, forgetPeakMemory, peakMemory } from './measure.mjs';
import { startFloor, startServerWithoutDatabase, startService } from './start.mjs';

const WARM_UP_SECONDS = 2;

const isUpdated = (body) => body.startsWith('{"data":{"updateCustomer":{"success":true');
const isFound = (body) => body.startsWith('{"data":{"customer":{"userId"');

/** What can be loaded with updates and queries over HTTP. */
export async function serviceContestant(database, world) {
  return overHttp(await startService(database), world);
}

export async function withoutDatabaseContestant(database, world) {
  // It takes the same pairs again and again.
  return overHttp(await startServerWithoutDatabase(database), { ...world, pairs: Infinity });
}

function overHttp(server, world) {
  const updates = createUpdates(world);
  const queries = createQueries(world);
  return {
    pid: server.pid,
    stop: server.stop,
    /** `next` makes the inputs: without it, those of the realistic update. */
    update: ({ next = updates.next, ...how }) =>
      measured(server, { document: UPDATE, next: () => ({ input: next() }), isRight: isUpdated, ...how }),
    query: (how) => measured(server, { document: QUERY, next: queries.next, isRight: isFound, ...how }),
  };
}

async function measured(server, how) {
  forgetPeakMemory(server.pid);
  const done = await load({ server, ...how });
  return { ...done, memory: peakMemory(server.pid) };
}

/** A floor: the same updates without HTTP. */
export async function floorContestant(options) {
  const floor = await startFloor('raw.mjs', options);
  return {
    pid: floor.pid,
    stop: floor.stop,
    async update(work) {
      forgetPeakMemory(floor.pid);
      const cpuBefore = cpuSeconds(floor.pid);
      const { latencies, elapsed } = await floor.ask(work);
      const cpu = cpuSeconds(floor.pid) - cpuBefore;
      return { ...summary({ latencies, elapsed, cpu }), memory: peakMemory(floor.pid) };
    },
  };
}

/**
 * Runs every entry once a round, so that a noisy minute hits all of them; answers the results of each by its name. What
 * the first seconds of a process cost is left out.
 */
export async function alternate(entries, { rounds, say, warmUps = [] }) {
  for (const warmUp of warmUps) {
    say('warming up');
    await warmUp(WARM_UP_SECONDS);
  }
  const results = new Map(entries.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, run } of entries) {
      say(`round ${round} of ${rounds}: ${name}`);
      results.get(name).push(await run());
    }
  }
  return results;
}
