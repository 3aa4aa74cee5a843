import { describe, expect, test } from 'vitest';
import type { Customer, UpdateInput } from '../../support/answers.js';
import { notice, type ExpectedNotice } from '../../support/codes.js';
import { expectNotices, expectRefusal, expectRefused } from '../../support/refusals.js';
import type { CustomerSetting } from '../../support/settings.js';
import { useWorld } from '../../support/world.js';

const world = useWorld();
const { given } = world;

const CONTROL = 'a\u0007b';
const allIdentifiersMayBeSet = {
  CONF_ALLOW_MOBILE_UPDATE: '1',
  CONF_ALLOW_EMAIL_UPDATE: '1',
  CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1',
};

/** A customer with a value of everything. */
const full = {
  email: 'rita@example.com',
  externalId: 'R-1',
  firstname: 'Rita',
  lastname: 'James',
  type: 'LOYALTY',
  fraudStatus: 'CONFIRMED',
  registeredOn: '2012-09-11T11:11:15Z',
  registeredTill: 'till.1',
  associatedWith: 'till.1',
  customFields: { age: '46', nickname: 'Ri' },
  extendedFields: { Gender: 'Female', city: 'Leeds' },
  subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
} satisfies CustomerSetting;

describe('a field that is omitted', () => {
  test('leaves its value as it is, for every field', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, full);
    const before = await shop.customer(id);
    const answer = await world.expectNothingChanged(() => shop.updated({ id }));
    expect(answer.customer).toEqual(before);
    const { firstname, lastname, registeredOn, registeredTill, associatedWith, fraudStatus, type } = full;
    expect(before).toMatchObject({
      firstname,
      lastname,
      registeredOn,
      registeredTill,
      associatedWith,
      fraudStatus,
      type,
    });
    expect([before.customFields, before.extendedFields, before.subscriptions].map(({ length }) => length)).toEqual([
      2, 2, 1,
    ]);
  });
});

test('lists that are empty leave what is there', async () => {
  const shop = await given.organization();
  const { id } = await given.customer(shop, full);
  const before = await shop.customer(id);
  const input: UpdateInput = { id, customFields: [], extendedFields: [], subscriptions: [] };
  const { customer } = await world.expectNothingChanged(() => shop.updated(input));
  expect(customer).toEqual(before);
});

describe('a field that is null', () => {
  test.each<[keyof Customer & keyof UpdateInput]>([['firstname'], ['lastname'], ['associatedWith']])(
    'clears its value: %s',
    async (field) => {
      const shop = await given.organization();
      const { id } = await given.customer(shop, full);
      const before = await shop.customer(id);
      const { changes, customer } = await shop.updated({ id, [field]: null });
      expect(changes).toEqual([{ field, previous: before[field], current: null, rule: 'REQUEST' }]);
      expect(await shop.customer(id)).toEqual(customer);
      expect(customer).toMatchObject({
        ...before,
        [field]: null,
        version: 2,
        updatedOn: customer.updatedOn,
        auditLog: {},
      });
    },
  );

  test('clears a value inside of customFields and extendedFields', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, full);
    const { changes, customer } = await shop.updated({
      id,
      customFields: [{ name: 'age', value: null }],
      extendedFields: [{ name: 'gender', value: null }],
    });
    expect(changes).toEqual([
      { field: 'customFields.age', previous: '46', current: null, rule: 'REQUEST' },
      { field: 'extendedFields.Gender', previous: 'Female', current: null, rule: 'REQUEST' },
    ]);
    expect(customer.customFields).toEqual([{ name: 'nickname', value: 'Ri' }]);
    expect(customer.extendedFields).toEqual([{ name: 'city', value: 'Leeds' }]);
    expect(await shop.customer(id)).toEqual(customer);
  });

  test('and has no value anyway changes nothing', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = {
      id,
      firstname: null,
      lastname: null,
      associatedWith: null,
      customFields: [{ name: 'age', value: null }],
      extendedFields: [{ name: 'city', value: null }],
    };
    const { changes } = await world.expectNothingChanged(() => shop.updated(input));
    expect(changes).toEqual([]);
  });

  test.each(['registeredOn', 'registeredTill', 'type', 'fraudStatus'] as const)(
    'but cannot be cleared is refused: %s',
    async (field) => {
      const shop = await given.organization();
      const { id } = await given.customer(shop, full);
      await expectRefused(world, shop, { id, [field]: null }, notice('INVALID_INPUT', field));
    },
  );

  test.each<keyof UpdateInput>([
    'mobile',
    'email',
    'externalId',
    'customFields',
    'extendedFields',
    'subscriptions',
    'expectedVersion',
    'expectedPlanHash',
    'idempotencyKey',
    'invalidFields',
  ])('is the same as omitted: %s', async (field) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, full);
    const before = await shop.customer(id);
    const { customer } = await world.expectNothingChanged(() => shop.updated({ id, [field]: null }));
    expect(customer).toEqual(before);
  });

  test('is the same as omitted for id, beside another identifier', async () => {
    const shop = await given.organization();
    const { id, mobile } = await given.customer(shop);
    expect((await shop.updated({ id: null, mobile })).customer.userId).toBe(id);
  });

  test('leaves invalidFields at REJECT', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, invalidFields: null, customFields: [{ name: 'age', value: 'old' }] };
    await expectRefused(world, shop, input, notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'value'));
  });
});

