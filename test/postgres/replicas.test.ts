import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { describeBreach } from '../../src/customer/verify/breach.js';
import { verify } from '../../src/customer/verify/verify.js';
import { listSource } from '../../src/customer/import/customer-source.js';
import { importCustomers } from '../../src/customer/import/import-customers.js';
import { importOrganization, parseOrganizationFile } from '../../src/customer/import/import-organization.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import { findOrganization } from '../../src/organization/organization.store.js';
import { createServer, type Server } from '../../src/server.js';
import { openService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { lostUpdates, setValue, type Acknowledged } from '../engine/lost-updates.js';
import { organizationFile } from '../support/settings.js';
import type { UpdatePayload } from '../support/answers.js';
import { Shop } from '../support/shop.js';
import { runStatement } from '../support/test-database.js';
import { openProxy, type CuttingProxy } from './cutting-proxy.js';
import { startPair, type ReplicatedPair } from './replicated-pair.js';

// A primary and a standby that streams from it, of this file's own. What the standby does not replay shows who answers:
// the standby has what was, the primary what is.

const READ_AFTER = 'x-cap-read-after';

let pair: ReplicatedPair;
let toPrimary: CuttingProxy;
let toStandby: CuttingProxy;
/** Straight to the primary, for what a test sets up and looks at. */
let outside: Database;
let running: Running;
let organizations = 100;
let shop: Shop;

interface Running {
  readonly service: Service;
  readonly server: Server;
}

/** `logged` gets what it logs. */
async function start(
  databaseUrl: string,
  replicaUrls: readonly string[],
  logged: unknown[] = [],
  limits: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const settings = readSettings({
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    DATABASE_REPLICA_URLS: replicaUrls.join(','),
    DEMO_DATA: '0',
    ...limits,
  });
  const logger = pino({ level: 'info' }, { write: (line) => logged.push(JSON.parse(line)) });
  const service = await openService(settings, logger);
  return { service, server: await createServer({ ...service, settings, logger }) };
}

async function stop({ service, server }: Running): Promise<void> {
  await server.close();
  await service.close();
}

const shopOf = ({ server: { app } }: Running, organizationId = shop.id): Shop =>
  new Shop({ app, organizationId, logged: () => [] });

beforeAll(async () => {
  pair = await startPair('customers');
  outside = await openDatabase(readSettings({ DATABASE_URL: pair.primaryUrl }).database);
  toPrimary = await openProxy(pair.primaryUrl);
  toStandby = await openProxy(pair.standbyUrl);
  await pair.caughtUp();
  running = await start(toPrimary.url, [toStandby.url]);
});
afterAll(async () => {
  await stop(running);
  await outside.close();
  await toPrimary.close();
  await toStandby.close();
  await pair.close();
});
beforeEach(async () => {
  organizations += 1;
  const id = String(organizations);
  shop = shopOf(running, id);
  const now = Date.now();
  const file = parseOrganizationFile(JSON.stringify(organizationFile(id, {})));
  await outside.transaction(async (manager) => {
    await importOrganization(manager, { file, now, committed: outside.reader });
    const organization = await findOrganization(manager, id);
    if (organization === null) throw new Error('It was not imported');
    const source = listSource([
      { id: '1', mobile: '+447700900001', firstname: 'Old' },
      { id: '2', email: 'two@example.com' },
    ]);
    await importCustomers(manager, { organization, source, now, committed: outside.reader });
  });
  await pair.caughtUp();
});

/** The first name of customer 1 as a query answers it, by a client that has these answers behind it. */
async function firstname(after?: string, from = shop): Promise<unknown> {
  const asking = after === undefined ? from : from.with({ [READ_AFTER]: after });
  const { data, errors } = await asking.send('{ customer(id: "1") { firstname } }');
  expect(errors).toEqual([]);
  return (data?.['customer'] as { firstname: unknown } | null)?.firstname;
}

/** Sets the first name; answers what the client is told to be after. */
async function rename(name: string): Promise<string> {
  const { headers, data } = await shop.send(
    'mutation ($name: String) { updateCustomer(input: { id: "1", firstname: $name }) { success } }',
    { name },
  );
  expect(data).toEqual({ updateCustomer: { success: true } });
  return String(headers[READ_AFTER]);
}

/** Waits until a query is answered so. */
async function answered(name: string, longestMs: number, after?: string): Promise<void> {
  const end = Date.now() + longestMs;
  while (Date.now() < end && (await firstname(after)) !== name) await sleep(25);
  expect(await firstname(after)).toBe(name);
}

describe('with a replica that has not replayed an update,', () => {
  beforeEach(() => pair.pauseReplay(true));
  afterEach(() => pair.pauseReplay(false));

  test('a query is answered by the replica, as it was', async () => {
    await rename('New');
    expect(await firstname()).toBe('Old');
  });

  test('a client that sends back what it was told reads what it wrote', async () => {
    const first = await rename('New');
    expect(first).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    expect(await firstname(first)).toBe('New');
    const second = await rename('Newer');
    expect(await firstname(second)).toBe('Newer');
    expect(await firstname(`${first}, ${second}`)).toBe('Newer');
  });

  test.each(['primary', 'FFFFFFFF/FFFFFFFF', 'nonsense', '0/0,', "0/0' OR 1"])(
    'one that sends %s is answered by the primary',
    async (after) => {
      await rename('New');
      expect(await firstname(after)).toBe('New');
    },
  );

  test('an update, a merge and an undo show all of what they did, and their logs', async () => {
    const updated = await shop.updated({ id: '1', firstname: 'New', email: 'two@example.com' });
    expect(updated.customer.auditLog.edges.map(({ node }) => node.action)).toEqual(['UPDATED', 'MERGED', 'MERGED']);
    expect(updated.customer.merges).toHaveLength(1);
    const [merge] = updated.merges;
    expect(await shop.merge(merge?.id ?? '')).toBeNull();
    expect(await shop.with({ [READ_AFTER]: 'primary' }).merge(merge?.id ?? '')).toMatchObject({ victimId: '2' });
    const undone = await shop.undone(merge?.id ?? '');
    expect(undone.survivor.auditLog.edges[0]?.node.action).toBe('MERGE_UNDONE');
  });

  test('a preview is what the update would be now', async () => {
    await rename('New');
    const { customer, planHash } = await shop.previewed({ id: '1', lastname: 'James' });
    expect([customer.firstname, customer.auditLog.edges.length]).toEqual(['New', 1]);
    expect(await shop.update({ id: '1', lastname: 'James', expectedPlanHash: planHash })).toMatchObject({
      success: true,
    });
  });

  test('the v1.1 endpoint tells what to be after, too', async () => {
    const { status, headers } = await shop.request({
      url: '/v1.1/customer/update',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ root: { customer: [{ id: '1', firstname: 'New' }] } }),
    });
    expect(status).toBe(200);
    expect(await firstname(String(headers[READ_AFTER]))).toBe('New');
    expect(await firstname()).toBe('Old');
  });

  test('a key that was used before tells what to be after, too', async () => {
    const input = { id: '1', firstname: 'New', idempotencyKey: 'k' };
    await shop.updated(input);
    const { headers } = await shop.send(
      'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { replayed } }',
      { input },
    );
    expect(await firstname(String(headers[READ_AFTER]))).toBe('New');
  });

  test('the primary answers once the replica is seconds behind', async () => {
    await rename('New');
    await answered('New', 8000);
  });

  test('and answers too where the process has stood still meanwhile', async () => {
    await rename('New');
    await sleep(1100);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000);
    await sleep(1100);
    expect(await firstname()).toBe('New');
  });

  test.each([
    ['/graphql', { query: 'mutation { updateCustomer(input: { id: "1", firstname: "New" }) { success } }' }],
    ['/v1.1/customer/update', { root: { customer: [{ id: '1', firstname: 'New' }] } }],
  ])('where nobody knows what was stored, %s sends the client to the primary', async (url, body) => {
    toPrimary.cut('COMMIT;', 'ANSWERED');
    const payload = JSON.stringify(body);
    const { text, headers } = await shop.request({ url, headers: { 'content-type': 'application/json' }, payload });
    expect(text).toMatch(/SERVICE_UNAVAILABLE|503/);
    expect(headers[READ_AFTER]).toBe('primary');
    expect(await firstname('primary')).toBe('New');
  });
});

