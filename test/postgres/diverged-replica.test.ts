import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listSource } from '../../src/customer/import/customer-source.js';
import { importCustomers } from '../../src/customer/import/import-customers.js';
import { importOrganization, parseOrganizationFile } from '../../src/customer/import/import-organization.js';
import { openDatabase } from '../../src/database/database.js';
import { findOrganization } from '../../src/organization/organization.store.js';
import { createServer } from '../../src/server.js';
import { openService } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { Shop } from '../support/shop.js';
import { onServer } from '../support/postgres-server.js';
import { organizationFile } from '../support/settings.js';
import { openProxy } from './cutting-proxy.js';
import { startPair, type ReplicatedPair } from './replicated-pair.js';

const ORGANIZATION = '100';

async function importCustomer({ primaryUrl }: ReplicatedPair, firstname = 'Old'): Promise<void> {
  const database = await openDatabase(readSettings({ DATABASE_URL: primaryUrl }).database);
  const now = Date.now();
  await database.transaction(async (manager) => {
    const file = parseOrganizationFile(JSON.stringify(organizationFile(ORGANIZATION, {})));
    await importOrganization(manager, { file, now, committed: database.reader });
    const organization = await findOrganization(manager, ORGANIZATION);
    if (organization === null) throw new Error('It was not imported');
    const source = listSource([{ id: '1', mobile: '+447700900001', firstname }]);
    await importCustomers(manager, { organization, source, now, committed: database.reader });
  });
  await database.close();
}

/** Makes the log of both far longer than that of any other pair. */
async function grow(pair: ReplicatedPair): Promise<void> {
  await lengthen(pair, 10_000_000);
  await pair.caughtUp();
}

const lengthen = ({ primaryUrl }: ReplicatedPair, bytes: number): Promise<void> =>
  onServer(primaryUrl, `SELECT pg_logical_emit_message(false, 'ahead', repeat('.', ${bytes}))`);

/** A service on these, and what it logs. */
async function start(databaseUrl: string, replicaUrl: string): Promise<{ shop: Shop; logged: unknown[] }> {
  const settings = readSettings({
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    DATABASE_REPLICA_URLS: replicaUrl,
    DEMO_DATA: '0',
  });
  const logged: unknown[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => logged.push(JSON.parse(line)) });
  const service = await openService(settings, logger);
  onTestFinished(() => service.close());
  const server = await createServer({ ...service, settings, logger });
  onTestFinished(() => server.close());
  return { shop: new Shop({ app: server.app, organizationId: ORGANIZATION, logged: () => [] }), logged };
}

/** The first name that a query answers right after an update that makes it New. */
async function renamed(shop: Shop): Promise<unknown> {
  const { headers } = await shop.send('mutation { updateCustomer(input: { id: "1", firstname: "New" }) { success } }');
  const after = String(headers['x-cap-read-after']);
  const { data } = await shop.with({ 'x-cap-read-after': after }).send('{ customer(id: "1") { firstname } }');
  return (data?.['customer'] as { firstname: unknown } | null)?.firstname;
}

/** Waits until it is logged why the replica is not read. */
const untilAbsent = (logged: readonly unknown[], replicaUrl: string, absence: string): Promise<void> =>
  vi.waitFor(
    () => {
      expect(logged).toContainEqual(expect.objectContaining({ replica: new URL(replicaUrl).host, absence }));
    },
    { timeout: 20_000 },
  );

/** Nothing but this name, while the replica is looked at several times, once a second. */
async function expectAnsweredForSeconds(shop: Shop, firstname: string): Promise<void> {
  for (let asked = 0; asked < 40; asked += 1) {
    const { data } = await shop.send('{ customer(id: "1") { firstname } }');
    expect(data).toEqual({ customer: { firstname } });
    await sleep(100);
  }
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

  const { shop, logged } = await start(pair.standbyUrl, pair.primaryUrl);
  expect(await renamed(shop)).toBe('New');
  const replica = new URL(pair.primaryUrl).host;
  expect(logged).toContainEqual(expect.objectContaining({ replica, absence: 'it does not follow the primary' }));
});

test('a replica that is further than the primary is not read, as after that was put back to a copy of its disk', async () => {
  const pair = await startPair('customers');
  onTestFinished(() => pair.close());
  await importCustomer(pair);
  await pair.putBackAfter(() => grow(pair));

  const { shop, logged } = await start(pair.primaryUrl, pair.standbyUrl);
  await untilAbsent(logged, pair.standbyUrl, 'it does not follow the primary');
  expect(await renamed(shop)).toBe('New');

  // The primary passes it; what it has of that log is still another one.
  await lengthen(pair, 20_000_000);
  await expectAnsweredForSeconds(shop, 'New');
});

test('a replica that was put back with the primary is read, also where the primary was asked before and answers after that', async () => {
  const pair = await startPair('customers');
  onTestFinished(() => pair.close());
  await importCustomer(pair);
  const toPrimary = await openProxy(pair.primaryUrl);
  onTestFinished(() => toPrimary.close());
  const { shop } = await start(toPrimary.url, pair.standbyUrl);
  await pair.putBothBackAfter(
    async () => {
      await grow(pair);
      // It has to be looked at while it is further.
      await sleep(2500);
      toPrimary.hold(true);
    },
    () => sleep(1500),
  );
  toPrimary.hold(false);

  // What it does not replay, it does not know.
  await vi.waitFor(
    async () => {
      await pair.caughtUp();
      await pair.pauseReplay(true);
      try {
        const name = `New ${performance.now()}`;
        await shop.updated({ id: '1', firstname: name });
        const { data } = await shop.send('{ customer(id: "1") { firstname } }');
        expect(data).not.toEqual({ customer: { firstname: name } });
      } finally {
        await pair.pauseReplay(false);
      }
    },
    { timeout: 30_000, interval: 500 },
  );
});

test('a replica is not read when DATABASE_URL leads to another database by now, such as one restored from a dump', async () => {
  const pair = await startPair('customers');
  onTestFinished(() => pair.close());
  await importCustomer(pair);
  const restored = await startPair('customers');
  onTestFinished(() => restored.close());
  await importCustomer(restored);
  // A new cluster's log begins anew: the old replica is further, whatever is written.
  await grow(pair);

  const toPrimary = await openProxy(pair.primaryUrl);
  onTestFinished(() => toPrimary.close());
  const { shop, logged } = await start(toPrimary.url, pair.standbyUrl);
  toPrimary.leadTo(restored.primaryUrl);
  await pair.primary.end('SIGQUIT');
  await untilAbsent(logged, pair.standbyUrl, 'it is no copy of the primary');
  expect(await renamed(shop)).toBe('New');
});

test('a replica whose address leads to another database by now is not read', async () => {
  const pair = await startPair('customers');
  onTestFinished(() => pair.close());
  await importCustomer(pair);
  await pair.caughtUp();
  const other = await startPair('customers');
  onTestFinished(() => other.close());
  await importCustomer(other, 'Foreign');
  await grow(other);

  const toStandby = await openProxy(pair.standbyUrl);
  onTestFinished(() => toStandby.close());
  const { shop } = await start(pair.primaryUrl, toStandby.url);
  toStandby.leadTo(other.standbyUrl);
  await pair.standby().end('SIGQUIT');
  await expectAnsweredForSeconds(shop, 'Old');
});
