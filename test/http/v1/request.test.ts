import { describe, expect, test } from 'vitest';
import { useWorld } from '../../support/world.js';
import { codeOf, sendJson, sendXml, updateAll, updateOne, type Json } from './legacy-client.js';

// What a request may look like, and what each way to write it means.

const world = useWorld();
const { given } = world;

const full = {
  firstname: 'Ada',
  lastname: 'Example',
  type: 'LOYALTY',
  fraudStatus: 'CONFIRMED',
  registeredOn: '2015-03-02 09:30:00',
  registeredTill: 'till.1',
  associatedWith: 'till.2',
  customFields: { nickname: 'Addie', age: '38' },
  extendedFields: { Gender: 'Female', city: 'Leeds' },
  subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' }],
} as const;

const keys = [
  'mobile',
  'email',
  'external_id',
  'firstname',
  'lastname',
  'registered_on',
  'registered_till',
  'associated_with',
  'type',
  'fraud_status',
  'subscriptions',
  'extended_fields',
  'custom_fields',
];

describe('what is not given', () => {
  test.each([
    ['absent', {}],
    ['an empty string', Object.fromEntries(keys.map((key) => [key, '']))],
    ['null', Object.fromEntries(keys.map((key) => [key, null]))],
    [
      'nothing within',
      {
        fraud_status: { status: '' },
        subscriptions: { subscription: [{ channel: '', priority: null, scope: '', is_subscribed: '' }, '', null, {}] },
        extended_fields: { field: '' },
        custom_fields: { field: [{ name: '', value: '' }, null] },
      },
    ],
    ['an empty list of PHP’s', { fraud_status: [], subscriptions: [], extended_fields: [], custom_fields: {} }],
  ])('as %s leaves every value as it is', async (_name, empty) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { ...full, email: 'ada@example.com', externalId: 'A1' });
    const customer = await world.expectNothingChanged(() => updateOne(shop, { id, ...empty }));
    expect(customer.item_status).toEqual({
      success: 'true',
      code: '1000',
      message: 'Customer successfully updated',
      warnings: { warning: [] },
    });
  });

  test('as the value of a field neither clears nor changes it, and is warned of', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, full);
    for (const field of [{ name: 'age', value: '' }, { name: 'age', value: null }, { name: 'age' }]) {
      const customer = await updateOne(shop, {
        id,
        custom_fields: { field },
        extended_fields: { field: { name: 'city' } },
      });
      expect(customer.item_status.warnings.warning).toEqual(['1017', '91015']);
      expect(customer['custom_fields']).toEqual({
        field: [
          { name: 'nickname', value: 'Addie' },
          { name: 'age', value: '38' },
        ],
      });
    }
  });

  test('is no identifier', async () => {
    const shop = await given.organization();
    for (const empty of [{}, { id: '', mobile: '', email: null, external_id: '' }, '', null, { firstname: 'Ada' }]) {
      expect(await codeOf(shop, empty)).toBe('1015');
    }
  });
});

describe('a list', () => {
  test('of one may be its one object', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { response } = await updateAll(shop, {
      id,
      custom_fields: { field: { name: 'age', value: '47' } },
      extended_fields: { field: { name: 'city', value: 'York' } },
      subscriptions: { subscription: { channel: 'sms', priority: 'TRANS' } },
    });
    expect(response.status).toMatchObject({ code: 200, total: '1' });
    const [customer] = response.customers.customer;
    expect(customer?.['custom_fields']).toEqual({ field: [{ name: 'age', value: '47' }] });
    expect(customer?.['extended_fields']).toEqual({ field: [{ name: 'city', value: 'York' }] });
    expect(customer?.['subscriptions']).toEqual({
      subscription: [{ channel: 'SMS', priority: 'TRANS', scope: 'ALL', status: '1' }],
    });
  });

  test('of customers keeps its order, what is empty in it too', async () => {
    const shop = await given.organization();
    const [one, other] = await given.customers(shop, {}, {});
    const { response } = await updateAll(shop, [{ id: other.id }, '', { id: one.id }, null]);
    expect(response.customers.customer.map((customer) => customer['user_id'])).toEqual([
      Number(other.id),
      undefined,
      Number(one.id),
      undefined,
    ]);
    expect(response.status).toMatchObject({ code: 201, total: '4', success_count: '2' });
  });
});

