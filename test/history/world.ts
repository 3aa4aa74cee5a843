import { listSource } from '../../src/customer/import/customer-source.js';
import { importCustomers } from '../../src/customer/import/import-customers.js';
import { importOrganization, parseOrganizationFile } from '../../src/customer/import/import-organization.js';
import { describeBreach } from '../../src/customer/verify/breach.js';
import { verify } from '../../src/customer/verify/verify.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import { findOrganization } from '../../src/organization/organization.store.js';
import { readSettings } from '../../src/settings.js';
import { organizationFile, type CustomerSetting } from '../support/settings.js';
import { runStatement } from '../support/test-database.js';
import type { CustomerLog } from './history.js';
import { readLogs } from './read-logs.js';

// The database as it is while no service runs: opened for one piece of work, and closed again.

async function inDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(readSettings({ DATABASE_URL: url }).database);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

const configs = { CONF_ALLOW_MOBILE_UPDATE: '1', CONF_ALLOW_EMAIL_UPDATE: '1' };

/** An organization of its own, with these customers. */
export function importShop(url: string, id: string, customers: readonly CustomerSetting[]): Promise<void> {
  return inDatabase(url, ({ transaction, reader }) =>
    transaction(async (manager) => {
      const file = parseOrganizationFile(JSON.stringify(organizationFile(id, { configs })));
      const shared = { now: Date.UTC(2026, 0, 1), committed: reader };
      await importOrganization(manager, { file, ...shared });
      const organization = await findOrganization(manager, id);
      if (organization === null) throw new Error(`There is no organization ${id}`);
      await importCustomers(manager, { organization, source: listSource(customers), ...shared });
    }),
  );
}

/** The logs of an organization, and what `npm run verify` finds wrong with the database. */
export function readShop(url: string, id: string): Promise<{ logs: CustomerLog[]; breaches: string[] }> {
  return inDatabase(url, async ({ reader, snapshot }) => {
    const logs = await readLogs((statement, parameters) => runStatement(reader, statement, parameters), id);
    const breaches: string[] = [];
    await snapshot((manager) => verify(manager, { onBreach: (breach) => breaches.push(describeBreach(breach)) }));
    return { logs, breaches };
  });
}
