import { describe, expect, test } from 'vitest';
import type { UpdateInput } from '../../support/answers.js';
import type { OrganizationSetting } from '../../support/settings.js';
import type { Shop } from '../../support/shop.js';
import { useWorld } from '../../support/world.js';

// What a person reads who made a mistake: it names the field and the rule, never what was sent.

const world = useWorld();
const { given } = world;

const messagesOf = async (shop: Shop, input: UpdateInput): Promise<string[]> =>
  (await shop.update(input)).errors.map(({ message }) => message);

const mobile = 'mobile is no phone number: give it with its country code, such as +447700900111';
const ofNoTill = "is the code of none of the organization's tills";
const nameTakes = 'takes 1 to 100 letters, digits, blanks, hyphens, apostrophes and dots; null clears it';
const leaveOut = 'cannot be cleared: leave it out instead';
const field = (name: string, value?: string | null) => [value === undefined ? { name } : { name, value }];
const bulk = { channel: 'SMS', priority: 'BULK' } as const;

describe('a fault is told in words that help', () => {
  const faultyInputs: [UpdateInput, string][] = [
    [{}, 'Give one of id, mobile, email and externalId, to say which customer'],
    [{ id: '' }, 'id is empty: leave it out instead'],
    [{ id: '\u0007' }, 'id holds control characters'],
    [{ mobile: '12' }, `${mobile}, or as it is dialled in GB`],
    [
      { email: 'a' },
      'email is no e-mail address: one @, 1 to 64 ASCII characters before it, a domain with a dot after it, 254 at most in all',
    ],
    [{ externalId: '' }, 'externalId takes 1 to 250 characters, without control characters'],
    [{ id: '1', firstname: '?' }, `firstname ${nameTakes}`],
    [{ id: '1', lastname: '?' }, `lastname ${nameTakes}`],
    [{ id: '1', registeredOn: null }, `registeredOn ${leaveOut}`],
    [{ id: '1', registeredOn: '2116-02-03T00:00:00Z' }, 'registeredOn is more than 24 hours ahead of now'],
    [
      { id: '1', registeredOn: '1816-02-03T00:00:00Z' },
      'registeredOn is before the earliest date that the organization accepts (CONF_MIN_REGISTRATION_DATE)',
    ],
    [{ id: '1', registeredTill: null }, `registeredTill ${leaveOut}`],
    [{ id: '1', registeredTill: 'x' }, `registeredTill ${ofNoTill}`],
    [{ id: '1', associatedWith: 'x' }, `associatedWith ${ofNoTill}`],
    [{ id: '1', type: null }, `type ${leaveOut}`],
    [{ id: '1', fraudStatus: null }, `fraudStatus ${leaveOut}`],
    [{ id: '1', customFields: field('x', '1') }, 'The organization has no custom field of this name'],
    [{ id: '1', extendedFields: field('x', '1') }, 'The organization has no extended field of this name'],
    [
      { id: '1', customFields: [...field('age', '1'), ...field('age', '2')] },
      'The custom field age is given more than once; the first entry counts',
    ],
    [{ id: '1', customFields: field('age') }, 'The custom field age has no value; null clears it'],
    [
      { id: '1', customFields: field('age', 'x') },
      'The custom field age takes a whole number of at most 15 digits, such as 46',
    ],
    [{ id: '1', extendedFields: field('gender', 'x') }, 'The extended field Gender takes one of Male, Female, Other'],
    [{ id: '1', subscriptions: [bulk, bulk] }, 'The subscription to SMS BULK is given more than once'],
    [
      { id: '1', customFields: Array.from({ length: 1001 }, () => field('age', '1')).flat() },
      'customFields takes at most 1000 entries (MAX_LIST_ITEMS), not 1001',
    ],
    [{ id: '1', expectedPlanHash: '' }, 'expectedPlanHash is empty: leave it out instead'],
    [{ id: '1', idempotencyKey: '' }, 'idempotencyKey takes 1 to 255 characters, without control characters'],
    [{ id: '1' }, 'The organization has no customer with this id'],
    [{ email: 'nobody@example.com' }, 'The organization has no customer with this email'],
    [
      { email: 'nobody@example.com', externalId: 'nobody' },
      'The organization has no customer with any of these email, externalId',
    ],
  ];

  test.each(faultyInputs.map(([input, message]) => [message, input] as const))(
    'of the input: %s',
    async (message, input) => {
      expect(await messagesOf(await given.organization(), input)).toEqual([message]);
    },
  );

  test('of a mobile, where no country is the default one', async () => {
    const shop = await given.organization({ defaultCountry: null });
    expect(await messagesOf(shop, { mobile: '07700 900111' })).toEqual([mobile]);
  });

  test.each([
    ['before the calendar begins', 'Europe/Berlin', '0000-01-01 00:00:00'],
    ['when the calendar has ended', 'America/New_York', '9999-12-31 23:59:59'],
  ])('of an instant that the organization’s clocks show %s', async (_when, timeZone, registeredOn) => {
    const shop = await given.organization({ timeZone });
    const { errors } = await shop.update({ id: '1', registeredOn });
    expect(errors).toMatchObject([
      {
        code: 'REGISTRATION_DATE_OUT_OF_RANGE',
        field: ['registeredOn'],
        message: 'registeredOn is outside the years 0000 to 9999 in UTC',
      },
    ]);
  });

  const blockedOn = 'on which the organization lets no merge happen (MERGE_BLOCKED_ON)';
  const taken = 'Another customer has this email, and';
  test.each<[OrganizationSetting['configs'] & object, UpdateInput, string]>([
    [{}, { expectedVersion: 9 }, 'The customer is at version 1: read it again before changing it'],
    [{}, { mobile: '+447911123456' }, 'The customer has another mobile, which never changes'],
    [{}, { externalId: 'other' }, 'The customer has another externalId, which never changes here'],
    [{}, { email: 'new@example.com' }, 'The organization does not let this call set email (CONF_ALLOW_EMAIL_UPDATE)'],
    [
      { MERGE_PLACEHOLDERS: 'new@example.com' },
      { email: 'new@example.com' },
      'This email is a placeholder: it is never set on a customer',
    ],
    [
      { MERGE_PLACEHOLDERS: 'v@example.com' },
      { email: 'v@example.com' },
      'This email is a placeholder of the organization (MERGE_PLACEHOLDERS), which stands for nobody in particular',
    ],
    [
      { MERGE_POLICY: 'NEVER' },
      { email: 'v@example.com' },
      `${taken} the organization never merges them (MERGE_POLICY)`,
    ],
    [
      { MERGE_POLICY: 'NON_LOYALTY_ONLY' },
      { email: 'v@example.com' },
      `${taken} the organization does not merge two LOYALTY customers (MERGE_POLICY)`,
    ],
    [
      { MERGE_BLOCKED_ON: 'EXTERNAL_ID' },
      { email: 'v@example.com' },
      `The accounts have different values of externalId, ${blockedOn}`,
    ],
    [{}, { type: 'NON_LOYALTY' }, 'A LOYALTY customer cannot become NON_LOYALTY: leave type out'],
  ])('of a customer and the organization’s settings %o: %o', async (configs, input, message) => {
    const shop = await given.organization({ configs });
    const loyal = { type: 'LOYALTY' } as const;
    const [{ id }] = await given.customers(
      shop,
      { ...loyal, externalId: 'T' },
      { ...loyal, mobile: null, email: 'v@example.com', externalId: 'V' },
    );
    expect(await messagesOf(shop, { id, ...input })).toEqual([message]);
    if (message.startsWith(taken)) {
      const reason = 'the access group of this client may not merge them';
      expect(await messagesOf(shop.as('clerk'), { id, ...input })).toEqual([`${taken} ${reason}`]);
    }
  });
});

