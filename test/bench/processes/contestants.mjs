import { createQueries, QUERY } from '../world/queries.mjs';
import { createUpdates, UPDATE } from '../world/updates.mjs';
import { load, summary } from './load.mjs';
import { cpuSeconds, forgetPeakMemory, peakMemory } from './measure.mjs';
import { startFloor, startServerOfRepositories, startServerWithoutDatabase, startService } from './start.mjs';

const isUpdated = (body) => body.startsWith('{"data":{"updateCustomer":{"success":true');
const isFound = (body) => body.startsWith('{"data":{"customer":{"userId"');

/** What can be loaded with updates and queries over HTTP: so many processes on one database. */
export async function serviceContestant(database, world, processes = 1) {
  return overHttp(await Promise.all(Array.from({ length: processes }, () => startService(database))), world);
}

export async function withoutDatabaseContestant(database, world) {
  // It takes the same pairs again and again.
  return overHttp([await startServerWithoutDatabase(database)], { ...world, pairs: Infinity });
}

export async function repositoriesContestant(database, world) {
  return overHttp([await startServerOfRepositories(database)], world);
}

function overHttp(servers, world) {
  const updates = createUpdates(world);
  const queries = createQueries(world);
  return {
    pid: servers[0].pid,
    stop: () => Promise.all(servers.map((server) => server.stop())),
    /** `next` makes the inputs: without it, those of the realistic update. */
    update: ({ next = updates.next, ...how }) =>
      measured(servers, { document: UPDATE, next: () => ({ input: next() }), isRight: isUpdated, ...how }),
    query: (how) => measured(servers, { document: QUERY, next: queries.next, isRight: isFound, ...how }),
  };
}

async function measured(servers, how) {
  for (const { pid } of servers) forgetPeakMemory(pid);
  const done = await load({ servers, ...how });
  return { ...done, memory: servers.reduce((sum, { pid }) => sum + peakMemory(pid), 0) };
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
 * the first seconds of a process cost, until its code is compiled, is left out: `warmUp` seconds of each of `warmUps`.
 */
export async function alternate(entries, { rounds, say, warmUp = 0, warmUps = [] }) {
  for (const [index, warm] of warmUps.entries()) {
    say(`warming up ${index + 1} of ${warmUps.length}`);
    await warm(warmUp);
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