test('an update that the replica has replayed is read there', async () => {
  const first = await rename('New');
  await pair.caughtUp();
  await pair.pauseReplay(true);
  const second = await rename('Newer');
  expect(await firstname(first)).toBe('New');
  expect(await firstname(second)).toBe('Newer');
  await pair.pauseReplay(false);
});

test('without replicas there is nothing to be after', async () => {
  const alone = await start(pair.primaryUrl, []);
  const { headers } = await shopOf(alone).send(
    'mutation { updateCustomer(input: { id: "1", firstname: "New" }) { success } }',
  );
  expect(headers).not.toHaveProperty(READ_AFTER);
  await stop(alone);
});

test('a replica of another database is refused, in one line without the password', async () => {
  const other = Object.assign(new URL(inject('postgres')?.url ?? ''), { password: 'secret' });
  await expect(start(pair.primaryUrl, [other.href])).rejects.toThrow(
    `DATABASE_REPLICA_URLS: ${other.host} is no replica of DATABASE_URL's database`,
  );
});

/**
 * Waits until the shop's queries are read from the replica, which has not what it does not replay, also behind what is asked
 * for `meanwhile`. It has to replay to be read.
 */
const isRead = (from: Shop, meanwhile?: (before: unknown) => Promise<void>): Promise<void> =>
  vi.waitFor(
    async () => {
      await pair.caughtUp();
      const before = await firstname('primary', from);
      await pair.pauseReplay(true);
      try {
        await rename(before === 'New' ? 'Newer' : 'New');
        await meanwhile?.(before);
        expect(await firstname(undefined, from)).toBe(before);
      } finally {
        await pair.pauseReplay(false);
      }
    },
    { timeout: 30_000, interval: 500 },
  );

