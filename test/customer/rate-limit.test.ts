import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createServer, type Server } from '../../src/server.js';
import { openService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { Shop, type RawAnswer } from '../support/shop.js';
import { databaseKind } from '../support/test-database.js';
import { useWorld } from '../support/world.js';

// So long that no test sees the end of it.
const env = { RATE_LIMIT_ITEMS: '10', RATE_LIMIT_SECONDS: '3600' };
const world = useWorld(env);
const { given } = world;

const UPDATES = 'mutation ($inputs: [UpdateCustomerInput!]!) { updateCustomers(inputs: $inputs) { total } }';
const V1 = '/v1.1/customer/update?format=json';

const items = (count: number) => Array.from({ length: count }, () => ({ id: '1' }));
const updates = (shop: Shop, count: number) => shop.send(UPDATES, { inputs: items(count) });
const v1 = (shop: Shop, count: number) =>
  shop.request({ url: V1, payload: JSON.stringify({ root: { customer: items(count) } }) });

function expectAnswered(answer: RawAnswer): void {
  expect(answer.errors).toEqual([]);
  expect(answer.status).toBe(200);
}

function expectLimited(answer: RawAnswer): void {
  expect(answer.status).toBe(429);
  const seconds = Number(answer.headers['retry-after']);
  expect(seconds).toBeGreaterThan(3000);
  expect(seconds).toBeLessThanOrEqual(3600);
  expect(answer.data).toBeNull();
  expect(answer.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
}

describe('a client that may send ten items', () => {
  test('is told so with the eleventh, by number of items, and what is refused does not count', async () => {
    const shop = await given.organization();
    expectAnswered(await updates(shop, 6));
    const refused = await world.expectNothingChanged(() => updates(shop, 5));
    expectLimited(refused);
    expect(refused.errors[0]?.message).toBe(
      'This client has sent as many items as it may in 3600 seconds, 10 (RATE_LIMIT_ITEMS)',
    );
    expectLimited(await updates(shop, 5));
    expectAnswered(await updates(shop, 4));
    expectLimited(await shop.send('{ organization { id } }'));
    const answer = await v1(shop, 1);
    expect([answer.status, Number(answer.headers['retry-after']) > 3000]).toEqual([429, true]);
    expect(JSON.parse(answer.text)).toEqual({
      response: {
        status: { success: 'false', code: 429, message: refused.errors[0]?.message, total: '0', success_count: '0' },
      },
    });
  });

  test('shares them between both endpoints, and with none of its colleagues', async () => {
    const shop = await given.organization();
    expect((await v1(shop, 7)).status).toBe(200);
    expectLimited(await updates(shop, 4));
    expect((await v1(shop, 4)).status).toBe(429);
    expectAnswered(await updates(shop.as('integration'), 10));
    expectAnswered(await updates(await given.organization(), 10));
    expectAnswered(await updates(shop, 3));
  });

  test('sends one item with each field of a query, those of fragments too', async () => {
    const shop = await given.organization();
    const preview = 'previewCustomerUpdate(input: { id: "1" }) { success }';
    // A field that is selected twice is answered once.
    const query = `{ ${preview} ...F a: ${preview} } fragment F on Query { organization { id } b: organization { name } ${preview} }`;
    expectAnswered(await shop.send(query));
    expectAnswered(await shop.send(query));
    expectLimited(await shop.send(query));
    expectAnswered(await updates(shop, 2));
    expectLimited(await shop.send('{ organization { id } }'));
  });

  test('can never send more than that at once', async () => {
    const shop = await given.organization();
    const never = 'This client may send 10 items in 3600 seconds (RATE_LIMIT_ITEMS), so never 11 at once';
    const answer = await updates(shop, 11);
    expectLimited(answer);
    expect(answer.errors[0]?.message).toBe(never);
    expect((await v1(shop, 11)).text).toContain(never);
    expectAnswered(await updates(shop, 10));
  });

  test('has other faults told first, which count nothing', async () => {
    const shop = await given.organization();
    expect((await updates(shop, 101)).errors).toMatchObject([{ extensions: { code: 'BATCH_TOO_LARGE' } }]);
    const wrong = shop.with({ authorization: 'Basic x' });
    for (let index = 0; index < 11; index += 1) expect((await updates(wrong, 1)).status).toBe(401);
    expectAnswered(await updates(shop, 10));
  });

  test('of items that come at once gets as many as it may', async () => {
    const shop = await given.organization();
    const answers = await Promise.all(Array.from({ length: 30 }, () => updates(shop, 1)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    answers.filter(({ status }) => status !== 200).forEach(expectLimited);
  });

  test('is not refused a few for the many that come with them and are refused', async () => {
    const shop = await given.organization();
    // They wait together for who sends them, which nobody has asked before.
    const [first, many, few] = await Promise.all([9, 9, 1].map((count) => updates(shop, count)));
    expect([first?.status, many?.status, few?.status].toSorted()).toEqual([200, 200, 429]);
  });
});

describe('a clock that was set ahead', () => {
  afterEach(() => vi.useRealTimers());

  // On PostgreSQL its own clock counts: what was counted then is as if that had been ahead.
  async function whileAhead(milliseconds: number, work: () => Promise<void>): Promise<void> {
    if (databaseKind() === 'sqlite') vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds });
    await work();
    vi.useRealTimers();
    if (databaseKind() === 'postgres') await world.query('UPDATE rate_limit SET expire = expire + ?', [milliseconds]);
  }

  test('and back keeps nobody out until then', async () => {
    const shop = await given.organization();
    await whileAhead(365 * 24 * 3600 * 1000, async () => {
      expectAnswered(await updates(shop, 6));
    });
    expectAnswered(await updates(shop, 9));
    expectLimited(await updates(shop, 2));
    expectAnswered(await updates(shop, 1));
  });

  test('and back by some seconds gives nothing back', async () => {
    const shop = await given.organization();
    await whileAhead(20_000, async () => {
      expectAnswered(await updates(shop, 6));
    });
    expect((await updates(shop, 5)).status).toBe(429);
    expectAnswered(await updates(shop, 4));
  });
});

describe('two processes on one database', () => {
  interface Process {
    readonly service: Service;
    readonly server: Server;
  }

  async function open(): Promise<Process> {
    const settings = readSettings({ ...env, NODE_ENV: 'test', DATABASE_URL: world.url, DEMO_DATA: '0' });
    const logger = pino({ level: 'silent' });
    const service = await openService(settings, logger);
    const server = await createServer({ settings, logger, ...service });
    await server.app.ready();
    return { service, server };
  }

  async function close({ service, server }: Process): Promise<void> {
    await server.app.close();
    await service.close();
  }

  const on = ({ app }: Server, { id }: Shop): Shop => new Shop({ app, organizationId: id, logged: () => [] });

  let other: Process;
  beforeAll(async () => {
    other = await open();
  });
  afterAll(() => close(other));

  const waitingForALock = () =>
    world.query("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");

  const onOther = (shop: Shop): Shop => on(other.server, shop);

  test('count together on PostgreSQL, and each by itself on SQLite', async () => {
    const shop = await given.organization();
    const other = onOther(shop);
    expectAnswered(await updates(shop, 6));
    const answer = await updates(other, 5);
    if (databaseKind() === 'sqlite') {
      expectAnswered(answer);
    } else {
      expectLimited(answer);
      expectAnswered(await updates(other, 4));
      expectLimited(await updates(shop, 1));
    }
  });

  test.runIf(databaseKind() === 'postgres')(
    'count together, too, on a PostgreSQL that isolates more strictly',
    async () => {
      const name = new URL(world.url).pathname.slice(1);
      await world.query(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`);
      const strict = [await open(), await open()];
      await world.query(`ALTER DATABASE ${name} RESET default_transaction_isolation`);
      const organization = await given.organization();
      const shops = strict.map(({ server }) => on(server, organization));
      for (const shop of shops) expectAnswered(await updates(shop, 2));
      const holder = new pg.Client(world.url);
      await holder.connect();
      await holder.query('BEGIN; UPDATE rate_limit SET points = points');
      const answering = Promise.all(shops.flatMap((shop) => Array.from({ length: 4 }, () => updates(shop, 1))));
      await expect.poll(async () => (await waitingForALock()).length).toBeGreaterThan(1);
      await holder.query('COMMIT');
      await holder.end();
      expect((await answering).filter(({ status }) => status === 200)).toHaveLength(6);
      await Promise.all(strict.map(close));
    },
  );

  test.runIf(databaseKind() === 'postgres')(
    'keep nobody waiting for a client that sends much, while they count it',
    async () => {
      const [shop, another] = [await given.organization(), await given.organization()];
      expectAnswered(await updates(shop, 1));
      const holder = new pg.Client(world.url);
      await holder.connect();
      await holder.query('BEGIN; UPDATE rate_limit SET points = points');
      const answering = Promise.all(Array.from({ length: 30 }, () => updates(shop, 1)));
      await expect.poll(async () => (await waitingForALock()).length).toBeGreaterThan(0);
      expectAnswered(await updates(another, 1));
      await holder.query('COMMIT');
      await holder.end();
      for (const { status } of await answering) expect([200, 429]).toContain(status);
    },
  );

  test('count nothing of what they refuse, while they do neither', async () => {
    const shop = await given.organization();
    const other = onOther(shop);
    for (const one of [shop, other]) await updates(one, 2);
    const refused: RawAnswer[] = [];
    let isOver = false;
    const tryAgain = async (): Promise<void> => {
      while (!isOver) refused.push(await updates(other, 9));
    };
    const trying = Promise.all(Array.from({ length: 4 }, tryAgain));
    await expect.poll(() => refused).not.toEqual([]);
    for (let item = 0; item < 6; item += 1) expectAnswered(await updates(shop, 1));
    isOver = true;
    await trying;
    refused.forEach(expectLimited);
  });

  test.runIf(databaseKind() === 'postgres')(
    'count each by itself on PostgreSQL, too, while they can not count together',
    async () => {
      const shop = await given.organization();
      expectAnswered(await updates(shop, 6));
      await world.query('ALTER TABLE rate_limit RENAME TO away');
      for (const one of [shop, onOther(shop)]) {
        expectAnswered(await updates(one, 10));
        expectLimited(await updates(one, 1));
      }
      await world.query('ALTER TABLE away RENAME TO rate_limit');
      expectAnswered(await updates(shop, 4));
      expectLimited(await updates(onOther(shop), 1));
    },
  );

  test.runIf(databaseKind() === 'postgres')('count together on PostgreSQL, whatever their own clocks say', async () => {
    const shop = await given.organization();
    for (const [hours, one] of [
      [1, shop],
      [-2, onOther(shop)],
    ] as const) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3600 * 1000 });
      expectAnswered(await updates(one, 5));
      vi.useRealTimers();
    }
    expectLimited(await updates(shop, 1));
    expectLimited(await updates(onOther(shop), 1));
  });
});