describe('a number', () => {
  test('does for a string', async () => {
    const shop = await given.organization({ configs: { CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1' } });
    const { id, mobile } = await given.customer(shop);
    const customer = await updateOne(shop, {
      id: Number(id),
      mobile: Number(mobile),
      external_id: 12,
      lastname: 5,
      custom_fields: {
        field: [
          { name: 'age', value: 47 },
          { name: 'shoeSize', value: 42.5 },
        ],
      },
      subscriptions: { subscription: [{ channel: 'email', priority: 'BULK', is_subscribed: 0 }] },
    });
    expect(customer).toMatchObject({
      user_id: Number(id),
      mobile,
      external_id: '12',
      lastname: '5',
      custom_fields: {
        field: [
          { name: 'age', value: '47' },
          { name: 'shoeSize', value: '42.5' },
        ],
      },
      subscriptions: { subscription: [{ status: '0' }] },
    });
  });

  test.each([
    ['id', 2 ** 53, '1011'],
    ['mobile', 1e21, '1001'],
    ['external_id', 0.1234567890123456, '1003'],
    ['firstname', 1e-7, '10002'],
  ])('that may not be what was sent is refused: %s', async (key, value, code) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    expect(await codeOf(shop, { id, [key]: value })).toBe(code);
  });
});

describe('what is no text where one belongs', () => {
  test.each<[string, Json, string]>([
    ['id', true, '1011'],
    ['id', {}, '1011'],
    ['mobile', {}, '1001'],
    ['mobile', ['447700900111'], '1001'],
    ['email', false, '1002'],
    ['external_id', { a: 1 }, '1003'],
    ['firstname', [], '10002'],
    ['lastname', { b: 'x' }, '10002'],
    ['registered_on', {}, '1034'],
    ['registered_till', true, '91020'],
    ['associated_with', ['till.1'], '91021'],
    ['type', true, '10002'],
    ['fraud_status', 'CONFIRMED', '10002'],
    ['fraud_status', { status: true }, '10002'],
    ['fraud_status', [{ status: 'NONE' }], '10002'],
    ['subscriptions', 'sms', '10002'],
    ['subscriptions', { subscription: ['sms'] }, '10002'],
    ['subscriptions', { subscription: 1 }, '10002'],
    ['custom_fields', 'age', '10002'],
    ['extended_fields', [{ name: 'city', value: 'York' }], '10002'],
  ])('has the code of its own field: %s as %j', async (key, value, code) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    await world.expectNothingChanged(async () => {
      expect(await codeOf(shop, { id, [key]: value })).toBe(code);
    });
  });

  test.each<Json>([5, 'abc', true, [{}]])('is no customer: %j', async (customer) => {
    expect(await codeOf(await given.organization(), customer)).toBe('10002');
  });

  test('as a field or its value is left out, with a warning', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const field = [
      'age',
      5,
      { name: true, value: '1' },
      { name: 'nickname', value: {} },
      { name: 'age', value: ['1', '2'] },
    ];
    const customer = await updateOne(shop, { id, custom_fields: { field } });
    expect(customer.item_status.warnings.warning).toEqual(['1017', '1017', '1017', '1017', '1017']);
    expect(customer['custom_fields']).toEqual({ field: [] });
  });
});

describe('words', () => {
  test.each(['sms', 'SMS', 'Sms'])('are taken in any case: %s', async (channel) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { type: 'LOYALTY' });
    const customer = await updateOne(shop, {
      id,
      type: 'lOyalty',
      fraud_status: { status: 'confirmed' },
      subscriptions: { subscription: [{ channel, priority: 'bUlk', scope: 'All', is_subscribed: '0' }] },
    });
    expect(customer).toMatchObject({
      type: 'LOYALTY',
      fraud_status: 'CONFIRMED',
      subscriptions: { subscription: [{ channel: 'SMS', priority: 'BULK', scope: 'ALL', status: '0' }] },
    });
  });

  const entry = { channel: 'sms', priority: 'TRANS' };
  test.each<[object, string]>([
    [{ channel: 'fax' }, '1101'],
    [{ channel: '' }, '1101'],
    [{ channel: 'emaıl' }, '1101'],
    [{ channel: ' sms' }, '1101'],
    [{ priority: 'HIGH' }, '1102'],
    [{ priority: null }, '1102'],
    [{ priority: 'BUL\u212A' }, '1102'],
    [{ scope: 'org' }, '1103'],
    [{ scope: 1 }, '1103'],
    [{ is_subscribed: '2' }, '1106'],
    [{ is_subscribed: 'true' }, '1106'],
    [{ is_subscribed: true }, '1106'],
    [{ is_subscribed: '01' }, '1106'],
    [{ channel: 'fax', priority: 'HIGH', scope: 'x', is_subscribed: 'x' }, '1101'],
    [{ priority: 'HIGH', is_subscribed: 'x', scope: 'x' }, '1102'],
    [{ is_subscribed: 'x', scope: 'x' }, '1103'],
  ])('of a subscription that are others are refused: %j', async (change, code) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    await world.expectNothingChanged(async () => {
      expect(await codeOf(shop, { id, subscriptions: { subscription: [{ ...entry, ...change }] } })).toBe(code);
    });
  });

  test('absent of a subscription: the scope is all, and it is subscribed', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    for (const absent of [{}, { is_subscribed: '' }, { is_subscribed: null, scope: '' }]) {
      const customer = await updateOne(shop, { id, subscriptions: { subscription: [{ ...entry, ...absent }] } });
      expect(customer['subscriptions']).toMatchObject({ subscription: [{ status: '1', scope: 'ALL' }] });
    }
  });

  test('twice for one pair are refused', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    expect(await codeOf(shop, { id, subscriptions: { subscription: [entry, { ...entry, channel: 'SMS' }] } })).toBe(
      '10002',
    );
  });

  test.each([
    [{ type: 'GOLD' }, '10002'],
    [{ type: 'LOYALTY ' }, '10002'],
    [{ fraud_status: { status: 'MAYBE' } }, '10002'],
    [{ type: 'NON_LOYALTY' }, '1046'],
  ])('of type and fraud status that are others are refused: %j', async (change, code) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { type: 'LOYALTY' });
    expect(await codeOf(shop, { id, ...change })).toBe(code);
  });
});

