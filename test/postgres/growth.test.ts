import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findStandingMerges } from '../../src/customer/engine/standing-merges.js';
import { statementsOf } from '../../src/customer/engine/statements.js';
import { verify } from '../../src/customer/verify/verify.js';
import type { Organization } from '../../src/organization/organization.js';
import { item, openEngineWorld, type EngineWorld } from '../engine/world.js';

// One client may merge the same two customers and undo that as often as it likes: what is read for it grows with how often,
// and not with the square. PostgreSQL counts the rows; the statements are those of SQLite, too.

const [MOBILE, EMAIL] = ['447700900001', 'victim@example.com'];

let world: EngineWorld;

beforeAll(async () => {
  world = await openEngineWorld();
});
afterAll(() => world.close());

/** An organization whose two customers were merged so often, and taken apart again. */
async function organizationOf(id: string, rounds: number): Promise<Organization> {
  const pointsSummaries = [{ programId: '1016', lifetimePoints: '10', slabSNo: 1 }];
  const organization = await world.organization(id, [
    { id: '1', mobile: `+${MOBILE}`, type: 'LOYALTY', pointsSummaries },
    { id: '2', email: EMAIL, type: 'LOYALTY', pointsSummaries },
  ]);
  for (let round = 0; round < rounds; round += 1) {
    const [outcome] = await world.engine.update([item(organization, { mobile: MOBILE, email: EMAIL })]);
    const mergeId = outcome?.kind === 'done' ? (outcome.merges[0]?.id ?? '') : '';
    const undone = await world.engine.undoMerge({ ...item(organization, {}), mergeId });
    expect(undone.kind).toBe('undone');
  }
  return organization;
}

/** So many pairs of customers that were merged once, and taken apart, and often updated: what PostgreSQL then takes for usual. */
async function organizationOfPairs(id: string, pairs: number): Promise<void> {
  const mobileOf = (pair: number) => String(447_700_910_000 + pair);
  const emailOf = (pair: number) => `victim-${pair}@example.com`;
  const all = Array.from({ length: pairs }, (_, pair) => pair);
  const organization = await world.organization(
    id,
    all.flatMap((pair) => [
      { id: String(1000 + pair), mobile: `+${mobileOf(pair)}` },
      { id: String(2000 + pair), email: emailOf(pair) },
    ]),
  );
  const merged = await world.engine.update(
    all.map((pair) => item(organization, { mobile: mobileOf(pair), email: emailOf(pair) })),
  );
  for (const outcome of merged) {
    const mergeId = outcome.kind === 'done' ? (outcome.merges[0]?.id ?? '') : '';
    const undone = await world.engine.undoMerge({ ...item(organization, {}), mergeId });
    expect(undone.kind).toBe('undone');
  }
  await world.execute(
    `INSERT INTO audit_event (organization_id, customer_id, sequence, at, action, version, request_id, client, changes)
     SELECT organization_id, customer_id, sequence + n, at, 'UPDATED', version, request_id, client, '[]'
       FROM audit_event CROSS JOIN generate_series(100, 120) AS n WHERE organization_id = '${id}' AND action = 'MERGED'`,
  );
}

const countRows = async (manager: EntityManager): Promise<number> => {
  const [read] = await manager.query<{ rows: number }[]>(
    'SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::integer AS rows FROM pg_stat_xact_user_tables',
  );
  return read?.rows ?? 0;
};

/** How many rows PostgreSQL reads for the work. In tables as small as these it would else use any index, or none, and join as it likes. */
async function rowsReadBy(work: (manager: EntityManager) => Promise<unknown>): Promise<number> {
  await world.execute('ANALYZE');
  return world.database.snapshot(async (manager) => {
    for (const way of ['seqscan', 'hashjoin', 'mergejoin']) await manager.query(`SET LOCAL enable_${way} = off`);
    await work(manager);
    return countRows(manager);
  });
}

test('verify reads twice as much, and not four times, where a pair was merged and taken apart twice as often', async () => {
  const rounds = 20;
  const verified = async (): Promise<number> =>
    rowsReadBy(async (manager) => {
      const { breaches } = await verify(manager, { onBreach: () => undefined });
      expect(breaches).toBe(0);
    });
  const none = await verified();
  await organizationOf('201', rounds);
  const once = (await verified()) - none;
  await organizationOf('202', 2 * rounds);
  const twice = (await verified()) - none - once;
  expect(once).toBeGreaterThan(rounds * 10);
  expect(twice / once).toBeLessThan(2.5);
});

test('a customer with thousands of aliases gives them up in one go, where PostgreSQL knows nothing of its tables yet', async () => {
  const own = await openEngineWorld();
  const aliases = 3000;
  await own.organization('205', [{ id: '1', email: EMAIL }]);
  await own.execute(
    `INSERT INTO customer_identifier (organization_id, type, value, customer_id, is_alias)
     SELECT '205', 'EXTERNAL_ID', 'alias' || n, 1, true FROM generate_series(1, ${aliases}) AS n`,
  );
  const freed = Array.from({ length: aliases }, (_, index) => ['205', 'EXTERNAL_ID', `alias${index + 1}`, 1]);
  const read = await own.database.transaction(async (manager) => {
    await manager.query(statementsOf(manager).deleteIdentifiers, [JSON.stringify(freed)]);
    return countRows(manager);
  });
  expect(read).toBeLessThan(3 * aliases);
  expect(await own.query('SELECT value FROM customer_identifier')).toEqual([{ value: EMAIL }]);
  await own.close();
});

test('the merges of all answers of a batch do not read what happened since for each merge that was undone', async () => {
  const [merges, updates] = [20, 40];
  await organizationOfPairs('204', 100);
  const organization = await organizationOf('203', merges);
  const outcomes = await world.engine.update(
    Array.from({ length: updates }, (_, index) => item(organization, { mobile: MOBILE, lastname: `James ${index}` })),
  );
  const asked = outcomes.map((outcome) => ({
    organizationId: organization.id,
    survivorId: 1,
    atMost: 0,
    lastSequence: outcome.kind === 'done' ? outcome.customer.lastSequence : 0,
  }));
  const read = await rowsReadBy(async (manager) => {
    expect((await findStandingMerges(manager, asked)).flat()).toEqual([]);
  });
  expect(read).toBeGreaterThanOrEqual(merges);
  expect(read).toBeLessThan(updates * (merges + updates));
});
