import { describe, expect, test } from 'vitest';
import type { UpdateInput } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { documents } from '../../support/documents.js';
import { expectRefusal, expectRefused } from '../../support/refusals.js';
import { useWorld } from '../../support/world.js';

const world = useWorld();
const { given } = world;

const reused = notice('IDEMPOTENCY_KEY_REUSED', 'idempotencyKey');
const badKey = notice('INVALID_INPUT', 'idempotencyKey');

describe('the same key and input again', () => {
  test('answers as before, with replayed, and stores nothing', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey: 'k' };
    const first = await shop.update(input);
    expect(first).toMatchObject({ success: true, replayed: false });
    const second = await world.expectNothingChanged(() => shop.update(input));
    expect(second).toEqual({ ...first, replayed: true });
  });

  test('answers what changed then, and the customer as it is now', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey: 'k' };
    const first = await shop.updated(input);
    await shop.updated({ id, firstname: 'Rosa', lastname: 'James' });
    const second = await shop.updated(input);
    expect(second).toEqual({ ...first, customer: await shop.customer(id), replayed: true });
    expect(second.customer).toMatchObject({ version: 3, firstname: 'Rosa', lastname: 'James' });
    expect(second.changes).toEqual([{ field: 'firstname', previous: null, current: 'Rita', rule: 'REQUEST' }]);
  });

  test('answers the survivor of the customer, if that was merged since', async () => {
    const shop = await given.organization();
    const [victim, survivor] = await given.customers(shop, { email: 'v@example.com' }, {});
    const input: UpdateInput = { id: victim.id, firstname: 'Rita', idempotencyKey: 'k' };
    const first = await shop.updated(input);
    await shop.updated({ id: survivor.id, email: 'v@example.com' });
    const second = await shop.updated(input);
    expect(second.replayed).toBe(true);
    expect(second.customer).toEqual(await shop.customer(survivor.id));
    expect(second.customer.userId).toBe(survivor.id);
    expect(second.changes).toEqual(first.changes);
  });

  test('answers the survivor also where it was merged by an earlier item of the same batch, and survivors of survivors', async () => {
    const shop = await given.organization();
    const [a, b, c] = await given.customers(shop, { email: 'a@example.com' }, { email: 'b@example.com' }, {});
    const input: UpdateInput = { id: a.id, firstname: 'Rita', idempotencyKey: 'k' };
    await shop.updated(input);
    await shop.updated({ id: b.id, email: 'a@example.com' });
    const { results } = await shop.updateMany([{ id: c.id, email: 'b@example.com' }, input]);
    expect(results[1]).toMatchObject({ replayed: true, customer: { userId: c.id, firstname: 'Rita' } });
  });

  test('answers merges and side effects as before', async () => {
    const shop = await given.organization({
      rewardRules: [{ name: 'hello', programId: '1016', points: '12.5', fields: ['firstname'] }],
    });
    const [target] = await given.customers(
      shop,
      { type: 'LOYALTY' },
      { email: 'v@example.com', lifetimePurchases: '0.001' },
    );
    const input: UpdateInput = {
      id: target.id,
      email: 'v@example.com',
      firstname: 'Rita',
      customFields: [{ name: 'unknown', value: '1' }],
      invalidFields: 'SKIP',
      idempotencyKey: 'k',
    };
    const first = await shop.updated(input);
    expect([first.merges.length, first.sideEffects.length, first.warnings.length]).toEqual([1, 1, 1]);
    expect(await world.expectNothingChanged(() => shop.update(input))).toEqual({ ...first, replayed: true });
  });

  test('is remembered also where the update changed nothing', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { firstname: 'Rita' });
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey: 'k' };
    expect(await shop.update(input)).toMatchObject({ success: true, replayed: false, changes: [] });
    await shop.updated({ id, firstname: 'Rosa' });
    expect(await shop.update(input)).toMatchObject({ replayed: true, customer: { firstname: 'Rosa' } });
  });

  test('does not check versions and plans again that it had checked', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { planHash } = await shop.previewed({ id, firstname: 'Rita' });
    const input: UpdateInput = {
      id,
      firstname: 'Rita',
      expectedVersion: 1,
      expectedPlanHash: planHash,
      idempotencyKey: 'k',
    };
    await shop.updated(input);
    expect(await shop.update(input)).toMatchObject({ success: true, replayed: true });
  });

  test.each<[string, UpdateInput, UpdateInput]>([
    ['an identifier', {}, { email: null }],
    ['an id', {}, { externalId: null }],
    ['lists', {}, { customFields: null, extendedFields: null, subscriptions: null }],
    ['expectedVersion and expectedPlanHash', {}, { expectedVersion: null, expectedPlanHash: null }],
    ['invalidFields', {}, { invalidFields: null }],
    ['invalidFields, which is REJECT where it is omitted', {}, { invalidFields: 'REJECT' }],
    [
      'a status, which is SUBSCRIBED where it is omitted',
      { subscriptions: [{ channel: 'SMS', priority: 'BULK' }] },
      { subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' }] },
    ],
  ])('is the same input also where null, or the default, is given for %s', async (_, omitted, explicit) => {
    const shop = await given.organization();
    const { mobile } = await given.customer(shop);
    const input: UpdateInput = { mobile, firstname: 'Rita', idempotencyKey: 'k' };
    const first = await shop.updated({ ...input, ...omitted });
    expect(await shop.update({ ...input, ...explicit })).toEqual({ ...first, replayed: true });
    expect(await shop.update({ ...explicit, ...input, id: null })).toEqual({ ...first, replayed: true });
  });

  test('is the same input where its id is a number in place of a text', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    await shop.updated({ id, firstname: 'Rita', idempotencyKey: 'k' });
    const input = { id: Number(id), firstname: 'Rita', idempotencyKey: 'k' };
    const { data } = await shop.send(documents.updateCustomer, { input });
    expect(data).toMatchObject({ updateCustomer: { success: true, replayed: true } });
  });

  test('is the same input where its keys come in another order', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    await shop.updated({ id, firstname: 'Rita', lastname: 'James', idempotencyKey: 'k' });
    expect(await shop.update({ idempotencyKey: 'k', lastname: 'James', firstname: 'Rita', id })).toMatchObject({
      replayed: true,
    });
  });
});

