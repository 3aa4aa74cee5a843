import { expect, test } from 'vitest';
import { useWorkplace } from '../process/service.js';
import { repeat, tally } from '../support/soak.js';
import { createTestDatabase, databaseKind } from '../support/test-database.js';
import { kills } from './fleet.js';
import { runRound } from './run-round.js';

// "Clients record begin, end and answer of each operation under concurrency and kills; the checker proves that the histories
// are linearizable per customer."

const workplace = useWorkplace();

/** On SQLite one process as it is meant to be, and two that share the file; on PostgreSQL as many as the machine bears. */
const fleets = { sqlite: [1, 2], postgres: [3] }[databaseKind()];

test('what clients of processes that are killed were told is linearizable, and nothing is lost or done twice', async () => {
  await repeat(fleets.length, async (seed, round) => {
    const own = await createTestDatabase();
    const { operations, unknown, refused, merges, replaced, ...wrong } = await runRound(workplace, {
      url: own.url,
      seed,
      processes: fleets[round % fleets.length] ?? 1,
      clients: 12,
      milliseconds: 4000,
      disturb: kills,
    });
    await own.remove();
    expect(wrong, `seed ${seed}`).toEqual({ faults: [], breaches: [], broken: [] });
    // That it was put to a test at all.
    expect(Math.min(operations / 100, merges, replaced)).toBeGreaterThanOrEqual(1);
    tally({
      histories: 1,
      'operations in histories': operations,
      'writes that nobody was told of': unknown,
      'writes refused while there was no service': refused,
      'kills in histories': replaced,
    });
  });
});
