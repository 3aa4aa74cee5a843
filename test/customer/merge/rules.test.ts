import { describe, expect, test } from 'vitest';
import type { Customer, FieldChange, Merge, Updated } from '../../support/answers.js';
import { expectFiguresExplained, expectTombstone, isSum, storedState } from '../../support/figures.js';
import type { CustomerSetting, SummarySetting } from '../../support/settings.js';
import { useWorld } from '../../support/world.js';

// The rule table of the behaviour page, row by row: what a merge makes of each datum, and by which rule. Every case is
// also previewed, and undone right after.

const world = useWorld();
const { given } = world;

interface Case {
  readonly configs?: Record<string, string>;
  readonly survivor?: CustomerSetting;
  readonly victim?: CustomerSetting;
  /** What the survivor shows afterwards. */
  readonly expected?: Partial<Customer>;
  /** All that changes on it, but for the alias that every victim here leaves behind. */
  readonly changes?: readonly Change[];
}

type Change = readonly [field: string, previous: string | null, current: string | null, rule: string];

const matched = 'v@example.com';
const alias: FieldChange = { field: 'aliases.EMAIL', previous: null, current: matched, rule: 'ALIAS' };

/** Merges the victim, which has nothing but an email unless it is said, into the survivor, and undoes it. */
async function expectMerge({ configs = {}, survivor, victim, expected = {}, changes = [] }: Case): Promise<void> {
  const shop = await given.organization({ configs });
  const [mine, theirs] = await given.customers(
    shop,
    { email: 's@example.com', ...survivor },
    { mobile: null, email: matched, ...victim },
  );
  const before = [await shop.customer(mine.id), await shop.customer(theirs.id)] as const;
  const stored = [await storedState(world, shop.id, mine.id), await storedState(world, shop.id, theirs.id)];
  const input = { id: mine.id, email: matched };

  const preview = await world.expectNothingChanged(() => shop.previewed(input));
  const update = await shop.updated(input);
  expectPreviewed(preview, update, theirs.id);

  const { customer, merges } = update;
  const [merge] = merges as [Merge];
  expect(await shop.customer(mine.id)).toEqual(customer);
  expect(customer).toMatchObject({ userId: mine.id, version: 2, ...expected });
  expect([merge.survivorId, merge.victimId, merge.matchedOn]).toEqual([
    mine.id,
    theirs.id,
    [{ type: 'EMAIL', value: matched }],
  ]);
  const found = update.changes.filter(({ field }) => !field.startsWith('aliases.'));
  expect(found.map(({ field, previous, current, rule }) => [field, previous, current, rule])).toEqual(changes);
  expect(update.changes).toContainEqual(alias);
  // Nothing else happened in this request: what the merge did is what the update did, and what the audit tells.
  expect(merge.changes).toEqual(update.changes);
  expect(customer.auditLog.edges.find(({ node }) => node.customerId === mine.id)?.node.changes).toEqual(merge.changes);
  for (const balance of merge.balances) {
    expect(isSum([balance.survivorBefore, balance.victimBefore], balance.after)).toBe(true);
  }
  expectFiguresExplained(customer);
  await expectTombstone(world, shop.id, theirs.id, mine.id);

  const undo = await shop.undone(merge.id);
  expect(undo.kept).toEqual([]);
  for (const [index, side] of [undo.survivor, undo.restored].entries()) {
    const { version, updatedOn, auditLog, ledger } = side;
    expect(side).toEqual({ ...before[index], version, updatedOn, auditLog, ledger });
    expect(await shop.customer(side.userId)).toEqual(side);
    expect(await storedState(world, shop.id, side.userId)).toEqual(stored[index]);
    expectFiguresExplained(side);
  }
}

