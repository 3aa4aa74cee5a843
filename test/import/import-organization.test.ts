import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findClient, findOrganization } from '../../src/organization/organization.store.js';
import { isSecret } from '../../src/organization/secret.js';
import { createWorld, shop, type World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const stored = () => world.withDatabase(({ reader }) => findOrganization(reader, '7'));
const clientOf = (id: string) => world.withDatabase(({ reader }) => findClient(reader, id));
const imported = async (organization: object, customers: readonly object[] = []) => {
  const ran = await world.load({ organization, customers });
  expect(ran.faults).toEqual([]);
  expect(ran.code).toBe(0);
  return ran;
};

/** Refused with these lines, and nothing in the whole database is another. */
async function refuses(content: object, faults: readonly string[]): Promise<void> {
  const before = await world.dump();
  const ran = await world.load(content);
  expect(ran).toEqual({ code: 1, out: '', faults });
  expect(await world.dump()).toEqual(before);
}

describe('importing an organization file', () => {
  test('stores everything that is configured, in the order of the file', async () => {
    const ran = await imported(shop, [{ email: 'a@example.com' }]);
    expect(ran.out).toMatch(/^1 customer was imported from .*organization\.json\n$/);
    const field = { label: null, options: null, maxLength: null, pattern: null };
    expect(await stored()).toEqual({
      id: '7',
      name: 'Corner Shop',
      defaultCountry: 'GB',
      timeZone: 'Europe/London',
      configs: [
        { key: 'CONF_ALLOW_EMAIL_UPDATE', value: '1' },
        { key: 'OTHER', value: 'kept' },
      ],
      rules: expect.objectContaining({
        primaryIdentifier: 'MOBILE',
        identifierUpdateAllowed: { MOBILE: false, EMAIL: true, EXTERNAL_ID: false },
        minRegistrationDate: Date.parse('1900-01-01T00:00:00Z'),
      }) as unknown,
      tills: new Map([
        ['till.1', { code: 'till.1', name: 'One' }],
        ['till.2', { code: 'till.2', name: 'Two' }],
      ]),
      customFields: [
        { ...field, name: 'age', label: 'Age', type: 'INTEGER' },
        { ...field, name: 'size', type: 'ENUM', options: ['S', 'M', 'L'] },
      ],
      extendedFields: [
        { ...field, name: 'city', type: 'STRING', maxLength: 20, pattern: '^[A-Z]' },
        { ...field, name: 'Gender', type: 'ENUM', options: ['Male', 'Female'] },
      ],
      programs: [
        {
          id: '2',
          name: 'Main',
          default: true,
          slabs: [
            { serialNumber: 1, name: 'silver', description: null },
            { serialNumber: 2, name: 'gold', description: null },
          ],
        },
        {
          id: '1',
          name: 'First',
          default: false,
          slabs: [{ serialNumber: 1, name: 'bronze', description: 'Entry' }],
        },
      ],
      rewardRules: [{ name: 'profile', programId: '2', points: 50000n, fields: ['email', 'extendedFields.Gender'] }],
    });
  });

  test('stores clients with what their access group lets them do, and their secrets hashed', async () => {
    await imported(shop);
    const till = await clientOf('shop.till.1');
    expect(till).toMatchObject({ organizationId: '7', till: 'till.1', access: 'WRITE', mayMerge: true });
    expect(isSecret('secret-of-the-till-1', till?.secretHash ?? '')).toBe(true);
    expect(await clientOf('shop.reports')).toMatchObject({ till: null, access: 'READ', mayMerge: false });
    expect(await clientOf('till.1')).toBeNull();
    expect(JSON.stringify(await world.dump())).not.toContain('secret-of');
  });

  test('takes the first program for the default where none is marked', async () => {
    await imported({ ...shop, programs: shop.programs.map(({ id, name }) => ({ id, name })) });
    expect((await stored())?.programs.map(({ id, default: isDefault }) => [id, isDefault])).toEqual([
      ['1', true],
      ['2', false],
    ]);
  });

  test('reads a file with a byte order mark', async () => {
    const path = world.file('marked.json', `\uFEFF${JSON.stringify({ organization: shop })}`);
    expect((await world.run(path)).code).toBe(0);
  });

  test('refuses references to what is nowhere', async () => {
    await refuses(
      {
        organization: {
          ...shop,
          rewardRules: [
            {
              name: 'a',
              programId: '3',
              points: '1',
              fields: ['email', 'customFields.AGE', 'extendedFields.x', 'age'],
            },
          ],
          clients: [{ id: 'x', secret: 'sixteen-letters!', accessGroup: 'nobody', till: 'till.3' }],
        },
      },
      [
        'organization.rewardRules[0].programId: is the id of none of the programs',
        ...[1, 2, 3].map((index) => `organization.rewardRules[0].fields[${index}]: ${fieldRule}`),
        'organization.clients[0].accessGroup: is the name of none of the access groups',
        'organization.clients[0].till: is the code of none of the tills',
      ],
    );
  });

  test('tells keys that are there twice together with what else is wrong', async () => {
    const text = JSON.stringify({ organization: { ...shop, name: '' } }).replace('"id":"7"', '"id":"8","id":"7"');
    const ran = await world.run(world.file('organization.json', text));
    expect(ran.faults).toEqual(['organization.id: is there twice', 'organization.name: must be 1 to 255 characters']);
  });

  test('refuses a client id of another organization', async () => {
    await imported(shop);
    await refuses({ organization: { ...shop, id: '8' } }, [
      'organization.clients[0].id: is that of another organization',
      'organization.clients[1].id: is that of another organization',
    ]);
  });

  test('takes more clients than a statement may have parameters', async () => {
    const secret = 'a-secret-of-sixteen-characters';
    const clients = Array.from({ length: 33_000 }, (_, number) => ({
      id: `app.${number}`,
      secret,
      accessGroup: 'all',
    }));
    await imported({ id: '8', name: 'Shop', accessGroups: [{ name: 'all', customer: 'WRITE' }], clients });
    expect(await clientOf('app.32999')).toMatchObject({ organizationId: '8' });
  });

  test('refuses a file for one bad customer in it, and says where', async () => {
    await refuses(
      {
        organization: shop,
        customers: [
          { email: 'a@example.com' },
          { email: 'a' },
          { mobile: '+44 7700 900111', customFields: { Age: 1 } },
        ],
      },
      [
        'customers[1].email: must be an email address: ASCII, one @ with 1 to 64 characters before it, a domain with a dot after it, 254 at most',
        'customers[2].customFields.Age: is no field that the organization has defined',
      ],
    );
  });

  test('refuses doubles inside the file', async () => {
    await refuses(
      {
        organization: shop,
        customers: [{ id: '5', email: 'a@example.com' }, { id: 5, email: 'b@example.com' }, { email: 'A@example.com' }],
      },
      ['customers[1].id: is that of customers[0] already', 'customers[2].email: is that of customers[0] already'],
    );
  });

  test('tells the first 20 faults of many', async () => {
    const ran = await world.load({ organization: shop, customers: Array.from({ length: 30 }, () => ({})) });
    expect(ran.faults).toHaveLength(20);
    expect(ran.faults[19]).toMatch(/^customers\[19\]: needs an identifier/);
    const settings = { ...shop, tills: Array.from({ length: 30 }, () => ({ code: 'a', name: '' })) };
    expect((await world.load({ organization: settings })).faults).toHaveLength(20);
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['no JSON', '{\n  "organization": {"id": "7",}\n}', /is not JSON: line 2, column 30$/],
    ['a part of JSON', '{', /is not JSON: it ends too early$/],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /is not UTF-8$/],
    ['no object', '[]', /must be an object$/],
    [
      'a key that is there twice',
      JSON.stringify({ organization: shop }).replace('"OTHER":', '"OTHER":"lost","OTHER":'),
      /^organization\.configs\.OTHER: is there twice$/,
    ],
    [
      'a list of customers that is there twice',
      JSON.stringify({ customers: [], organization: shop }).replace('{', '{"customers":[{}],'),
      /^customers: is there twice$/,
    ],
  ])('refuses %s', async (_, content, fault) => {
    const before = await world.dump();
    const ran = await world.run(world.file('broken.json', content));
    expect(ran).toEqual({ code: 1, out: '', faults: [expect.stringMatching(fault) as unknown] });
    expect(await world.dump()).toEqual(before);
  });

  test.each<[string, string[], RegExp]>([
    ['a file that is not there', ['nowhere.json'], /^nowhere\.json is not there$/],
    ['a folder', ['/'], /^\/ is a folder$/],
  ])('says that %s is no file, and makes no database', async (_, args, fault) => {
    expect(await world.run(...args)).toEqual({ code: 1, out: '', faults: [expect.stringMatching(fault) as unknown] });
  });

  test('says what it takes', async () => {
    expect(await world.run()).toMatchObject({ code: 1, faults: ["error: missing required argument 'file'"] });
    expect(await world.run('--help')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Usage: import/) as unknown,
    });
  });
});

