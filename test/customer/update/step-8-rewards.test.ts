import { describe, expect, test } from 'vitest';
import type { SummarySetting } from '../../support/settings.js';
import { useWorld } from '../../support/world.js';

const world = useWorld();
const { given } = world;

const rule = (name: string, points: string, ...fields: string[]) => ({ name, programId: '1016', points, fields });
const effect = (name: string, awardedPoints: string, totalPoints: string, programId = '1016') => ({
  type: 'POINTS',
  rule: name,
  programId,
  awardedPoints,
  totalPoints,
});
const loyal = {
  type: 'LOYALTY',
  pointsSummaries: [{ programId: '1016', lifetimePoints: '100', redeemed: '40' }],
} as const;

describe('a reward', () => {
  test('is given when the update fills the last of its fields: points, a ledger entry that says why, and the total', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '50.5', 'firstname', 'customFields.age')] });
    const { id } = await given.customer(shop, loyal);
    const first = await shop.updated({ id, firstname: 'Rita' });
    expect(first.sideEffects).toEqual([]);
    const { customer, sideEffects, changes } = await shop.updated({ id, customFields: [{ name: 'age', value: '46' }] });
    expect(sideEffects).toEqual([effect('profile', '50.5', '110.5')]);
    expect(changes).toEqual([
      { field: 'pointsSummaries.1016.lifetimePoints', previous: '100', current: '150.5', rule: 'SIDE_EFFECT' },
      { field: 'customFields.age', previous: null, current: '46', rule: 'REQUEST' },
    ]);
    expect(customer).toMatchObject({ lifetimePoints: '150.5', loyaltyPoints: '110.5', version: 3 });
    expect(customer.ledger.edges[0]?.node).toMatchObject({
      kind: 'AWARD',
      rule: 'profile',
      programId: '1016',
      lifetimePoints: '50.5',
      redeemed: '0',
      expired: '0',
      returned: '0',
      adjusted: '0',
      cumulativePurchases: '0',
      mergeId: null,
      at: customer.updatedOn,
    });
    expect(customer.ledger.edges).toHaveLength(2);
    expect(await shop.customer(id)).toEqual(customer);
  });

  test.each([
    ['firstname', { firstname: 'Rita' }],
    ['lastname', { lastname: 'James' }],
    ['mobile', { mobile: '+447911123456' }],
    ['email', { email: 'r@example.com' }],
    ['externalId', { externalId: 'R-1' }],
    ['registeredOn', { registeredOn: '2012-09-11T11:11:15Z' }],
    ['registeredTill', { registeredTill: 'till.1' }],
    ['associatedWith', { associatedWith: 'till.1' }],
    ['customFields.age', { customFields: [{ name: 'age', value: '46' }] }],
    ['extendedFields.city', { extendedFields: [{ name: 'CITY', value: 'Leeds' }] }],
  ])('can be for %s', async (field, input) => {
    const shop = await given.organization({
      rewardRules: [rule('reward', '1', field)],
      configs: {
        CONF_ALLOW_MOBILE_UPDATE: '1',
        CONF_ALLOW_EMAIL_UPDATE: '1',
        CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1',
      },
    });
    const { id } = await given.customer(shop, {
      ...loyal,
      mobile: null,
      ...(field === 'email' ? { externalId: 'OWN' } : { email: 'own@example.com' }),
    });
    const { sideEffects } = await shop.updated({ id, ...input });
    expect(sideEffects).toEqual([effect('reward', '1', '61')]);
  });

  test('is given where a field changes that was filled before', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname', 'lastname')] });
    const { id } = await given.customer(shop, { ...loyal, firstname: 'Rita', lastname: 'James' });
    expect((await shop.updated({ id, lastname: 'Jones' })).sideEffects).toEqual([effect('profile', '5', '65')]);
  });

  test('is not given where none of its fields changes, though all are filled', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname', 'lastname')] });
    const { id } = await given.customer(shop, { ...loyal, firstname: 'Rita', lastname: 'James' });
    expect((await shop.updated({ id, firstname: 'Rita' })).sideEffects).toEqual([]);
    expect((await shop.updated({ id, associatedWith: 'till.1' })).sideEffects).toEqual([]);
  });

  test('is not given where one of its fields is empty after the update', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname', 'lastname')] });
    const { id } = await given.customer(shop, { ...loyal, firstname: 'Rita', lastname: 'James' });
    expect((await shop.updated({ id, firstname: 'Rosa', lastname: null })).sideEffects).toEqual([]);
    expect((await shop.updated({ id, firstname: null, lastname: 'James' })).sideEffects).toEqual([]);
  });

  test.each([
    ['mobile', { mobile: null, email: 'own@example.com' }],
    ['email', { externalId: 'OWN' }],
    ['externalId', { email: 'own@example.com' }],
  ])('is not given where the customer has no %s, and its rule asks for one', async (field, identifiers) => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname', field)] });
    const { id } = await given.customer(shop, { ...loyal, ...identifiers });
    expect((await shop.updated({ id, firstname: 'Rita' })).sideEffects).toEqual([]);
  });

  test('is given once, however often its fields change', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname')] });
    const { id } = await given.customer(shop, loyal);
    expect((await shop.updated({ id, firstname: 'Rita' })).sideEffects).toHaveLength(1);
    for (const firstname of ['Rosa', null, 'Rita']) {
      expect((await shop.updated({ id, firstname })).sideEffects).toEqual([]);
    }
    expect((await shop.customer(id)).loyaltyPoints).toBe('65');
  });

  test('is given once by many updates at once, and once in a batch', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname')] });
    const [a, b] = await given.customers(shop, loyal, loyal);
    const answers = await Promise.all(['A', 'B', 'C', 'D'].map((firstname) => shop.update({ id: a.id, firstname })));
    expect(answers.flatMap(({ sideEffects }) => sideEffects)).toHaveLength(1);
    const { results } = await shop.updateMany(['A', 'B', 'C'].map((firstname) => ({ id: b.id, firstname })));
    expect(results.map(({ sideEffects }) => sideEffects.length)).toEqual([1, 0, 0]);
    expect((await shop.customer(a.id)).loyaltyPoints).toBe('65');
    expect((await shop.customer(b.id)).loyaltyPoints).toBe('65');
  });

  test('is not given to a NON_LOYALTY customer, who has it once enrolled and changing a field', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname')] });
    const { id } = await given.customer(shop);
    expect((await shop.updated({ id, firstname: 'Rita' })).sideEffects).toEqual([]);
    expect((await shop.updated({ id, type: 'LOYALTY' })).sideEffects).toEqual([]);
    expect((await shop.updated({ id, firstname: 'Rosa' })).sideEffects).toEqual([effect('profile', '5', '5')]);
  });

  test('is given by the update that enrols, also for the date that this sets', async () => {
    const shop = await given.organization({
      rewardRules: [rule('profile', '5', 'firstname'), rule('registered', '2', 'registeredOn')],
    });
    const { id } = await given.customer(shop);
    const { sideEffects, changes } = await shop.updated({ id, firstname: 'Rita', type: 'LOYALTY' });
    expect(sideEffects).toEqual([effect('profile', '5', '5'), effect('registered', '2', '7')]);
    const points = changes.filter(({ field }) => field.startsWith('pointsSummaries.1016.lifetime'));
    expect(points).toEqual([
      { field: 'pointsSummaries.1016.lifetimePoints', previous: null, current: '7', rule: 'SIDE_EFFECT' },
    ]);
  });

  test('does not move a slab, however many the points', async () => {
    const shop = await given.organization({ rewardRules: [rule('rich', '100000', 'firstname')] });
    const { id } = await given.customer(shop, loyal);
    const { customer } = await shop.updated({ id, firstname: 'Rita' });
    expect(customer.pointsSummaries[0]).toMatchObject({ slabSNo: 1, currentSlab: 'bronze', loyaltyPoints: '100060' });
  });

  test('opens a zero summary in the lowest slab of its program where there is none', async () => {
    const shop = await given.organization({ rewardRules: [{ ...rule('coffee', '3', 'firstname'), programId: '7' }] });
    const { id } = await given.customer(shop, loyal);
    const { customer, sideEffects, changes } = await shop.updated({ id, firstname: 'Rita' });
    expect(sideEffects).toEqual([effect('coffee', '3', '3', '7')]);
    expect(customer.pointsSummaries[1]).toMatchObject({
      programId: '7',
      lifetimePoints: '3',
      loyaltyPoints: '3',
      redeemed: '0',
      slabSNo: 1,
      currentSlab: 'cup',
      slabExpiryDate: null,
    });
    expect(changes.slice(1).map(({ rule: why }) => why)).toEqual(Array.from({ length: 7 }, () => 'SIDE_EFFECT'));
    expect(customer).toMatchObject({ lifetimePoints: '103', loyaltyPoints: '63' });
    expect(await shop.customer(id)).toEqual(customer);
  });

  test('opens it in the lowest slab of its own program, not of another', async () => {
    const shop = await given.organization({
      programs: [
        { id: '1', name: 'Other', slabs: [{ serialNumber: 4, name: 'only' }] },
        { id: '2', name: 'Own', slabs: [{ serialNumber: 3, name: 'low' }] },
      ],
      rewardRules: [{ ...rule('own', '3', 'firstname'), programId: '2' }],
    });
    const { id } = await given.customer(shop, { type: 'LOYALTY' });
    const { customer } = await shop.updated({ id, firstname: 'Rita' });
    expect(customer.pointsSummaries).toMatchObject([{ programId: '2', slabSNo: 3, currentSlab: 'low' }]);
  });

  test('comes in the organization’s order, each total after the one before it', async () => {
    const shop = await given.organization({
      rewardRules: [
        rule('z-first', '1', 'firstname'),
        { ...rule('coffee', '0.001', 'firstname'), programId: '7' },
        rule('not-filled', '9', 'firstname', 'lastname'),
        rule('a-last', '2', 'firstname'),
      ],
    });
    const { id } = await given.customer(shop, loyal);
    const { sideEffects, customer } = await shop.updated({ id, firstname: 'Rita' });
    expect(sideEffects).toEqual([
      effect('z-first', '1', '61'),
      effect('coffee', '0.001', '0.001', '7'),
      effect('a-last', '2', '63'),
    ]);
    expect(customer.ledger.edges.map(({ node }) => node.rule)).toEqual(['a-last', 'coffee', 'z-first', null]);
  });

  test('is not given by what is refused, nor by a preview, which tells it all the same', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname')] });
    const { id } = await given.customer(shop, loyal);
    await world.expectNothingChanged(() => shop.update({ id, firstname: 'Rita', expectedVersion: 9 }));
    const preview = await world.expectNothingChanged(() => shop.previewed({ id, firstname: 'Rita' }));
    expect(preview.sideEffects).toEqual([effect('profile', '5', '65')]);
    expect((await shop.updated({ id, firstname: 'Rita' })).sideEffects).toEqual(preview.sideEffects);
  });
});

