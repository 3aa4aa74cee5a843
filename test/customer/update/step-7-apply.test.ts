import { describe, expect, test } from 'vitest';
import type { UpdateInput } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { expectRefused } from '../../support/refusals.js';
import { useWorld } from '../../support/world.js';

const world = useWorld();
const { given } = world;

const downgrade = notice('LOYALTY_DOWNGRADE', 'type');
const required = (field: string) => notice('LOYALTY_IDENTIFIER_REQUIRED', field);

/** What enrolment opens, as `changes` tells it. */
const opened = (programId: string, slab: string | null) => [
  ...['redeemed', 'expired', 'returned', 'adjusted', 'lifetimePoints', 'cumulativePurchases'].map((figure) => ({
    field: `pointsSummaries.${programId}.${figure}`,
    previous: null,
    current: '0',
    rule: 'REQUEST',
  })),
  ...(slab === null
    ? []
    : [{ field: `pointsSummaries.${programId}.slabSNo`, previous: null, current: slab, rule: 'REQUEST' }]),
];

describe('what the request says', () => {
  const before = {
    firstname: 'Rita',
    lastname: 'James',
    registeredOn: '2012-09-11T11:11:15Z',
    registeredTill: 'till.1',
    associatedWith: 'till.1',
    fraudStatus: 'CONFIRMED',
    customFields: { age: '46' },
    extendedFields: { city: 'Leeds' },
    subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
  } as const;

  test.each<[string, UpdateInput, string | null]>([
    ['firstname', { firstname: 'Rosa' }, 'Rosa'],
    ['firstname', { firstname: null }, null],
    ['lastname', { lastname: 'Jones' }, 'Jones'],
    ['lastname', { lastname: null }, null],
    ['registeredOn', { registeredOn: '2013-01-01T00:00:00Z' }, '2013-01-01T00:00:00Z'],
    ['registeredTill', { registeredTill: 'till.2' }, 'till.2'],
    ['associatedWith', { associatedWith: 'till.2' }, 'till.2'],
    ['associatedWith', { associatedWith: null }, null],
    ['fraudStatus', { fraudStatus: 'NONE' }, 'NONE'],
    ['customFields.age', { customFields: [{ name: 'age', value: '47' }] }, '47'],
    ['customFields.age', { customFields: [{ name: 'age', value: null }] }, null],
    ['extendedFields.city', { extendedFields: [{ name: 'city', value: 'York' }] }, 'York'],
    ['extendedFields.city', { extendedFields: [{ name: 'city', value: null }] }, null],
    ['subscriptions.SMS.BULK', { subscriptions: [{ channel: 'SMS', priority: 'BULK' }] }, 'SUBSCRIBED'],
  ])('is stored, and all else stays: %s as in %o', async (field, input, current) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, before);
    const { changes, customer } = await shop.updated({ id, ...input });
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ field, current, rule: 'REQUEST' });
    expect(await shop.customer(id)).toEqual(customer);
    expect(await world.expectNothingChanged(() => shop.updated({ id, ...input }))).toMatchObject({ changes: [] });
  });
});

describe('type NON_LOYALTY', () => {
  test('on a LOYALTY customer is refused', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { type: 'LOYALTY' });
    await expectRefused(world, shop, { id, type: 'NON_LOYALTY', firstname: 'Rita' }, downgrade);
  });

  test('on a NON_LOYALTY customer is nothing', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { changes } = await world.expectNothingChanged(() => shop.updated({ id, type: 'NON_LOYALTY' }));
    expect(changes).toEqual([]);
  });
});

