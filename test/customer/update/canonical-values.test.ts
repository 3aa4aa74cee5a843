import { describe, expect, test } from 'vitest';
import type { Customer, UpdateInput } from '../../support/answers.js';
import { notice, type ExpectedNotice } from '../../support/codes.js';
import { expectRefused } from '../../support/refusals.js';
import { useWorld } from '../../support/world.js';

const world = useWorld();
const { given } = world;

const allIdentifiersMayBeSet = {
  CONF_ALLOW_MOBILE_UPDATE: '1',
  CONF_ALLOW_EMAIL_UPDATE: '1',
  CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1',
};

describe('a value is answered, stored and looked up in one form', () => {
  test.each<['mobile' | 'email' | 'externalId', string, string]>([
    ['mobile', '+44 7700 900111', '447700900111'],
    ['mobile', '07700 900111', '447700900111'],
    ['mobile', '(07700) 900-111', '447700900111'],
    ['mobile', '447700900111', '447700900111'],
    ['mobile', '+91 98765 43210', '919876543210'],
    ['email', ' Rita.James@Example.COM ', 'rita.james@example.com'],
    ['externalId', ' Ré-1 ', 'R\u00e9-1'],
    ['externalId', 'Re\u0301-1', 'R\u00e9-1'],
  ])('%s %j is %j', async (field, text, canonical) => {
    const shop = await given.organization({ configs: allIdentifiersMayBeSet });
    const { id } = await given.customer(shop, { mobile: null, externalId: null, email: null, ...anotherThan(field) });
    const { customer } = await shop.updated({ id, [field]: text });
    expect(customer[field]).toBe(canonical);
    for (const spelling of [text, canonical]) {
      expect((await shop.findCustomer({ [field]: spelling }))?.userId).toBe(id);
      expect((await shop.updated({ [field]: spelling })).customer.userId).toBe(id);
    }
  });

  test.each<[string, UpdateInput, Partial<Customer>]>([
    ['a name', { firstname: '  Zoe\u0308 ' }, { firstname: 'Zo\u00eb' }],
    ['a name of every kind of sign', { lastname: "O’Brien-d'Arc Jr. 2" }, { lastname: "O’Brien-d'Arc Jr. 2" }],
    ['an instant in UTC', { registeredOn: '2016-09-11T11:11:11Z' }, { registeredOn: '2016-09-11T11:11:11Z' }],
    ['an instant elsewhere', { registeredOn: '2016-09-11T11:11:11+05:30' }, { registeredOn: '2016-09-11T05:41:11Z' }],
    ['milliseconds', { registeredOn: '2016-09-11T11:11:11.123Z' }, { registeredOn: '2016-09-11T11:11:11.123Z' }],
    ['milliseconds of zero', { registeredOn: '2016-09-11T11:11:11.000Z' }, { registeredOn: '2016-09-11T11:11:11Z' }],
    ['a local time', { registeredOn: '2016-09-11 11:11:11' }, { registeredOn: '2016-09-11T11:11:11Z' }],
    [
      'fields',
      {
        customFields: [
          { name: 'nickname', value: ' Zoe\u0308 ' },
          { name: 'age', value: '+0046' },
          { name: 'shoeSize', value: '042.50' },
          { name: 'isStudent', value: 'TRUE' },
          { name: 'birthday', value: '1998/12/01' },
          { name: 'lastVisit', value: '2016-09-11 11:11:11' },
        ],
        extendedFields: [{ name: 'gEnDeR', value: 'fEMALE' }],
      },
      {
        customFields: [
          { name: 'nickname', value: 'Zo\u00eb' },
          { name: 'age', value: '46' },
          { name: 'shoeSize', value: '42.5' },
          { name: 'isStudent', value: 'true' },
          { name: 'birthday', value: '1998-12-01' },
          { name: 'lastVisit', value: '2016-09-11T11:11:11Z' },
        ],
        extendedFields: [{ name: 'Gender', value: 'Female' }],
      },
    ],
  ])('%s', async (_, input, expected) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { customer } = await shop.updated({ id, ...input });
    expect(customer).toMatchObject(expected);
    expect(await shop.customer(id)).toMatchObject(expected);
    const answered = Object.fromEntries(Object.keys(expected).map((key) => [key, customer[key as keyof Customer]]));
    expect((await world.expectNothingChanged(() => shop.updated({ id, ...answered }))).changes).toEqual([]);
  });
});

