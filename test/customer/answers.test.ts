import { expect, test } from 'vitest';
import type { UpdateInput } from '../support/answers.js';
import { useWorld } from '../support/world.js';
import { databaseKind } from '../support/test-database.js';

// "Order in answers" of the behaviour page. Names are chosen so that no order by name would be the same.

const world = useWorld();
const { given } = world;

test('lists are in the order of the organization and of the enums, whatever the order they were written in', async () => {
  const shop = await given.organization({
    customFields: ['zebra', 'ape', 'mouse', 'bee'].map((name) => ({ name, type: 'STRING' as const })),
    extendedFields: ['Zulu', 'alpha', 'Mike', 'bravo'].map((name) => ({ name, type: 'STRING' as const })),
    programs: [
      { id: '9', name: 'Nine' },
      { id: '10', name: 'Ten' },
      { id: '2', name: 'Two', default: true },
      { id: '1', name: 'One' },
    ],
  });
  const { id } = await given.customer(shop, {
    customFields: { bee: '1', ape: '1' },
    extendedFields: { bravo: '1', alpha: '1' },
    subscriptions: [{ channel: 'EMAIL', priority: 'BULK', status: 'SUBSCRIBED' }],
    pointsSummaries: ['1', '2', '9', '10'].map((programId) => ({ programId })),
  });
  await shop.updated({ id, customFields: [{ name: 'mouse', value: '1' }] });
  const { customer, changes } = await shop.updated({
    id,
    customFields: [
      { name: 'ape', value: '2' },
      { name: 'zebra', value: '1' },
    ],
    extendedFields: [
      { name: 'mike', value: '1' },
      { name: 'zulu', value: '1' },
    ],
    subscriptions: [
      { channel: 'EMAIL', priority: 'TRANS' },
      { channel: 'SMS', priority: 'BULK' },
      { channel: 'SMS', priority: 'TRANS' },
    ],
  });
  for (const answer of [customer, await shop.customer(id)]) {
    expect(answer.customFields.map(({ name }) => name)).toEqual(['zebra', 'ape', 'mouse', 'bee']);
    expect(answer.extendedFields.map(({ name }) => name)).toEqual(['Zulu', 'alpha', 'Mike', 'bravo']);
    expect(answer.subscriptions.map(({ channel, priority }) => `${channel} ${priority}`)).toEqual([
      'SMS TRANS',
      'SMS BULK',
      'EMAIL TRANS',
      'EMAIL BULK',
    ]);
    expect(answer.pointsSummaries.map(({ programId }) => programId)).toEqual(['2', '9', '10', '1']);
  }
  expect(changes.map(({ field }) => field)).toEqual([
    'customFields.zebra',
    'customFields.ape',
    'extendedFields.Zulu',
    'extendedFields.Mike',
    'subscriptions.SMS.TRANS',
    'subscriptions.SMS.BULK',
    'subscriptions.EMAIL.TRANS',
  ]);
});

test('aliases are by type in the order of the enum, then by value', async () => {
  const shop = await given.organization();
  const [target] = await given.customers(
    shop,
    { email: 'm@example.com', externalId: 'M' },
    { mobile: '+447700900003', email: 'z@example.com', externalId: 'B' },
    { mobile: '+447700900001', email: 'a@example.com', externalId: 'a' },
    { mobile: '+447700900002', email: 'b@example.com', externalId: 'A' },
  );
  for (const externalId of ['B', 'a', 'A']) await shop.updated({ id: target.id, externalId });
  expect((await shop.customer(target.id)).aliases).toEqual([
    { type: 'MOBILE', value: '447700900001' },
    { type: 'MOBILE', value: '447700900002' },
    { type: 'MOBILE', value: '447700900003' },
    { type: 'EMAIL', value: 'a@example.com' },
    { type: 'EMAIL', value: 'b@example.com' },
    { type: 'EMAIL', value: 'z@example.com' },
    { type: 'EXTERNAL_ID', value: 'A' },
    { type: 'EXTERNAL_ID', value: 'B' },
    { type: 'EXTERNAL_ID', value: 'a' },
  ]);
});

/** Every value that a request can change, and every figure that a merge can. */
const everyField = [
  'firstname',
  'lastname',
  'mobile',
  'email',
  'externalId',
  'aliases.EMAIL',
  'type',
  'fraudStatus',
  'registeredOn',
  'registeredTill',
  'associatedWith',
  'lifetimePurchases',
  'pointsSummaries.1016.redeemed',
  'pointsSummaries.1016.expired',
  'pointsSummaries.1016.returned',
  'pointsSummaries.1016.adjusted',
  'pointsSummaries.1016.lifetimePoints',
  'pointsSummaries.1016.cumulativePurchases',
  'pointsSummaries.1016.slabSNo',
  'pointsSummaries.1016.slabExpiryDate',
  'pointsSummaries.7.redeemed',
  'pointsSummaries.7.expired',
  'pointsSummaries.7.returned',
  'pointsSummaries.7.adjusted',
  'pointsSummaries.7.lifetimePoints',
  'pointsSummaries.7.cumulativePurchases',
  'pointsSummaries.7.slabSNo',
  'pointsSummaries.7.slabExpiryDate',
  'customFields.nickname',
  'customFields.age',
  'extendedFields.Gender',
  'extendedFields.city',
  'subscriptions.SMS.TRANS',
  'subscriptions.SMS.BULK',
  'subscriptions.EMAIL.TRANS',
  'subscriptions.EMAIL.BULK',
];

