import { expect, test } from 'vitest';
import { useWorkplace } from '../process/service.js';
import { repeat, tally } from '../support/soak.js';
import { createTestDatabase, databaseKind } from '../support/test-database.js';
import { replacing } from './fleet.js';
import { runRound } from './run-round.js';

// "Clients record begin, end and answer of each operation under concurrency and kills; the checker proves that the histories
// are linearizable per customer."

const workplace = useWorkplace();

const killed = replacing('SIGKILL');
const released = replacing('SIGTERM');

/** On SQLite one process as it is meant to be, and two that share the file; on PostgreSQL as many as the machine bears. */
const rounds = {
  sqlite: [
    { processes: 1, disturb: killed },
    { processes: 2, disturb: killed },
    { processes: 1, disturb: released },
  ],
  postgres: [
    { processes: 3, disturb: killed },
    { processes: 2, disturb: released },
  ],
}[databaseKind()];

test('what clients were told is linearizable, whoever is killed or stopped, and nothing is lost or done twice', async () => {
  await repeat(rounds.length, async (seed, index) => {
    const own = await createTestDatabase();
    const round = rounds[index % rounds.length] ?? { processes: 1, disturb: killed };
    const result = await runRound(workplace, { url: own.url, seed, clients: 12, milliseconds: 3000, ...round });
    await own.remove();
    const { operations, unknown, refused, merges, replaced, faults, breaches, broken } = result;
    expect({ faults, breaches, broken }, `seed ${seed}`).toEqual({ faults: [], breaches: [], broken: [] });
    // That it was put to a test at all.
    expect(Math.min(operations / 100, merges, replaced)).toBeGreaterThanOrEqual(1);
    tally({
      histories: 1,
      'operations in histories': operations,
      'writes in histories that nobody was told of': unknown,
      'writes in histories that were refused for now': refused,
      [round.disturb === killed ? 'processes killed in histories' : 'processes stopped in histories']: replaced,
    });
  });
});