describe('a local time', () => {
  const berlin = { timeZone: 'Europe/Berlin' };

  test.each([
    ['in summer', '2016-07-01 12:00:00', '2016-07-01T10:00:00Z'],
    ['in winter', '2016-01-01 12:00:00', '2016-01-01T11:00:00Z'],
    ['that is skipped takes the offset before the gap', '2016-03-27 02:30:00', '2016-03-27T01:30:00Z'],
    ['that occurs twice is the first', '2016-10-30 02:30:00', '2016-10-30T00:30:00Z'],
  ])('%s is that of the organization’s time zone', async (_, local, instant) => {
    const shop = await given.organization(berlin);
    const { id } = await given.customer(shop, { registeredOn: local });
    expect((await shop.customer(id)).registeredOn).toBe(instant);
    expect((await shop.updated({ id, registeredOn: local })).changes).toEqual([]);
    const { customer } = await shop.updated({ id, customFields: [{ name: 'lastVisit', value: local }] });
    expect(customer.customFields).toEqual([{ name: 'lastVisit', value: instant }]);
  });
});

describe('a mobile', () => {
  test('is read in the organization’s country', async () => {
    const shop = await given.organization({ defaultCountry: 'IN' });
    const { id } = await given.customer(shop, { mobile: '9876543210' });
    for (const mobile of ['+919876543210', '919876543210', '098765 43210', '98765-43210']) {
      expect((await shop.updated({ mobile })).customer).toMatchObject({ userId: id, mobile: '919876543210' });
    }
  });

  test('needs its country code where the organization has no country', async () => {
    const shop = await given.organization({ defaultCountry: null });
    const { id } = await given.customer(shop, { mobile: '+447911123456' });
    for (const mobile of ['+447911123456', '447911123456']) {
      expect((await shop.updated({ mobile })).customer.userId).toBe(id);
    }
    await expectRefused(world, shop, { mobile: '07911123456' }, notice('INVALID_MOBILE', 'mobile'));
  });

  // 6591234567 is a number of Singapore with its country code, and in India a national one.
  const digits = '6591234567';

  test('whose digits are exactly a stored one is that, before its national reading', async () => {
    const shop = await given.organization({ defaultCountry: 'IN', configs: allIdentifiersMayBeSet });
    const [indian, other] = await given.customers(shop, { mobile: `+91${digits}` }, {});
    expect((await shop.updated({ mobile: digits })).customer.userId).toBe(indian.id);
    const { id: singaporean } = await given.customer(shop, { mobile: `+${digits}` });
    expect((await shop.updated({ mobile: digits })).customer.userId).toBe(singaporean);
    expect((await shop.findCustomer({ mobile: digits }))?.userId).toBe(singaporean);
    expect((await shop.updated({ mobile: `91${digits}` })).customer.userId).toBe(indian.id);

    const { merges } = await shop.updated({ id: other.id, mobile: digits });
    expect(merges[0]?.matchedOn).toEqual([{ type: 'MOBILE', value: digits }]);
    // Now it is an alias.
    expect((await shop.updated({ mobile: digits })).customer.userId).toBe(other.id);
  });

  test('does so within a batch too', async () => {
    const shop = await given.organization({ defaultCountry: 'IN', configs: allIdentifiersMayBeSet });
    const [indian, other] = await given.customers(
      shop,
      { mobile: `+91${digits}` },
      { mobile: null, email: 'o@example.com' },
    );
    const { results } = await shop.updateMany([
      { mobile: digits, firstname: 'Indian' },
      { email: other.email, mobile: `+${digits}` },
      { mobile: digits, firstname: 'Other' },
    ]);
    expect(results.map(({ customer }) => customer?.userId)).toEqual([indian.id, other.id, other.id]);
  });

  test('that was returned, sent back, finds its customer in any country', async () => {
    for (const defaultCountry of ['GB', 'IN', 'US', 'SG', null]) {
      const shop = await given.organization({ defaultCountry });
      const known = await given.customers(
        shop,
        { mobile: `+${digits}` },
        { mobile: `+91${digits}` },
        { mobile: '+447700900111' },
        { mobile: '+14155552671' },
      );
      for (const { id, mobile } of known) {
        const { mobile: returned } = await shop.customer(id);
        expect(returned).toBe(mobile);
        expect((await shop.updated({ mobile: returned })).customer.userId).toBe(id);
        expect((await shop.findCustomer({ mobile: returned }))?.userId).toBe(id);
      }
    }
  });
});

