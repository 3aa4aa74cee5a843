import { describe, expect, test } from 'vitest';
import type { UpdateInput } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { expectRefused } from '../../support/refusals.js';
import type { CustomerSetting } from '../../support/settings.js';
import { useWorld } from '../../support/world.js';

const world = useWorld();
const { given } = world;

const taken = (field: string) => notice('IDENTIFIER_TAKEN', field);
const blocked = (field: string) => notice('MERGE_BLOCKED', field);
const L: CustomerSetting = { type: 'LOYALTY' };
const N: CustomerSetting = { type: 'NON_LOYALTY' };

describe('MERGE_POLICY', () => {
  /** The target and one or two others, then what is asked beside their identifiers. */
  test.each<[string, string | null, CustomerSetting[], UpdateInput, boolean]>([
    ['AUTOMATIC, by default, merges', null, [L, L], {}, true],
    ['AUTOMATIC merges', 'AUTOMATIC', [L, L, L], {}, true],
    ['NEVER does not merge', 'NEVER', [N, N], {}, false],
    ['NEVER does not merge', 'NEVER', [N, N, L], {}, false],
    ['NON_LOYALTY_ONLY merges where no account is LOYALTY', 'NON_LOYALTY_ONLY', [N, N, N], {}, true],
    ['NON_LOYALTY_ONLY merges where the target alone is', 'NON_LOYALTY_ONLY', [L, N, N], {}, true],
    ['NON_LOYALTY_ONLY merges where one other alone is', 'NON_LOYALTY_ONLY', [N, N, L], {}, true],
    ['NON_LOYALTY_ONLY does not merge where two are', 'NON_LOYALTY_ONLY', [L, L], {}, false],
    ['NON_LOYALTY_ONLY does not merge where the target and one of two are', 'NON_LOYALTY_ONLY', [L, N, L], {}, false],
    ['NON_LOYALTY_ONLY does not merge where two others are', 'NON_LOYALTY_ONLY', [N, L, L], {}, false],
    [
      'NON_LOYALTY_ONLY looks at the accounts before type is applied',
      'NON_LOYALTY_ONLY',
      [N, L],
      { type: 'LOYALTY' },
      true,
    ],
  ])('%s (%s, %j)', async (_, policy, settings, input, merges) => {
    const shop = await given.organization({ configs: policy === null ? {} : { MERGE_POLICY: policy } });
    const [target, byEmail, byExternalId] = await given.customers(
      shop,
      settings[0] ?? N,
      { mobile: null, email: 'v@example.com', ...settings[1] },
      { mobile: null, externalId: 'W', ...settings[2] },
    );
    const all: UpdateInput = {
      id: target.id,
      email: byEmail.email,
      ...(settings.length > 2 ? { externalId: byExternalId.externalId } : {}),
      ...input,
    };
    if (merges) {
      expect((await shop.updated(all)).merges).toHaveLength(settings.length - 1);
    } else {
      await expectRefused(
        world,
        shop,
        all,
        ...(settings.length > 2 ? [taken('email'), taken('externalId')] : [taken('email')]),
      );
    }
  });

  test('refuses at each identifier of an account that has two of them', async () => {
    const shop = await given.organization({ configs: { MERGE_POLICY: 'NEVER' } });
    const [target, other] = await given.customers(shop, { mobile: null, email: 't@example.com' }, { externalId: 'V' });
    const input: UpdateInput = { id: target.id, mobile: other.mobile, externalId: 'V', firstname: 'Rita' };
    await expectRefused(world, shop, input, taken('mobile'), taken('externalId'));
  });
});