describe('another input under a key that was used', () => {
  test.each<[string, UpdateInput]>([
    ['another value', { firstname: 'Rosa' }],
    ['a value more', { firstname: 'Rita', lastname: 'James' }],
    ['a value less', {}],
    [
      'the same value in another spelling, since inputs are compared before they are made canonical',
      { firstname: 'Rita ' },
    ],
    ['null, which clears, where the value was omitted', { firstname: 'Rita', lastname: null }],
    ['another policy', { firstname: 'Rita', invalidFields: 'SKIP' }],
    ['an expected version', { firstname: 'Rita', expectedVersion: 1 }],
    ['an identifier more', { firstname: 'Rita', externalId: 'R-1' }],
    ['a list', { firstname: 'Rita', customFields: [{ name: 'age', value: '46' }] }],
    ['an extended field', { firstname: 'Rita', extendedFields: [{ name: 'city', value: 'Leeds' }] }],
    ['a subscription', { firstname: 'Rita', subscriptions: [{ channel: 'SMS', priority: 'BULK' }] }],
    ['an expected plan', { firstname: 'Rita', expectedPlanHash: 'x' }],
    ['a fault', { firstname: '' }],
  ])('is refused: %s', async (_, other) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { externalId: 'R-1' });
    await shop.updated({ id, firstname: 'Rita', idempotencyKey: 'k' });
    await expectRefused(world, shop, { id, ...other, idempotencyKey: 'k' }, reused);
  });

  test.each<[string, Partial<UpdateInput>, Partial<UpdateInput>]>([
    ['another id', { id: '7001' }, { id: '7002' }],
    ['another mobile', { mobile: '+447700900111' }, { mobile: '+447700900112' }],
    ['another email', { email: 'a@example.com' }, { email: 'b@example.com' }],
    ['another external id', { externalId: 'A' }, { externalId: 'B' }],
    [
      'an extended field of another value',
      { id: '7001', extendedFields: [{ name: 'city', value: 'Leeds' }] },
      { id: '7001', extendedFields: [{ name: 'city', value: 'York' }] },
    ],
    [
      'a subscription of another status',
      { id: '7001', subscriptions: [{ channel: 'SMS', priority: 'BULK' }] },
      { id: '7001', subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }] },
    ],
  ])('is refused where only that differs: %s', async (_, one, other) => {
    const shop = await given.organization();
    await given.customers(
      shop,
      { id: '7001', mobile: '+447700900111', email: 'a@example.com', externalId: 'A' },
      { id: '7002', mobile: '+447700900112', email: 'b@example.com', externalId: 'B' },
    );
    await shop.updated({ ...one, idempotencyKey: 'k' });
    await expectRefused(world, shop, { ...other, idempotencyKey: 'k' }, reused);
  });

  test('tells a value that is missing from one that is null inside of a list', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input = { id, invalidFields: 'SKIP', idempotencyKey: 'k' } as const;
    await shop.updated({ ...input, customFields: [{ name: 'age', value: null }] });
    await expectRefused(world, shop, { ...input, customFields: [{ name: 'age' }] }, reused);
  });

  test('is refused before anything else about it is checked', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    await shop.updated({ id, idempotencyKey: 'k' });
    await expectRefused(world, shop, { mobile: 'x', email: 'y', idempotencyKey: 'k' }, reused);
  });
});

