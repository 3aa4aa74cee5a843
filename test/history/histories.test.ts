import { afterAll, beforeAll, expect, test } from 'vitest';
import { useWorkplace } from '../process/service.js';
import { repeat, tally } from '../support/soak.js';
import { createTestDatabase, databaseKind, type TestDatabase } from '../support/test-database.js';
import { runRound } from './run-round.js';

// "Clients record begin, end and answer of each operation under concurrency and kills; the checker proves that the histories
// are linearizable per customer."

const workplace = useWorkplace();
let own: TestDatabase;
let organizations = 100;

beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.remove());

/** On SQLite one process as it is meant to be, and two that share the file; on PostgreSQL as many as the machine bears. */
const fleets = { sqlite: [1, 2], postgres: [3] }[databaseKind()];

test('what clients of processes that are killed were told is linearizable, and nothing is lost or done twice', async () => {
  await repeat(fleets.length, async (seed, round) => {
    const { operations, unknown, merges, kills, ...wrong } = await runRound(workplace, {
      url: own.url,
      organizationId: String((organizations += 1)),
      seed,
      processes: fleets[round % fleets.length] ?? 1,
      clients: 12,
      milliseconds: 4000,
      kills: true,
    });
    expect(wrong, `seed ${seed}`).toEqual({ faults: [], breaches: [], broken: [] });
    // That it was put to a test at all.
    expect(Math.min(operations / 100, merges, kills)).toBeGreaterThanOrEqual(1);
    tally({
      histories: 1,
      'operations in histories': operations,
      'writes that nobody was told of': unknown,
      'kills in histories': kills,
    });
  });
});