describe('a reward that would go beyond what a Decimal holds', () => {
  const most = '999999999999.999';

  // The page does not say whether such an update is refused, and how, or goes without the reward: the README says it.
  test.each<[string, SummarySetting]>([
    ['in its program', { programId: '1016', lifetimePoints: most, redeemed: most }],
    ['in its program’s loyaltyPoints', { programId: '1016', adjusted: most }],
    ['in the customer’s lifetimePoints over all programs', { programId: '7', lifetimePoints: most, redeemed: most }],
    ['in the customer’s loyaltyPoints over all programs', { programId: '7', adjusted: most }],
  ])('refuses the update: %s', async (_, summary) => {
    const shop = await given.organization({ rewardRules: [rule('profile', '1', 'firstname')] });
    const { id } = await given.customer(shop, { type: 'LOYALTY', pointsSummaries: [summary] });
    const { errors } = await world.expectNothingChanged(() => shop.update({ id, firstname: 'Rita' }));
    expect(errors).toEqual([
      {
        code: 'INVALID_INPUT',
        legacyCode: 10002,
        field: [],
        message: 'The reward profile would take the points beyond what can be stored',
      },
    ]);
  });
});

describe('a reward and a merge', () => {
  test('is given for a field that the merge filled', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname', 'lastname')] });
    const [target] = await given.customers(
      shop,
      { ...loyal, firstname: 'Rita' },
      { email: 'v@example.com', lastname: 'James' },
    );
    const { sideEffects, changes } = await shop.updated({ id: target.id, email: 'v@example.com' });
    expect(sideEffects).toEqual([effect('profile', '5', '65')]);
    expect(changes.find(({ field }) => field === 'lastname')?.rule).toBe('FILLED');
  });

  test('is not given where an account merged into the customer has had it', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname')] });
    const [target, victim] = await given.customers(shop, loyal, { ...loyal, email: 'v@example.com' });
    await shop.updated({ id: victim.id, firstname: 'Rita' });
    const { sideEffects } = await shop.updated({ id: target.id, email: 'v@example.com', firstname: 'Rosa' });
    expect(sideEffects).toEqual([]);
    expect((await shop.updated({ id: target.id, firstname: 'Rhea' })).sideEffects).toEqual([]);
  });

  test('is given to the survivor where the target, NON_LOYALTY, is merged into it', async () => {
    const shop = await given.organization({ rewardRules: [rule('profile', '5', 'firstname')] });
    const [target, survivor] = await given.customers(shop, {}, { ...loyal, email: 's@example.com' });
    const { sideEffects, customer } = await shop.updated({
      id: target.id,
      email: survivor.email,
      firstname: 'Rita',
    });
    expect([customer.userId, sideEffects]).toEqual([survivor.id, [effect('profile', '5', '65')]]);
  });
});