describe('type LOYALTY', () => {
  test('on a LOYALTY customer is nothing: no summary, no date, no identifier asked for', async () => {
    const shop = await given.organization({ configs: { CONF_USERS_IS_EMAIL_REQUIRED: '1' } });
    const { id } = await given.customer(shop, { type: 'LOYALTY', mobile: null, externalId: 'R-1' });
    const { changes } = await world.expectNothingChanged(() => shop.updated({ id, type: 'LOYALTY' }));
    expect(changes).toEqual([]);
  });

  test('enrols: a zero summary in the lowest slab of the default program, and registered now', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const before = Date.now();
    const { customer, changes } = await shop.updated({ id, type: 'LOYALTY' });
    const registeredOn = customer.registeredOn ?? '';
    expect(Date.parse(registeredOn)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(registeredOn)).toBeLessThanOrEqual(Date.now());
    expect(registeredOn).toBe(customer.updatedOn);
    expect(changes).toEqual([
      { field: 'type', previous: 'NON_LOYALTY', current: 'LOYALTY', rule: 'REQUEST' },
      { field: 'registeredOn', previous: null, current: registeredOn, rule: 'REQUEST' },
      ...opened('1016', '1'),
    ]);
    expect(customer).toMatchObject({ type: 'LOYALTY', currentSlab: 'bronze', tierExpiryDate: null });
    expect(customer.pointsSummaries).toEqual([
      {
        programId: '1016',
        redeemed: '0',
        expired: '0',
        returned: '0',
        adjusted: '0',
        lifetimePoints: '0',
        loyaltyPoints: '0',
        cumulativePurchases: '0',
        currentSlab: 'bronze',
        slabSNo: 1,
        slabExpiryDate: null,
        nextSlab: 'silver',
        nextSlabSerialNumber: 2,
        nextSlabDescription: 'After 1000 points',
      },
    ]);
    expect(customer.ledger.edges).toEqual([]);
    expect(await shop.customer(id)).toEqual(customer);
  });

  test('leaves a date and a summary that the customer has', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, {
      registeredOn: '2012-09-11T11:11:15Z',
      pointsSummaries: [{ programId: '1016', lifetimePoints: '10', slabSNo: 2 }],
    });
    const { changes } = await shop.updated({ id, type: 'LOYALTY' });
    expect(changes).toEqual([{ field: 'type', previous: 'NON_LOYALTY', current: 'LOYALTY', rule: 'REQUEST' }]);
  });

  test('opens one beside a summary of another program', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, {
      registeredOn: '2012-09-11T11:11:15Z',
      pointsSummaries: [{ programId: '7', lifetimePoints: '10' }],
    });
    const { customer } = await shop.updated({ id, type: 'LOYALTY' });
    expect(customer.pointsSummaries.map(({ programId, lifetimePoints }) => [programId, lifetimePoints])).toEqual([
      ['1016', '0'],
      ['7', '10'],
    ]);
  });

  test('takes the date that the request gives', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { customer } = await shop.updated({ id, type: 'LOYALTY', registeredOn: '2012-09-11T11:11:15Z' });
    expect(customer.registeredOn).toBe('2012-09-11T11:11:15Z');
  });

  test.each([
    ['no program', [], []],
    ['a program without slabs', [{ id: '5', name: 'Plain' }], opened('5', null)],
    [
      'no program marked default: the first is',
      [
        {
          id: '5',
          name: 'Plain',
          slabs: [
            { serialNumber: 3, name: 'high' },
            { serialNumber: 2, name: 'low' },
          ],
        },
        { id: '6', name: 'Other' },
      ],
      opened('5', '2'),
    ],
  ])('opens what there is in an organization with %s', async (_, programs, expected) => {
    const shop = await given.organization({ programs });
    const { id } = await given.customer(shop, { registeredOn: '2012-09-11T11:11:15Z' });
    const { changes } = await shop.updated({ id, type: 'LOYALTY' });
    expect(changes.slice(1)).toEqual(expected);
  });

  test.each<[string, Record<string, string>, object, string[]]>([
    ['the primary identifier', {}, { mobile: null, email: 'r@example.com' }, ['mobile']],
    [
      'an email that is the primary one',
      { CONF_REGISTRATION_PRIMARY_KEY: 'EMAIL' },
      { mobile: '+447700900111' },
      ['email'],
    ],
    [
      'an external id that is the primary one',
      { CONF_REGISTRATION_PRIMARY_KEY: 'EXTERNAL_ID' },
      { mobile: '+447700900111' },
      ['externalId'],
    ],
    ['an email that is asked for', { CONF_USERS_IS_EMAIL_REQUIRED: '1' }, { mobile: '+447700900111' }, ['email']],
    [
      'an external id that is asked for',
      { CONF_USERS_IS_EXTERNAL_ID_REQUIRED: '1' },
      { mobile: '+447700900111' },
      ['externalId'],
    ],
    [
      'a mobile that is asked for',
      { CONF_REGISTRATION_PRIMARY_KEY: 'EMAIL', CONF_USERS_IS_MOBILE_REQUIRED: '1' },
      { mobile: null, email: 'r@example.com' },
      ['mobile'],
    ],
    [
      'everything',
      {
        CONF_REGISTRATION_PRIMARY_KEY: 'EXTERNAL_ID',
        CONF_USERS_IS_MOBILE_REQUIRED: '1',
        CONF_USERS_IS_EMAIL_REQUIRED: '1',
        CONF_USERS_IS_EXTERNAL_ID_REQUIRED: '1',
      },
      { mobile: '+447700900111' },
      ['email', 'externalId'],
    ],
  ])('is refused where the customer lacks %s', async (_, configs, setting, fields) => {
    const shop = await given.organization({ configs });
    const { id } = await given.customer(shop, setting);
    await expectRefused(world, shop, { id, type: 'LOYALTY', firstname: 'Rita' }, ...fields.map(required));
  });

  test('takes identifiers that the same request sets', async () => {
    const shop = await given.organization({
      configs: { CONF_USERS_IS_EMAIL_REQUIRED: '1', CONF_ALLOW_EMAIL_UPDATE: '1', CONF_ALLOW_MOBILE_UPDATE: '1' },
    });
    const { id } = await given.customer(shop, { mobile: null, externalId: 'R-1' });
    const { customer } = await shop.updated({ id, type: 'LOYALTY', mobile: '+447911123456', email: 'r@example.com' });
    expect(customer.type).toBe('LOYALTY');
  });

  test('asks for none that the flags with 0 name', async () => {
    const shop = await given.organization({
      configs: { CONF_USERS_IS_EMAIL_REQUIRED: '0', CONF_USERS_IS_EXTERNAL_ID_REQUIRED: '0' },
    });
    const { id } = await given.customer(shop);
    expect((await shop.updated({ id, type: 'LOYALTY' })).customer.type).toBe('LOYALTY');
  });
});

describe('the top of a program', () => {
  test('has no next slab; between slabs the next serial number counts', async () => {
    const shop = await given.organization();
    const [middle, top] = await given.customers(
      shop,
      { pointsSummaries: [{ programId: '1016', slabSNo: 2, slabExpiryDate: '2119-09-11 23:59:59' }] },
      { pointsSummaries: [{ programId: '1016', slabSNo: 5 }] },
    );
    expect(await shop.customer(middle.id)).toMatchObject({
      currentSlab: 'silver',
      tierExpiryDate: '2119-09-11T23:59:59Z',
      pointsSummaries: [{ nextSlab: 'gold', nextSlabSerialNumber: 5, nextSlabDescription: null }],
    });
    expect(await shop.customer(top.id)).toMatchObject({
      currentSlab: 'gold',
      pointsSummaries: [{ nextSlab: null, nextSlabSerialNumber: null, nextSlabDescription: null }],
    });
  });
});