describe('a field with a value', () => {
  test.each<[string, UpdateInput, Partial<Customer>, string, string | null, string]>([
    ['email', { email: 'b@example.com' }, { email: 'b@example.com' }, 'email', null, 'b@example.com'],
    ['externalId', { externalId: 'B-1' }, { externalId: 'B-1' }, 'externalId', null, 'B-1'],
    ['firstname', { firstname: 'Rosa' }, { firstname: 'Rosa' }, 'firstname', null, 'Rosa'],
    ['lastname', { lastname: 'Jones' }, { lastname: 'Jones' }, 'lastname', null, 'Jones'],
    [
      'registeredOn',
      { registeredOn: '2011-09-11T11:11:11Z' },
      { registeredOn: '2011-09-11T11:11:11Z' },
      'registeredOn',
      null,
      '2011-09-11T11:11:11Z',
    ],
    ['registeredTill', { registeredTill: 'till.2' }, { registeredTill: 'till.2' }, 'registeredTill', null, 'till.2'],
    ['associatedWith', { associatedWith: 'till.2' }, { associatedWith: 'till.2' }, 'associatedWith', null, 'till.2'],
    [
      'customFields',
      { customFields: [{ name: 'age', value: '47' }] },
      { customFields: [{ name: 'age', value: '47' }] },
      'customFields.age',
      null,
      '47',
    ],
    [
      'extendedFields',
      { extendedFields: [{ name: 'Gender', value: 'Other' }] },
      { extendedFields: [{ name: 'Gender', value: 'Other' }] },
      'extendedFields.Gender',
      null,
      'Other',
    ],
    [
      'subscriptions',
      { subscriptions: [{ channel: 'EMAIL', priority: 'TRANS', status: 'UNSUBSCRIBED' }] },
      { subscriptions: [{ channel: 'EMAIL', priority: 'TRANS', status: 'UNSUBSCRIBED' }] },
      'subscriptions.EMAIL.TRANS',
      null,
      'UNSUBSCRIBED',
    ],
    [
      'subscriptions, SUBSCRIBED by default',
      { subscriptions: [{ channel: 'EMAIL', priority: 'TRANS' }] },
      { subscriptions: [{ channel: 'EMAIL', priority: 'TRANS', status: 'SUBSCRIBED' }] },
      'subscriptions.EMAIL.TRANS',
      null,
      'SUBSCRIBED',
    ],
    ['fraudStatus', { fraudStatus: 'CONFIRMED' }, { fraudStatus: 'CONFIRMED' }, 'fraudStatus', 'NONE', 'CONFIRMED'],
  ])('sets it, and nothing else: %s', async (_, input, expected, field, previous, current) => {
    const shop = await given.organization({ configs: allIdentifiersMayBeSet });
    const { id } = await given.customer(shop);
    const before = await shop.customer(id);
    const { customer, changes } = await shop.updated({ id, ...input });
    expect(changes).toEqual([{ field, previous, current, rule: 'REQUEST' }]);
    const { updatedOn, auditLog } = customer;
    expect(customer).toEqual({ ...before, ...expected, version: 2, updatedOn, auditLog });
    expect(await shop.customer(id)).toEqual(customer);
  });

  test('sets a mobile too, where there is none', async () => {
    const shop = await given.organization({ configs: allIdentifiersMayBeSet });
    const { id } = await given.customer(shop, { mobile: null, email: 'a@example.com' });
    const { customer, changes } = await shop.updated({ id, mobile: '07911 123456' });
    expect(customer.mobile).toBe('447911123456');
    expect(changes).toEqual([{ field: 'mobile', previous: null, current: '447911123456', rule: 'REQUEST' }]);
  });

  test('that is the one it has changes nothing, for every field, in any spelling', async () => {
    const shop = await given.organization();
    const { id, mobile } = await given.customer(shop, full);
    const input: UpdateInput = {
      id,
      mobile: `+${mobile}`,
      email: ' Rita@Example.com ',
      externalId: ' R-1',
      firstname: ' Rita ',
      lastname: 'James',
      registeredOn: '2012-09-11T12:11:15+01:00',
      registeredTill: 'till.1',
      associatedWith: 'till.1',
      type: 'LOYALTY',
      fraudStatus: 'CONFIRMED',
      customFields: [{ name: 'age', value: '+046' }],
      extendedFields: [{ name: 'GENDER', value: 'female' }],
      subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
    };
    const answer = await world.expectNothingChanged(() => shop.updated(input));
    expect(answer.changes).toEqual([]);
  });

  test('sets only the subscriptions that are named', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, full);
    const { customer } = await shop.updated({ id, subscriptions: [{ channel: 'SMS', priority: 'TRANS' }] });
    expect(customer.subscriptions).toEqual([
      { channel: 'SMS', priority: 'TRANS', status: 'SUBSCRIBED' },
      { channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' },
    ]);
  });

  test('takes a fraud status back, and a subscription either way', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, full);
    const { changes } = await shop.updated({
      id,
      fraudStatus: 'NONE',
      subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' }],
    });
    expect(changes).toEqual([
      { field: 'fraudStatus', previous: 'CONFIRMED', current: 'NONE', rule: 'REQUEST' },
      { field: 'subscriptions.SMS.BULK', previous: 'UNSUBSCRIBED', current: 'SUBSCRIBED', rule: 'REQUEST' },
    ]);
  });
});