const fieldRule =
  'must be one of firstname, lastname, mobile, email, externalId, registeredOn, registeredTill, associatedWith, customFields.NAME, extendedFields.NAME, of a field that is defined';

describe('importing an organization that exists', () => {
  const rita = {
    id: '1',
    mobile: '+44 7700 900111',
    customFields: { age: '46', size: 'm' },
    extendedFields: { gender: 'Female' },
  };

  beforeEach(async () => {
    await imported(shop, [rita]);
  });

  test('makes configs, reward rules and clients those of the file', async () => {
    const rewardRules = [{ name: 'birthday', programId: '1', points: '5', fields: ['customFields.age'] }];
    const clients = [{ id: 'shop.web', secret: 'sixteen-letters!', accessGroup: 'reports', till: 'till.2' }];
    await imported({ id: '7', name: 'Shop', configs: { MERGE_POLICY: 'NEVER' }, rewardRules, clients });
    expect(await stored()).toMatchObject({
      name: 'Shop',
      defaultCountry: null,
      timeZone: 'UTC',
      configs: [{ key: 'MERGE_POLICY', value: 'NEVER' }],
      rules: { mergePolicy: 'NEVER', identifierUpdateAllowed: { EMAIL: false } },
      rewardRules: [{ name: 'birthday', programId: '1' }],
    });
    expect(await clientOf('shop.till.1')).toBeNull();
    expect(await clientOf('shop.web')).toMatchObject({ access: 'READ', till: 'till.2' });
  });

  test('adds and changes tills, fields, programs, slabs and access groups, and removes none', async () => {
    await imported({
      id: '7',
      name: 'Shop',
      tills: [
        { code: 'till.0', name: 'Zero' },
        { code: 'till.1', name: 'Uno' },
      ],
      customFields: [
        { name: 'new', type: 'DATE' },
        { name: 'size', type: 'ENUM', options: ['M', 'XL'] },
      ],
      programs: [
        { id: '3', name: 'Third' },
        { id: '1', name: 'One', slabs: [{ serialNumber: 2, name: 'silver' }] },
      ],
      accessGroups: [{ name: 'reports', customer: 'NONE' }],
      clients: [
        { id: 'shop.reports', secret: 'sixteen-letters!', accessGroup: 'reports' },
        { id: 'shop.till.2', secret: 'sixteen-letters!', accessGroup: 'tills', till: 'till.2' },
      ],
    });
    const organization = await stored();
    expect([...(organization?.tills.values() ?? [])].map(({ name }) => name)).toEqual(['Zero', 'Uno', 'Two']);
    expect(organization?.customFields.map(({ name, options }) => [name, options])).toEqual([
      ['new', null],
      ['size', ['M', 'XL']],
      ['age', null],
    ]);
    expect(organization?.extendedFields.map(({ name }) => name)).toEqual(['city', 'Gender']);
    expect(
      organization?.programs.map(({ id, name, default: isDefault, slabs }) => [id, name, isDefault, slabs.length]),
    ).toEqual([
      ['3', 'Third', true, 0],
      ['1', 'One', false, 2],
      ['2', 'Main', false, 2],
    ]);
    expect(await clientOf('shop.reports')).toMatchObject({ access: 'NONE', mayMerge: true });
    expect(await clientOf('shop.till.2')).toMatchObject({ access: 'WRITE', mayMerge: true });
  });

  test('leaves the programs as they were for a file that names none', async () => {
    const before = await world.dump();
    await imported({ id: '7', name: 'Shop' });
    expect((await world.dump())['loyalty_program']).toEqual(before['loyalty_program']);
    expect((await stored())?.programs.map(({ id, default: isDefault }) => [id, isDefault])).toEqual([
      ['2', true],
      ['1', false],
    ]);
  });

  test('grows the revision, and leaves customers as they are', async () => {
    const before = await world.dump();
    await imported({ ...shop, name: 'Shop' });
    const after = await world.dump();
    expect(after['organization']).toMatchObject([{ id: '7', name: 'Shop', revision: 2 }]);
    for (const table of ['customer', 'customer_identifier', 'customer_field', 'till', 'slab', 'loyalty_program']) {
      expect(after[table], table).toEqual(before[table]);
    }
  });

  test('adds customers to it, and refuses one that it has', async () => {
    await imported(shop, [{ email: 'b@example.com' }]);
    expect(await world.query('SELECT id FROM customer ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    await refuses({ organization: shop, customers: [{ email: 'c@example.com' }, rita] }, [
      'customers[1].id: is that of customer 1 already',
      'customers[1].mobile: is that of customer 1 already',
    ]);
  });

  test.each<[string, object, string]>([
    [
      'another type of a field that customers have',
      { customFields: [{ name: 'age', type: 'STRING' }] },
      'organization.customFields[0].type: must stay INTEGER: customers have values of it',
    ],
    [
      'an ENUM field that becomes a text',
      { extendedFields: [{ name: 'Gender', type: 'STRING' }] },
      'organization.extendedFields[0].type: must stay ENUM: customers have values of it',
    ],
    [
      'an option gone that a customer has',
      { customFields: [{ name: 'size', type: 'ENUM', options: ['S', 'm', 'L'] }] },
      'organization.customFields[0].options: must keep M: customers have it',
    ],
    [
      'an extended field in another case',
      { extendedFields: [{ name: 'CITY', type: 'STRING' }] },
      'organization.extendedFields[0].name: is defined already, as city',
    ],
    [
      'another primary identifier',
      { configs: { CONF_REGISTRATION_PRIMARY_KEY: 'EMAIL' } },
      'organization.configs.CONF_REGISTRATION_PRIMARY_KEY: must stay MOBILE: the organization has customers',
    ],
  ])('refuses %s', async (_, changed, fault) => {
    await refuses({ organization: { id: '7', name: 'Shop', ...changed } }, [fault]);
  });

  test('takes another type of a field that no customer has, and options that none has gone', async () => {
    await imported({
      id: '7',
      name: 'Shop',
      customFields: [{ name: 'size', type: 'ENUM', options: ['M'] }],
      extendedFields: [{ name: 'city', type: 'DATE' }],
    });
    expect((await stored())?.extendedFields[0]).toMatchObject({ name: 'city', type: 'DATE', maxLength: null });
  });

  test('takes more options away at once than a statement may have parameters', async () => {
    const codes = Array.from({ length: 66_000 }, (_, number) => `code ${number}`);
    const shop8 = (...options: string[]) => ({
      id: '8',
      name: 'Shop',
      customFields: [{ name: 'postcode', type: 'ENUM', options }],
    });
    await imported(shop8(...codes), [{ email: 'a@example.com', customFields: { postcode: 'code 65000' } }]);
    const fault = 'organization.customFields[0].options: must keep code 65000: customers have it';
    await refuses({ organization: shop8('code 1') }, [fault]);
    await imported(shop8('code 65000'));
  });

  test('takes another primary identifier while there are no customers', async () => {
    await imported({ id: '8', name: 'Empty' });
    await imported({ id: '8', name: 'Empty', configs: { CONF_REGISTRATION_PRIMARY_KEY: 'EMAIL' } });
  });
});