describe('a date', () => {
  test.each([
    ['UTC', '2016-09-11 11:11:11', '2016-09-11T11:11:11Z'],
    ['Asia/Kolkata', '2016-09-11 11:11:11', '2016-09-11T05:41:11Z'],
    ['Asia/Kolkata', '2016-09-11T11:11:11Z', '2016-09-11T11:11:11Z'],
    ['Europe/London', '2016-03-27 01:30:00', '2016-03-27T01:30:00Z'],
    ['Europe/London', '2016-10-30 01:30:00', '2016-10-30T00:30:00Z'],
  ])('is read in the time zone %s: %s', async (timeZone, registered_on, stored) => {
    const shop = await given.organization({ timeZone });
    const { id } = await given.customer(shop);
    expect(await codeOf(shop, { id, registered_on })).toBe('1000');
    expect((await shop.customer(id)).registeredOn).toBe(stored);
  });

  test.each([
    '2023-02-30 11:11:11',
    '2016-09-11',
    '2016-09-11 24:00:00',
    '2016-9-11 11:11:11',
    '11/09/2016 11:11:11',
    ' 2016-09-11 11:11:11',
    '0000-00-00 00:00:00',
    'yesterday',
    1473592271,
    '1899-12-31 23:59:59',
    '9999-12-31 23:59:59',
  ])('that can’t be, or is out of range, is 1034: %s', async (registered_on) => {
    const shop = await given.organization({ timeZone: 'America/New_York' });
    const { id } = await given.customer(shop);
    const customer = await world.expectNothingChanged(() => updateOne(shop, { id, registered_on }));
    expect(customer.item_status).toMatchObject({ success: 'false', code: '1034' });
  });
});

describe('a field', () => {
  test.each<[Json, string]>([
    ['["46"]', '46'],
    ['[ "46" ]', '46'],
    ['[46]', '46'],
    [['46'], '46'],
    [[46], '46'],
    ['46', '46'],
  ])('of the organization’s own has a value in the old form too: %j', async (value, stored) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const customer = await updateOne(shop, { id, custom_fields: { field: [{ name: 'age', value }] } });
    expect(customer['custom_fields']).toEqual({ field: [{ name: 'age', value: stored }] });
    expect(customer.item_status.warnings.warning).toEqual([]);
  });

  test.each<Json>(['[]', '[""]', '[null]', [], ['']])(
    'that is empty in the old form is not given: %j',
    async (value) => {
      const shop = await given.organization();
      const { id } = await given.customer(shop, full);
      const customer = await updateOne(shop, { id, custom_fields: { field: [{ name: 'nickname', value }] } });
      expect(customer['custom_fields']).toMatchObject({ field: [{ value: 'Addie' }, {}] });
      expect(customer.item_status.warnings.warning).toEqual(['1017']);
    },
  );

  test('keeps a text that only looks like the old form, and an extended field keeps any', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    for (const value of ['["a","b"]', '[x', '[{"a":1']) {
      const customer = await updateOne(shop, {
        id,
        custom_fields: { field: [{ name: 'nickname', value }] },
        extended_fields: { field: [{ name: 'city', value: '["York"]' }] },
      });
      expect(customer['custom_fields']).toEqual({ field: [{ name: 'nickname', value }] });
      expect(customer['extended_fields']).toEqual({ field: [{ name: 'city', value: '["York"]' }] });
    }
  });

  test('that is unknown or invalid is left out with a warning, and all else is done', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const customer = await updateOne(shop, {
      id,
      firstname: 'Ada',
      custom_fields: {
        field: [
          { name: 'Age', value: '1' },
          { name: 'age', value: 'old' },
          { name: 'nickname', value: 'Addie' },
        ],
      },
      extended_fields: {
        field: [
          { name: 'gender', value: 'x' },
          { name: 'CITY', value: 'York' },
        ],
      },
    });
    expect(customer).toMatchObject({
      firstname: 'Ada',
      custom_fields: { field: [{ name: 'nickname', value: 'Addie' }] },
      extended_fields: { field: [{ name: 'city', value: 'York' }] },
    });
    const { success, code, message, warnings } = customer.item_status;
    expect([success, code, warnings.warning]).toEqual(['true', '1000', ['1017', '1017', '91015']]);
    expect(message).toBe(
      'Customer successfully updated, The organization has no custom field of this name; left out, ' +
        'The custom field age takes a whole number of at most 15 digits, such as 46; left out, ' +
        'The extended field Gender takes one of Male, Female, Other; left out',
    );
  });
});

