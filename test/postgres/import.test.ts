import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listSource, type CustomerSource, type SourcePiece } from '../../src/customer/import/customer-source.js';
import { importCustomers } from '../../src/customer/import/import-customers.js';
import { findOrganization } from '../../src/organization/organization.store.js';
import { createWorld, shop, type World } from '../import/world.js';

// PostgreSQL ends a transaction that has been idle for too long; a large file takes longer than that to be read.

const IDLE_MS = 1000;

let world: World;
beforeAll(async () => {
  world = await createWorld();
  expect((await world.load({ organization: shop })).faults).toEqual([]);
});
afterAll(() => world.remove());

/** A file of these customers whose reading takes three fifths of what is idle too long, for each of them. */
function slowSource(customers: readonly object[]): CustomerSource {
  async function* read(): AsyncGenerator<SourcePiece> {
    for (const [position, value] of customers.entries()) {
      await sleep(IDLE_MS * 0.6);
      yield { records: [{ position, value, fault: null, doubled: [] }], end: position + 1 };
    }
  }
  return { ...listSource(customers), read, readGivenIds: read };
}

const importSlowly = (customers: readonly object[]): Promise<number> =>
  world.withDatabase(({ transaction, reader }) =>
    transaction(async (manager) => {
      await manager.query(`SET LOCAL idle_in_transaction_session_timeout = '${IDLE_MS}ms'`);
      const organization = await findOrganization(manager, shop.id);
      if (organization === null) throw new Error('There is no organization');
      const source = slowSource(customers);
      return importCustomers(manager, { organization, source, now: Date.now(), committed: reader });
    }),
  );

test('an import may read its file for longer than a transaction may be idle', async () => {
  expect(await importSlowly([{ email: 'a@example.com' }, { email: 'b@example.com' }])).toBe(2);
});

test('and look for longer for where the double of a customer stands', async () => {
  const customers = [{ email: 'c@example.com' }, { email: 'd@example.com' }, { email: 'd@example.com' }];
  await expect(importSlowly(customers)).rejects.toThrow('customers[2].email: is that of customers[1] already');
});
