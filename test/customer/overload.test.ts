import { describe, expect, test, vi } from 'vitest';
import type { RawAnswer, Shop } from '../support/shop.js';
import { databaseKind } from '../support/test-database.js';
import { useWorld, type World } from '../support/world.js';

// What comes while the database stands still, and is more than may wait or waits for longer than it may.

const UPDATE = 'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { success } }';
const UPDATES = 'mutation ($inputs: [UpdateCustomerInput!]!) { updateCustomers(inputs: $inputs) { successCount } }';

/** As many batches as run at the same time, each with what came first. */
const RUNNING = databaseKind() === 'sqlite' ? 1 : 4;

/** Does the work while nobody can write. */
async function whileNothingMoves<T>(world: World, work: () => Promise<T>): Promise<T> {
  let release: () => void = () => undefined;
  let held: Promise<void> | undefined;
  await new Promise<void>((resolve) => {
    const released = new Promise<void>((free) => (release = free));
    held = world.whileWriterIsHeld({
      // Asked for once the lock is there.
      then: (onFree, onError) => {
        resolve();
        return released.then(onFree, onError);
      },
    } as Promise<void>);
  });
  try {
    return await work();
  } finally {
    release();
    await held;
  }
}

/** Sends an update for each batch that can run, so that whatever comes now has to wait. */
function occupy(shop: Shop, id: string): Promise<RawAnswer>[] {
  return Array.from({ length: RUNNING }, () => shop.send(UPDATE, { input: { id, lastname: 'James' } }));
}

function expectBusy(answer: RawAnswer): void {
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('1');
  expect(answer.data).toBeNull();
  expect(answer.errors).toMatchObject([
    {
      message: expect.stringMatching(
        /^The service is busy: .*; nothing of this was stored, try again in a moment$/,
      ) as unknown,
      extensions: { code: 'SERVICE_UNAVAILABLE', requestId: expect.any(String) as unknown },
    },
  ]);
}

describe('where five items may wait', () => {
  const world = useWorld({ MAX_WAITING_ITEMS: '5' });

  test('a sixth is refused at once, and those that wait are done', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    await shop.update({ id, firstname: 'Rita' });
    const count = RUNNING + 5 + 7;
    const refused: RawAnswer[] = [];
    const answers = await whileNothingMoves(world, async () => {
      const sent = Array.from({ length: count }, async (_, index) => {
        const answer = await shop.send(UPDATE, {
          input: { id, customFields: [{ name: 'age', value: String(index) }] },
        });
        if (answer.status !== 200) refused.push(answer);
        return answer;
      });
      await vi.waitUntil(() => refused.length === 7, { timeout: 10_000 });
      return sent;
    });
    const done = (await Promise.all(answers)).filter(({ status }) => status === 200);
    expect(done.map(({ data }) => data)).toEqual(done.map(() => ({ updateCustomer: { success: true } })));
    expect([done.length, refused.length]).toEqual([RUNNING + 5, 7]);
    refused.forEach(expectBusy);
    expect((await shop.customer(id)).version).toBe(2 + RUNNING + 5);
  });

  test('a batch is refused whole where a part of it would still fit, over v1.1 too', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    const six = Array.from({ length: 6 }, () => ({ id, firstname: 'Rita' }));
    // Nobody waits here, so this one needs not either.
    expect((await shop.send(UPDATES, { inputs: six })).data).toEqual({ updateCustomers: { successCount: 6 } });
    const { version } = await shop.customer(id);
    await whileNothingMoves(world, async () => {
      const running = occupy(shop, id);
      // One of them waits for the others to be under way, and is not refused.
      await vi.waitUntil(async () => (await shop.send(UPDATES, { inputs: six })).status === 503, { timeout: 10_000 });
      expectBusy(await shop.send(UPDATES, { inputs: six }));
      const v1 = await shop.request({
        url: '/v1.1/customer/update?format=json',
        payload: JSON.stringify({ root: { customer: six } }),
      });
      expect([v1.status, v1.headers['retry-after']]).toEqual([503, '1']);
      expect(JSON.parse(v1.text)).toMatchObject({ response: { status: { success: 'false', code: 503 } } });
      return running;
    }).then((running) => Promise.all(running));
    expect((await shop.customer(id)).version).toBe(version + 1);
  });

  test.each([
    ['customers', 'customer(id: "1") { userId }'],
    ['merges', 'merge(id: "none") { id }'],
  ])('what is more of the %s that are asked for at once is refused too', async (_, field) => {
    const shop = await world.given.organization();
    const query = `{ ${Array.from({ length: 10 }, (_, index) => `a${index}: ${field}`).join(' ')} }`;
    const { status, errors } = await shop.send(query);
    expect(status).toBe(503);
    expect(errors.map(({ extensions: { code } }) => code)).toEqual(
      Array.from({ length: 10 - RUNNING - 5 }, () => 'SERVICE_UNAVAILABLE'),
    );
  });
});