/** Each text of the input, with the code of its own field. */
const texts: [string, (text: string) => UpdateInput, ExpectedNotice][] = [
  ['id', (id) => ({ id }), notice('INVALID_INPUT', 'id')],
  ['mobile', (mobile) => ({ mobile }), notice('INVALID_MOBILE', 'mobile')],
  ['email', (email) => ({ email }), notice('INVALID_EMAIL', 'email')],
  ['externalId', (externalId) => ({ externalId }), notice('INVALID_EXTERNAL_ID', 'externalId')],
  ['firstname', (firstname) => ({ firstname }), notice('INVALID_INPUT', 'firstname')],
  ['lastname', (lastname) => ({ lastname }), notice('INVALID_INPUT', 'lastname')],
  [
    'a custom field of type STRING',
    (value) => ({ customFields: [{ name: 'nickname', value }] }),
    notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'value'),
  ],
  [
    'a custom field of type INTEGER',
    (value) => ({ customFields: [{ name: 'age', value }] }),
    notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'value'),
  ],
  [
    'an extended field',
    (value) => ({ extendedFields: [{ name: 'city', value }] }),
    notice('EXTENDED_FIELD_INVALID', 'extendedFields', '0', 'value'),
  ],
  [
    "a custom field's name",
    (name) => ({ customFields: [{ name, value: '1' }] }),
    notice('CUSTOM_FIELD_INVALID', 'customFields', '0', '…'),
  ],
  [
    "an extended field's name",
    (name) => ({ extendedFields: [{ name, value: '1' }] }),
    notice('EXTENDED_FIELD_INVALID', 'extendedFields', '0', '…'),
  ],
  ['expectedPlanHash', (expectedPlanHash) => ({ expectedPlanHash }), notice('INVALID_INPUT', 'expectedPlanHash')],
  ['idempotencyKey', (idempotencyKey) => ({ idempotencyKey }), notice('INVALID_INPUT', 'idempotencyKey')],
];

const unwanted = {
  'is empty': '',
  'has a control character': CONTROL,
  'has U+0000': 'a\u0000',
  'has U+0085, a control character beyond ASCII': 'a\u0085b',
  'has a line break': 'a\nb',
  'has a lone surrogate': 'a\udc00',
  'has a bidi override': 'a\u202eb',
};

test.each(texts)(
  '%s that is empty or has unwanted characters is refused with the code of its own field',
  async (_, input, expected) => {
    const shop = await given.organization({ configs: allIdentifiersMayBeSet });
    const { mobile } = await given.customer(shop);
    for (const [kind, text] of Object.entries(unwanted)) {
      const answer = await world.expectNothingChanged(() => shop.update({ mobile, ...input(text) }));
      expect(answer.success, kind).toBe(false);
      expectRefusal(answer, [expected]);
    }
  },
);