describe('MERGE_PLACEHOLDERS', () => {
  const shared = ' 9999999999,07911 999999 , Shop@Example.com,NONE ';
  const allowed = {
    MERGE_PLACEHOLDERS: shared,
    CONF_ALLOW_MOBILE_UPDATE: '1',
    CONF_ALLOW_EMAIL_UPDATE: '1',
    CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1',
  };
  const spellings = [
    ['mobile', '+44 7911 999999'],
    ['email', 'SHOP@example.com'],
    ['externalId', 'NONE'],
  ] as const;

  test.each(spellings)('block a merge by a %s that another customer has', async (field, text) => {
    const shop = await given.organization({ configs: allowed });
    const [target] = await given.customers(
      shop,
      { ...(field === 'mobile' ? { mobile: null, email: 't@example.com' } : {}) },
      { mobile: null, [field]: text },
    );
    await expectRefused(world, shop, { id: target.id, [field]: text }, blocked(field));
  });

  test.each(spellings)('are never set: a %s that nobody has', async (field, text) => {
    const shop = await given.organization({ configs: allowed });
    const { id } = await given.customer(shop, field === 'mobile' ? { mobile: null, email: 't@example.com' } : {});
    await expectRefused(world, shop, { id, [field]: text }, blocked(field));
  });

  test('are canonical in the organization’s country', async () => {
    const shop = await given.organization({ defaultCountry: 'IN', configs: allowed });
    const [target] = await given.customers(shop, { mobile: null, email: 't@example.com' }, { mobile: '+919999999999' });
    for (const mobile of ['9999999999', '+919999999999', '919999999999']) {
      await expectRefused(world, shop, { id: target.id, mobile }, blocked('mobile'));
    }
  });

  test('do not block a merge that another identifier asks for', async () => {
    const shop = await given.organization({ configs: allowed });
    const [target, other] = await given.customers(
      shop,
      { email: 't@example.com' },
      { mobile: null, email: 'shop@example.com', externalId: 'V' },
    );
    const { customer } = await shop.updated({ id: target.id, externalId: other.externalId });
    expect(customer.aliases).toEqual([{ type: 'EMAIL', value: 'shop@example.com' }]);
  });

  test('are told after the policy, which comes first', async () => {
    const shop = await given.organization({ configs: { ...allowed, MERGE_POLICY: 'NEVER' } });
    const [target] = await given.customers(shop, {}, { mobile: null, externalId: 'NONE' });
    await expectRefused(world, shop, { id: target.id, externalId: 'NONE' }, taken('externalId'));
  });

  test('block one identifier and leave what is wrong with the others to be told', async () => {
    const shop = await given.organization({ configs: { MERGE_PLACEHOLDERS: shared } });
    const [target] = await given.customers(shop, {}, { mobile: null, email: 'shop@example.com' });
    await expectRefused(
      world,
      shop,
      { id: target.id, email: 'shop@example.com', externalId: 'NEW' },
      blocked('email'),
      notice('IDENTIFIER_UPDATE_DISABLED', 'externalId'),
    );
  });
});

describe('MERGE_BLOCKED_ON', () => {
  const onExternalId = { MERGE_BLOCKED_ON: 'EXTERNAL_ID', CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1' };
  const victim = { mobile: null, email: 'v@example.com' };

  test('blocks accounts that differ in their own values of the type', async () => {
    const shop = await given.organization({ configs: onExternalId });
    const [target, other] = await given.customers(shop, { externalId: 'T' }, { ...victim, externalId: 'V' });
    await expectRefused(world, shop, { id: target.id, email: other.email }, blocked('email'));
    await expectRefused(world, shop, { id: target.id, externalId: 'V' }, blocked('externalId'));
    await expectRefused(
      world,
      shop,
      { id: target.id, email: other.email, externalId: 'V' },
      blocked('email'),
      blocked('externalId'),
    );
  });

  test('blocks an account that differs from the request, though nobody has that value', async () => {
    const shop = await given.organization({ configs: onExternalId });
    const [target, other] = await given.customers(shop, {}, { ...victim, externalId: 'V' });
    await expectRefused(world, shop, { id: target.id, email: other.email, externalId: 'NEW' }, blocked('email'));
  });

  test('blocks all others where the target differs from the request, though they have no such value', async () => {
    const shop = await given.organization({ configs: onExternalId });
    const [target, other] = await given.customers(shop, { externalId: 'T' }, victim);
    await expectRefused(
      world,
      shop,
      { id: target.id, email: other.email, externalId: 'NEW' },
      blocked('email'),
      notice('IDENTIFIER_ALREADY_SET', 'externalId'),
    );
  });

  test('blocks two victims that differ from each other, at both', async () => {
    const shop = await given.organization({ configs: onExternalId });
    const [target, byEmail, byMobile] = await given.customers(
      shop,
      { mobile: null, email: 't@example.com' },
      { ...victim, externalId: 'V' },
      { externalId: 'W' },
    );
    const input: UpdateInput = { id: target.id, mobile: byMobile.mobile, email: byEmail.email };
    await expectRefused(world, shop, input, blocked('mobile'), blocked('email'));
  });

  test('refuses the whole where one of two victims differs', async () => {
    const shop = await given.organization({ configs: onExternalId });
    const [target, byEmail, byMobile] = await given.customers(shop, { mobile: null, externalId: 'T' }, victim, {
      externalId: 'W',
    });
    const input: UpdateInput = { id: target.id, mobile: byMobile.mobile, email: byEmail.email };
    const { errors } = await world.expectNothingChanged(() => shop.update(input));
    // Whether the email of the victim that agrees is told too, the page leaves open.
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['MERGE_BLOCKED']));
    expect(errors.map(({ field }) => field)).toContainEqual(['mobile']);
  });

  test.each<[string, CustomerSetting, CustomerSetting]>([
    ['the victim alone has', {}, { externalId: 'V' }],
    ['the target alone has', { externalId: 'T' }, {}],
    ['neither has', {}, {}],
  ])('lets accounts be merged where %s a value of the type', async (_, mine, theirs) => {
    const shop = await given.organization({ configs: onExternalId });
    const [target, other] = await given.customers(shop, mine, { ...victim, ...theirs });
    expect((await shop.updated({ id: target.id, email: other.email })).merges).toHaveLength(1);
  });

  test('lets accounts be merged by the value of the type itself', async () => {
    const shop = await given.organization({ configs: onExternalId });
    const [target] = await given.customers(shop, {}, { ...victim, externalId: 'V' });
    expect((await shop.updated({ id: target.id, externalId: 'V' })).customer.externalId).toBe('V');
  });

  test('is about the types that it names', async () => {
    const shop = await given.organization({ configs: { MERGE_BLOCKED_ON: 'MOBILE, EMAIL' } });
    const [target, sameTypes, other] = await given.customers(
      shop,
      { externalId: 'T' },
      { externalId: 'V' },
      { mobile: null, externalId: 'W', email: 'w@example.com' },
    );
    await expectRefused(world, shop, { id: target.id, externalId: sameTypes.externalId }, blocked('externalId'));
    expect((await shop.updated({ id: target.id, externalId: other.externalId })).merges).toHaveLength(1);
    const [withEmail] = await given.customers(shop, { mobile: null, externalId: 'X', email: 'x@example.com' });
    await expectRefused(world, shop, { id: target.id, externalId: withEmail.externalId }, blocked('externalId'));
  });

  test('is about merges only: a value that differs is one that is set already', async () => {
    const shop = await given.organization({ configs: onExternalId });
    const { id } = await given.customer(shop, { externalId: 'T' });
    await expectRefused(world, shop, { id, externalId: 'NEW' }, notice('IDENTIFIER_ALREADY_SET', 'externalId'));
  });

  test('is one error for an identifier, after the policy', async () => {
    const shop = await given.organization({
      configs: { ...onExternalId, MERGE_POLICY: 'NEVER', MERGE_PLACEHOLDERS: 'v@example.com' },
    });
    const [target, other] = await given.customers(shop, { externalId: 'T' }, { ...victim, externalId: 'V' });
    await expectRefused(world, shop, { id: target.id, email: other.email }, taken('email'));
    await expectRefused(world, shop.as('clerk'), { id: target.id, email: other.email }, taken('email'));
  });
});

