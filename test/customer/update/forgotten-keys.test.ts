import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDatabase } from '../../../src/database/database.js';
import { openService } from '../../../src/service.js';
import { readSettings } from '../../../src/settings.js';
import { createTestDatabase, databaseKind } from '../../support/test-database.js';
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

/** Stores records of so many updates of the customer, that were answered so long ago, a millisecond apart. */
function remember(organizationId: string, customerId: string, count: number, ago: number): string {
  const numbers = {
    sqlite: `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n) AS n`,
    postgres: `generate_series(1, ${count}) AS n(i)`,
  };
  return `
    INSERT INTO idempotency_record (organization_id, client_id, key, input_hash, customer_id, answer, created_at)
    SELECT '${organizationId}', 'till', '${ago} ' || i, '-', ${customerId}, '{}', ${Date.now() - ago} - i
      FROM ${numbers[databaseKind()]}`;
}

const REMEMBERED = 'SELECT key FROM idempotency_record';

test('keys of more than 8 days ago are forgotten, however many they are, and no update waits until all of them are', async () => {
  const shop = await given.organization();
  const { id } = await given.customer(shop);
  await world.execute(remember(shop.id, id, 10_000, 8 * day + hour));
  await world.execute(remember(shop.id, id, 10, 7 * day + hour));
  vi.advanceTimersByTime(hour);
  await shop.updated({ id, firstname: 'Rita' });
  expect((await world.query(REMEMBERED)).length).toBeGreaterThan(10);
  await vi.waitFor(
    async () => {
      expect(await world.query(REMEMBERED)).toHaveLength(10);
    },
    { timeout: 30_000, interval: 100 },
  );
});

test('a service that is to stop while it forgets keys does so in order', async () => {
  const own = await createTestDatabase();
  const service = await openService(readSettings({ DATABASE_URL: own.url }), pino({ level: 'silent' }));
  const database = await openDatabase(own.settings);
  const demo = remember('100', '343445382', 2000, 9 * day);
  await database.transaction((manager) => manager.query(demo));
  vi.advanceTimersByTime(hour);
  await service.close();
  expect(await database.reader.query(REMEMBERED)).toHaveLength(1000);
  await database.close();
  await own.remove();
});