describe('several faults', () => {
  const configs = { MERGE_POLICY: 'NEVER' };
  const most = { lifetimePurchases: '999999999999.999' };

  test('are told in the order of the input’s fields, whichever was found first', async () => {
    const shop = await given.organization({ configs });
    const [target, other] = await given.customers(shop, { type: 'LOYALTY', externalId: 'T' }, {});
    const { errors } = await shop.update({
      id: target.id,
      type: 'NON_LOYALTY',
      externalId: 'other',
      email: 'new@example.com',
      mobile: other.mobile,
    });
    expect(errors.map(({ field: path }) => path)).toEqual([['mobile'], ['email'], ['externalId'], ['type']]);
  });

  test('of one field are one: what stands in the way first', async () => {
    const shop = await given.organization({ configs });
    const [target, other] = await given.customers(shop, most, { ...most, mobile: null, email: 'v@example.com' });
    const { errors } = await shop.update({ id: target.id, email: other.email });
    expect(errors.map(({ code }) => code)).toEqual(['IDENTIFIER_TAKEN']);
  });

  test('of fields beside each other are each told', async () => {
    const shop = await given.organization();
    const { errors } = await shop.update({ id: '1', customFields: [...field('x', '1'), ...field('age', 'x')] });
    expect(errors.map(({ field: path }) => path.join('.'))).toEqual(['customFields.0.name', 'customFields.1.value']);
  });
});

test('of thousands of options the first are told, so that no fault is longer than it helps', async () => {
  const options = Array.from({ length: 3000 }, (_, number) => `Town ${number}`);
  const shop = await given.organization({ customFields: [{ name: 'town', type: 'ENUM', options }] });
  const { id } = await given.customer(shop);
  const first = options.slice(0, 20).join(', ');
  expect(await messagesOf(shop, { id, customFields: field('town', 'x') })).toEqual([
    `The custom field town takes one of ${first} or 2980 more`,
  ]);
  const { customer } = await shop.updated({ id, customFields: field('town', 'TOWN 2999') });
  expect(customer.customFields).toEqual([{ name: 'town', value: 'Town 2999' }]);
});