describe('a sum outside of what a Decimal holds', () => {
  const most = '999999999999.999';
  const least = `-${most}`;
  const main = (figures: object) => ({ pointsSummaries: [{ programId: '1016', ...figures }] });

  test.each<[string, CustomerSetting, CustomerSetting]>([
    ['purchases', { lifetimePurchases: most }, { lifetimePurchases: '0.001' }],
    ['purchases below zero', { lifetimePurchases: least }, { lifetimePurchases: '-0.001' }],
    // So that loyaltyPoints, which is checked by itself, stays within.
    ['lifetimePoints', main({ lifetimePoints: most, redeemed: most }), main({ lifetimePoints: '1' })],
    ['redeemed', main({ redeemed: most, adjusted: most }), main({ redeemed: '0.001' })],
    ['expired', main({ expired: most, adjusted: most }), main({ expired: '0.001' })],
    ['returned', main({ returned: most, adjusted: most }), main({ returned: '0.001' })],
    ['adjusted', main({ adjusted: most, redeemed: most }), main({ adjusted: '0.001' })],
    ['cumulativePurchases', main({ cumulativePurchases: most }), main({ cumulativePurchases: most })],
    ['loyaltyPoints', main({ lifetimePoints: most }), main({ adjusted: '0.001' })],
    [
      'lifetimePoints over all programs',
      main({ lifetimePoints: most, redeemed: most }),
      { pointsSummaries: [{ programId: '7', lifetimePoints: '0.001' }] },
    ],
    [
      'loyaltyPoints over all programs',
      main({ adjusted: most }),
      { pointsSummaries: [{ programId: '7', adjusted: '1' }] },
    ],
  ])('refuses the update at the victim’s identifier: %s', async (_, mine, theirs) => {
    const shop = await given.organization();
    const [target, other] = await given.customers(shop, mine, { mobile: null, email: 'v@example.com', ...theirs });
    await expectRefused(world, shop, { id: target.id, email: other.email, firstname: 'Rita' }, blocked('email'));
  });

  test('refuses it where the target does not survive, too', async () => {
    const shop = await given.organization();
    const [target, survivor] = await given.customers(
      shop,
      { lifetimePurchases: '0.001' },
      { type: 'LOYALTY', email: 's@example.com', lifetimePurchases: most },
    );
    await expectRefused(world, shop, { id: target.id, email: survivor.email }, blocked('email'));
  });
});