/** The preview showed what the update then did, but for the ids that it made, its times, and the logs. */
function expectPreviewed(preview: Updated, update: Updated, victimId: string): void {
  const [mergeOf, updated] = [preview.merges[0], update.customer];
  expect(mergeOf?.id).toBe(`preview:${victimId}`);
  const ids = update.merges.map(({ id, mergedAt, auditHead }) => ({ id, mergedAt, auditHead }));
  const asUpdated = (merges: readonly Merge[]): Merge[] => merges.map((merge, index) => ({ ...merge, ...ids[index] }));
  const { updatedOn, auditLog, ledger } = updated;
  expect({
    ...preview,
    merges: asUpdated(preview.merges),
    customer: { ...preview.customer, updatedOn, auditLog, ledger, merges: asUpdated(preview.customer.merges) },
  }).toEqual(update);
}

describe('identifiers', () => {
  test.each<[string, Case]>([
    [
      'mobile and external id are filled where the survivor has none',
      {
        survivor: { mobile: null },
        victim: { mobile: '+447700900111', externalId: 'V' },
        expected: {
          mobile: '447700900111',
          email: 's@example.com',
          externalId: 'V',
          aliases: [{ type: 'EMAIL', value: matched }],
        },
        changes: [
          ['mobile', null, '447700900111', 'FILLED'],
          ['externalId', null, 'V', 'FILLED'],
        ],
      },
    ],
    [
      'become aliases where it has its own',
      {
        survivor: { mobile: '+447700900222', externalId: 'S' },
        victim: { mobile: '+447700900111', externalId: 'V' },
        expected: {
          mobile: '447700900222',
          externalId: 'S',
          aliases: [
            { type: 'MOBILE', value: '447700900111' },
            { type: 'EMAIL', value: matched },
            { type: 'EXTERNAL_ID', value: 'V' },
          ],
        },
      },
    ],
  ])('%s', (_, merge) => expectMerge(merge));

  test('the email is filled where the survivor has none, and the aliases of the victim become its aliases', async () => {
    const shop = await given.organization();
    const [survivor, victim, inner] = await given.customers(
      shop,
      { externalId: 'S' },
      { mobile: null, email: 'v@example.com', externalId: 'V' },
      { mobile: '+447700900111', email: 'i@example.com', externalId: 'I' },
    );
    await shop.updated({ id: victim.id, email: inner.email });
    const { customer, changes } = await shop.updated({ id: survivor.id, email: victim.email });
    // The victim had been given its mobile by the earlier merge: it is its own.
    expect(changes.map(({ field, current, rule }) => [field, current, rule])).toEqual([
      ['email', 'v@example.com', 'FILLED'],
      ['aliases.MOBILE', '447700900111', 'ALIAS'],
      ['aliases.EMAIL', 'i@example.com', 'ALIAS'],
      ['aliases.EXTERNAL_ID', 'I', 'ALIAS'],
      ['aliases.EXTERNAL_ID', 'V', 'ALIAS'],
    ]);
    expect(customer).toMatchObject({ email: 'v@example.com', externalId: 'S' });
    expect(customer.aliases).toHaveLength(4);
  });
});

describe('names and tills', () => {
  test.each<[string, Case]>([
    [
      'are filled where the survivor has none',
      {
        victim: { firstname: 'Vera', lastname: 'Vane', associatedWith: 'till.2' },
        expected: { firstname: 'Vera', lastname: 'Vane', associatedWith: 'till.2' },
        changes: [
          ['firstname', null, 'Vera', 'FILLED'],
          ['lastname', null, 'Vane', 'FILLED'],
          ['associatedWith', null, 'till.2', 'FILLED'],
        ],
      },
    ],
    [
      'stay its own where it has them, each for itself',
      {
        survivor: { firstname: 'Sara', associatedWith: 'till.1' },
        victim: { firstname: 'Vera', lastname: 'Vane', associatedWith: 'till.2' },
        expected: { firstname: 'Sara', lastname: 'Vane', associatedWith: 'till.1' },
        changes: [['lastname', null, 'Vane', 'FILLED']],
      },
    ],
  ])('%s', (_, merge) => expectMerge(merge));
});

const early = '2010-01-01T00:00:00Z';
const late = '2011-01-01T00:00:00Z';

