import pg from 'pg';
import { pino } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEngine, type Engine } from '../../src/customer/engine/engine.js';
import type { Outcome } from '../../src/customer/engine/plan-item.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import { CommitUnknown } from '../../src/database/unavailable.js';
import type { Organization } from '../../src/organization/organization.js';
import { createServer } from '../../src/server.js';
import { openService } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { Shop } from '../support/shop.js';
import { lostUpdates, setValue, type Acknowledged } from '../engine/lost-updates.js';
import { item, openEngineWorld, type EngineWorld, type Input } from '../engine/world.js';
import { openProxy, type CuttingProxy } from './cutting-proxy.js';

// "A connection lost during commit is resolved through the idempotency record where there is a key, else told as unknown,
// never as done."

/** As a message of its own: a transaction begins with READ COMMITTED. */
const COMMIT = 'COMMIT\0';

let world: EngineWorld;
let proxy: CuttingProxy;
let database: Database;
let engine: Engine;
let organization: Organization;
let organizations = 100;

beforeAll(async () => {
  world = await openEngineWorld();
  proxy = await openProxy(world.url);
  database = await openDatabase(readSettings({ DATABASE_URL: proxy.url }).database);
  engine = createEngine(database);
});
afterAll(async () => {
  await database.close();
  await proxy.close();
  await world.close();
});
beforeEach(async () => {
  organization = await world.organization(String((organizations += 1)), [
    { id: '1', mobile: '+447700900001' },
    { id: '2', mobile: null, email: 'two@example.com' },
    { id: '3', mobile: '+447700900003' },
  ]);
});

const update = (input: Input): Promise<Outcome[]> => engine.update([item(organization, input)]);

async function versions(): Promise<number[]> {
  const rows = await world.query<{ version: number }>(
    'SELECT version FROM customer WHERE organization_id = ? ORDER BY id',
    [organization.id],
  );
  return rows.map(({ version }) => version);
}