describe('a key', () => {
  test.each([
    ['1 character', 'k'],
    ['255 characters', 'k'.repeat(255)],
    ['255 code points of two units each', '🔑'.repeat(255)],
  ])('of %s is taken', async (_, idempotencyKey) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey };
    await shop.updated(input);
    expect(await shop.update(input)).toMatchObject({ success: true, replayed: true });
  });

  test.each([
    ['no character', ''],
    ['256 characters', 'k'.repeat(256)],
    ['a control character', 'k\u0007'],
    ['U+0000', 'k\u0000'],
    ['a lone surrogate', 'k\ud800'],
    ['a bidi override', 'k\u202e'],
  ])('of %s is refused', async (_, idempotencyKey) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    await expectRefused(world, shop, { id, firstname: 'Rita', idempotencyKey }, badKey);
  });

  test('that is refused is so first, before other faults', async () => {
    const shop = await given.organization();
    await expectRefused(world, shop, { mobile: 'x', idempotencyKey: '' }, badKey);
  });

  test('is remembered for 7 days', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey: 'k' };
    await shop.updated(input);
    const then = Date.now() - 7 * 24 * 60 * 60 * 1000 + 60_000;
    await world.execute('UPDATE idempotency_record SET created_at = ? WHERE organization_id = ?', [then, shop.id]);
    expect(await shop.update(input)).toMatchObject({ success: true, replayed: true });
  });

  test('is compared as it is: case and blanks count', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    for (const idempotencyKey of ['k', 'K', ' k', 'k ', 'é', 'e\u0301']) {
      expect(await shop.update({ id, firstname: 'Rita', idempotencyKey })).toMatchObject({ replayed: false });
    }
  });

  test('of a refused update is free, for the same input and for another', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, firstname: 'Rita', expectedVersion: 2, idempotencyKey: 'k' };
    await expectRefused(world, shop, input, notice('VERSION_CONFLICT', 'expectedVersion'));
    await shop.updated({ id, lastname: 'James' });
    expect(await shop.update(input)).toMatchObject({ success: true, replayed: false });

    await expectRefused(world, shop, { id, firstname: '', idempotencyKey: 'l' }, notice('INVALID_INPUT', 'firstname'));
    expect(await shop.update({ id, firstname: 'Rosa', idempotencyKey: 'l' })).toMatchObject({
      success: true,
      replayed: false,
    });
  });

  test('is one name space for updateCustomer and updateCustomers', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey: 'k' };
    const first = await shop.updated(input);
    const { results, successCount } = await world.expectNothingChanged(() =>
      shop.updateMany([input, { ...input, firstname: 'Rosa' }]),
    );
    expect(successCount).toBe(1);
    expect(results[0]).toEqual({ ...first, replayed: true });
    expectRefusal(results[1] ?? first, [reused]);

    const many: UpdateInput = { id, lastname: 'James', idempotencyKey: 'l' };
    await shop.updateMany([many]);
    expect(await shop.update(many)).toMatchObject({ replayed: true });
    expectRefusal(await shop.update({ ...many, lastname: 'Jones' }), [reused]);
  });

  test('that comes twice in one batch does the work once, and the other replays', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey: 'k' };
    const { results } = await shop.updateMany([input, input, { ...input, lastname: 'James' }]);
    expect(results.map(({ success, replayed }) => [success, replayed])).toEqual([
      [true, false],
      [true, true],
      [false, false],
    ]);
    expectRefusal(results[2] ?? (await shop.update({})), [reused]);
    expect(await shop.customer(id)).toMatchObject({ version: 2, lastname: null });
  });

  test('that comes many times at once does the work once, and the others replay', async () => {
    const shop = await given.organization({
      rewardRules: [{ name: 'hello', programId: '1016', points: '10', fields: ['firstname'] }],
    });
    const { id } = await given.customer(shop, { type: 'LOYALTY' });
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey: 'k' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.update(input)));
    expect(answers.map(({ success }) => success)).toEqual(answers.map(() => true));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const customer = await shop.customer(id);
    expect(customer).toMatchObject({ version: 2, loyaltyPoints: '10' });
    expect(customer.auditLog.edges).toHaveLength(1);
  });

  test("is the client's own: another client of the organization, and one of another, know nothing of it", async () => {
    const [shop, other] = [await given.organization(), await given.organization()];
    const { id } = await given.customer(shop);
    await given.customer(other, { id });
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey: 'k' };
    await shop.updated(input);
    for (const [client, firstname] of [
      [shop.as('integration'), 'Rosa'],
      [other, 'Rhea'],
    ] as const) {
      expect(await client.update({ ...input, firstname })).toMatchObject({ success: true, replayed: false });
      expect(await client.update({ ...input, firstname })).toMatchObject({ success: true, replayed: true });
    }
  });
});

describe('a preview', () => {
  test('replays what an update did under the key', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey: 'k' };
    const first = await shop.updated(input);
    expect(await world.expectNothingChanged(() => shop.preview(input))).toEqual({ ...first, replayed: true });
  });

  test('never records: the update after it does the work', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, firstname: 'Rita', idempotencyKey: 'k' };
    expect(await world.expectNothingChanged(() => shop.preview(input))).toMatchObject({ replayed: false });
    expect(await world.expectNothingChanged(() => shop.preview({ ...input, firstname: 'Rosa' }))).toMatchObject({
      success: true,
      replayed: false,
    });
    expect(await shop.update(input)).toMatchObject({ success: true, replayed: false });
  });
});