describe('a value that is none', () => {
  test.each<[UpdateInput, ExpectedNotice]>([
    [{ mobile: '+4491' }, notice('INVALID_MOBILE', 'mobile')],
    [{ mobile: 'Rita' }, notice('INVALID_MOBILE', 'mobile')],
    [{ mobile: '+44 7911 123456 ext. 1' }, notice('INVALID_MOBILE', 'mobile')],
    [{ email: 'rita@localhost' }, notice('INVALID_EMAIL', 'email')],
    [{ email: `${'r'.repeat(65)}@example.com` }, notice('INVALID_EMAIL', 'email')],
    [{ email: `r@${'e'.repeat(250)}.com` }, notice('INVALID_EMAIL', 'email')],
    [{ email: 'ríta@example.com' }, notice('INVALID_EMAIL', 'email')],
    [{ email: 'rita@@example.com' }, notice('INVALID_EMAIL', 'email')],
    [{ externalId: ' ' }, notice('INVALID_EXTERNAL_ID', 'externalId')],
    [{ externalId: 'x'.repeat(251) }, notice('INVALID_EXTERNAL_ID', 'externalId')],
    [{ firstname: ' ' }, notice('INVALID_INPUT', 'firstname')],
    [{ firstname: 'x'.repeat(101) }, notice('INVALID_INPUT', 'firstname')],
    [{ firstname: 'Rita <b>' }, notice('INVALID_INPUT', 'firstname')],
    [{ lastname: 'rita@example.com' }, notice('INVALID_INPUT', 'lastname')],
    [{ lastname: '-\u200d' }, notice('INVALID_INPUT', 'lastname')],
  ])('is refused: %o', async (input, expected) => {
    const shop = await given.organization({ configs: allIdentifiersMayBeSet });
    const { id } = await given.customer(shop, { mobile: null, email: 'own@example.com' });
    await expectRefused(world, shop, { id, ...input }, expected);
  });

  test.each([
    ['nickname', 'x'.repeat(41)],
    ['age', '46.5'],
    ['age', '1'.repeat(16)],
    ['age', '1e3'],
    ['age', ''],
    ['shoeSize', '1e3'],
    ['shoeSize', '.5'],
    ['shoeSize', '1,5'],
    ['isStudent', 'yes'],
    ['birthday', '1998-02-30'],
    ['birthday', '01.12.1998'],
    ['lastVisit', '2023-02-30 00:00:00'],
    ['lastVisit', '1998-12-01'],
  ])('is refused as the custom field %s: %j', async (name, value) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const expected = notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'value');
    await expectRefused(world, shop, { id, customFields: [{ name, value }] }, expected);
  });

  test('is refused where a STRING does not match its pattern somewhere', async () => {
    const shop = await given.organization({
      extendedFields: [{ name: 'plate', type: 'STRING', pattern: '\\p{Lu}-\\d' }],
    });
    const { id } = await given.customer(shop);
    const expected = notice('EXTENDED_FIELD_INVALID', 'extendedFields', '0', 'value');
    await expectRefused(world, shop, { id, extendedFields: [{ name: 'plate', value: 'a-1' }] }, expected);
    const { customer } = await shop.updated({ id, extendedFields: [{ name: 'plate', value: 'xÄ-1x' }] });
    expect(customer.extendedFields).toEqual([{ name: 'plate', value: 'xÄ-1x' }]);
  });
});

test.each([
  ['upper case that grows', 'Straße', 'STRASSE'],
  ['the capital sharp s', 'Straße', 'STRAẞE'],
  ['a final sigma', 'Λευκός', 'ΛΕΥΚΌΣ'],
  ['letters written apart from their marks', 'Größe', 'GRO\u0308SSE'],
])('an extended field’s name and an ENUM’s option are found in any case: %s', async (_, defined, spelling) => {
  const shop = await given.organization({
    extendedFields: [{ name: defined, type: 'ENUM', options: ['Other', defined] }],
  });
  const { id } = await given.customer(shop, { extendedFields: { [spelling]: spelling } });
  const fields = [{ name: defined, value: defined }];
  expect((await shop.customer(id)).extendedFields).toEqual(fields);
  const { customer } = await shop.updated({ id, extendedFields: [{ name: spelling.toLowerCase(), value: 'oTHER' }] });
  expect(customer.extendedFields).toEqual([{ name: defined, value: 'Other' }]);
  const update = { id, extendedFields: [{ name: spelling, value: spelling }] };
  expect((await shop.updated(update)).customer.extendedFields).toEqual(fields);
});

test('lengths are code points: 250, 100, and as many as a field’s maxLength', async () => {
  const shop = await given.organization({ configs: allIdentifiersMayBeSet });
  const { id } = await given.customer(shop);
  const input: UpdateInput = {
    externalId: '🔑'.repeat(250),
    firstname: '𐐀'.repeat(100),
    customFields: [{ name: 'nickname', value: '🔑'.repeat(40) }],
    extendedFields: [{ name: 'city', value: '🔑'.repeat(255) }],
  };
  const { customer } = await shop.updated({ id, ...input });
  expect(customer).toMatchObject(input);
  await expectRefused(
    world,
    shop,
    { id, customFields: [{ name: 'nickname', value: '🔑'.repeat(41) }] },
    notice('CUSTOM_FIELD_INVALID', 'customFields', '0', 'value'),
  );
  await expectRefused(
    world,
    shop,
    { id, extendedFields: [{ name: 'city', value: '🔑'.repeat(256) }] },
    notice('EXTENDED_FIELD_INVALID', 'extendedFields', '0', 'value'),
  );
});

const anotherThan = (field: string) => (field === 'externalId' ? { email: 'own@example.com' } : { externalId: 'OWN' });