describe.each(['registeredTill', 'associatedWith'] as const)('%s', (field) => {
  test.each([
    ['an empty string', ''],
    ['a control character', CONTROL],
  ])('that is or has %s is refused', async (_, text) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const answer = await world.expectNothingChanged(() => shop.update({ id, [field]: text }));
    // The behaviour page leaves open whether "the code of its own field" is TILL_NOT_FOUND here, or INVALID_INPUT.
    const code = answer.errors[0]?.code === 'TILL_NOT_FOUND' ? 'TILL_NOT_FOUND' : 'INVALID_INPUT';
    expectRefusal(answer, [notice(code, field)]);
  });

  test.each(['till.9', 'TILL.1', 'till'])('that is no till of the organization is refused: %s', async (code) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    await expectRefused(world, shop, { id, [field]: code }, notice('TILL_NOT_FOUND', field));
  });

  test('that is a till of another organization is refused', async () => {
    const [shop, other] = [
      await given.organization(),
      await given.organization({ tills: [{ code: 'till.x', name: 'X' }] }),
    ];
    const { id } = await given.customer(shop);
    expect(other.id).not.toBe(shop.id);
    await expectRefused(world, shop, { id, [field]: 'till.x' }, notice('TILL_NOT_FOUND', field));
  });
});

describe('registeredOn', () => {
  test.each([
    '',
    'yesterday',
    '2023-02-30 00:00:00',
    '2023-02-30T00:00:00Z',
    '2023-01-01',
    '2023-01-01T25:00:00Z',
    CONTROL,
  ])('that can be no instant is a request error, which does not repeat it: %j', async (registeredOn) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    for (const query of [
      'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { success } }',
      'query ($input: UpdateCustomerInput!) { previewCustomerUpdate(input: $input) { success } }',
    ]) {
      const answer = await world.expectNothingChanged(() => shop.send(query, { input: { id, registeredOn } }));
      expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
      if (registeredOn !== '') expect(JSON.stringify(answer)).not.toContain(registeredOn);
    }
  });

  const day = 24 * 60 * 60 * 1000;
  const inMilliseconds = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();

  test('may be up to 24 hours ahead of now, and no more', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const outOfRange = notice('REGISTRATION_DATE_OUT_OF_RANGE', 'registeredOn');
    await expectRefused(world, shop, { id, registeredOn: inMilliseconds(day + 60_000) }, outOfRange);
    const registeredOn = inMilliseconds(day - 60_000);
    expect((await shop.updated({ id, registeredOn })).customer.registeredOn).toBe(registeredOn.replace('.000Z', 'Z'));
  });

  test.each([
    ['1900-01-01 in UTC', {}, 'UTC', '1900-01-01T00:00:00Z', '1899-12-31T23:59:59.999Z'],
    [
      'the day of CONF_MIN_REGISTRATION_DATE',
      { CONF_MIN_REGISTRATION_DATE: '2010-06-15' },
      'UTC',
      '2010-06-15T00:00:00Z',
      '2010-06-14T23:59:59.999Z',
    ],
    [
      "that day in the organization's time zone",
      { CONF_MIN_REGISTRATION_DATE: '2010-06-15' },
      'Asia/Kolkata',
      '2010-06-15 00:00:00',
      '2010-06-14 23:59:59',
    ],
  ])('may not be before %s', async (_, configs, timeZone, first, before) => {
    const shop = await given.organization({ configs, timeZone });
    const { id } = await given.customer(shop);
    const outOfRange = notice('REGISTRATION_DATE_OUT_OF_RANGE', 'registeredOn');
    await expectRefused(world, shop, { id, registeredOn: before }, outOfRange);
    expect((await shop.updated({ id, registeredOn: first })).changes).toHaveLength(1);
  });
});

describe('type and fraudStatus', () => {
  test('that are no member of their enum are a request error', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    for (const input of [{ type: 'GOLD' }, { fraudStatus: 'confirmed' }, { invalidFields: 'IGNORE' }]) {
      const answer = await world.expectNothingChanged(() =>
        shop.send('mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { success } }', {
          input: { id, ...input },
        }),
      );
      expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    }
  });
});

