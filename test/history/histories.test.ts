import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useWorkplace } from '../process/service.js';
import { onServer } from '../support/postgres-server.js';
import { repeat, soakMinutes, tally } from '../support/soak.js';
import { createTestDatabase, databaseKind } from '../support/test-database.js';
import { replacing, type Disturbance } from './fleet.js';
import { runRound } from './run-round.js';

// "Clients record begin, end and answer of each operation under concurrency and kills; the checker proves that the histories
// are linearizable per customer."

const workplace = useWorkplace();

const killed = replacing('SIGKILL');
const released = replacing('SIGTERM');
let ended = 0;
const milliseconds = soakMinutes === null ? 2500 : 8000;

/** Ends all connections of a PostgreSQL database, now and then: also those whose commit is under way. */
const disconnected =
  (url: string): Disturbance =>
  async (_fleet, random, isOver) => {
    while (!isOver()) {
      await sleep(50 + random(400));
      await onServer(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      ended += 1;
    }
  };

/** On SQLite one process as it is meant to be, and two that share the file; on PostgreSQL as many as the machine bears. */
const rounds = {
  sqlite: [
    () => ({ processes: 1, disturb: killed }),
    () => ({ processes: 2, disturb: killed }),
    () => ({ processes: 1, disturb: released }),
  ],
  postgres: [
    () => ({ processes: 3, disturb: killed }),
    (url: string) => ({ processes: 2, disturb: disconnected(url) }),
    () => ({ processes: 2, disturb: released }),
  ],
}[databaseKind()];

test('what clients were told is linearizable, whatever is killed, stopped or cut off, and nothing is lost or done twice', async () => {
  const sums = { operations: 0, merges: 0, disturbances: 0 };
  await repeat(2, async (seed, index) => {
    const own = await createTestDatabase();
    const round = rounds[index % rounds.length]?.(own.url) ?? { processes: 1, disturb: killed };
    ended = 0;
    const result = await runRound(workplace, { url: own.url, seed, clients: 12, milliseconds, ...round });
    await own.remove();
    const { operations, unknown, refused, merges, replaced, faults, breaches, broken } = result;
    sums.operations += operations;
    sums.merges += merges;
    sums.disturbances += replaced + ended;
    tally({
      histories: 1,
      breaches: faults.length + breaches.length + broken.length,
      'operations in histories': operations,
      'writes in histories that nobody was told of': unknown,
      'writes in histories that were refused for now': refused,
      'times that all connections were ended in histories': ended,
      [`processes ${round.disturb === killed ? 'killed' : 'stopped'} in histories`]: replaced,
    });
    expect({ faults, breaches, broken }, `seed ${seed}`).toEqual({ faults: [], breaches: [], broken: [] });
  });
  // That it was put to a test at all.
  expect(Math.min(sums.operations / 100, sums.merges, sums.disturbances), JSON.stringify(sums)).toBeGreaterThan(1);
});