describe('a connection that is lost', () => {
  test.each(['BEGIN', 'FOR UPDATE', 'UPDATE customer SET', 'INSERT INTO audit_event'])(
    'before the commit, at %s, is nobody’s concern: the batch runs again',
    async (statement) => {
      for (const when of ['BEFORE', 'ANSWERED'] as const) {
        const before = proxy.cuts();
        proxy.cut(statement, when);
        expect(await update({ id: '1', firstname: when === 'BEFORE' ? 'Rita' : 'Ruth' })).toMatchObject([
          { kind: 'done', replayed: false },
        ]);
        expect(proxy.cuts()).toBe(before + 1);
      }
      expect(await versions()).toEqual([3, 1, 1]);
    },
  );

  test.each([
    ['BEFORE', 1],
    ['ANSWERED', 2],
  ] as const)('during the commit (%s) is told as unknown, and not tried again', async (when, version) => {
    proxy.cut(COMMIT, when);
    await expect(update({ id: '1', firstname: 'Rita' })).rejects.toThrow(CommitUnknown);
    expect(await versions()).toEqual([version, 1, 1]);
  });

  test.each([
    ['BEFORE', false],
    ['ANSWERED', true],
  ] as const)('during the commit (%s) is resolved by an idempotency key', async (when, replayed) => {
    proxy.cut(COMMIT, when);
    const input = { id: '1', firstname: 'Rita', idempotencyKey: 'k' };
    expect(await update(input)).toMatchObject([{ kind: 'done', replayed, customer: { version: 2 } }]);
    expect(await versions()).toEqual([2, 1, 1]);
  });

  test('during the commit of several requests is each one’s own', async () => {
    // While four hold all that runs at once, the others gather.
    const first = Array.from({ length: 4 }, () => update({ id: '3', lastname: 'James' }));
    const gathered = [
      update({ id: '1', firstname: 'Rita', idempotencyKey: 'k' }),
      update({ id: '2', firstname: 'Ruth' }),
    ];
    await first[0];
    proxy.cut(COMMIT, 'ANSWERED');
    await Promise.allSettled([...first, ...gathered]);
    const [keyed, keyless] = gathered;
    await expect(keyed).resolves.toMatchObject([{ kind: 'done' }]);
    await keyless?.catch((error: unknown) => {
      expect(error).toBeInstanceOf(CommitUnknown);
    });
    expect((await versions()).slice(0, 2)).toEqual([2, 2]);
  });

  describe('during the commit, behind which the database is gone, is told as unknown', () => {
    let own: Awaited<ReturnType<typeof openAlone>>;
    beforeEach(async () => (own = await openAlone()));
    afterEach(() => own.close());

    test('where there is a key, too', async () => {
      own.loseAtCommit();
      await expect(own.update({ id: '1', firstname: 'Rita', idempotencyKey: 'k' })).rejects.toThrow(CommitUnknown);
      expect(await versions()).toEqual([2, 1, 1]);
    });

    test('where it was that of several requests, too', async () => {
      const first = own.update({ id: '3', firstname: 'James' });
      const gathered = [
        own.update({ id: '1', firstname: 'Rita', idempotencyKey: 'k' }),
        own.update({ id: '2', firstname: 'Ruth' }),
      ];
      await first;
      own.loseAtCommit();
      const thrown = await Promise.all(gathered.map((updating) => updating.catch((error: unknown) => error)));
      expect(thrown).toEqual([expect.any(CommitUnknown), expect.any(CommitUnknown)]);
      expect(await versions()).toEqual([2, 2, 2]);
    });

    test('at once, where it was that of many requests with keys', async () => {
      const first = own.update({ id: '3', firstname: 'James' });
      const gathered = Array.from({ length: 16 }, (_, index) => own.update({ id: '1', idempotencyKey: `k${index}` }));
      await first;
      own.loseAtCommit();
      const thrown = failuresOf(gathered);
      await vi.waitUntil(() => thrown.length > 0, { timeout: 20_000 });
      // None is tried by itself: they are told together.
      await new Promise(setImmediate);
      expect(thrown).toEqual(gathered.map(() => expect.any(CommitUnknown) as unknown));
    });

    test('at once, where some of them had keys: who has none waits for none of them', async () => {
      const first = own.update({ id: '3', firstname: 'James' });
      const gathered = Array.from({ length: 16 }, (_, index) => own.update({ id: '1', idempotencyKey: `k${index}` }));
      const keyless = own.update({ id: '2', firstname: 'Ruth' });
      await first;
      own.loseAtCommit();
      const thrown = failuresOf(gathered);
      await expect(keyless).rejects.toThrow(CommitUnknown);
      expect(thrown).toEqual([]);
      await vi.waitUntil(() => thrown.length > 0, { timeout: 20_000 });
      await new Promise(setImmediate);
      expect(thrown).toEqual(gathered.map(() => expect.any(CommitUnknown) as unknown));
    });
  });

  test('during the commit of an undo is told as unknown', async () => {
    const [merged] = await update({ id: '1', email: 'two@example.com' });
    const mergeId = merged?.kind === 'done' ? (merged.merges[0]?.id ?? '') : '';
    proxy.cut(COMMIT, 'ANSWERED');
    await expect(engine.undoMerge({ ...item(organization, {}), mergeId })).rejects.toThrow(CommitUnknown);
    expect(await versions()).toEqual([3, 3, 1]);
  });

  test('is SERVICE_UNAVAILABLE over the API, in words that say that it may be stored', async () => {
    await withShop(async (shop) => {
      proxy.cut(COMMIT, 'ANSWERED');
      const answer = await shop.send('mutation { updateCustomer(input: { id: "1", firstname: "Rita" }) { success } }');
      expect(answer.data).toBeNull();
      expect(answer.errors).toMatchObject([
        {
          message: expect.stringContaining('may have stored it') as string,
          extensions: { code: 'SERVICE_UNAVAILABLE' },
        },
      ]);
    });
    expect(await versions()).toEqual([2, 1, 1]);
  });

  // No client of v1.1 has an idempotency key: what it is told is all that it knows.
  test.each(['json', 'xml'])('is 503 over v1.1 in %s, in the same words', async (format) => {
    await withShop(async (shop) => {
      const headers = { 'content-type': 'application/json', accept: `application/${format}` };
      const payload = '{"root":{"customer":[{"id":"1","firstname":"Rita"}]}}';
      proxy.cut(COMMIT, 'ANSWERED');
      const { status, text } = await shop.request({ url: '/v1.1/customer/update', headers, payload });
      expect(status).toBe(503);
      expect(text).toContain('may have stored it: look before you try again');
      expect(text).not.toContain('in a moment');
    });
    expect(await versions()).toEqual([2, 1, 1]);
  });
});