describe('registeredOn and registeredTill', () => {
  /** Both sides' date and till, then the survivor's afterwards with the rules that changed them. */
  type Row = [
    survivor: [string | null, string | null],
    victim: [string | null, string | null],
    date: [string | null, string?],
    till: [string | null, string?],
  ];
  const setting = ([date, till]: Row[0]): CustomerSetting => ({
    ...(date === null ? {} : { registeredOn: date }),
    ...(till === null ? {} : { registeredTill: till }),
  });

  test.each<Row>([
    // The survivor's is the earlier one.
    [[early, 'till.1'], [late, 'till.2'], [early], ['till.1']],
    [[early, null], [late, 'till.2'], [early], ['till.2', 'FILLED']],
    [[early, null], [late, null], [early], [null]],
    [[early, 'till.1'], [null, 'till.2'], [early], ['till.1']],
    [[early, null], [null, 'till.2'], [early], ['till.2', 'FILLED']],
    // The victim's is.
    [
      [late, 'till.1'],
      [early, 'till.2'],
      [early, 'EARLIEST'],
      ['till.2', 'EARLIEST'],
    ],
    [
      [late, null],
      [early, 'till.2'],
      [early, 'EARLIEST'],
      ['till.2', 'EARLIEST'],
    ],
    [[late, 'till.1'], [early, null], [early, 'EARLIEST'], ['till.1']],
    [[late, 'till.1'], [early, 'till.1'], [early, 'EARLIEST'], ['till.1']],
    [[null, null], [late, null], [late, 'FILLED'], [null]],
    [[null, 'till.1'], [late, null], [late, 'FILLED'], ['till.1']],
    [
      [null, 'till.1'],
      [late, 'till.2'],
      [late, 'FILLED'],
      ['till.2', 'EARLIEST'],
    ],
    [
      [null, null],
      [late, 'till.2'],
      [late, 'FILLED'],
      ['till.2', 'EARLIEST'],
    ],
    // Of equal ones, or where neither has one, the survivor's counts as the earlier.
    [[early, 'till.1'], [early, 'till.2'], [early], ['till.1']],
    [[early, null], [early, 'till.2'], [early], ['till.2', 'FILLED']],
    [[null, 'till.1'], [null, 'till.2'], [null], ['till.1']],
    [[null, null], [null, 'till.2'], [null], ['till.2', 'FILLED']],
  ])('of %j and the victim’s %j are %j and %j', async (survivor, victim, [date, dateRule], [till, tillRule]) => {
    const changes: Change[] = [];
    if (dateRule !== undefined) changes.push(['registeredOn', survivor[0], date, dateRule]);
    if (tillRule !== undefined) changes.push(['registeredTill', survivor[1], till, tillRule]);
    await expectMerge({
      survivor: setting(survivor),
      victim: setting(victim),
      expected: { registeredOn: date, registeredTill: till },
      changes,
    });
  });
});

describe('type and fraudStatus', () => {
  test.each<[Customer['fraudStatus'], Customer['fraudStatus'], readonly Change[]]>([
    ['NONE', 'NONE', []],
    ['NONE', 'CONFIRMED', [['fraudStatus', 'NONE', 'CONFIRMED', 'FRAUD_WINS']]],
    ['CONFIRMED', 'NONE', []],
    ['CONFIRMED', 'CONFIRMED', []],
  ])('%s and the victim’s %s: CONFIRMED if either is', async (mine, theirs, changes) => {
    const fraudStatus = mine === 'CONFIRMED' || theirs === 'CONFIRMED' ? 'CONFIRMED' : 'NONE';
    await expectMerge({
      survivor: { fraudStatus: mine },
      victim: { fraudStatus: theirs },
      expected: { fraudStatus },
      changes,
    });
  });

  test.each<[Customer['type'], Customer['type']]>([
    ['NON_LOYALTY', 'NON_LOYALTY'],
    ['LOYALTY', 'NON_LOYALTY'],
    ['LOYALTY', 'LOYALTY'],
  ])('a %s survivor of a %s victim stays what it is', async (mine, theirs) => {
    await expectMerge({ survivor: { type: mine }, victim: { type: theirs }, expected: { type: mine } });
  });
});

