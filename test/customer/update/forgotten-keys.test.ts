import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { databaseKind } from '../../support/test-database.js';
import { useWorld } from '../../support/world.js';

const hour = 60 * 60 * 1000;
const day = 24 * hour;

// The service forgets once an hour, by an interval that begins with it.
beforeAll(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterAll(() => {
  vi.useRealTimers();
});

const world = useWorld();
const { given } = world;

/** Records of so many updates of the customer, that were answered so long ago, a millisecond apart. */
function remember(organizationId: string, customerId: string, count: number, ago: number): Promise<void> {
  const numbers = {
    sqlite: `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n) AS n`,
    postgres: `generate_series(1, ${count}) AS n(i)`,
  };
  return world.execute(
    `INSERT INTO idempotency_record (organization_id, client_id, key, input_hash, customer_id, answer, created_at)
     SELECT '${organizationId}', 'till', '${ago} ' || i, '-', ${customerId}, '{}', ${Date.now() - ago} - i FROM ${numbers[databaseKind()]}`,
  );
}

async function remembered(organizationId: string): Promise<number> {
  const statement = 'SELECT count(*) AS count FROM idempotency_record WHERE organization_id = ?';
  const [row] = await world.query<{ count: number | string }>(statement, [organizationId]);
  return Number(row?.count);
}

test('keys of more than 8 days ago are forgotten, however many they are, and no update waits until all of them are', async () => {
  const shop = await given.organization();
  const { id } = await given.customer(shop);
  await remember(shop.id, id, 10_000, 8 * day + hour);
  await remember(shop.id, id, 10, 7 * day + hour);
  vi.advanceTimersByTime(hour);
  await shop.updated({ id, firstname: 'Rita' });
  expect(await remembered(shop.id)).toBeGreaterThan(10);
  await vi.waitFor(
    async () => {
      expect(await remembered(shop.id)).toBe(10);
    },
    { timeout: 30_000, interval: 100 },
  );
});
