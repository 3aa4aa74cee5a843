import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomerReads, type CustomerReads } from '../../src/customer/engine/customer-reads.js';
import type { LogPosition } from '../../src/values/log-page.js';
import { randomOf } from '../history/random.js';
import { runStatement } from '../support/test-database.js';
import { openEngineWorld, type EngineWorld } from './world.js';

// A page of an audit log ends early where its changes are a megabyte: whoever walks all pages sees each event once nevertheless.

const ORGANIZATION = '100';
const MEGABYTE = 1024 * 1024;
const random = randomOf(1);

interface Event extends LogPosition {
  readonly changes: string;
}

/** Of one account, of few, and of more than are read in one statement: the customers' ids. */
const logs = [1, 10, 12, 60].map((accounts, index) =>
  Array.from({ length: accounts }, (_, number) => index * 100 + number + 1),
);

/** Mostly small, some large, and now and then one that is a page by itself; in one byte or two for a character. */
function changesByChance(): string {
  const kind = random(40);
  const length = kind === 0 ? MEGABYTE + random(3) - 1 : kind < 12 ? random(300_000) : random(100);
  return JSON.stringify([random(2) === 0 ? 'x'.repeat(length) : 'é'.repeat(length / 2)]);
}

/** The events of a log, as many of one sequence as by chance, newest first. */
function eventsByChance(customerIds: readonly number[]): Event[] {
  const events = Array.from({ length: 20 }, (_, index) => {
    const some = customerIds.filter(() => random(customerIds.length) < 3);
    return some.map((customerId) => ({ sequence: index + 1, customerId, changes: changesByChance() }));
  });
  return events.flat().sort((one, other) => other.sequence - one.sequence || other.customerId - one.customerId);
}

let world: EngineWorld;
let reads: CustomerReads;
const events = logs.map(eventsByChance);
beforeAll(async () => {
  world = await openEngineWorld();
  reads = createCustomerReads(1)(world.database.reader);
  await world.organization(
    ORGANIZATION,
    logs.flat().map((id) => ({ id: String(id), email: `q${id}@example.com` })),
  );
  await world.database.transaction(async (manager) => {
    await runStatement(manager, 'DELETE FROM audit_event');
    for (const { sequence, customerId, changes } of events.flat()) {
      await runStatement(
        manager,
        `INSERT INTO audit_event (organization_id, customer_id, sequence, at, action, version, request_id, client, changes)
         VALUES (?, ?, ?, 0, 'UPDATED', 1, 'request-1', 'till', ?)`,
        [ORGANIZATION, customerId, sequence, changes],
      );
    }
  });
});
afterAll(() => world.close());

const bytesOf = (some: readonly Event[]): number =>
  some.reduce((sum, { changes }) => sum + Buffer.byteLength(changes), 0);
const placeOf = ({ sequence, customerId }: LogPosition): string => `${sequence}/${customerId}`;

async function walk(index: number, first: number): Promise<void> {
  const customerIds = logs[index] ?? [];
  let left = events[index] ?? [];
  let after: LogPosition | null = null;
  for (let hasNext = true; hasNext;) {
    const asked = { organizationId: ORGANIZATION, customerIds, lastSequence: Number.MAX_SAFE_INTEGER };
    const page = await reads.auditEvents({ ...asked, page: { first, after } });
    const found = left.slice(0, page.rows.length);
    expect(page.rows.map(placeOf)).toEqual(found.map(placeOf));
    expect(
      page.rows.map(({ changes }) => JSON.stringify(changes)).join() === found.map(({ changes }) => changes).join(),
    ).toBe(true);
    if (found.length < Math.min(first, left.length)) expect(bytesOf(found)).toBeGreaterThanOrEqual(MEGABYTE);
    if (customerIds.length > 10) expect(bytesOf(found.slice(0, -1))).toBeLessThan(MEGABYTE);
    left = left.slice(found.length);
    expect(page.hasNextPage).toBe(left.length > 0);
    hasNext = page.hasNextPage;
    const last: LogPosition | undefined = page.rows.at(-1);
    after = last === undefined ? null : { sequence: last.sequence, customerId: last.customerId };
  }
}

test('whoever walks the pages of logs, several at once, sees each event once, whatever their sizes', async () => {
  expect(events.slice(-2).every((some) => bytesOf(some) > MEGABYTE)).toBe(true);
  const walks = logs.flatMap((_, index) => [1, 2, 50, 500].map((first) => walk(index, first)));
  await Promise.all(walks);
});