describe('while a client asks for as many log entries as it may', () => {
  const world = useWorld({ MAX_COST: '' });
  const page = (name: number) => `a${name}: auditLog(first: 500) { edges { node { id changes { field } } } }`;
  const longest = `query ($id: ID) { customer(id: $id) { ${Array.from({ length: 10 }, (_, name) => page(name)).join(' ')} } }`;

  test('what others ask for is answered first, though it came last', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    // A log as long as they ask for: each of them takes many times as long as an update.
    for (let part = 0; part < 5; part += 1) {
      const inputs = Array.from({ length: 100 }, (_, index) => ({ id, lastname: `No. ${String(part * 100 + index)}` }));
      expect((await shop.send(UPDATES, { inputs })).data).toEqual({ updateCustomers: { successCount: 100 } });
    }
    const input = { id, firstname: 'Rita' };
    const others = {
      update: () => shop.send(UPDATE, { input }),
      page: () => shop.send('query ($id: ID) { customer(id: $id) { auditLog { edges { cursor } } } }', { id }),
      livez: () => shop.request({ method: 'GET', url: '/livez' }),
      readyz: () => shop.request({ method: 'GET', url: '/readyz' }),
    };
    const answered: string[] = [];
    const note = (name: string, answer: Promise<{ readonly status: number }>) =>
      answer.then(({ status }) => answered.push(`${name} ${status}`));
    await Promise.all([
      ...Array.from({ length: 20 }, () => note('longest', shop.send(longest, { id }))),
      ...Object.entries(others).map(([name, ask]) => note(name, ask())),
    ]);
    const others200 = Object.keys(others).map((name) => `${name} 200`);
    expect(answered.slice(0, 10)).toEqual(expect.arrayContaining(others200));
    expect(answered.filter((one) => one === 'longest 200')).toHaveLength(20);
  });
});

describe('where bodies may be as large as anybody could wish', () => {
  const world = useWorld({ MAX_BODY_BYTES: '100000000' });

  test('those under way take 64 MiB together: what is more is refused at once, but for small ones, and one alone may be larger', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    const sendUpdate = (firstname: string, bytes = 200_000) =>
      shop.request({
        url: '/graphql',
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify({ query: UPDATE, variables: { input: { id, firstname } } }).padEnd(bytes),
      });
    // Nobody may wait for long: PostgreSQL gives a lock up after five seconds.
    const running = await whileNothingMoves(world, async () => {
      const before = occupy(shop, id);
      const first = sendUpdate('First', 67_000_000);
      const metrics = async () => (await shop.request({ method: 'GET', url: '/metrics' })).text;
      await expect.poll(metrics).toMatch(/^customer_queue_items 1$/m);
      const refused = await sendUpdate('Second');
      expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
      expect(refused.text).toContain('the requests under way are as large as it takes on; nothing of this was stored');
      const v1 = await shop.request({
        url: '/v1.1/customer/update?format=json',
        payload: JSON.stringify({ root: { customer: [{ id, firstname: 'Third' }] } }).padEnd(200_000),
      });
      expect([v1.status, v1.headers['retry-after']]).toEqual([503, '1']);
      expect((await shop.customer(id)).firstname).not.toBe('First');
      return { first, before };
    });
    await Promise.all(running.before);
    expect((await running.first).text).toContain('"success":true');
    expect((await shop.customer(id)).firstname).toBe('First');
    expect((await sendUpdate('Last', 80_000_000)).text).toContain('"success":true');
  });
});

describe('where nobody may wait for longer than a second', () => {
  const world = useWorld({ MAX_REQUEST_SECONDS: '1' });

  test('an update that has not been begun by then is refused, and what was begun is done', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    await shop.update({ id, firstname: 'Rita' });
    const running = await whileNothingMoves(world, async () => {
      const sent = occupy(shop, id);
      const late = await shop.send(UPDATE, { input: { id, firstname: 'Late' } });
      expectBusy(late);
      return sent;
    });
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual(running.map(() => 200));
    expect(await shop.customer(id)).toMatchObject({ firstname: 'Rita', lastname: 'James' });
  });
});

describe('where a list has at most three entries', () => {
  const world = useWorld({ MAX_LIST_ITEMS: '3' });
  const fields = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `no ${index}`, value: 'x' }));
  const pairs = (count: number) =>
    Array.from({ length: count }, () => ({ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' }) as const);

  test('a longer one is one fault, reported with all others, and its entries are not looked at', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    const lists = { customFields: fields(4), extendedFields: fields(5), subscriptions: pairs(6) };
    const { success, errors } = await world.expectNothingChanged(() => shop.update({ id, firstname: '', ...lists }));
    expect(success).toBe(false);
    expect(errors.map(({ code, field, message }) => [code, field, message.split(' (')[0]])).toEqual([
      ['INVALID_INPUT', ['firstname'], expect.any(String)],
      ['INVALID_INPUT', ['customFields'], 'customFields takes at most 3 entries'],
      ['INVALID_INPUT', ['extendedFields'], 'extendedFields takes at most 3 entries'],
      ['INVALID_INPUT', ['subscriptions'], 'subscriptions takes at most 3 entries'],
    ]);
    const preview = await shop.preview({ id, customFields: fields(4), invalidFields: 'SKIP' });
    expect(preview.errors.map(({ field }) => field)).toEqual([['customFields']]);
  });

  test('one of three has the faults of its entries', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    const { errors } = await shop.update({ id, customFields: fields(3), subscriptions: pairs(3) });
    expect(errors.map(({ field }) => field.join('.'))).toEqual([
      'customFields.0.name',
      'customFields.1.name',
      'customFields.2.name',
      'subscriptions.1',
      'subscriptions.2',
    ]);
  });

  test('over v1.1 it fails the customer', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    const customer = { id, custom_fields: { field: fields(4) } };
    const { text } = await world.expectNothingChanged(() =>
      shop.request({
        url: '/v1.1/customer/update?format=json',
        payload: JSON.stringify({ root: { customer: [customer] } }),
      }),
    );
    expect(text).toContain('"code":"10002","message":"custom_fields takes at most 3 entries (MAX_LIST_ITEMS), not 4"');
  });
});
