import { describe, expect, test } from 'vitest';
import type { UpdateInput, Updated } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { expectFiguresExplained, expectTombstone } from '../../support/figures.js';
import { expectRefused } from '../../support/refusals.js';
import type { CustomerSetting } from '../../support/settings.js';
import { useWorld } from '../../support/world.js';
import { runOn } from '../../verify/copies.js';

const world = useWorld();
const { given } = world;

const L: CustomerSetting = { type: 'LOYALTY' };
const N: CustomerSetting = { type: 'NON_LOYALTY' };
const setMobile = { CONF_ALLOW_MOBILE_UPDATE: '1' };
const setEmail = { CONF_ALLOW_EMAIL_UPDATE: '1' };

const pairs = ({ merges }: Updated): string[][] => merges.map(({ survivorId, victimId }) => [survivorId, victimId]);

describe('who survives, and the order of the merges', () => {
  /** Target, then the customers that the request's mobile, email and externalId belong to. */
  const names = ['T', 'M', 'E', 'X'] as const;
  test.each<[string, CustomerSetting, CustomerSetting, CustomerSetting, CustomerSetting, string, string[]]>([
    ['nobody is LOYALTY: the target', N, N, N, N, 'T', ['M', 'E', 'X']],
    ['the target is LOYALTY: the target', L, N, N, N, 'T', ['M', 'E', 'X']],
    ['all are LOYALTY: the target', L, L, L, L, 'T', ['M', 'E', 'X']],
    ['the mobile’s customer is LOYALTY', N, L, N, N, 'M', ['T', 'E', 'X']],
    ['the email’s customer is LOYALTY', N, N, L, N, 'E', ['T', 'M', 'X']],
    ['the external id’s customer is LOYALTY', N, N, N, L, 'X', ['T', 'M', 'E']],
    ['two are LOYALTY: the first in the order mobile, email, external id', N, N, L, L, 'E', ['T', 'M', 'X']],
    ['all but the target are LOYALTY', N, L, L, L, 'M', ['T', 'E', 'X']],
  ])('%s', async (_, target, mobile, email, externalId, survivor, victims) => {
    const shop = await given.organization();
    const known = await given.customers(
      shop,
      // Ids do not decide: the customers that come later have smaller ones.
      { id: '900', mobile: null, email: 't@example.com', ...target },
      { id: '800', ...mobile },
      { id: '700', mobile: null, email: 'e@example.com', ...email },
      { id: '600', mobile: null, externalId: 'X', ...externalId },
    );
    const idOf = (name: string): string => known[names.indexOf(name as (typeof names)[number])]?.id ?? '';
    const update = await shop.updated({
      externalId: 'X',
      email: 'e@example.com',
      mobile: known[1].mobile,
      id: '900',
    });
    expect(update.customer.userId).toBe(idOf(survivor));
    expect(pairs(update)).toEqual(victims.map((name) => [idOf(survivor), idOf(name)]));
    expect(update.customer.merges).toEqual([...update.merges].reverse());
    for (const name of victims) await expectTombstone(world, shop.id, idOf(name), idOf(survivor));
    expect(await shop.customer(idOf('T'))).toEqual(update.customer);
  });

  test('by which identifiers of the request each victim was matched', async () => {
    const shop = await given.organization();
    const [target, both, one] = await given.customers(
      shop,
      { mobile: null, externalId: 'T' },
      { email: 'b@example.com' },
      { mobile: null, email: 'o@example.com', externalId: 'O' },
    );
    const first = await shop.updated({ id: target.id, mobile: both.mobile, email: both.email });
    expect(first.merges.map(({ matchedOn }) => matchedOn)).toEqual([
      [
        { type: 'MOBILE', value: both.mobile },
        { type: 'EMAIL', value: both.email },
      ],
    ]);
    const second = await shop.updated({ externalId: 'T', email: one.email, mobile: both.mobile });
    expect(second.merges.map(({ matchedOn }) => matchedOn)).toEqual([[{ type: 'EMAIL', value: one.email }]]);
  });

  test('by an alias, too; and the target, where it is merged, by what the request had of its own', async () => {
    const shop = await given.organization();
    const [survivor, victim, inner] = await given.customers(
      shop,
      { ...L, mobile: null, externalId: 'S' },
      { email: 'v@example.com' },
      { mobile: null, email: 'i@example.com' },
    );
    await shop.updated({ id: victim.id, email: inner.email });
    const { merges } = await shop.updated({ mobile: victim.mobile, email: inner.email, externalId: 'S' });
    expect(merges).toMatchObject([
      {
        survivorId: survivor.id,
        victimId: victim.id,
        matchedOn: [
          { type: 'MOBILE', value: victim.mobile },
          { type: 'EMAIL', value: inner.email },
        ],
      },
    ]);
  });

  test('by no alias that is another’s identifier now, or of another type', async () => {
    const shop = await given.organization({ configs: { CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1' } });
    const [target, victim, inner] = await given.customers(
      shop,
      { mobile: null, email: 't@example.com' },
      { email: 'v@example.com' },
      { mobile: null, email: 'i@example.com' },
    );
    await shop.updated({ id: victim.id, email: inner.email });
    const { merges } = await shop.updated({ ...target, mobile: victim.mobile, externalId: inner.email });
    expect(merges.map(({ matchedOn }) => matchedOn)).toEqual([[{ type: 'MOBILE', value: victim.mobile }]]);
  });
});

describe('several victims', () => {
  test('are merged one after the other, each on what the one before it left', async () => {
    const shop = await given.organization();
    const summary = (programId: string, lifetimePoints: string) => ({ programId, lifetimePoints });
    const [target, first, second, third] = await given.customers(
      shop,
      { mobile: null, email: 't@example.com', lifetimePurchases: '1', pointsSummaries: [summary('1016', '1')] },
      { lifetimePurchases: '2', firstname: 'First', pointsSummaries: [summary('7', '2'), summary('1016', '2')] },
      {
        mobile: null,
        email: 'e@example.com',
        lifetimePurchases: '4',
        firstname: 'Second',
        lastname: 'Two',
        fraudStatus: 'CONFIRMED',
        pointsSummaries: [summary('7', '4')],
      },
      { mobile: null, externalId: 'X', lifetimePurchases: '8', fraudStatus: 'CONFIRMED' },
    );
    const update = await shop.updated({
      id: target.id,
      mobile: first.mobile,
      email: second.email,
      externalId: third.externalId,
      lastname: 'Requested',
    });
    expect(update.customer).toMatchObject({
      version: 2,
      firstname: 'First',
      lastname: 'Requested',
      fraudStatus: 'CONFIRMED',
      lifetimePurchases: '15',
      lifetimePoints: '9',
    });
    const purchases = update.merges.map(({ balances }) => balances[0]);
    expect(purchases.map((row) => [row?.survivorBefore, row?.victimBefore, row?.after])).toEqual([
      ['1', '2', '3'],
      ['3', '4', '7'],
      ['7', '8', '15'],
    ]);
    const told = update.merges.map(({ changes }) =>
      changes.map(({ field, previous, current, rule }) => [field, previous, current, rule].join(' ')),
    );
    expect(told[0]).toContain('firstname  First FILLED');
    expect(told[0]).toContain('pointsSummaries.7.lifetimePoints  2 FILLED');
    expect(told[1]).toContain('lastname  Two FILLED');
    expect(told[1]).toContain('fraudStatus NONE CONFIRMED FRAUD_WINS');
    expect(told[1]).toContain('pointsSummaries.7.lifetimePoints 2 6 SUMMED');
    expect(told[1]?.join()).not.toContain('firstname');
    expect(told[2]?.join()).not.toContain('fraudStatus');
    // The payload has one net entry for each value, with the last rule that touched it.
    const net = update.changes.map(({ field, previous, current, rule }) => [field, previous, current, rule]);
    expect(net).toContainEqual(['lastname', null, 'Requested', 'REQUEST']);
    expect(net).toContainEqual(['lifetimePurchases', '1', '15', 'SUMMED']);
    expect(net).toContainEqual(['pointsSummaries.7.lifetimePoints', null, '6', 'SUMMED']);
    expect(net).toContainEqual(['pointsSummaries.7.redeemed', null, '0', 'FILLED']);
    expect(net).toContainEqual(['pointsSummaries.1016.lifetimePoints', '1', '3', 'SUMMED']);
    expect(new Set(net.map(([field]) => field)).size).toBe(
      net.filter(([field]) => field !== 'aliases.EMAIL').length + 1,
    );
    expectFiguresExplained(update.customer);
  });

  test('are all of one request: a fourth account comes in by another one', async () => {
    const shop = await given.organization();
    const [a, b, c, d] = await given.customers(
      shop,
      { mobile: null, email: 'a@example.com' },
      {},
      { mobile: null, email: 'c@example.com' },
      { mobile: null, externalId: 'D' },
    );
    const input: UpdateInput = { id: a.id, mobile: b.mobile, email: c.email, externalId: d.externalId };
    expect((await shop.updated(input)).merges).toHaveLength(3);
    expect((await shop.updated(input)).merges).toEqual([]);
  });
});

describe('a target that does not survive', () => {
  test('has the request’s values written to the survivor', async () => {
    const shop = await given.organization();
    const [target, survivor] = await given.customers(
      shop,
      { firstname: 'Tara', lastname: 'Tin' },
      { ...L, email: 's@example.com', firstname: 'Sara' },
    );
    const { customer, changes } = await shop.updated({
      id: target.id,
      email: survivor.email,
      firstname: 'Rita',
      associatedWith: 'till.1',
      customFields: [{ name: 'age', value: '46' }],
    });
    expect(customer).toMatchObject({
      userId: survivor.id,
      firstname: 'Rita',
      lastname: 'Tin',
      associatedWith: 'till.1',
    });
    expect(changes).toEqual([
      { field: 'firstname', previous: 'Sara', current: 'Rita', rule: 'REQUEST' },
      { field: 'lastname', previous: null, current: 'Tin', rule: 'FILLED' },
      { field: 'aliases.MOBILE', previous: null, current: target.mobile, rule: 'ALIAS' },
      { field: 'associatedWith', previous: null, current: 'till.1', rule: 'REQUEST' },
      { field: 'customFields.age', previous: null, current: '46', rule: 'REQUEST' },
    ]);
  });

  test('is the one whose version is expected', async () => {
    const shop = await given.organization();
    const [target, survivor] = await given.customers(shop, {}, { ...L, email: 's@example.com' });
    for (const firstname of ['A', 'B']) await shop.updated({ id: survivor.id, firstname });
    const input: UpdateInput = { id: target.id, email: survivor.email };
    await expectRefused(world, shop, { ...input, expectedVersion: 3 }, notice('VERSION_CONFLICT', 'expectedVersion'));
    expect((await shop.updated({ ...input, expectedVersion: 1 })).customer.version).toBe(4);
  });

  test.each(['NON_LOYALTY', 'LOYALTY'] as const)('is the one whose type %s is judged against', async (type) => {
    const shop = await given.organization({ configs: { CONF_USERS_IS_EXTERNAL_ID_REQUIRED: '1' } });
    const [target, survivor] = await given.customers(shop, {}, { ...L, email: 's@example.com' });
    const { customer, changes } = await shop.updated({ id: target.id, email: survivor.email, type });
    expect(customer).toMatchObject({ userId: survivor.id, type: 'LOYALTY', registeredOn: null, pointsSummaries: [] });
    expect(changes.map(({ field }) => field)).toEqual(['aliases.MOBILE']);
  });

  test('passes on an identifier that the request gives it: FILLED', async () => {
    const shop = await given.organization({ configs: setMobile });
    const [target, survivor] = await given.customers(
      shop,
      { mobile: null, externalId: 'T' },
      { ...L, mobile: null, email: 's@example.com' },
    );
    const { customer, changes, merges } = await shop.updated({
      id: target.id,
      email: survivor.email,
      mobile: '+447911123456',
    });
    const expected = [
      { field: 'mobile', previous: null, current: '447911123456', rule: 'FILLED' },
      { field: 'externalId', previous: null, current: 'T', rule: 'FILLED' },
    ];
    expect(changes).toEqual(expected);
    expect(merges[0]?.changes).toEqual(expected);
    expect(customer).toMatchObject({ userId: survivor.id, mobile: '447911123456', externalId: 'T' });
    // Nothing was changed beyond the merge.
    expect(customer.auditLog.edges.map(({ node }) => node.action)).toEqual(['MERGED', 'MERGED']);
  });

  test('passes on an identifier that the request gives it: ALIAS where the survivor has its own', async () => {
    const shop = await given.organization({ configs: setMobile });
    const [target, survivor] = await given.customers(
      shop,
      { mobile: null, externalId: 'T' },
      { ...L, email: 's@example.com' },
    );
    const { customer, changes } = await shop.updated({
      id: target.id,
      email: survivor.email,
      mobile: '+447911123456',
    });
    expect(changes).toEqual([
      { field: 'externalId', previous: null, current: 'T', rule: 'FILLED' },
      { field: 'aliases.MOBILE', previous: null, current: '447911123456', rule: 'ALIAS' },
    ]);
    expect(customer.mobile).toBe(survivor.mobile);
    expect((await shop.findCustomer({ mobile: '447911123456' }))?.userId).toBe(survivor.id);
  });
});

describe('a target that survives', () => {
  test('has the identifier that the request gives it before any merge: a victim’s of the type becomes an alias', async () => {
    const shop = await given.organization({ configs: setEmail });
    const [target, victim] = await given.customers(shop, {}, { mobile: null, email: 'v@example.com', externalId: 'V' });
    const { customer, changes } = await shop.updated({
      id: target.id,
      email: 'new@example.com',
      externalId: victim.externalId,
    });
    expect(changes).toEqual([
      { field: 'email', previous: null, current: 'new@example.com', rule: 'REQUEST' },
      { field: 'externalId', previous: null, current: 'V', rule: 'FILLED' },
      { field: 'aliases.EMAIL', previous: null, current: 'v@example.com', rule: 'ALIAS' },
    ]);
    expect(customer).toMatchObject({ email: 'new@example.com', externalId: 'V' });
  });

  test('takes by a merge what the flags would not let it be given', async () => {
    const shop = await given.organization();
    const [target, victim] = await given.customers(shop, { mobile: null, externalId: 'T' }, { email: 'v@example.com' });
    const { customer } = await shop.updated({ id: target.id, email: victim.email });
    expect(customer).toMatchObject({ mobile: victim.mobile, email: victim.email });
  });

  test('enrols on what the merge brought: identifiers, a date, a summary', async () => {
    const shop = await given.organization({ configs: { CONF_USERS_IS_EMAIL_REQUIRED: '1' } });
    const [target, victim] = await given.customers(
      shop,
      { mobile: null, externalId: 'T' },
      {
        email: 'v@example.com',
        registeredOn: '2010-01-01T00:00:00Z',
        pointsSummaries: [{ programId: '1016', lifetimePoints: '5' }],
      },
    );
    const { customer, changes } = await shop.updated({ id: target.id, email: victim.email, type: 'LOYALTY' });
    expect(customer).toMatchObject({ type: 'LOYALTY', registeredOn: '2010-01-01T00:00:00Z', lifetimePoints: '5' });
    expect(changes.filter(({ rule }) => rule === 'REQUEST').map(({ field }) => field)).toEqual(['type']);
  });
});

describe('a chain of merges', () => {
  async function aChain() {
    const shop = await given.organization();
    const [a, b, c, d] = await given.customers(
      shop,
      { email: 'a@example.com', lifetimePurchases: '1' },
      { email: 'b@example.com', lifetimePurchases: '2' },
      { email: 'c@example.com', lifetimePurchases: '4' },
      { lifetimePurchases: '8' },
    );
    const first = await shop.updated({ id: b.id, email: a.email });
    const second = await shop.updated({ id: c.id, email: b.email });
    return { shop, a, b, c, d, first, second };
  }

  test('is flat: each points to the live end, which finds them all', async () => {
    const { shop, a, b, c, d } = await aChain();
    for (const victim of [a, b]) await expectTombstone(world, shop.id, victim.id, c.id);
    await shop.updated({ id: d.id, mobile: a.mobile });
    for (const victim of [a, b, c]) {
      await expectTombstone(world, shop.id, victim.id, d.id);
      expect((await shop.customer(victim.id)).userId).toBe(d.id);
      expect((await shop.findCustomer({ email: victim.email }))?.userId).toBe(d.id);
    }
    const customer = await shop.customer(d.id);
    expect(customer.lifetimePurchases).toBe('15');
    expectFiguresExplained(customer);
  });

  test('holds for verify at any length, and without what an undo took out of it', async () => {
    const { shop, b, c, d, second } = await aChain();
    const mergeLast = () => shop.updated({ id: d.id, email: c.email });
    const { merges } = await mergeLast();
    expect((await runOn(world.url)).breaches).toEqual([]);
    for (const { id } of [...merges, ...second.merges]) await shop.undone(id);
    await mergeLast();
    expect((await shop.customer(b.id)).userId).toBe(b.id);
    expect((await runOn(world.url)).breaches).toEqual([]);
  });

  test('leaves the merge records, and the versions and times of those whose pointers move, as they are', async () => {
    const { shop, a, b, first, second } = await aChain();
    const [record] = first.merges;
    expect(await shop.merge(record?.id ?? '')).toEqual(record);
    expect(record).toMatchObject({ survivorId: b.id, victimId: a.id });
    const [row] = await world.query('SELECT version, updated_on FROM customer WHERE organization_id = ? AND id = ?', [
      shop.id,
      Number(a.id),
    ]);
    expect(row).toEqual({ version: 2, updated_on: Date.parse(first.customer.updatedOn) });
    // The live end shows the merges whose survivor it is, not those of its victims.
    expect(second.customer.merges).toEqual(second.merges);
  });

  test('holds in one batch too', async () => {
    const shop = await given.organization();
    const known = await given.customers(
      shop,
      { email: 'a@example.com' },
      { email: 'b@example.com' },
      { email: 'c@example.com' },
      {},
    );
    const [a, b, c, d] = known;
    await shop.updated({ id: b.id, email: a.email });
    const { results } = await shop.updateMany([
      { id: c.id, email: b.email },
      { id: a.id, firstname: 'Rita' },
      { id: d.id, email: c.email },
    ]);
    expect(results.map(({ customer }) => customer?.userId)).toEqual([c.id, c.id, d.id]);
    for (const victim of [a, b, c]) await expectTombstone(world, shop.id, victim.id, d.id);
  });
});

test('Customer.merges are newest first', async () => {
  const shop = await given.organization();
  const [target, first, second] = await given.customers(
    shop,
    {},
    { mobile: null, email: 'a@example.com' },
    { mobile: null, email: 'b@example.com' },
  );
  await shop.updated({ id: target.id, email: first.email });
  const { customer } = await shop.updated({ id: target.id, email: second.email });
  expect(customer.merges.map(({ victimId }) => victimId)).toEqual([second.id, first.id]);
});
