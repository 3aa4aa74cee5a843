import { describe, expect, test } from 'vitest';
import { useWorld } from '../../support/world.js';
import { sendJson, sendXml, updateAll, updateOne } from './legacy-client.js';

// What an answer says of what became of a request that was run.

const world = useWorld();
const { given } = world;

describe('the status', () => {
  test.each([
    [['good'], { success: 'true', code: 200, message: 'Success', total: '1', success_count: '1' }],
    [['good', 'good'], { success: 'true', code: 200, message: 'Success', total: '2', success_count: '2' }],
    [
      ['bad', 'good', 'bad'],
      {
        success: 'true',
        code: 201,
        message: 'Some requests have failed due to errors',
        total: '3',
        success_count: '1',
      },
    ],
    [
      ['bad', 'bad'],
      {
        success: 'false',
        code: 500,
        message: 'All requests have failed due to errors',
        total: '2',
        success_count: '0',
      },
    ],
  ])('of %j', async (kinds, status) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { response } = await updateAll(
      shop,
      kinds.map((kind) => (kind === 'good' ? { id } : { id: '1' })),
    );
    expect(response.status).toEqual(status);
    expect(Object.keys(response)).toEqual(['status', 'customers']);
    expect(Object.keys(response.status)).toEqual(['success', 'code', 'message', 'total', 'success_count']);
  });

  test('of a hundred customers, which are one batch', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const all = Array.from({ length: 100 }, (_, index) => ({ id, firstname: `Ada ${index}` }));
    const { response } = await updateAll(shop, all);
    expect(response.status).toMatchObject({ code: 200, total: '100', success_count: '100' });
    expect(response.customers.customer.map(({ firstname }) => firstname)).toEqual(
      all.map(({ firstname }) => firstname),
    );
  });
});

describe('an item with a field that is left out', () => {
  test('is told of a field by its own name, whatever that is', async () => {
    const shop = await given.organization({ customFields: [{ name: 'externalId', type: 'INTEGER' }] });
    const { id } = await given.customer(shop, { customFields: {} });
    const field = { name: 'externalId', value: 'x' };
    const { response } = await updateAll(shop, [{ id, custom_fields: { field } }]);
    const [customer] = response.customers.customer;
    expect(customer?.item_status.message).toContain('The custom field externalId takes a whole number');
  });
});

describe('an item that failed', () => {
  test('holds the identifiers as they were given, and the first error', async () => {
    const shop = await given.organization();
    const all = [
      { id: 1, mobile: '+44 7700 900999', email: 'Nobody@Example.com', external_id: 'x', firstname: 'Ada' },
      { id: 'abc', mobile: '' },
      { mobile: 447700900999 },
      { email: 'nobody', mobile: true },
      { id: 2 ** 53 },
    ];
    const text = (code: string, message: unknown) => ({ success: 'false', code, message, warnings: { warning: [] } });
    const any: unknown = expect.any(String);
    const { response } = await world.expectNothingChanged(() => updateAll(shop, all));
    expect(response.customers.customer).toEqual([
      {
        user_id: 1,
        mobile: '+44 7700 900999',
        email: 'Nobody@Example.com',
        external_id: 'x',
        item_status: text('1011', 'The organization has no customer with this id'),
      },
      { user_id: 'abc', item_status: text('1011', any) },
      { mobile: '447700900999', item_status: text('1011', any) },
      { email: 'nobody', item_status: text('1001', any) },
      { item_status: text('1011', any) },
    ]);
    expect(Object.keys(response.customers.customer[0] ?? {})).toEqual([
      'user_id',
      'mobile',
      'email',
      'external_id',
      'item_status',
    ]);
  });

  test('names what was sent as v1.1 spells it', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const field = Array.from({ length: 1001 }, () => ({ name: 'age', value: '46' }));
    const { response } = await updateAll(shop, [
      {},
      { email: 'nobody@example.com', external_id: 'x' },
      { external_id: 'x'.repeat(251) },
      { id, registered_on: '1899-12-31 11:11:11' },
      { id, registered_till: 'nowhere' },
      { id, associated_with: 'nowhere' },
      { id, custom_fields: { field } },
    ]);
    const config = 'the earliest date that the organization accepts (CONF_MIN_REGISTRATION_DATE)';
    expect(response.customers.customer.map(({ item_status }) => item_status.message)).toEqual([
      'Give one of id, mobile, email and external_id, to say which customer',
      'The organization has no customer with any of these email, external_id',
      'external_id takes 1 to 250 characters, without control characters',
      `registered_on is before ${config}`,
      "registered_till is the code of none of the organization's tills",
      "associated_with is the code of none of the organization's tills",
      'custom_fields takes at most 1000 entries (MAX_LIST_ITEMS), not 1001',
    ]);
  });

  test('leaves those before and behind it in place, each seeing what those before it did', async () => {
    const shop = await given.organization({ configs: { CONF_ALLOW_EMAIL_UPDATE: '1' } });
    const { id } = await given.customer(shop);
    const { response } = await updateAll(shop, [
      { id, email: 'ada@example.com' },
      { id, type: 'x', firstname: 'Eve' },
      { email: 'ada@example.com', lastname: 'Example' },
    ]);
    expect(response.customers.customer.map(({ item_status }) => item_status.code)).toEqual(['1000', '10002', '1000']);
    expect(await shop.customer(id)).toMatchObject({ firstname: null, lastname: 'Example', email: 'ada@example.com' });
  });

  test('is answered in XML with what XML can hold', async () => {
    const shop = await given.organization();
    const answer = await shop.request({
      url: '/v1.1/customer/update',
      headers: { 'content-type': 'application/json', accept: 'application/xml' },
      payload: JSON.stringify({ root: { customer: { external_id: '<&>"\u0001\uFFFF\uD800😀' } } }),
    });
    expect(answer.text).toContain('<external_id>&lt;&amp;&gt;&quot;\uFFFD\uFFFD\uFFFD😀</external_id>');
  });
});