/** What they fail with, each when it does. */
function failuresOf(updates: readonly Promise<unknown>[]): unknown[] {
  const thrown: unknown[] = [];
  for (const update of updates) update.catch((error: unknown) => thrown.push(error));
  return thrown;
}

/** An engine whose batches go one after the other, by one connection; behind the one that is lost there is no other. */
async function openAlone() {
  const way = await openProxy(world.url);
  const reached = await openDatabase(readSettings({ DATABASE_URL: way.url }).database);
  const alone = createEngine({ ...reached, batchesAtOnce: 1 });
  return {
    update: (input: Input) => alone.update([item(organization, input)]),
    loseAtCommit() {
      way.cut(COMMIT, 'ANSWERED');
      way.leadTo('postgres://127.0.0.1:1');
    },
    async close() {
      await reached.close();
      await way.close();
    },
  };
}

/** The organization over the API of a server that reaches the database by the proxy. */
async function withShop(work: (shop: Shop) => Promise<void>): Promise<void> {
  const logger = pino({ level: 'silent' });
  const settings = readSettings({ DATABASE_URL: proxy.url, DEMO_DATA: '0', LOG_LEVEL: 'silent' });
  const service = await openService(settings, logger);
  const server = await createServer({ ...service, settings, logger });
  try {
    await work(new Shop({ app: server.app, organizationId: organization.id, logged: () => [] }));
  } finally {
    await server.close();
    await service.close();
  }
}

describe('a query whose connection is lost', () => {
  test('is read again, by another one, and the client sees nothing of it', async () => {
    const [merged] = await update({ id: '1', email: 'two@example.com' });
    const mergeId = merged?.kind === 'done' ? (merged.merges[0]?.id ?? '') : '';
    const asked = {
      merged_ids: '{ customer(id: "1") { userId } }',
      customer_merge: `{ merge(id: "${mergeId}") { id } }`,
      audit_event: '{ customer(id: "1") { auditLog { edges { cursor } } } }',
      ledger_entry: '{ customer(id: "1") { ledger { edges { cursor } } } }',
    };
    await withShop(async (shop) => {
      for (const [text, query] of Object.entries(asked)) {
        const answered = await shop.send(query);
        expect(answered.errors).toEqual([]);
        for (const when of ['BEFORE', 'ANSWERED'] as const) {
          const before = proxy.cuts();
          proxy.cut(text, when);
          expect(await shop.send(query)).toMatchObject({ errors: [], data: answered.data });
          expect(proxy.cuts()).toBe(before + 1);
        }
      }
    });
  });

  test('and a preview', async () => {
    await withShop(async (shop) => {
      const { planHash } = await shop.preview({ id: '1', firstname: 'Rita' });
      proxy.cut('merged_ids', 'ANSWERED');
      expect(await shop.preview({ id: '1', firstname: 'Rita' })).toMatchObject({ success: true, planHash });
    });
    expect(await versions()).toEqual([1, 1, 1]);
  });
});

/** Locks the table as whoever alters it does, as long as the work runs. */
async function whileLocked<T>(table: string, work: (holder: pg.Client) => Promise<T>): Promise<T> {
  const holder = new pg.Client(world.url);
  await holder.connect();
  try {
    await holder.query(`BEGIN; LOCK TABLE ${table}`);
    return await work(holder);
  } finally {
    await holder.end();
  }
}