test('changes are in the schema’s field order, in the payload, in the merge and in the audit; balances likewise', async () => {
  const shop = await given.organization({
    configs: { CONF_ALLOW_MOBILE_UPDATE: '1', CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1' },
  });
  const summary = (programId: string) => ({
    programId,
    redeemed: '1',
    expired: '2',
    returned: '3',
    adjusted: '4',
    lifetimePoints: '5',
    cumulativePurchases: '6',
    slabSNo: 1,
    slabExpiryDate: '2119-09-11 23:59:59',
  });
  const [target] = await given.customers(
    shop,
    { mobile: null, email: 't@example.com' },
    {
      mobile: null,
      email: 'v@example.com',
      lifetimePurchases: '1',
      pointsSummaries: [summary('7'), summary('1016')],
      customFields: { age: '1' },
      extendedFields: { city: 'Leeds' },
      subscriptions: [{ channel: 'EMAIL', priority: 'BULK', status: 'SUBSCRIBED' }],
    },
  );
  const input: UpdateInput = {
    id: target.id,
    subscriptions: [
      { channel: 'EMAIL', priority: 'TRANS' },
      { channel: 'SMS', priority: 'BULK' },
      { channel: 'SMS', priority: 'TRANS' },
    ],
    extendedFields: [{ name: 'gender', value: 'Other' }],
    customFields: [{ name: 'nickname', value: 'Ri' }],
    associatedWith: 'till.1',
    registeredTill: 'till.1',
    registeredOn: '2011-09-11 11:11:11',
    fraudStatus: 'CONFIRMED',
    type: 'LOYALTY',
    externalId: 'X',
    email: 'v@example.com',
    mobile: '+447911123456',
    lastname: 'James',
    firstname: 'Rita',
  };
  const { changes, customer, merges } = await shop.updated(input);
  expect(changes.map(({ field }) => field)).toEqual(everyField.filter((field) => field !== 'email'));
  const [merge] = merges;
  const inOrder = (fields: readonly string[]) => everyField.filter((field) => fields.includes(field));
  for (const list of [merge?.changes ?? [], ...customer.auditLog.edges.map(({ node }) => node.changes)]) {
    const fields = list.map(({ field }) => field);
    expect(fields).toEqual(inOrder(fields));
  }
  const figures = ['redeemed', 'expired', 'returned', 'adjusted', 'lifetimePoints', 'cumulativePurchases'];
  expect(merge?.balances.map(({ programId, figure }) => [programId, figure])).toEqual([
    [null, 'lifetimePurchases'],
    ...figures.map((figure) => ['1016', figure]),
    ...figures.map((figure) => ['7', figure]),
  ]);
});

test('changes have neither version nor updatedOn nor figures that are worked out', async () => {
  const shop = await given.organization({
    rewardRules: [{ name: 'hello', programId: '1016', points: '1', fields: ['firstname'] }],
  });
  const { id } = await given.customer(shop, { type: 'LOYALTY', pointsSummaries: [{ programId: '1016' }] });
  const { changes } = await shop.updated({ id, firstname: 'Rita' });
  expect(changes.map(({ field }) => field)).toEqual(['firstname', 'pointsSummaries.1016.lifetimePoints']);
});

test('figures are whole numbers in the database, of thousandths, never floats', async () => {
  const shop = await given.organization({
    rewardRules: [{ name: 'hello', programId: '1016', points: '0.001', fields: ['firstname'] }],
  });
  const most = '999999999999.998';
  const [target, victim] = await given.customers(
    shop,
    { type: 'LOYALTY' },
    { email: 'v@example.com', lifetimePurchases: most, pointsSummaries: [{ programId: '1016', lifetimePoints: most }] },
  );
  const { customer } = await shop.updated({ id: target.id, email: victim.email, firstname: 'Rita' });
  expect(customer).toMatchObject({ lifetimePurchases: most, lifetimePoints: '999999999999.999' });
  const { typeOf, integer } = {
    sqlite: { typeOf: 'typeof', integer: 'integer' },
    postgres: { typeOf: 'pg_typeof', integer: 'bigint' },
  }[databaseKind()];
  const kinds = await world.query(
    `SELECT DISTINCT CAST(${typeOf}(lifetime_purchases) AS text) AS kind FROM customer
     UNION SELECT CAST(${typeOf}(lifetime_points) AS text) FROM points_summary
     UNION SELECT CAST(${typeOf}(lifetime_points) AS text) FROM ledger_entry
     UNION SELECT CAST(${typeOf}(cumulative_purchases) AS text) FROM ledger_entry`,
  );
  expect(kinds).toEqual([{ kind: integer }]);
  const [sum] = await world.query(
    `SELECT CAST(sum(lifetime_points) AS bigint) AS points FROM ledger_entry WHERE organization_id = ? AND customer_id = ?`,
    [shop.id, Number(target.id)],
  );
  expect(sum).toEqual({ points: 999_999_999_999_999 });
});

test('a customer shows the sums of its programs, exactly, and the slab of the default one', async () => {
  const shop = await given.organization();
  const { id } = await given.customer(shop, {
    lifetimePurchases: '999999999999.999',
    pointsSummaries: [
      { programId: '7', lifetimePoints: '0.1', redeemed: '0.3', slabExpiryDate: '2030-01-01 00:00:00' },
      {
        programId: '1016',
        lifetimePoints: '0.2',
        expired: '0.001',
        returned: '0.01',
        adjusted: '-1000.5',
        slabSNo: 2,
        slabExpiryDate: '2119-09-11 23:59:59',
      },
    ],
  });
  const customer = await shop.customer(id);
  expect(customer).toMatchObject({
    lifetimePoints: '0.3',
    loyaltyPoints: '-1000.511',
    lifetimePurchases: '999999999999.999',
    currentSlab: 'silver',
    tierExpiryDate: '2119-09-11T23:59:59Z',
  });
  expect(customer.pointsSummaries.map(({ loyaltyPoints }) => loyaltyPoints)).toEqual(['-1000.311', '-0.2']);
});
