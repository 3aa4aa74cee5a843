import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createWorld, shop, type World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await createWorld();
  expect((await world.load({ organization: shop })).faults).toEqual([]);
});
afterEach(() => world.remove());

async function imports(customers: string | Buffer | readonly unknown[], count: number): Promise<void> {
  const ran = await world.loadCustomers(customers);
  expect(ran.faults).toEqual([]);
  expect(ran.out).toMatch(new RegExp(`^${count} customers? (was|were) imported from .*customers\\.ndjson\n$`));
  expect(ran.code).toBe(0);
}

/** Refused with these lines, and nothing in the whole database is another. */
async function refuses(customers: string | Buffer | readonly unknown[], faults: readonly string[]): Promise<void> {
  const before = await world.dump();
  expect(await world.loadCustomers(customers)).toEqual({ code: 1, out: '', faults });
  expect(await world.dump()).toEqual(before);
}

const email = (name: string | number, id?: string) => ({
  ...(id === undefined ? {} : { id }),
  email: `${name}@example.com`,
});
const ids = async () => (await world.query('SELECT id FROM customer ORDER BY id')).map(({ id }) => id);

describe('importing customers', () => {
  test('stores a customer with everything that it has', async () => {
    await imports(
      [
        {
          id: '343445382',
          mobile: '07700 900111',
          email: 'Rita.James@example.com',
          externalId: 'XYPZ006',
          firstname: 'Rita',
          lastname: 'James',
          type: 'LOYALTY',
          fraudStatus: 'CONFIRMED',
          registeredOn: '2012-09-11 11:11:15',
          registeredTill: 'till.1',
          associatedWith: 'till.2',
          lifetimePurchases: '23400',
          customFields: { age: '046' },
          extendedFields: { gender: 'male' },
          subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' }],
          pointsSummaries: [
            {
              programId: '2',
              lifetimePoints: '2400',
              redeemed: '0.5',
              slabSNo: 2,
              slabExpiryDate: '2119-01-11 23:59:59',
            },
          ],
        },
      ],
      1,
    );
    const dumped = await world.dump();
    const [customer] = dumped['customer'] as { updated_on: number; last_sequence: number }[];
    const { updated_on: now = 0 } = customer ?? {};
    expect(Math.abs(Date.now() - now)).toBeLessThan(60_000);
    const key = { organization_id: '7', customer_id: 343445382 };
    expect(dumped['customer']).toEqual([
      {
        organization_id: '7',
        id: 343445382,
        version: 1,
        merged_into: null,
        firstname: 'Rita',
        lastname: 'James',
        type: 'LOYALTY',
        fraud_status: 'CONFIRMED',
        fraud_merge_id: null,
        registered_on: Date.parse('2012-09-11T10:11:15Z'),
        registered_till: 'till.1',
        associated_with: 'till.2',
        lifetime_purchases: 23400000,
        erased_at: null,
        updated_on: now,
        last_sequence: now * 1000 + 2,
      },
    ]);
    expect(dumped['customer_identifier']).toEqual([
      { ...key, type: 'EMAIL', value: 'rita.james@example.com', is_alias: 0 },
      { ...key, type: 'EXTERNAL_ID', value: 'XYPZ006', is_alias: 0 },
      { ...key, type: 'MOBILE', value: '447700900111', is_alias: 0 },
    ]);
    expect(dumped['customer_field']).toEqual([
      { ...key, kind: 'CUSTOM', name: 'age', value: '46' },
      { ...key, kind: 'EXTENDED', name: 'Gender', value: 'Male' },
    ]);
    expect(dumped['subscription']).toEqual([
      { ...key, channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED', merge_id: null },
    ]);
    const figures = {
      redeemed: 500,
      expired: 0,
      returned: 0,
      adjusted: 0,
      lifetime_points: 2400000,
      cumulative_purchases: 0,
    };
    expect(dumped['points_summary']).toEqual([
      {
        ...key,
        program_id: '2',
        ...figures,
        slab_serial_number: 2,
        slab_expires_on: Date.parse('2119-01-11T23:59:59Z'),
      },
    ]);
    const entry = { ...key, at: now, kind: 'OPENING', rule: null, merge_id: null };
    expect(dumped['ledger_entry']).toEqual([
      { ...entry, sequence: now * 1000 + 1, program_id: '2', ...figures },
      {
        ...entry,
        sequence: now * 1000 + 2,
        program_id: null,
        ...figures,
        redeemed: 0,
        lifetime_points: 0,
        cumulative_purchases: 23400000,
      },
    ]);
    expect(dumped['audit_event']).toEqual([]);
    expect(dumped['organization']).toMatchObject([{ revision: 1 }]);
  });

  test('gives customers without an id one above all ids, of the file too', async () => {
    await imports([email('a'), email('b', '500'), email('c'), email('d', '20')], 4);
    expect(await ids()).toEqual([20, 500, 501, 502]);
    await imports([email('e'), email('f', '503')], 2);
    expect(await ids()).toEqual([20, 500, 501, 502, 503, 504]);
  });

  test('also where the first without an id comes late, and the greatest id later still', async () => {
    // A line of 400 kB: three of them are more than what is read at once.
    const line = (customer: object) => `${JSON.stringify(customer)}${' '.repeat(400_000)}\n`;
    const given = Array.from({ length: 9 }, (_, index) => email(`given-${index}`, String(100 + index)));
    const lines = [...given, email('made'), ...given.map((_, index) => email(`late-${index}`, String(500 + index)))];
    const again = email('made');
    await refuses([...lines, again].map(line).join(''), ['line 20, email: is that of line 10 already']);
    await imports(lines.map(line).join(''), 19);
    expect(
      await world.query(`SELECT customer_id AS id FROM customer_identifier WHERE value = 'made@example.com'`),
    ).toEqual([{ id: 509 }]);
  });

  test('counts an id whose key is written with escapes or spaces', async () => {
    await imports('{"email":"a@example.com"}\n{"\\u0069d":"500","email":"b@example.com"}\n', 2);
    expect(await ids()).toEqual([500, 501]);
    await imports('{"email":"c@example.com"}\n{ "id" : 600 , "email" : "d@example.com" }\n', 2);
    expect(await ids()).toEqual([500, 501, 600, 601]);
  });

  test('starts at 1, and leaves ids from 2^52 on out of the count', async () => {
    const largest = String(Number.MAX_SAFE_INTEGER);
    await imports([email('a'), email('b', largest), email('c', String(2 ** 52)), email('d')], 4);
    expect(await ids()).toEqual([1, 2, 2 ** 52, Number.MAX_SAFE_INTEGER]);
    await imports([email('e')], 1);
    expect(await ids()).toEqual([1, 2, 3, 2 ** 52, Number.MAX_SAFE_INTEGER]);
  });

  test('gives ids in each organization by itself, where others have the same identifiers', async () => {
    await imports([email('a', '40')], 1);
    const ran = await world.load({
      organization: { id: '8', name: 'Other' },
      customers: [email('a'), email('b', '40')],
    });
    expect(ran.faults).toEqual([]);
    expect(await world.query(`SELECT id FROM customer WHERE organization_id = '8'`)).toEqual([{ id: 40 }, { id: 41 }]);
  });

  test('imports nothing from a file of nothing', async () => {
    await imports('\n', 0);
  });

  test('refuses an organization that does not exist', async () => {
    const before = await world.dump();
    const ran = await world.loadCustomers([email('a')], '9');
    expect(ran).toEqual({
      code: 1,
      out: '',
      faults: [
        expect.stringMatching(
          /customers\.ndjson is for organization 9, which does not exist: import its organization/,
        ) as unknown,
      ],
    });
    expect(await world.dump()).toEqual(before);
  });

  test('refuses to be told two organizations', async () => {
    const before = await world.dump();
    const ran = await world.run('--organization', '7', '--organization', '9', 'customers.ndjson');
    expect(ran).toEqual({ code: 1, out: '', faults: ["error: option '--organization <id>' may be given only once"] });
    expect(await world.dump()).toEqual(before);
  });

  test('refuses a file for one bad record at its end, and says where', async () => {
    await refuses(
      [...Array.from({ length: 2500 }, (_, index) => email(index)), { ...email('last'), type: 'GOLD' }],
      ['line 2501, type: must be one of LOYALTY, NON_LOYALTY'],
    );
  });

  test('refuses lines that it can not read', async () => {
    const lines = Buffer.concat([
      Buffer.from('{"email":"a@example.com"}\n{"email":\n'),
      Buffer.from([0xff]),
      Buffer.from('\n[]\n{"email":"b@example.com","id":"x"}'),
    ]);
    await refuses(lines, [
      'line 2: is not JSON',
      'line 3: is not UTF-8',
      'line 4: must be an object',
      'line 5, id: must be digits, 9007199254740991 at most',
    ]);
  });

  test('refuses keys that stand twice in one object, however they are written, with what else is wrong', async () => {
    const lines = [
      '{"email":"a@example.com","firstname":"A","first\\u006eame" :"B","type":"GOLD"}',
      '{"email":"b@example.com","customFields":{"age":"46","age":"47"}}',
      '{"email":"c@example.com","subscriptions":[{"channel":"SMS","channel":"SMS"},{"channel":"SMS","status":0,"status":1}]}',
    ];
    const ran = await world.loadCustomers(lines.join('\n'));
    expect(ran.code).toBe(1);
    expect(ran.faults.slice(0, 5)).toEqual([
      'line 1, firstname: is there twice',
      'line 1, type: must be one of LOYALTY, NON_LOYALTY',
      'line 2, customFields.age: is there twice',
      'line 3, subscriptions[0].channel: is there twice',
      'line 3, subscriptions[1].status: is there twice',
    ]);
  });

  test('takes a line for what it is where its texts look like keys', async () => {
    const externalId = '{"email":"x","email":\\';
    await imports(`{ "externalId" : ${JSON.stringify(externalId)} }`, 1);
    expect(await world.query('SELECT value FROM customer_identifier')).toEqual([{ value: externalId }]);
  });

  test('refuses what is stored already, and says whose it is', async () => {
    await imports([{ id: '5', mobile: '+44 7700 900111', email: 'a@example.com', externalId: 'X' }], 1);
    await refuses(
      [
        { id: '5', email: 'b@example.com' },
        { mobile: '07700900111', externalId: 'x' },
        { externalId: 'X' },
        email('A'),
      ],
      [
        'line 1, id: is that of customer 5 already',
        'line 2, mobile: is that of customer 5 already',
        'line 3, externalId: is that of customer 5 already',
        'line 4, email: is that of customer 5 already',
      ],
    );
  });

  test('refuses the alias of a stored customer', async () => {
    await imports([email('a', '5')], 1);
    await world.withDatabase(({ transaction }) =>
      transaction((manager) =>
        manager.query(`INSERT INTO customer_identifier VALUES ('7', 'EMAIL', 'alias@example.com', 5, true)`),
      ),
    );
    await refuses([email('alias')], ['line 1, email: is that of customer 5 already']);
  });

  test('refuses doubles inside the file, near and far, and says which line', async () => {
    await refuses(
      [
        email('first'),
        email('near'),
        email('NEAR'),
        email('x', '70'),
        email('y', '70'),
        ...Array.from({ length: 5000 }, (_, index) => email(index)),
        { email: 'first@example.com', mobile: '+447700900111' },
        email('z', '70'),
        { externalId: 'z', email: 'near@example.com' },
      ],
      [
        'line 3, email: is that of line 2 already',
        'line 5, id: is that of line 4 already',
        'line 5006, email: is that of line 1 already',
        'line 5007, id: is that of line 4 already',
        'line 5008, email: is that of line 2 already',
      ],
    );
  });

  test('does not blame a record for being the double of one that is refused itself', async () => {
    await refuses([{ ...email('a'), type: 'GOLD' }, email('a')], ['line 1, type: must be one of LOYALTY, NON_LOYALTY']);
  });

  test('stops at 20 faults', async () => {
    const ran = await world.loadCustomers(Array.from({ length: 5000 }, () => ({ email: 'x', type: 'y' })));
    expect(ran.faults).toHaveLength(20);
    expect(ran.faults.at(-1)).toMatch(/^line 10, type: /);
  });

  test('tells the first 20 also where one record has hundreds of thousands', async () => {
    const ran = await world.loadCustomers([{ ...email('a'), subscriptions: Array.from({ length: 300_000 }, () => 1) }]);
    expect(ran.faults).toHaveLength(20);
    expect(ran.faults[0]).toBe('line 1, subscriptions[0]: must be an object');
  });

  test('shows no control characters of a file, nor of its name', async () => {
    const ran = await world.loadCustomers([{ ...email('a'), 'x\u001b[2J': 1 }]);
    expect(ran.faults).toEqual(['line 1, x\\u001b[2J: is no key that is known here']);
    const named = await world.run('--organization', '7', world.file('a\u001b[2J', [email('a')]));
    expect(named.out).toMatch(/^1 customer was imported from .*a\\u001b\[2J\n$/);
  });

  test('refuses what can not be read twice', async () => {
    expect(await world.run('--organization', '7', '/dev/null')).toMatchObject({
      code: 1,
      faults: ['/dev/null is no regular file, and may have to be read twice'],
    });
  });
});