describe('what v1.1 can never clear', () => {
  test('is not said to be cleared by null: a field without a value', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { item_status } = await updateOne(shop, { id, custom_fields: { field: { name: 'age', value: null } } });
    expect(item_status.message).toBe('Customer successfully updated, The custom field age has no value; left out');
  });

  test('is not said to be cleared by null: a name that is none', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { item_status } = await updateOne(shop, { id, firstname: '_' });
    expect(item_status.message).toBe('firstname takes 1 to 100 letters, digits, blanks, hyphens, apostrophes and dots');
  });
});

describe('keys that nobody knows', () => {
  test('are ignored, wherever they are and whatever their name', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const unknown =
      '"updated_on":"x","source":["instore"],"__proto__":{"firstname":"Eve"},"constructor":{"prototype":1}';
    const payload = `{${unknown},"root":{${unknown},"customer":[{${unknown},"id":"${id}","custom_fields":{"field":[{${unknown},"name":"age","value":"1"}]}}]}}`;
    const answer = await sendJson(shop, JSON.parse('{}'));
    expect(answer.status).toBe(400);
    const { status, text } = await shop.request({
      url: '/v1.1/customer/update',
      headers: { 'content-type': 'application/json' },
      payload,
    });
    expect(status).toBe(200);
    const { response } = JSON.parse(text) as { response: { customers: { customer: object[] } } };
    expect(response.customers.customer).toMatchObject([
      { firstname: null, custom_fields: { field: [{ name: 'age', value: '1' }] }, item_status: { code: '1000' } },
    ]);
  });

  test('are ignored in XML, too', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const unknown =
      '<updated_on>x</updated_on><__proto__><firstname>Eve</firstname></__proto__><constructor><prototype/></constructor>';
    const { status, text } = await sendXml(
      shop,
      `<root a="b">${unknown}<customer id="1">${unknown}<id>${id}</id></customer></root>`,
    );
    expect(status).toBe(200);
    expect(text).toContain(`<user_id>${id}</user_id><firstname/>`);
  });
});

describe('several faults', () => {
  const entry = { channel: 'sms', priority: 'TRANS' };
  test.each<[object, string]>([
    [{ subscriptions: { subscription: { channel: 'x' } }, mobile: 'x', type: 'x' }, '1001'],
    [{ subscriptions: { subscription: { channel: 'x' } }, registered_on: 'x', email: 'x' }, '1002'],
    [{ subscriptions: { subscription: { channel: 'x' } }, registered_on: 'x', registered_till: 'x' }, '1034'],
    [{ fraud_status: { status: 'x' }, associated_with: 'x' }, '91021'],
    [{ fraud_status: { status: 'x' }, subscriptions: { subscription: { channel: 'sms', priority: 'x' } } }, '1102'],
    [{ id: '', external_id: 'nobody', subscriptions: { subscription: { channel: 'x' } } }, '1101'],
    [{ subscriptions: { subscription: [entry, entry, { channel: 'x' }] } }, '10002'],
    [{ subscriptions: { subscription: [entry, {}, {}, { channel: 'x' }, entry] } }, '1101'],
  ])('are answered by the first, in the order of the schema’s input fields: %j', async (change, code) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    expect(await codeOf(shop, { id, ...change })).toBe(code);
  });
});