describe('a replica that', () => {
  test('is not there at the start is left out, and read once it is; the log tells both, once', async () => {
    await pair.standby().end('SIGQUIT');
    const logged: unknown[] = [];
    const late = await start(pair.primaryUrl, [pair.standbyUrl], logged);
    expect(await firstname(undefined, shopOf(late))).toBe('Old');
    const replica = new URL(pair.standbyUrl).host;
    const told = () => logged.filter((line) => 'replica' in (line as object));
    const absent = {
      level: 40,
      replica,
      absence: 'ECONNREFUSED',
      msg: expect.stringContaining('the primary') as unknown,
    };
    expect(told()).toEqual([expect.objectContaining(absent)]);
    // While nothing replays what the primary commits, it waits: so it may not yet.
    await pair.startStandby();
    await isRead(shopOf(late));
    expect(told()).toEqual([expect.objectContaining(absent), expect.objectContaining({ level: 30, replica })]);
    await stop(late);
  });

  test('may not be connected to is left out too, and the log says why', async () => {
    const logged: unknown[] = [];
    const unknown = Object.assign(new URL(pair.standbyUrl), { pathname: '/nowhere' });
    const without = await start(pair.primaryUrl, [unknown.href], logged);
    expect(await firstname(undefined, shopOf(without))).toBe('Old');
    expect(logged).toContainEqual(expect.objectContaining({ level: 40, replica: unknown.host, absence: '3D000' }));
    await stop(without);
  });

  test('is killed under load fails no query, and is read again once it is back', async () => {
    let asked = 0;
    let isOver = false;
    const ask = async (): Promise<void> => {
      for (; !isOver; asked += 1) expect(await firstname()).toBe('Old');
    };
    const asking = Promise.allSettled(Array.from({ length: 16 }, ask));
    await sleep(300);
    await pair.standby().end('SIGQUIT');
    await sleep(300);
    await pair.startStandby();
    await sleep(1500);
    while (asked <= 100) await sleep(10);
    isOver = true;
    const failed = (await asking).filter(({ status }) => status === 'rejected');
    expect(failed).toEqual([]);
    await isRead(shop);
  });

  test('has more to read than may wait refuses that: it is not read on the primary instead, which has the updates', async () => {
    const bounded = await start(pair.primaryUrl, [pair.standbyUrl], [], { MAX_WAITING_ITEMS: '1' });
    const till = shopOf(bounded);
    await isRead(till);
    await isRead(till, async (before) => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => till.send('{ customer(id: "1") { firstname } }')),
      );
      expect(answers.flatMap(({ errors }) => errors)).toContainEqual(
        expect.objectContaining({ message: expect.stringContaining('MAX_WAITING_ITEMS') as string }),
      );
      for (const { data } of answers) expect([{ firstname: before }, null]).toContainEqual(data?.['customer']);
    });
    await stop(bounded);
  });

  test('has a record that was broken by hand is read all the same', async () => {
    const merge = 'mutation { updateCustomer(input: { id: "1", email: "two@example.com" }) { merges { id } } }';
    const { data } = await shop.send(merge);
    const id = (data?.['updateCustomer'] as UpdatePayload).merges[0]?.id;
    await outside.reader.query(`UPDATE customer_merge SET changes = '{' || changes WHERE id = $1`, [id]);
    try {
      await isRead(shop, async () => {
        const broken = await shop.send(`{ merge(id: "${id}") { changes { field } } }`);
        expect(broken.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
      });
    } finally {
      await outside.reader.query('UPDATE customer_merge SET changes = substr(changes, 2) WHERE id = $1', [id]);
    }
  });

  test('can not answer what the primary can, as by a role without rights, is not asked again and again', async () => {
    await outside.transaction((manager) =>
      manager.query(`CREATE ROLE narrow LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO narrow;
                     REVOKE SELECT ON customer_merge FROM narrow`),
    );
    await pair.caughtUp();
    const narrow = await start(pair.primaryUrl, [Object.assign(new URL(pair.standbyUrl), { username: 'narrow' }).href]);
    const till = shopOf(narrow);
    // A look that comes in between has it read again.
    await vi.waitFor(
      async () => {
        await isRead(till);
        const before = await firstname('primary', till);
        await pair.pauseReplay(true);
        try {
          await rename(before === 'New' ? 'Newer' : 'New');
          expect(await firstname(undefined, till)).toBe(before);
          expect(await till.merge('none')).toBeNull();
          expect(await firstname(undefined, till)).not.toBe(before);
        } finally {
          await pair.pauseReplay(false);
        }
      },
      { timeout: 30_000, interval: 100 },
    );
    await stop(narrow);
  });

  test('hangs fails no query, and soon delays none', async () => {
    toStandby.freeze(true);
    const ask = (): Promise<unknown> => Promise.all(Array.from({ length: 20 }, () => firstname()));
    await ask();
    // Something else may delay them too, on a busy machine, though not each time.
    await vi.waitFor(
      async () => {
        const begin = performance.now();
        await ask();
        expect(performance.now() - begin).toBeLessThan(1000);
      },
      { timeout: 20_000 },
    );
    toStandby.freeze(false);
  });
});

