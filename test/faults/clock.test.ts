import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeBreach } from '../../src/customer/verify/breach.js';
import { verify } from '../../src/customer/verify/verify.js';
import type { Outcome } from '../../src/customer/engine/plan-item.js';
import { item, openEngineWorld, type EngineWorld, type Input } from '../engine/world.js';

// A clock that goes backwards, by seconds as when it is set, or by years as when a machine has lost it: order is by version
// and sequence, never by the clock.

const DAY = 24 * 60 * 60 * 1000;
const START = Date.UTC(2026, 5, 1);

let world: EngineWorld;
let now = START;
beforeAll(async () => {
  world = await openEngineWorld(() => now);
});
afterAll(() => world.close());

const falls = [0, -1, -1000, -DAY, -400 * DAY, -30 * 365 * DAY, 5 * DAY];

test('versions and the order of the log go on, merges and undos too, and keys keep what they stand for', async () => {
  const organization = await world.organization('100', [
    { id: '1', mobile: '+447700900001', type: 'LOYALTY', registeredOn: '2020-01-01T00:00:00Z' },
    { id: '2', mobile: null, email: 'two@example.com' },
  ]);
  const update = async (input: Input): Promise<Extract<Outcome, { kind: 'done' }>> => {
    const [outcome] = await world.engine.update([item(organization, input)]);
    if (outcome?.kind !== 'done') throw new Error(JSON.stringify(outcome));
    return outcome;
  };
  let version = 1;
  for (const [index, fall] of falls.entries()) {
    now = START + fall;
    const input = { id: '1', firstname: `Rita${'a'.repeat(index)}`, idempotencyKey: `key-${index}` };
    const updated = await update(input);
    expect(updated).toMatchObject({ replayed: false, customer: { version: (version += 1), updatedOn: now } });
    now -= 1000;
    expect(await update(input)).toMatchObject({ replayed: true, customer: { version } });

    const { merges, customer } = await update({ id: '1', email: 'two@example.com' });
    expect(customer.version).toBeGreaterThan(version);
    now -= 60_000;
    const [merge] = merges;
    const { origin } = item(organization, {});
    const undone = await world.engine.undoMerge({ organization, origin, mergeId: merge?.id ?? '' });
    expect(undone.kind).toBe('undone');
    version = customer.version + 1;
  }

  const log = await world.query<{ version: number; sequence: number }>(
    'SELECT version, sequence FROM audit_event WHERE organization_id = ? AND customer_id = 1 ORDER BY sequence',
    [organization.id],
  );
  expect(log.map((event) => event.version)).toEqual(log.map((event) => event.version).toSorted((a, b) => a - b));
  expect(new Set(log.map(({ sequence }) => sequence)).size).toBe(log.length);
  const breaches: string[] = [];
  await world.database.snapshot((manager) =>
    verify(manager, { onBreach: (breach) => breaches.push(describeBreach(breach)) }),
  );
  expect(breaches).toEqual([]);
});