describe('a customer', () => {
  test('that has nothing is null, empty lists, and no slab', async () => {
    const shop = await given.organization();
    const { id, mobile } = await given.customer(shop);
    const { updated_on: updatedOn, ...customer } = await updateOne(shop, { id });
    expect(updatedOn).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(customer).toEqual({
      user_id: Number(id),
      firstname: null,
      lastname: null,
      mobile,
      email: null,
      external_id: null,
      lifetime_points: 0,
      loyalty_points: 0,
      lifetime_purchases: 0,
      current_slab: 'NONE',
      tier_expiry_date: null,
      points_summaries: { points_summary: [] },
      registered_on: null,
      type: 'NON_LOYALTY',
      source: 'instore',
      fraud_status: 'NONE',
      reason: '',
      custom_fields: { field: [] },
      extended_fields: { field: [] },
      subscriptions: { subscription: [] },
      side_effects: { effect: [] },
      item_status: {
        success: 'true',
        code: '1000',
        message: 'Customer successfully updated',
        warnings: { warning: [] },
      },
    });
  });

  test('has its figures as numbers, those of a program as strings, exactly', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, {
      type: 'LOYALTY',
      lifetimePurchases: '999999999999.999',
      pointsSummaries: [
        { programId: '1016', lifetimePoints: '0.1', adjusted: '-40.11', cumulativePurchases: '0.5', slabSNo: 2 },
        { programId: '7', lifetimePoints: '0.2' },
      ],
    });
    const { text } = await sendJson(shop, { root: { customer: { id } } });
    expect(text).toContain('"lifetime_points":0.3,"loyalty_points":-39.81,"lifetime_purchases":999999999999.999,');
    expect(text).toContain(
      '"adjusted":"-40.11","lifetimePoints":"0.1","loyaltyPoints":"-40.01","cumulativePurchases":"0.5"',
    );
    const { text: xml } = await sendXml(shop, `<root><customer><id>${id}</id></customer></root>`);
    expect(xml).toContain(
      '<loyalty_points>-39.81</loyalty_points><lifetime_purchases>999999999999.999</lifetime_purchases>',
    );
    expect(xml.match(/<points_summary>/g)).toHaveLength(2);
  });

  test.each([
    [
      1,
      {
        currentSlab: 'bronze',
        slabSNo: '1',
        nextSlab: 'silver',
        nextSlabSerialNumber: '2',
        nextSlabDescription: 'After 1000 points',
      },
    ],
    [2, { currentSlab: 'silver', slabSNo: '2', nextSlab: 'gold', nextSlabSerialNumber: '5', nextSlabDescription: '' }],
    [5, { currentSlab: 'gold', slabSNo: '5', nextSlab: '', nextSlabSerialNumber: '-1', nextSlabDescription: '' }],
  ])('in slab %i has the next one, at the top none', async (slabSNo, slabs) => {
    const shop = await given.organization();
    const pointsSummaries = [{ programId: '1016', slabSNo }];
    const { id } = await given.customer(shop, { type: 'LOYALTY', pointsSummaries });
    const customer = await updateOne(shop, { id });
    expect(customer['points_summaries']).toMatchObject({
      points_summary: [{ ...slabs, slabExpiryDate: null, totalPoints: '' }],
    });
    expect(customer).toMatchObject({ current_slab: slabs.currentSlab, tier_expiry_date: null });
  });

  test('in a program without slabs has none', async () => {
    const shop = await given.organization({ programs: [{ id: '9', name: 'Plain', default: true }] });
    const { id } = await given.customer(shop, { type: 'LOYALTY', pointsSummaries: [{ programId: '9' }] });
    const customer = await updateOne(shop, { id });
    expect(customer['current_slab']).toBe('NONE');
    expect(customer['points_summaries']).toMatchObject({
      points_summary: [
        { currentSlab: 'NONE', slabSNo: '', nextSlab: '', nextSlabSerialNumber: '-1', nextSlabDescription: '' },
      ],
    });
  });

  test('has its instants in the organization’s time zone, without milliseconds', async () => {
    const shop = await given.organization({ timeZone: 'Asia/Kolkata' });
    const { id } = await given.customer(shop, {
      type: 'LOYALTY',
      registeredOn: '2015-03-02T20:00:00.999Z',
      customFields: { lastVisit: '2016-01-01T00:00:00.5Z', birthday: '1998-12-01' },
      pointsSummaries: [{ programId: '1016', slabSNo: 1, slabExpiryDate: '2119-12-31 23:59:59' }],
    });
    const before = Date.now();
    const customer = await updateOne(shop, { id, firstname: 'Ada' });
    expect(customer).toMatchObject({
      registered_on: '2015-03-03 01:30:00',
      tier_expiry_date: '2119-12-31 23:59:59',
      points_summaries: { points_summary: [{ slabExpiryDate: '2119-12-31 23:59:59' }] },
      custom_fields: {
        field: [
          { name: 'birthday', value: '1998-12-01' },
          { name: 'lastVisit', value: '2016-01-01 05:30:00' },
        ],
      },
    });
    const updatedOn = Date.parse(`${(customer['updated_on'] as string).replace(' ', 'T')}+05:30`);
    expect(updatedOn).toBeGreaterThan(before - 1000);
    expect(updatedOn).toBeLessThanOrEqual(Date.now());
  });

  test.each([
    ['Asia/Kolkata', '9999-12-31T23:59:59Z', '9999-12-31 23:59:59'],
    ['America/New_York', '0000-01-01T00:00:00Z', '0000-01-01 00:00:00'],
  ])('has an instant that is in a year without four digits in %s in the nearest that has them', async (...row) => {
    const [timeZone, instant, answered] = row;
    const shop = await given.organization({ timeZone });
    const { id } = await given.customer(shop, {
      customFields: { lastVisit: instant },
      pointsSummaries: [{ programId: '1016', slabSNo: 1, slabExpiryDate: instant }],
    });
    expect(await updateOne(shop, { id })).toMatchObject({
      tier_expiry_date: answered,
      points_summaries: { points_summary: [{ slabExpiryDate: answered }] },
      custom_fields: { field: [{ name: 'lastVisit', value: answered }] },
    });
  });

  test('that was merged is answered as its survivor, with a warning', async () => {
    const shop = await given.organization();
    const [target, victim] = await given.customers(
      shop,
      { firstname: 'Ada', subscriptions: [{ channel: 'EMAIL', priority: 'TRANS', status: 'SUBSCRIBED' }] },
      { mobile: null, email: 'ada@example.com', lastname: 'Example' },
    );
    const merged = await updateOne(shop, { mobile: target.mobile, email: 'Ada@Example.com' });
    expect(merged).toMatchObject({ user_id: Number(target.id), lastname: 'Example', email: 'ada@example.com' });
    const customer = await updateOne(shop, { id: victim.id });
    expect(customer).toMatchObject({
      user_id: Number(target.id),
      item_status: { code: '1000', warnings: { warning: ['91009'] } },
    });
    expect(customer.item_status.message).toMatch(
      /^Customer successfully updated, The customer with this id was merged/,
    );
    const { text } = await sendXml(shop, `<root><customer><id>${victim.id}</id></customer></root>`);
    expect(text).toContain('<warnings><warning>91009</warning></warnings>');
  });

  test('that a rule rewards has its side effects as numbers', async () => {
    const shop = await given.organization({
      rewardRules: [
        { name: 'a', programId: '1016', points: '10.5', fields: ['firstname'] },
        { name: 'b', programId: '7', points: '2', fields: ['firstname', 'lastname'] },
      ],
    });
    const { id } = await given.customer(shop, {
      type: 'LOYALTY',
      pointsSummaries: [{ programId: '1016', lifetimePoints: '1' }],
    });
    const customer = await updateOne(shop, { id, firstname: 'Ada', lastname: 'Example' });
    expect(customer['side_effects']).toEqual({
      effect: [
        { type: 'points', awarded_points: 10.5, total_points: 11.5 },
        { type: 'points', awarded_points: 2, total_points: 2 },
      ],
    });
  });
});

test('an update is audited with the client, its till, the request id and the user context', async () => {
  const shop = await given.organization();
  const { id } = await given.customer(shop);
  const headers = { 'x-cap-request-id': 'r-1', 'user-context-entity-type': 'CASHIER', 'user-context-entity-id': 'Zoë' };
  const answer = await sendJson(shop.with(headers), { root: { customer: { id, firstname: 'Ada' } } });
  expect(answer.headers['x-cap-request-id']).toBe('r-1');
  const { auditLog } = await shop.customer(id);
  expect(auditLog.edges[0]?.node).toMatchObject({
    action: 'UPDATED',
    client: shop.clientId,
    tillCode: 'till.1',
    requestId: 'r-1',
    userContext: { entityType: 'CASHIER', entityId: 'Zoë' },
  });
});

test('another organization’s customer is not found', async () => {
  const [shop, other] = [await given.organization(), await given.organization()];
  const { id } = await given.customer(other);
  expect((await updateOne(shop, { id })).item_status.code).toBe('1011');
});