/** Sets it for all connections that are made while the work runs. */
async function whileSet(setting: string, value: string, work: () => Promise<void>): Promise<void> {
  const name = new URL(world.url).pathname.slice(1);
  await world.execute(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
  try {
    await work();
  } finally {
    await world.execute(`BEGIN READ WRITE; ALTER DATABASE ${name} RESET ${setting}; COMMIT`);
  }
}

describe('a query that waits for somebody’s lock', () => {
  test.for(['lock_timeout', 'transaction_timeout', 'statement_timeout'])(
    'for longer than the database’s own %s allows is SERVICE_UNAVAILABLE, and no fault of ours',
    async (timeout, { skip }) => {
      const known = await world.query('SELECT name FROM pg_settings WHERE name = ?', [timeout]);
      skip(known.length === 0, `this PostgreSQL has no ${timeout}, which came with 17`);
      await whileLocked('customer', () =>
        whileSet(timeout, '300ms', () =>
          withShop(async (shop) => {
            const { errors } = await shop.send('{ customer(id: "1") { userId } }');
            expect(errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
          }),
        ),
      );
    },
  );

  test('and is in its way too is read again, and the client sees nothing of it', async () => {
    await withShop(async (shop) => {
      const found = whileLocked('subscription', async (holder) => {
        const asked = shop.findCustomer({ id: '1' });
        await expect.poll(() => world.query('SELECT pid FROM pg_locks WHERE NOT granted')).not.toEqual([]);
        // Each waits for the other until PostgreSQL ends one of them: who has waited for longer, the query.
        await holder.query('LOCK TABLE customer');
        return { asked };
      });
      expect(await (await found).asked).toMatchObject({ userId: '1' });
    });
  });
});

test('a database that only reads from now on, as a standby does: not ready, each update 503, and queries are answered', async () => {
  await withShop(async (shop) => {
    const ready = async () => (await shop.request({ url: '/readyz', method: 'GET' })).status;
    const renamed = () => shop.send('mutation { updateCustomer(input: { id: "1", firstname: "Rita" }) { success } }');
    await whileSet('default_transaction_read_only', 'on', async () => {
      await terminateAll();
      expect((await renamed()).errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
      expect(await shop.findCustomer({ id: '1' })).toMatchObject({ firstname: null });
      expect(await ready()).toBe(503);
    });
    await terminateAll();
    await expect.poll(ready).toBe(200);
    expect(await renamed()).toMatchObject({ errors: [], data: { updateCustomer: { success: true } } });
  });
});

/** Ends all connections to the database but those of this one. */
const terminateAll = (): Promise<unknown> =>
  world.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );

/**
 * Ends all connections every 250 ms until it is over, but not before so much more is done than the last time: who is cut off
 * without end has to be refused, however slow the machine is.
 */
async function keepEnding(done: () => number, step: number, isOver: () => boolean): Promise<number> {
  let [ended, next] = [0, 0];
  while (!isOver()) {
    if (done() >= next) {
      next = done() + step;
      ended += 1;
      await terminateAll().catch(() => undefined);
    }
    await sleep(250);
  }
  return ended;
}

describe('connections that the server ends', () => {
  test('while they are idle are replaced', async () => {
    await update({ id: '1', firstname: 'Rita' });
    await terminateAll();
    expect(await update({ id: '1', firstname: 'Ruth' })).toMatchObject([{ kind: 'done', customer: { version: 3 } }]);
    // Until it is seen that they are gone, one of them may be asked.
    await expect.poll(() => database.isReady()).toBe(true);
  });

  test('under load lose nothing that was acknowledged, and with keys no request fails', async () => {
    const acknowledged: Acknowledged[] = [];
    const failed: unknown[] = [];
    const values = Array.from({ length: 1500 }, (_, index) => `value-${index}`);
    const work = async (): Promise<void> => {
      for (let value = values.shift(); value !== undefined; value = values.shift()) {
        const input = { id: '1', customFields: setValue(value), idempotencyKey: value };
        try {
          const [outcome] = await update(input);
          if (outcome?.kind !== 'done') throw new Error('refused');
          // A replay shows the customer as it is now, which others have changed since.
          if (!outcome.replayed) acknowledged.push({ version: outcome.customer.version, value });
        } catch (error) {
          failed.push(error);
        }
      }
    };
    let isOver = false;
    const ending = keepEnding(
      () => acknowledged.length,
      50,
      () => isOver,
    );
    await Promise.all(Array.from({ length: 16 }, work));
    isOver = true;
    expect(failed).toEqual([]);
    expect(await ending).toBeGreaterThan(2);
    expect(await lostUpdates(world, organization.id, 1, acknowledged)).toEqual([]);
    expect((await versions())[0]).toBe(1501);
  });

  test('under queries and previews fail none', async () => {
    await withShop(async (shop) => {
      let left = 500;
      const failed: unknown[] = [];
      const ending = keepEnding(
        () => 500 - left,
        20,
        () => left <= 0,
      );
      const work = async (): Promise<void> => {
        while ((left -= 1) >= 0) {
          const asked = left % 2 === 0 ? shop.findCustomer({ id: '1' }) : shop.preview({ id: '1', firstname: 'Rita' });
          await asked.catch((error: unknown) => failed.push(error));
        }
      };
      await Promise.all(Array.from({ length: 8 }, work));
      await ending;
      expect(failed).toEqual([]);
    });
  });
});
