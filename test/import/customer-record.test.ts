import { describe, expect, test } from 'vitest';
import { readCustomerRecord } from '../../src/customer/import/customer-record.js';
import type { RecordFault } from '../../src/customer/import/record-values.js';
import type { FieldDefinition, Organization } from '../../src/organization/organization.js';
import { readRules } from '../../src/organization/rules.js';

const now = Date.parse('2026-12-09T14:59:49.250Z');

const field = (name: string, type: FieldDefinition['type'], rest: Partial<FieldDefinition> = {}): FieldDefinition => ({
  name,
  type,
  label: null,
  options: null,
  maxLength: null,
  pattern: null,
  ...rest,
});

const organization: Organization = {
  id: '100',
  name: 'Northwind Retail',
  defaultCountry: 'GB',
  timeZone: 'Europe/Paris',
  configs: [],
  rules: readRules(new Map([['CONF_MIN_REGISTRATION_DATE', '2020-01-01']]), 'Europe/Paris').rules,
  customFields: [field('age', 'INTEGER'), field('size', 'DOUBLE'), field('vip', 'BOOLEAN'), field('when', 'DATETIME')],
  extendedFields: [field('Gender', 'ENUM', { options: ['Male', 'Female'] }), field('code', 'STRING', { maxLength: 3 })],
  tills: new Map([['till.1', { code: 'till.1', name: 'One' }]]),
  programs: [
    {
      id: '1016',
      name: 'Main',
      default: true,
      slabs: [
        { serialNumber: 2, name: 'bronze', description: null },
        { serialNumber: 5, name: 'silver', description: null },
      ],
    },
    { id: '1017', name: 'Coffee', default: false, slabs: [] },
  ],
  rewardRules: [],
};

const read = (record: unknown, id: number | null = 7) => readCustomerRecord(record, id, organization, now);
const valid = (record: object) => {
  const { account, ledger, faults } = read({ email: 'a@example.com', ...record });
  expect(faults).toEqual([]);
  if (account === null) throw new Error('no account');
  return { ...account, ledger };
};
const pathsOf = (record: unknown, id?: number | null) => read(record, id).faults.map(({ path }) => path);

const zero = {
  redeemed: 0n,
  expired: 0n,
  returned: 0n,
  adjusted: 0n,
  lifetimePoints: 0n,
  cumulativePurchases: 0n,
};

