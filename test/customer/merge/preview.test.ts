import { describe, expect, test } from 'vitest';
import type { Merge, UpdateInput } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { expectRefused } from '../../support/refusals.js';
import { useWorld } from '../../support/world.js';

// Each row of the rule table is previewed too, with the rules; that a plan hash is the same for a preview and its update
// is tested with the steps of an update.

const world = useWorld();
const { given } = world;

/** The target and a customer for each identifier of the request, of which the email's is LOYALTY. */
async function aRequest(target: 'LOYALTY' | 'NON_LOYALTY') {
  const shop = await given.organization({
    configs: { CONF_ALLOW_MOBILE_UPDATE: '1' },
    rewardRules: [{ name: 'hello', programId: '1016', points: '10', fields: ['firstname'] }],
  });
  const known = await given.customers(
    shop,
    { mobile: null, type: target, externalId: 'T', registeredTill: 'till.1', lifetimePurchases: '1' },
    {
      email: 'e@example.com',
      type: 'LOYALTY',
      firstname: 'Eve',
      registeredOn: '2010-01-01T00:00:00Z',
      registeredTill: 'till.2',
      fraudStatus: 'CONFIRMED',
      pointsSummaries: [{ programId: '1016', lifetimePoints: '5', slabSNo: 2 }],
    },
    { mobile: null, email: 'old@example.com', lifetimePurchases: '4' },
  );
  await shop.updated({ id: known[0].id, email: 'old@example.com' });
  const input: UpdateInput = {
    id: known[0].id,
    email: 'e@example.com',
    mobile: '+447911123456',
    lastname: 'James',
    type: 'LOYALTY',
    fraudStatus: 'NONE',
    subscriptions: [{ channel: 'SMS', priority: 'BULK' }],
    customFields: [{ name: 'x', value: '1' }],
    invalidFields: 'SKIP',
  };
  return { shop, known, input };
}

describe.each(['LOYALTY', 'NON_LOYALTY'] as const)('a preview of a merge, of a %s target', (type) => {
  test('equals the update that follows it, but for made ids, times and logs, and stores nothing', async () => {
    const { shop, known, input } = await aRequest(type);
    const stored = await shop.customer(type === 'LOYALTY' ? known[0].id : known[1].id);
    const preview = await world.expectNothingChanged(() => shop.previewed(input));
    const update = await shop.updated(input);
    expect(update.merges).toHaveLength(1);
    const victimId = type === 'LOYALTY' ? known[1].id : known[0].id;
    expect(preview.merges.map(({ id }) => id)).toEqual([`preview:${victimId}`]);
    expect([preview.customer.auditLog, preview.customer.ledger]).toEqual([stored.auditLog, stored.ledger]);

    expect(preview.merges.map(({ auditHead }) => auditHead)).toEqual([null]);
    const { id, mergedAt, auditHead } = update.merges[0] as Merge;
    const asMade = (merges: Merge[]) =>
      merges.map((merge) => (merge.id.startsWith('preview:') ? { ...merge, id, mergedAt, auditHead } : merge));
    const { updatedOn, auditLog, ledger } = update.customer;
    expect({
      ...preview,
      merges: asMade(preview.merges),
      customer: { ...preview.customer, updatedOn, auditLog, ledger, merges: asMade(preview.customer.merges) },
    }).toEqual(update);
    for (const time of [preview.customer.updatedOn, preview.merges[0]?.mergedAt ?? '']) {
      expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(10_000);
    }
  });
});

describe('the plan of a merge', () => {
  const changed = notice('PLAN_CHANGED', 'expectedPlanHash');

  test.each(['the target', 'the survivor', 'another victim'])('is another one once %s has changed', async (who) => {
    const shop = await given.organization();
    const known = await given.customers(
      shop,
      {},
      { mobile: null, email: 's@example.com', type: 'LOYALTY' },
      { mobile: null, externalId: 'V' },
    );
    const [target, survivor, victim] = known;
    const input: UpdateInput = { id: target.id, email: survivor.email, externalId: victim.externalId };
    const { planHash } = await shop.previewed(input);
    const { id } = { 'the target': target, 'the survivor': survivor, 'another victim': victim }[who] ?? target;
    await shop.updated({ id, associatedWith: 'till.1' });
    await expectRefused(world, shop, { ...input, expectedPlanHash: planHash }, changed);
    const again = await shop.previewed(input);
    expect(again.planHash).not.toBe(planHash);
    expect((await shop.updated({ ...input, expectedPlanHash: again.planHash })).merges).toHaveLength(2);
  });

  test('is another one after the merge was done and undone: the versions have grown', async () => {
    const shop = await given.organization();
    const [target, victim] = await given.customers(shop, {}, { mobile: null, email: 'v@example.com' });
    const input: UpdateInput = { id: target.id, email: victim.email };
    const { planHash, merges } = await shop.updated(input);
    await shop.undone(merges[0]?.id ?? '');
    await expectRefused(world, shop, { ...input, expectedPlanHash: planHash }, changed);
  });

  test('is another one where somebody else has the identifier by now', async () => {
    const shop = await given.organization();
    const [target, victim, third] = await given.customers(
      shop,
      {},
      { mobile: null, email: 'v@example.com', externalId: 'V' },
      {},
    );
    const input: UpdateInput = { id: target.id, email: victim.email };
    const { planHash } = await shop.previewed(input);
    await shop.updated({ id: third.id, externalId: 'V' });
    await expectRefused(world, shop, { ...input, expectedPlanHash: planHash }, changed);
  });

  test('tells a request that names a subscription which the merge sets from one that does not', async () => {
    const shop = await given.organization();
    const [target, victim] = await given.customers(
      shop,
      {},
      {
        mobile: null,
        email: 'v@example.com',
        subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
      },
    );
    const input: UpdateInput = { id: target.id, email: victim.email };
    const named: UpdateInput = {
      ...input,
      subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
    };
    const { planHash } = await shop.previewed(input);
    await expectRefused(world, shop, { ...named, expectedPlanHash: planHash }, changed);
  });
});