describe('custom and extended fields', () => {
  test.each<[string, UpdateInput, ExpectedNotice]>([
    [
      'a name that is not defined',
      { customFields: [{ name: 'height', value: '1' }] },
      notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'name'),
    ],
    [
      'a custom field in another case',
      { customFields: [{ name: 'Age', value: '1' }] },
      notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'name'),
    ],
    [
      'an extended field among the custom ones',
      { customFields: [{ name: 'city', value: 'Leeds' }] },
      notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'name'),
    ],
    [
      'a custom field among the extended ones',
      { extendedFields: [{ name: 'age', value: '1' }] },
      notice('EXTENDED_FIELD_INVALID', 'extendedFields', '0', 'name'),
    ],
    [
      'a name of another organization, also to be cleared',
      { extendedFields: [{ name: 'height', value: null }] },
      notice('EXTENDED_FIELD_INVALID', 'extendedFields', '0', 'name'),
    ],
    [
      'a value that is no member of the ENUM',
      { extendedFields: [{ name: 'Gender', value: 'Fem' }] },
      notice('EXTENDED_FIELD_INVALID', 'extendedFields', '0', 'value'),
    ],
    [
      'a missing value',
      { customFields: [{ name: 'age' }] },
      notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'value'),
    ],
    [
      'a missing value of an extended field',
      { extendedFields: [{ name: 'city' }] },
      notice('EXTENDED_FIELD_INVALID', 'extendedFields', '0', 'value'),
    ],
  ])('refuse %s', async (_, input, expected) => {
    const shop = await given.organization();
    await given.organization({ extendedFields: [{ name: 'height', type: 'INTEGER' }] });
    const { id } = await given.customer(shop);
    await expectRefused(world, shop, { id, ...input }, expected);
  });

  test('refuse every entry of a name but the first, also where that one is at fault, or in another case', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = {
      id,
      customFields: [
        { name: 'age', value: '1' },
        { name: 'nickname', value: 'Ri' },
        { name: 'age', value: '1' },
        { name: 'age', value: null },
      ],
      extendedFields: [
        { name: 'GENDER', value: 'x' },
        { name: 'gender', value: 'Male' },
      ],
    };
    const faults = [
      notice('CUSTOM_FIELD_INVALID', 'customFields', '2', 'name'),
      notice('CUSTOM_FIELD_INVALID', 'customFields', '3', 'name'),
      notice('EXTENDED_FIELD_INVALID', 'extendedFields', '0', 'value'),
      notice('EXTENDED_FIELD_INVALID', 'extendedFields', '1', 'name'),
    ];
    await expectRefused(world, shop, input, ...faults);
  });

  test('with SKIP leave out what would be refused, with a warning each, and set the rest', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { customer, warnings, changes } = await shop.updated({
      id,
      invalidFields: 'SKIP',
      extendedFields: [
        { name: 'CITY', value: 'Leeds' },
        { name: 'height', value: '1' },
        { name: 'gender', value: CONTROL },
        { name: 'City', value: 'York' },
      ],
      customFields: [
        { name: 'age', value: 'old' },
        { name: 'nickname', value: 'Ri' },
        { name: 'birthday' },
        { name: 'Nickname', value: 'Ro' },
      ],
    });
    expectNotices(warnings, [
      notice('CUSTOM_FIELD_SKIPPED', 'customFields', '0', 'value'),
      notice('CUSTOM_FIELD_SKIPPED', 'customFields', '2', 'value'),
      notice('CUSTOM_FIELD_SKIPPED', 'customFields', '3', 'name'),
      notice('EXTENDED_FIELD_SKIPPED', 'extendedFields', '1', 'name'),
      notice('EXTENDED_FIELD_SKIPPED', 'extendedFields', '2', 'value'),
      notice('EXTENDED_FIELD_SKIPPED', 'extendedFields', '3', 'name'),
    ]);
    expect(customer.customFields).toEqual([{ name: 'nickname', value: 'Ri' }]);
    expect(customer.extendedFields).toEqual([{ name: 'city', value: 'Leeds' }]);
    expect(changes).toHaveLength(2);
  });

  test('with SKIP succeed where nothing is left, and store nothing', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = { id, invalidFields: 'SKIP', customFields: [{ name: 'age', value: 'old' }] };
    const { changes, warnings } = await world.expectNothingChanged(() => shop.updated(input));
    expect(changes).toEqual([]);
    expectNotices(warnings, [notice('CUSTOM_FIELD_SKIPPED', 'customFields', '0', 'value')]);
  });

  test('with SKIP refuse the faults of everything else', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const input: UpdateInput = {
      id,
      firstname: '',
      invalidFields: 'SKIP',
      customFields: [{ name: 'age', value: 'old' }],
    };
    await expectRefused(world, shop, input, notice('INVALID_INPUT', 'firstname'));
  });
});