describe('readCustomerRecord', () => {
  test('fills in what a record leaves out', () => {
    expect(read({ email: 'a@example.com' })).toEqual({
      faults: [],
      ledger: [],
      account: {
        organizationId: '100',
        id: 7,
        version: 1,
        mergedInto: null,
        mergedIds: [],
        identifiers: { MOBILE: null, EMAIL: 'a@example.com', EXTERNAL_ID: null },
        aliases: [],
        firstname: null,
        lastname: null,
        type: 'NON_LOYALTY',
        fraudStatus: 'NONE',
        fraudMergeId: null,
        registeredOn: null,
        registeredTill: null,
        associatedWith: null,
        updatedOn: now,
        lifetimePurchases: 0n,
        customFields: new Map(),
        extendedFields: new Map(),
        subscriptions: new Map(),
        summaries: new Map(),
        rewardsHad: new Set(),
        lastSequence: 0,
      },
    });
  });

  test.each([
    ['+44 7700 900111', '447700900111'],
    ['7700900111', '447700900111'],
    ['020 7946 0121', '442079460121'],
    ['+1 212 555 0117', '12125550117'],
  ])('reads the mobile %s, whatever is stored, as %s', (mobile, canonical) => {
    expect(valid({ mobile }).identifiers.MOBILE).toBe(canonical);
  });

  test('takes null for what is left out', () => {
    const nulls = {
      mobile: null,
      externalId: null,
      firstname: null,
      lastname: null,
      type: null,
      fraudStatus: null,
      registeredOn: null,
      registeredTill: null,
      associatedWith: null,
      lifetimePurchases: null,
      customFields: null,
      extendedFields: { Gender: null },
      subscriptions: null,
      pointsSummaries: null,
    };
    expect(valid(nulls)).toEqual(valid({}));
  });

  test('makes values canonical', () => {
    const account = valid({
      mobile: '07700 900111',
      email: ' Rita.James@Example.COM ',
      externalId: ' e\u0301 ',
      firstname: ' Zoe\u0308 ',
      registeredOn: '2012-09-11 11:11:15',
      registeredTill: 'till.1',
      associatedWith: 'till.1',
      customFields: { age: '+046', size: '0.50', vip: 'TRUE', when: '2012-01-11 11:11:15' },
      extendedFields: { GENDER: 'female', code: ' abc ' },
    });
    expect(account).toMatchObject({
      identifiers: { MOBILE: '447700900111', EMAIL: 'rita.james@example.com', EXTERNAL_ID: 'é' },
      firstname: 'Zoë',
      registeredOn: Date.parse('2012-09-11T09:11:15Z'),
      registeredTill: 'till.1',
      associatedWith: 'till.1',
    });
    expect([...account.customFields]).toEqual([
      ['age', '46'],
      ['size', '0.5'],
      ['vip', 'true'],
      ['when', '2012-01-11T10:11:15Z'],
    ]);
    expect([...account.extendedFields]).toEqual([
      ['Gender', 'Female'],
      ['code', 'abc'],
    ]);
  });

  test('takes numbers for digits in strings, and booleans for field values', () => {
    const account = valid({
      id: 7,
      lifetimePurchases: 0.1,
      customFields: { age: 46, size: -0.5, vip: false },
      extendedFields: { code: 12 },
      pointsSummaries: [{ programId: 1016, lifetimePoints: 12.345, slabSNo: '5' }],
    });
    expect(account.lifetimePurchases).toBe(100n);
    expect([...account.customFields.values(), ...account.extendedFields.values()]).toEqual([
      '46',
      '-0.5',
      'false',
      '12',
    ]);
    expect(account.summaries.get('1016')).toMatchObject({ lifetimePoints: 12345n, slabSerialNumber: 5 });
  });

  test('opens the ledger: programs in the order of the organization, then lifetimePurchases, no entry for zero', () => {
    const account = valid({
      lifetimePurchases: '10',
      pointsSummaries: [
        { programId: '1017', cumulativePurchases: '3' },
        {
          programId: '1016',
          lifetimePoints: '2400',
          redeemed: '100',
          expired: '20',
          returned: '1.5',
          adjusted: '-0.001',
        },
      ],
    });
    const entry = {
      ...zero,
      organizationId: '100',
      customerId: 7,
      at: now,
      kind: 'OPENING',
      rule: null,
      mergeId: null,
    };
    expect(account.ledger).toEqual([
      {
        ...entry,
        sequence: now * 1000 + 1,
        programId: '1016',
        lifetimePoints: 2400000n,
        redeemed: 100000n,
        expired: 20000n,
        returned: 1500n,
        adjusted: -1n,
      },
      { ...entry, sequence: now * 1000 + 2, programId: '1017', cumulativePurchases: 3000n },
      { ...entry, sequence: now * 1000 + 3, programId: null, cumulativePurchases: 10000n },
    ]);
    expect(account.lastSequence).toBe(now * 1000 + 3);
    expect(valid({ pointsSummaries: [{ programId: '1016' }] }).ledger).toEqual([]);
  });

  test('starts a summary in the lowest slab, without expiry', () => {
    const { summaries } = valid({ pointsSummaries: [{ programId: '1016' }, { programId: '1017' }] });
    expect([...summaries]).toEqual([
      ['1016', { ...zero, slabSerialNumber: 2, slabExpiresOn: null }],
      ['1017', { ...zero, slabSerialNumber: null, slabExpiresOn: null }],
    ]);
  });

  test('takes the slab and its expiry, read in the time zone of the organization', () => {
    const { summaries } = valid({
      pointsSummaries: [{ programId: '1016', slabSNo: 5, slabExpiryDate: '2119-09-11 23:59:59' }],
    });
    expect(summaries.get('1016')).toEqual({
      ...zero,
      slabSerialNumber: 5,
      slabExpiresOn: Date.parse('2119-09-11T21:59:59Z'),
    });
  });

  test('keeps subscriptions as they are stated', () => {
    const { subscriptions } = valid({
      subscriptions: [
        { channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' },
        { channel: 'EMAIL', priority: 'TRANS', status: 'SUBSCRIBED' },
      ],
    });
    expect([...subscriptions]).toEqual([
      ['SMS.BULK', { status: 'UNSUBSCRIBED', mergeId: null }],
      ['EMAIL.TRANS', { status: 'SUBSCRIBED', mergeId: null }],
    ]);
  });

  test('takes registrations that are older than an update may set', () => {
    expect(valid({ registeredOn: '1999-01-01T00:00:00Z' }).registeredOn).toBe(Date.parse('1999-01-01T00:00:00Z'));
  });

  test.each<[string, unknown, string[]]>([
    ['no object', 'a@example.com', ['']],
    ['a list', [], ['']],
    ['null', null, ['']],
    ['no identifier', { firstname: 'Rita', mobile: null }, ['']],
    ['an unknown key', { email: 'a@example.com', surname: 'James' }, ['surname']],
    ['its own version', { email: 'a@example.com', version: 3 }, ['version']],
    // Digits that a stored number might explain, which does not count here.
    ['digits that are no mobile', { mobile: '12' }, ['mobile']],
    ['a mobile that is a number', { mobile: 447700900111 }, ['mobile']],
    ['an empty mobile', { mobile: '' }, ['mobile']],
    ['an email that is none', { email: 'rita@example' }, ['email']],
    ['an email with a control character', { email: 'a@example.com\n' }, ['email']],
    ['an empty external id', { externalId: ' ' }, ['externalId']],
    ['an external id that is too long', { externalId: 'x'.repeat(251) }, ['externalId']],
    ['a name with signs', { email: 'a@example.com', firstname: 'R<i>ta' }, ['firstname']],
    ['a name that is too long', { email: 'a@example.com', lastname: 'x'.repeat(101) }, ['lastname']],
    ['a type that is none', { email: 'a@example.com', type: 'loyalty' }, ['type']],
    ['a fraud status that is none', { email: 'a@example.com', fraudStatus: 'MAYBE' }, ['fraudStatus']],
    ['a day that is none', { email: 'a@example.com', registeredOn: '2023-02-30 00:00:00' }, ['registeredOn']],
    ['a day alone', { email: 'a@example.com', registeredOn: '2023-02-03' }, ['registeredOn']],
    ['an unknown till', { email: 'a@example.com', registeredTill: 'till.2' }, ['registeredTill']],
    ['an unknown till again', { email: 'a@example.com', associatedWith: 'Till.1' }, ['associatedWith']],
    ['a decimal with four places', { email: 'a@example.com', lifetimePurchases: '1.0001' }, ['lifetimePurchases']],
    ['a decimal beyond its bounds', { email: 'a@example.com', lifetimePurchases: 1e15 }, ['lifetimePurchases']],
    ['a decimal with an exponent', { email: 'a@example.com', lifetimePurchases: '1e3' }, ['lifetimePurchases']],
    ['fields that are a list', { email: 'a@example.com', customFields: [{ name: 'age' }] }, ['customFields']],
    ['an unknown field', { email: 'a@example.com', customFields: { height: '1' } }, ['customFields.height']],
    ['a custom field in another case', { email: 'a@example.com', customFields: { Age: '1' } }, ['customFields.Age']],
    ['a value that is none', { email: 'a@example.com', customFields: { age: 'old' } }, ['customFields.age']],
    ['an empty value', { email: 'a@example.com', customFields: { age: '' } }, ['customFields.age']],
    [
      'a value that was rounded',
      { email: 'a@example.com', extendedFields: { code: 2 ** 53 } },
      ['extendedFields.code'],
    ],
    ['a value that is a list', { email: 'a@example.com', customFields: { age: [46] } }, ['customFields.age']],
    [
      'an extended field twice',
      { email: 'a@example.com', extendedFields: { gender: 'Male', GENDER: 'Male' } },
      ['extendedFields.GENDER'],
    ],
    [
      'a subscription without a status',
      { email: 'a@example.com', subscriptions: [{ channel: 'SMS', priority: 'BULK' }] },
      ['subscriptions[0].status'],
    ],
    [
      'a subscription of no channel, and more of it',
      { email: 'a@example.com', subscriptions: [{ channel: 'FAX', priority: 'BULK', status: 1, scope: 'ALL' }] },
      ['subscriptions[0].scope', 'subscriptions[0].channel', 'subscriptions[0].status'],
    ],
    [
      'a subscription twice',
      {
        email: 'a@example.com',
        subscriptions: [
          { channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' },
          { channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' },
        ],
      },
      ['subscriptions[1]'],
    ],
    ['subscriptions that are no list', { email: 'a@example.com', subscriptions: {} }, ['subscriptions']],
    ['a subscription that is no object', { email: 'a@example.com', subscriptions: ['SMS'] }, ['subscriptions[0]']],
    [
      'an unknown program',
      { email: 'a@example.com', pointsSummaries: [{ programId: '9' }] },
      ['pointsSummaries[0].programId'],
    ],
    [
      'no program',
      { email: 'a@example.com', pointsSummaries: [{ lifetimePoints: 'x' }] },
      ['pointsSummaries[0].lifetimePoints', 'pointsSummaries[0].programId'],
    ],
    [
      'a program twice',
      { email: 'a@example.com', pointsSummaries: [{ programId: '1016' }, { programId: 1016 }] },
      ['pointsSummaries[1].programId'],
    ],
    [
      'loyaltyPoints',
      { email: 'a@example.com', pointsSummaries: [{ programId: '1016', loyaltyPoints: '0' }] },
      ['pointsSummaries[0].loyaltyPoints'],
    ],
    [
      'a slab that is none',
      { email: 'a@example.com', pointsSummaries: [{ programId: '1016', slabSNo: 1 }] },
      ['pointsSummaries[0].slabSNo'],
    ],
    [
      'a slab where there are none',
      { email: 'a@example.com', pointsSummaries: [{ programId: '1017', slabSNo: 1 }] },
      ['pointsSummaries[0].slabSNo'],
    ],
    [
      'the expiry of a slab where there are none',
      { email: 'a@example.com', pointsSummaries: [{ programId: '1017', slabExpiryDate: '2119-09-11 23:59:59' }] },
      ['pointsSummaries[0].slabExpiryDate'],
    ],
    [
      'loyaltyPoints, worked out, beyond the bounds',
      {
        email: 'a@example.com',
        pointsSummaries: [{ programId: '1016', lifetimePoints: '999999999999.999', adjusted: '0.001' }],
      },
      ['pointsSummaries[0]'],
    ],
    [
      'sums over programs beyond the bounds',
      {
        email: 'a@example.com',
        pointsSummaries: [
          { programId: '1016', lifetimePoints: '999999999999.999' },
          { programId: '1017', lifetimePoints: '0.001' },
        ],
      },
      ['pointsSummaries', 'pointsSummaries'],
    ],
  ])('refuses %s', (_, record, paths) => {
    expect(pathsOf(record)).toEqual(paths);
  });

  test('takes figures at the bounds', () => {
    valid({
      lifetimePurchases: '-999999999999.999',
      pointsSummaries: [
        { programId: '1016', lifetimePoints: '999999999999.999' },
        { programId: '1017', adjusted: '-0.001', lifetimePoints: 0 },
      ],
    });
  });

  test.each(['x', '-1', '1.0', 2 ** 53, '9007199254740992', true, ''])('refuses the id %j', (id) => {
    expect(pathsOf({ id, email: 'a@example.com' }, null)).toEqual(['id']);
  });

  test('says of a local time in its very form why it is none', () => {
    const record = {
      email: 'a@example.com',
      pointsSummaries: [{ programId: '1016', slabSNo: 5, slabExpiryDate: '9999-12-31 23:59:59' }],
    };
    const { faults } = readCustomerRecord(record, 7, { ...organization, timeZone: 'America/New_York' }, now);
    expect(faults).toMatchObject([
      {
        path: 'pointsSummaries[0].slabExpiryDate',
        reason:
          'must be an instant such as 2016-09-11T11:11:11Z or 2016-09-11 11:11:11, in the years 0000 to 9999 of UTC',
      },
    ]);
  });

  test('tells all faults of a record in words, without the value of a person', () => {
    const faults: readonly RecordFault[] = read({
      mobile: '555-SECRET',
      email: 'SECRET',
      firstname: 'SECRET!',
      registeredOn: 'SECRET',
      registeredTill: 'SECRET',
      customFields: { age: 'SECRET' },
    }).faults;
    expect(faults.map(({ path }) => path)).toEqual([
      'mobile',
      'email',
      'firstname',
      'registeredOn',
      'registeredTill',
      'customFields.age',
    ]);
    expect(JSON.stringify(faults)).not.toContain('SECRET');
    for (const { reason } of faults) expect(reason).toMatch(/^must be ./);
  });
});
