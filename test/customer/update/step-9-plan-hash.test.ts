import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { UpdateInput } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { expectRefused } from '../../support/refusals.js';
import type { Shop } from '../../support/shop.js';
import type { CustomerSetting, OrganizationSetting } from '../../support/settings.js';
import { useWorld, type Known } from '../../support/world.js';

const world = useWorld();
const { given } = world;

type Preview = Awaited<ReturnType<Shop['previewed']>>;

const changed = notice('PLAN_CHANGED', 'expectedPlanHash');
const rewarding: OrganizationSetting = {
  configs: { CONF_ALLOW_EMAIL_UPDATE: '1' },
  rewardRules: [{ name: 'hello', programId: '1016', points: '10', fields: ['firstname'] }],
};

describe('the plan hash', () => {
  test.each<[string, CustomerSetting, UpdateInput]>([
    ['a value', {}, { firstname: 'Rita' }],
    ['nothing', {}, {}],
    ['what comes from the clock', {}, { type: 'LOYALTY' }],
    ['a reward', { type: 'LOYALTY' }, { firstname: 'Rita' }],
    ['fields and warnings', {}, { customFields: [{ name: 'x', value: '1' }], invalidFields: 'SKIP' }],
    ['an identifier', {}, { email: 'new@example.com' }],
    ['a merge', {}, { externalId: 'V', firstname: 'Rita', subscriptions: [{ channel: 'SMS', priority: 'BULK' }] }],
  ])('is the same for a preview, another preview, and the update that does it: %s', async (_, setting, input) => {
    const shop = await given.organization(rewarding);
    const [{ id }] = await given.customers(shop, setting, { mobile: null, externalId: 'V', fraudStatus: 'CONFIRMED' });
    const first = await shop.previewed({ id, ...input });
    expect(first.planHash).toMatch(/./);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await shop.previewed({ id, ...input })).planHash).toBe(first.planHash);
    const update = await shop.updated({ id, ...input, expectedPlanHash: first.planHash });
    expect(update.planHash).toBe(first.planHash);
  });

  test('does not depend on who asks, on key, request id, user context, or what is expected', async () => {
    const shop = await given.organization(rewarding);
    const [{ id }] = await given.customers(shop, {}, { mobile: null, externalId: 'V' });
    const input: UpdateInput = { id, externalId: 'V', firstname: 'Rita' };
    const { planHash } = await shop.previewed(input);
    const hashes = await Promise.all([
      shop.as('integration').previewed(input),
      shop.as('report').previewed(input),
      shop.with({ 'x-cap-request-id': 'mine', 'user-context-entity-id': '5' }).previewed(input),
      shop.previewed({ ...input, idempotencyKey: 'k' }),
      shop.previewed({ ...input, expectedVersion: 1 }),
      shop.previewed({ ...input, expectedPlanHash: planHash }),
    ]);
    expect(hashes.map((preview) => preview.planHash)).toEqual(hashes.map(() => planHash));
  });

  test.each<[string, UpdateInput]>([
    ['another value', { firstname: 'Rosa' }],
    ['a value more', { firstname: 'Rita', lastname: 'James' }],
    ['null in place of a value', { firstname: null }],
    ['another till', { firstname: 'Rita', registeredTill: 'till.1' }],
    ['a date in place of now', { firstname: 'Rita', registeredOn: '2012-09-11T11:11:15Z' }],
    ['a custom field', { firstname: 'Rita', customFields: [{ name: 'age', value: '46' }] }],
    [
      'a field that is left out with a warning',
      { firstname: 'Rita', customFields: [{ name: 'x', value: '1' }], invalidFields: 'SKIP' },
    ],
    ['a subscription', { firstname: 'Rita', subscriptions: [{ channel: 'SMS', priority: 'BULK' }] }],
    [
      'the same subscription the other way',
      { firstname: 'Rita', subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }] },
    ],
    ['a fraud status', { firstname: 'Rita', fraudStatus: 'CONFIRMED' }],
    ['an enrolment', { firstname: 'Rita', type: 'LOYALTY' }],
    ['an identifier', { firstname: 'Rita', email: 'new@example.com' }],
    ['a merge', { firstname: 'Rita', externalId: 'V' }],
    ['the same, of another customer', { firstname: 'Rita', externalId: 'W' }],
  ])('is another one where the request decides otherwise: %s', async (_, other) => {
    const shop = await given.organization(rewarding);
    const [{ id }] = await given.customers(
      shop,
      {},
      { mobile: null, externalId: 'V' },
      { mobile: null, externalId: 'W' },
    );
    const { planHash } = await shop.previewed({ id, firstname: 'Rita' });
    expect((await shop.previewed({ id, ...other })).planHash).not.toBe(planHash);
    await expectRefused(world, shop, { id, ...other, expectedPlanHash: planHash }, changed);
  });

  test.each<[string, UpdateInput, UpdateInput]>([
    ['by which identifier a victim was found', { externalId: 'V' }, { email: 'v@example.com' }],
    [
      'of which kind the field is that was left out',
      { customFields: [{ name: 'x', value: '1' }], invalidFields: 'SKIP' },
      { extendedFields: [{ name: 'x', value: '1' }], invalidFields: 'SKIP' },
    ],
  ])('is another one where the same is stored of the customer, but not of the update: %s', async (_, one, other) => {
    const shop = await given.organization(rewarding);
    const [{ id }] = await given.customers(shop, {}, { mobile: null, externalId: 'V', email: 'v@example.com' });
    const [first, second] = [await shop.previewed({ id, ...one }), await shop.previewed({ id, ...other })];
    expect(first.changes).toEqual(second.changes);
    expect(first.planHash).not.toBe(second.planHash);
  });

  test('is another one where an enrolment has a date of its own, which is not the clock’s', async () => {
    const shop = await given.organization(rewarding);
    const { id } = await given.customer(shop);
    const dates = ['2012-09-11T11:11:15Z', '2012-09-12T11:11:15Z'];
    const previews = await Promise.all(
      dates.map((registeredOn) => shop.previewed({ id, type: 'LOYALTY', registeredOn })),
    );
    expect(previews[0]?.planHash).not.toBe(previews[1]?.planHash);
  });

  test('is another one for the same request of another customer, also in another organization', async () => {
    const [shop, other] = [await given.organization(), await given.organization()];
    const [a, b] = await given.customers(shop, { id: '7001' }, { id: '7002' });
    await given.customer(other, { id: '7001' });
    const hashes = await Promise.all([
      shop.previewed({ id: a.id, firstname: 'Rita' }),
      shop.previewed({ id: b.id, firstname: 'Rita' }),
      other.previewed({ id: a.id, firstname: 'Rita' }),
    ]);
    expect(new Set(hashes.map(({ planHash }) => planHash)).size).toBe(3);
  });
});