describe('an update whose wait for the standby somebody ends', () => {
  async function endWait(till: Shop): Promise<unknown> {
    pair.freezeLink(true);
    const updating = till.send('mutation { updateCustomer(input: { id: "1", firstname: "New" }) { success } }');
    const end = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    await vi.waitUntil(async () => (await outside.reader.query<unknown[]>(end)).length > 0, { timeout: 10_000 });
    const { errors } = await updating;
    pair.freezeLink(false);
    return errors;
  }
  const unknown = [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }];

  test('is not acknowledged', async () => {
    expect(await endWait(shop)).toMatchObject(unknown);
  });

  test("nor where the database's own settings keep back what PostgreSQL warns of", async () => {
    await outside.reader.query('ALTER DATABASE customers SET client_min_messages = error');
    const deaf = await start(pair.primaryUrl, []);
    expect(await endWait(shopOf(deaf))).toMatchObject(unknown);
    await stop(deaf);
    await outside.reader.query('ALTER DATABASE customers RESET client_min_messages');
  });
});

// Last: after it there is no pair.
test('a standby that is promoted when the primary is killed has all that was acknowledged', async () => {
  const acknowledged: Acknowledged[] = [];
  const values = Array.from({ length: 1200 }, (_, index) => `value-${index}`);
  const update = async (value: string): Promise<boolean> => {
    const { data } = await shop.send(
      `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { replayed customer { version } } }`,
      { input: { id: '1', customFields: setValue(value), idempotencyKey: value } },
    );
    const { replayed, customer } = (data?.['updateCustomer'] ?? {}) as Partial<UpdatePayload>;
    // A replay shows the customer as it is now, which others have changed since.
    if (customer != null && replayed === false) acknowledged.push({ version: customer.version, value });
    return customer != null;
  };
  const work = async (): Promise<void> => {
    for (let value = values.shift(); value !== undefined; value = values.shift()) {
      while (!(await update(value))) await sleep(50);
    }
  };
  const working = Promise.all(Array.from({ length: 16 }, work));
  while (acknowledged.length < 400) await sleep(5);
  // What the standby does not get now must not be acknowledged.
  pair.freezeLink(true);
  await sleep(200);
  await pair.primary.end('SIGKILL');
  toPrimary.leadTo(pair.standbyUrl);
  await pair.promote();
  await working;

  const promoted = await openDatabase(readSettings({ DATABASE_URL: pair.standbyUrl }).database);
  const query = <Row>(statement: string, parameters?: unknown[]): Promise<Row[]> =>
    runStatement(promoted.reader, statement, parameters);
  expect(await lostUpdates({ query }, shop.id, 1, acknowledged)).toEqual([]);
  expect(await query('SELECT version FROM customer WHERE organization_id = ? AND id = 1', [shop.id])).toEqual([
    { version: 1201 },
  ]);
  const found: string[] = [];
  await promoted.snapshot((manager) => verify(manager, { onBreach: (breach) => found.push(describeBreach(breach)) }));
  expect(found).toEqual([]);
  expect(await firstname()).toBe('Old');
  await promoted.close();
});