describe('custom and extended fields', () => {
  const survivor: CustomerSetting = { customFields: { age: '46' }, extendedFields: { city: 'Leeds' } };
  const victim: CustomerSetting = {
    customFields: { age: '50', nickname: 'Vee' },
    extendedFields: { city: 'York', Gender: 'Other' },
  };
  const overwrite = { CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1' };
  const nickname: Change = ['customFields.nickname', null, 'Vee', 'FILLED'];
  const gender: Change = ['extendedFields.Gender', null, 'Other', 'FILLED'];
  const city: Change = ['extendedFields.city', 'Leeds', 'York', 'OVERWRITTEN'];

  test.each<[string, Record<string, string>, readonly Change[]]>([
    ['both; on the same name its own', {}, [nickname, gender]],
    ['with overwriting off', { CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '0' }, [nickname, gender]],
    ['on the same name the victim’s extended value, with overwriting on', overwrite, [nickname, gender, city]],
    ['only its own custom ones, where they are skipped', { CONF_SKIP_MERGE_HANDLER: 'CUSTOM_FIELDS' }, [gender]],
    ['only its own extended ones, where they are skipped', { CONF_SKIP_MERGE_HANDLER: 'EXTENDED_FIELDS' }, [nickname]],
    ['only its own, where both are skipped', { CONF_SKIP_MERGE_HANDLER: 'EXTENDED_FIELDS, CUSTOM_FIELDS' }, []],
    [
      'only its own extended ones, where they are skipped, also with overwriting on',
      { ...overwrite, CONF_SKIP_MERGE_HANDLER: 'EXTENDED_FIELDS' },
      [nickname],
    ],
  ])('%s', (_, configs, changes) => expectMerge({ configs, survivor, victim, changes }));

  test('stay where the victim has none, also with overwriting on', async () => {
    await expectMerge({ configs: overwrite, survivor });
    await expectMerge({ configs: overwrite, survivor, victim: { extendedFields: { city: 'Leeds' } } });
  });
});

describe('subscriptions', () => {
  type Status = 'SUBSCRIBED' | 'UNSUBSCRIBED' | null;
  const setting = (status: Status): CustomerSetting =>
    status === null ? {} : { subscriptions: [{ channel: 'SMS', priority: 'BULK', status }] };

  test.each<[Status, Status, Status, string?]>([
    [null, null, null],
    [null, 'SUBSCRIBED', 'SUBSCRIBED', 'FILLED'],
    [null, 'UNSUBSCRIBED', 'UNSUBSCRIBED', 'OPT_OUT_WINS'],
    ['SUBSCRIBED', null, 'SUBSCRIBED'],
    ['SUBSCRIBED', 'SUBSCRIBED', 'SUBSCRIBED'],
    ['SUBSCRIBED', 'UNSUBSCRIBED', 'UNSUBSCRIBED', 'OPT_OUT_WINS'],
    ['UNSUBSCRIBED', null, 'UNSUBSCRIBED'],
    ['UNSUBSCRIBED', 'SUBSCRIBED', 'UNSUBSCRIBED'],
    ['UNSUBSCRIBED', 'UNSUBSCRIBED', 'UNSUBSCRIBED'],
  ])(
    '%s and the victim’s %s are %s: no merge ever subscribes a person who opted out',
    async (mine, theirs, status, rule) => {
      await expectMerge({
        survivor: setting(mine),
        victim: setting(theirs),
        expected: { subscriptions: status === null ? [] : [{ channel: 'SMS', priority: 'BULK', status }] },
        changes: rule === undefined ? [] : [['subscriptions.SMS.BULK', mine, status, rule]],
      });
    },
  );

  test('are merged for each channel and priority by itself', async () => {
    await expectMerge({
      survivor: {
        subscriptions: [
          { channel: 'SMS', priority: 'TRANS', status: 'SUBSCRIBED' },
          { channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' },
        ],
      },
      victim: {
        subscriptions: [
          { channel: 'SMS', priority: 'TRANS', status: 'UNSUBSCRIBED' },
          { channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' },
          { channel: 'EMAIL', priority: 'TRANS', status: 'SUBSCRIBED' },
        ],
      },
      changes: [
        ['subscriptions.SMS.TRANS', 'SUBSCRIBED', 'UNSUBSCRIBED', 'OPT_OUT_WINS'],
        ['subscriptions.EMAIL.TRANS', null, 'SUBSCRIBED', 'FILLED'],
      ],
    });
  });
});

describe('points summaries and purchases', () => {
  const mine: SummarySetting = {
    programId: '1016',
    redeemed: '100',
    expired: '20.1',
    returned: '0',
    adjusted: '-0.5',
    lifetimePoints: '2400.2',
    cumulativePurchases: '23400',
  };
  const theirs: SummarySetting = {
    programId: '1016',
    redeemed: '0.001',
    expired: '0',
    returned: '3',
    adjusted: '0.5',
    lifetimePoints: '100.1',
    cumulativePurchases: '999999000000',
  };

  test('of both are summed, exactly, figure by figure; what does not change is no change', async () => {
    await expectMerge({
      survivor: { pointsSummaries: [mine] },
      victim: { pointsSummaries: [theirs] },
      expected: { lifetimePoints: '2500.3', loyaltyPoints: '2377.199' },
      changes: [
        ['pointsSummaries.1016.redeemed', '100', '100.001', 'SUMMED'],
        ['pointsSummaries.1016.returned', '0', '3', 'SUMMED'],
        ['pointsSummaries.1016.adjusted', '-0.5', '0', 'SUMMED'],
        ['pointsSummaries.1016.lifetimePoints', '2400.2', '2500.3', 'SUMMED'],
        ['pointsSummaries.1016.cumulativePurchases', '23400', '999999023400', 'SUMMED'],
      ],
    });
  });

  test('that only the victim has come over whole, with slab and expiry', async () => {
    const slab = { slabSNo: 2, slabExpiryDate: '2119-09-11 23:59:59' };
    const fill = (name: string, value: string): Change => [`pointsSummaries.1016.${name}`, null, value, 'FILLED'];
    await expectMerge({
      victim: { pointsSummaries: [{ ...theirs, ...slab }] },
      expected: { currentSlab: 'silver', tierExpiryDate: '2119-09-11T23:59:59Z' },
      changes: [
        fill('redeemed', '0.001'),
        fill('expired', '0'),
        fill('returned', '3'),
        fill('adjusted', '0.5'),
        fill('lifetimePoints', '100.1'),
        fill('cumulativePurchases', '999999000000'),
        fill('slabSNo', '2'),
        fill('slabExpiryDate', '2119-09-11T23:59:59Z'),
      ],
    });
  });

  test('that only the victim has, and that are all zero, come over too', async () => {
    await expectMerge({
      victim: { pointsSummaries: [{ programId: '7' }] },
      changes: [
        ...['redeemed', 'expired', 'returned', 'adjusted', 'lifetimePoints', 'cumulativePurchases'].map(
          (name): Change => [`pointsSummaries.7.${name}`, null, '0', 'FILLED'],
        ),
        ['pointsSummaries.7.slabSNo', null, '1', 'FILLED'],
      ],
    });
  });

  test('that only the survivor has stay', async () => {
    await expectMerge({ survivor: { pointsSummaries: [mine], lifetimePurchases: '5' } });
  });

  test('are merged for each program by itself', async () => {
    await expectMerge({
      survivor: { pointsSummaries: [{ programId: '7', lifetimePoints: '1' }, mine] },
      victim: { pointsSummaries: [{ programId: '7', lifetimePoints: '2' }] },
      changes: [['pointsSummaries.7.lifetimePoints', '1', '3', 'SUMMED']],
    });
  });

  test.each([
    ['23400', '0.001', '23400.001'],
    ['0', '5', '5'],
    ['-5', '5', '0'],
    ['999999999999', '0.999', '999999999999.999'],
    ['-999999999999', '-0.999', '-999999999999.999'],
  ])('purchases of %s and %s are %s', async (own, more, sum) => {
    await expectMerge({
      survivor: { lifetimePurchases: own },
      victim: { lifetimePurchases: more },
      expected: { lifetimePurchases: sum },
      changes: [['lifetimePurchases', own, sum, 'SUMMED']],
    });
  });

  test('balances tell, for each program and figure, both sides before and the survivor after', async () => {
    const shop = await given.organization();
    const [survivor, victim] = await given.customers(
      shop,
      { lifetimePurchases: '10', pointsSummaries: [mine] },
      { email: matched, lifetimePurchases: '0.5', pointsSummaries: [theirs, { programId: '7', lifetimePoints: '4' }] },
    );
    const { merges } = await shop.updated({ id: survivor.id, email: victim.email });
    const row = (
      programId: string | null,
      figure: string,
      survivorBefore: string,
      victimBefore: string,
      after: string,
    ) => ({
      programId,
      figure,
      survivorBefore,
      victimBefore,
      after,
    });
    expect(merges[0]?.balances).toEqual([
      row(null, 'lifetimePurchases', '10', '0.5', '10.5'),
      row('1016', 'redeemed', '100', '0.001', '100.001'),
      row('1016', 'expired', '20.1', '0', '20.1'),
      row('1016', 'returned', '0', '3', '3'),
      row('1016', 'adjusted', '-0.5', '0.5', '0'),
      row('1016', 'lifetimePoints', '2400.2', '100.1', '2500.3'),
      row('1016', 'cumulativePurchases', '23400', '999999000000', '999999023400'),
      row('7', 'redeemed', '0', '0', '0'),
      row('7', 'expired', '0', '0', '0'),
      row('7', 'returned', '0', '0', '0'),
      row('7', 'adjusted', '0', '0', '0'),
      row('7', 'lifetimePoints', '0', '4', '4'),
      row('7', 'cumulativePurchases', '0', '0', '0'),
    ]);
  });

  test('balances tell nothing of a program that neither side has', async () => {
    const shop = await given.organization();
    const [survivor, victim] = await given.customers(shop, { pointsSummaries: [mine] }, { email: matched });
    const { merges } = await shop.updated({ id: survivor.id, email: victim.email });
    expect(new Set(merges[0]?.balances.map(({ programId }) => programId))).toEqual(new Set([null, '1016']));
  });
});

describe('the slab with its expiry', () => {
  const [soon, later] = ['2030-01-01T00:00:00Z', '2040-01-01T00:00:00Z'];
  type Slab = [slab: number, expiry: string | null];
  const setting = ([slabSNo, expiry]: Slab): CustomerSetting => ({
    pointsSummaries: [{ programId: '1016', slabSNo, ...(expiry === null ? {} : { slabExpiryDate: expiry }) }],
  });

  test.each<[string, Slab, Slab, Slab]>([
    ['the higher with its expiry, though it is sooner', [1, later], [2, soon], [2, soon]],
    ['the higher with its expiry, though it has none', [1, later], [5, null], [5, null]],
    ['the higher with its expiry, though the other has none', [1, null], [2, soon], [2, soon]],
    ['its own where that is the higher', [2, soon], [1, later], [2, soon]],
    ['of equal ones the later expiry', [2, soon], [2, later], [2, later]],
    ['of equal ones its own later expiry', [2, later], [2, soon], [2, later]],
    ['of equal ones no expiry, which is the latest', [2, soon], [2, null], [2, null]],
    ['of equal ones its own, that has none', [2, null], [2, soon], [2, null]],
    ['of equal ones with equal expiry the same', [2, soon], [2, soon], [2, soon]],
  ])('is %s', async (_, mine, theirs, after) => {
    const changes: Change[] = [];
    if (mine[0] !== after[0])
      changes.push(['pointsSummaries.1016.slabSNo', String(mine[0]), String(after[0]), 'HIGHER_SLAB']);
    if (mine[1] !== after[1]) changes.push(['pointsSummaries.1016.slabExpiryDate', mine[1], after[1], 'HIGHER_SLAB']);
    await expectMerge({
      survivor: setting(mine),
      victim: setting(theirs),
      expected: { tierExpiryDate: after[1], currentSlab: { 1: 'bronze', 2: 'silver', 5: 'gold' }[after[0]] ?? null },
      changes,
    });
  });
});

test('the version of both sides is 1 and the greatest of all accounts involved', async () => {
  const shop = await given.organization();
  const [survivor, victim] = await given.customers(shop, {}, { email: matched });
  for (const firstname of ['A', 'B', 'C']) await shop.updated({ id: victim.id, firstname });
  const { customer } = await shop.updated({ id: survivor.id, email: matched, lastname: 'James' });
  expect(customer.version).toBe(5);
  const rows = await world.query('SELECT version, updated_on FROM customer WHERE organization_id = ?', [shop.id]);
  const updatedOn = Date.parse(customer.updatedOn);
  expect(rows).toEqual([
    { version: 5, updated_on: updatedOn },
    { version: 5, updated_on: updatedOn },
  ]);
});

test('everything at once', async () => {
  await expectMerge({
    configs: { CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1' },
    survivor: {
      type: 'LOYALTY',
      registeredOn: late,
      registeredTill: 'till.1',
      lifetimePurchases: '1',
      customFields: { age: '46' },
      extendedFields: { city: 'Leeds' },
      subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' }],
      pointsSummaries: [{ programId: '1016', lifetimePoints: '10', slabExpiryDate: '2030-01-01 00:00:00' }],
    },
    victim: {
      firstname: 'Vera',
      fraudStatus: 'CONFIRMED',
      registeredOn: early,
      registeredTill: 'till.2',
      lifetimePurchases: '2',
      customFields: { nickname: 'Vee' },
      extendedFields: { city: 'York' },
      subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
      pointsSummaries: [
        { programId: '1016', lifetimePoints: '20', slabSNo: 2 },
        { programId: '7', redeemed: '1' },
      ],
    },
    changes: [
      ['firstname', null, 'Vera', 'FILLED'],
      ['fraudStatus', 'NONE', 'CONFIRMED', 'FRAUD_WINS'],
      ['registeredOn', late, early, 'EARLIEST'],
      ['registeredTill', 'till.1', 'till.2', 'EARLIEST'],
      ['lifetimePurchases', '1', '3', 'SUMMED'],
      ['pointsSummaries.1016.lifetimePoints', '10', '30', 'SUMMED'],
      ['pointsSummaries.1016.slabSNo', '1', '2', 'HIGHER_SLAB'],
      ['pointsSummaries.1016.slabExpiryDate', '2030-01-01T00:00:00Z', null, 'HIGHER_SLAB'],
      ['pointsSummaries.7.redeemed', null, '1', 'FILLED'],
      ['pointsSummaries.7.expired', null, '0', 'FILLED'],
      ['pointsSummaries.7.returned', null, '0', 'FILLED'],
      ['pointsSummaries.7.adjusted', null, '0', 'FILLED'],
      ['pointsSummaries.7.lifetimePoints', null, '0', 'FILLED'],
      ['pointsSummaries.7.cumulativePurchases', null, '0', 'FILLED'],
      ['pointsSummaries.7.slabSNo', null, '1', 'FILLED'],
      ['customFields.nickname', null, 'Vee', 'FILLED'],
      ['extendedFields.city', 'Leeds', 'York', 'OVERWRITTEN'],
      ['subscriptions.SMS.BULK', 'SUBSCRIBED', 'UNSUBSCRIBED', 'OPT_OUT_WINS'],
    ],
  });
});