describe('expectedPlanHash', () => {
  const involved: CustomerSetting[] = [
    { type: 'LOYALTY', email: 't@example.com' },
    { externalId: 'V', fraudStatus: 'CONFIRMED', lifetimePurchases: '1' },
  ];

  test.each<[string, (target: Known, victim: Known) => UpdateInput]>([
    ['the target, in a value that the plan does not touch', ({ id }) => ({ id, associatedWith: 'till.2' })],
    ['the target, in a value that the plan changes', ({ id }) => ({ id, firstname: 'Rosa' })],
    ['the target, to the same value', ({ id }) => ({ id, firstname: 'Rita' })],
    ['a victim, in a value that does not come over', (_, { id }) => ({ id, associatedWith: 'till.2' })],
    ['a victim, in a value that comes over', (_, { id }) => ({ id, lastname: 'James' })],
  ])('is refused where something has changed since on any of the accounts: %s', async (_, between) => {
    const shop = await given.organization(rewarding);
    const [target, victim] = await given.customers(shop, involved[0] ?? {}, involved[1] ?? {});
    const input: UpdateInput = { id: target.id, externalId: 'V', firstname: 'Rita' };
    const { planHash } = await shop.previewed(input);
    await shop.updated(between(target, victim));
    await expectRefused(world, shop, { ...input, expectedPlanHash: planHash }, changed);
    const { planHash: now } = await shop.previewed(input);
    await shop.updated({ ...input, expectedPlanHash: now });
  });

  test('is refused where a victim is somebody else by now, or none', async () => {
    const shop = await given.organization(rewarding);
    const [target, victim, other] = await given.customers(shop, {}, { externalId: 'V' }, {});
    const input: UpdateInput = { id: target.id, externalId: 'V' };
    const { planHash } = await shop.previewed(input);
    await shop.updated({ id: other.id, mobile: victim.mobile });
    await expectRefused(world, shop, { ...input, expectedPlanHash: planHash }, changed);
    await shop.updated({ id: target.id, mobile: other.mobile });
    await expectRefused(world, shop, { ...input, expectedPlanHash: planHash }, changed);
  });

  test('is refused after the update was done: it would not do that again', async () => {
    const shop = await given.organization(rewarding);
    const { id } = await given.customer(shop);
    const { planHash } = await shop.updated({ id, firstname: 'Rita' });
    await expectRefused(world, shop, { id, firstname: 'Rita', expectedPlanHash: planHash }, changed);
  });

  test('is refused alone, and only where there is nothing else to refuse', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { type: 'LOYALTY' });
    await expectRefused(world, shop, { id, firstname: 'Rita', expectedPlanHash: 'x' }, changed);
    await expectRefused(
      world,
      shop,
      { id, type: 'NON_LOYALTY', expectedPlanHash: 'x' },
      notice('LOYALTY_DOWNGRADE', 'type'),
    );
    await expectRefused(
      world,
      shop,
      { id, expectedVersion: 9, expectedPlanHash: 'x' },
      notice('VERSION_CONFLICT', 'expectedVersion'),
    );
  });

  test('is refused where an earlier item of the same batch has changed the plan', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { planHash } = await shop.previewed({ id, firstname: 'Rita' });
    const { results } = await shop.updateMany([
      { id, lastname: 'James' },
      { id, firstname: 'Rita', expectedPlanHash: planHash },
    ]);
    expect(results.map(({ errors }) => errors.map(({ code }) => code))).toEqual([[], ['PLAN_CHANGED']]);
  });

  describe('is refused where the organization’s settings have changed what it would do:', () => {
    const cases: [string, OrganizationSetting, (preview: Preview) => unknown][] = [
      ['a reward is gone', { ...rewarding, rewardRules: [] }, ({ sideEffects }) => sideEffects.length],
      [
        'a reward has another name',
        { ...rewarding, rewardRules: [{ name: 'welcome', programId: '1016', points: '10', fields: ['firstname'] }] },
        ({ sideEffects }) => sideEffects[0]?.rule,
      ],
      [
        'a merge would not bring what the request then overwrites',
        { ...rewarding, configs: { ...rewarding.configs, CONF_SKIP_MERGE_HANDLER: 'CUSTOM_FIELDS' } },
        ({ merges }) => merges[0]?.changes.length,
      ],
    ];
    const refused = new Map<string, [Shop, UpdateInput]>();
    // Together: the service looks for new settings every few seconds.
    beforeAll(() => Promise.all(cases.map(changeSettings)));

    async function changeSettings([name, settings, told]: (typeof cases)[number]): Promise<void> {
      const shop = await given.organization(rewarding);
      const [{ id }] = await given.customers(
        shop,
        { type: 'LOYALTY' },
        { mobile: null, externalId: 'V', customFields: { age: '30' } },
      );
      const input = { id, externalId: 'V', firstname: 'Rita', customFields: [{ name: 'age', value: '46' }] };
      const before = await shop.previewed(input);
      refused.set(name, [shop, { ...input, expectedPlanHash: before.planHash }]);
      await given.settings(shop, settings);
      await vi.waitFor(async () => {
        expect(told(await shop.previewed(input))).not.toEqual(told(before));
      }, 10_000);
    }

    test.each(cases.map(([name]) => name))('%s', async (name) => {
      const [shop, input] = refused.get(name) ?? [];
      if (shop === undefined || input === undefined) throw new Error('Nothing was changed');
      await expectRefused(world, shop, input, changed);
    });
  });
});
