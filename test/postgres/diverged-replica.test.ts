import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { listSource } from '../../src/customer/import/customer-source.js';
import { importCustomers } from '../../src/customer/import/import-customers.js';
import { importOrganization, parseOrganizationFile } from '../../src/customer/import/import-organization.js';
import { openDatabase } from '../../src/database/database.js';
import { findOrganization } from '../../src/organization/organization.store.js';
import { createServer } from '../../src/server.js';
import { openService } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { Shop } from '../support/shop.js';
import { organizationFile } from '../support/settings.js';
import { startPair, type ReplicatedPair } from './replicated-pair.js';

const ORGANIZATION = '100';

async function importCustomer({ primaryUrl }: ReplicatedPair): Promise<void> {
  const database = await openDatabase(readSettings({ DATABASE_URL: primaryUrl }).database);
  const now = Date.now();
  await database.transaction(async (manager) => {
    const file = parseOrganizationFile(JSON.stringify(organizationFile(ORGANIZATION, {})));
    await importOrganization(manager, { file, now, committed: database.reader });
    const organization = await findOrganization(manager, ORGANIZATION);
    if (organization === null) throw new Error('It was not imported');
    const source = listSource([{ id: '1', mobile: '+447700900001', firstname: 'Old' }]);
    await importCustomers(manager, { organization, source, now, committed: database.reader });
  });
  await database.close();
}

/** The primary's log goes on, without an update, where the standby does not get it. */
async function writeAhead(pair: ReplicatedPair): Promise<void> {
  const database = await openDatabase(readSettings({ DATABASE_URL: pair.primaryUrl }).database);
  const { reader } = database;
  pair.freezeLink(true);
  await reader.query(`SELECT pg_logical_emit_message(false, 'ahead', repeat('.', 1000000))`);
  const flushed = 'SELECT pg_current_wal_flush_lsn() = pg_current_wal_insert_lsn() AS "isFlushed"';
  while (!(await reader.query<[{ isFlushed: boolean }]>(flushed))[0].isFlushed);
  await database.close();
}

test('a primary that comes back as a standby with a log that nobody else has is not read, however far it is', async () => {
  const pair = await startPair('customers');
  onTestFinished(() => pair.close());
  await importCustomer(pair);
  await pair.caughtUp();
  await writeAhead(pair);
  await pair.primary.end('SIGKILL');
  await pair.promote();
  await pair.startOldPrimary();

  const settings = readSettings({
    NODE_ENV: 'test',
    DATABASE_URL: pair.standbyUrl,
    DATABASE_REPLICA_URLS: pair.primaryUrl,
    DEMO_DATA: '0',
  });
  const logged: unknown[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => logged.push(JSON.parse(line)) });
  const service = await openService(settings, logger);
  onTestFinished(() => service.close());
  const server = await createServer({ ...service, settings, logger });
  onTestFinished(() => server.close());
  const shop = new Shop({ app: server.app, organizationId: ORGANIZATION, logged: () => [] });

  const { headers } = await shop.send('mutation { updateCustomer(input: { id: "1", firstname: "New" }) { success } }');
  const after = String(headers['x-cap-read-after']);
  const { data } = await shop.with({ 'x-cap-read-after': after }).send('{ customer(id: "1") { firstname } }');
  expect(data).toEqual({ customer: { firstname: 'New' } });
  const replica = new URL(pair.primaryUrl).host;
  expect(logged).toContainEqual(expect.objectContaining({ replica, absence: 'it does not follow the primary' }));
});