test('a text with more than 300 marks on one letter is refused, however long its field may be', async () => {
  const shop = await given.organization({ customFields: [{ name: 'note', type: 'STRING', maxLength: 1000 }] });
  const { id } = await given.customer(shop);
  const marked = (marks: number): UpdateInput => ({
    id,
    customFields: [{ name: 'note', value: `q${'\u0316'.repeat(marks)}` }],
  });
  await expectRefused(world, shop, marked(301), notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'value'));
  await shop.updated(marked(300));
});

describe('subscriptions', () => {
  test('refuse every entry of a channel and priority but the first, also of one status', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const entry = { channel: 'SMS', priority: 'BULK' } as const;
    const input: UpdateInput = {
      id,
      subscriptions: [entry, { channel: 'SMS', priority: 'TRANS' }, entry, { ...entry, status: 'UNSUBSCRIBED' }],
    };
    const faults = ['2', '3'].map((index) => notice('INVALID_INPUT', 'subscriptions', index, '…'));
    const answer = await world.expectNothingChanged(() => shop.update(input));
    // The page leaves open whether the path goes on behind the index.
    expectRefusal(
      { ...answer, errors: answer.errors.map((error) => ({ ...error, field: [...error.field.slice(0, 2), '…'] })) },
      faults,
    );
  });
});

describe('faults together', () => {
  const everythingAtFault: UpdateInput = {
    invalidFields: 'REJECT',
    expectedPlanHash: '',
    fraudStatus: null,
    extendedFields: [
      { name: 'city', value: 'Leeds' },
      { name: 'gender', value: 'x' },
    ],
    customFields: [
      { name: 'age', value: 'old' },
      { name: 'nickname', value: 'Ri' },
      { name: 'isStudent', value: 'perhaps' },
    ],
    type: null,
    associatedWith: 'till.9',
    registeredTill: null,
    registeredOn: '1850-01-01 00:00:00',
    lastname: 'J4mes!',
    firstname: CONTROL,
    externalId: ' ',
    email: 'rita',
    mobile: '12',
    id: '',
  };
  const allFaults = [
    notice('INVALID_INPUT', 'id'),
    notice('INVALID_MOBILE', 'mobile'),
    notice('INVALID_EMAIL', 'email'),
    notice('INVALID_EXTERNAL_ID', 'externalId'),
    notice('INVALID_INPUT', 'firstname'),
    notice('INVALID_INPUT', 'lastname'),
    notice('REGISTRATION_DATE_OUT_OF_RANGE', 'registeredOn'),
    notice('INVALID_INPUT', 'registeredTill'),
    notice('TILL_NOT_FOUND', 'associatedWith'),
    notice('INVALID_INPUT', 'type'),
    notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'value'),
    notice('CUSTOM_FIELD_INVALID', 'customFields', '2', 'value'),
    notice('EXTENDED_FIELD_INVALID', 'extendedFields', '1', 'value'),
    notice('INVALID_INPUT', 'fraudStatus'),
    notice('INVALID_INPUT', 'expectedPlanHash'),
  ];

  test("are all told, in the order of the schema's input fields, one for a path", async () => {
    const shop = await given.organization();
    await expectRefused(world, shop, everythingAtFault, ...allFaults);
  });

  test('are the whole answer: who it would be, at which version, and what would follow is not looked at', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { type: 'LOYALTY' });
    const fault = notice('INVALID_INPUT', 'firstname');
    await expectRefused(world, shop, { firstname: '' }, fault);
    await expectRefused(world, shop, { id: '1', firstname: '' }, fault);
    await expectRefused(world, shop, { id, firstname: '', expectedVersion: 9 }, fault);
    await expectRefused(world, shop, { id, firstname: '', type: 'NON_LOYALTY', email: 'a@example.com' }, fault);
  });

  test('do not repeat what was given', async () => {
    const shop = await given.organization();
    const words = ['zarathustra', '0zarathustra', 'zarathustra@', 'zarathustra!'];
    const [word = '', mobile = '', email = '', name = ''] = words;
    const { errors } = await shop.update({
      mobile,
      email,
      firstname: name,
      lastname: name,
      registeredTill: word,
      associatedWith: word,
      customFields: [
        { name: word, value: word },
        { name: 'age', value: word },
      ],
      extendedFields: [{ name: word, value: word }],
    });
    expect(errors).toHaveLength(9);
    expect(JSON.stringify(errors)).not.toContain('zarathustra');
  });
});
