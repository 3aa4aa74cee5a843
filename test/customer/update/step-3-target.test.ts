import { describe, expect, test } from 'vitest';
import type { UpdateInput } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { expectNotices, expectRefusal, expectRefused } from '../../support/refusals.js';
import { useWorld } from '../../support/world.js';

const world = useWorld();
const { given } = world;

const notFound = (...field: string[]) => notice('CUSTOMER_NOT_FOUND', ...field);

describe('the target', () => {
  test.each(['id', 'mobile', 'email', 'externalId'] as const)('is found by its %s alone', async (by) => {
    const shop = await given.organization();
    const known = await given.customer(shop, { email: 'rita@example.com', externalId: 'R-1' });
    await given.customer(shop);
    const { customer } = await shop.updated({ [by]: known[by], firstname: 'Rita' });
    expect(customer).toMatchObject({ userId: known.id, firstname: 'Rita' });
  });

  test.each<['MOBILE' | 'EMAIL' | 'EXTERNAL_ID', Record<'mobile' | 'email' | 'externalId', boolean>, string]>([
    ['MOBILE', { mobile: true, email: true, externalId: true }, 'mobile'],
    ['EMAIL', { mobile: true, email: true, externalId: true }, 'email'],
    ['EXTERNAL_ID', { mobile: true, email: true, externalId: true }, 'externalId'],
    ['EXTERNAL_ID', { mobile: true, email: true, externalId: false }, 'mobile'],
    ['EMAIL', { mobile: true, email: false, externalId: true }, 'mobile'],
    ['MOBILE', { mobile: false, email: true, externalId: true }, 'email'],
    ['EMAIL', { mobile: false, email: false, externalId: true }, 'externalId'],
    ['EXTERNAL_ID', { mobile: false, email: true, externalId: false }, 'email'],
  ])(
    'is, with %s as the primary identifier and customers found by %j, the one with the %s',
    async (primary, finds, expected) => {
      const shop = await given.organization({
        configs: { CONF_REGISTRATION_PRIMARY_KEY: primary, MERGE_POLICY: 'NEVER' },
      });
      const [byMobile, byEmail, byExternalId] = await given.customers(
        shop,
        {},
        { mobile: null, email: 'e@example.com' },
        { mobile: null, externalId: 'X' },
      );
      const given3 = {
        mobile: finds.mobile ? byMobile.mobile : '447701999999',
        email: finds.email ? byEmail.email : 'nobody@example.com',
        externalId: finds.externalId ? byExternalId.externalId : 'nobody',
      };
      // The target's own version is the one that is compared, so only the target's expectedVersion gets past step 4.
      const owners = { mobile: byMobile, email: byEmail, externalId: byExternalId };
      const target = owners[expected as keyof typeof owners];
      await shop.updated({ id: target.id, firstname: 'Target' });
      const { errors } = await world.expectNothingChanged(() => shop.update({ ...given3, expectedVersion: 2 }));
      expect(errors.map(({ code }) => code)).not.toContain('VERSION_CONFLICT');
      const others = Object.keys(finds).filter((field) => field !== expected);
      expect(errors.map(({ field }) => field[0])).toEqual(others);
      for (const { code, field } of errors) {
        const isAnothers = finds[field[0] as keyof typeof finds];
        expect([field[0], code]).toEqual([field[0], isAnothers ? 'IDENTIFIER_TAKEN' : 'IDENTIFIER_UPDATE_DISABLED']);
      }
    },
  );

  test('is the one with the id, before every identifier', async () => {
    const shop = await given.organization({ configs: { MERGE_POLICY: 'NEVER' } });
    const [byId, byMobile, byEmail] = await given.customers(shop, {}, {}, { email: 'e@example.com' });
    const input: UpdateInput = { id: byId.id, mobile: byMobile.mobile, email: byEmail.email };
    await expectRefused(world, shop, input, notice('IDENTIFIER_TAKEN', 'mobile'), notice('IDENTIFIER_TAKEN', 'email'));
  });

  test('is found by an alias as by an identifier of its own', async () => {
    const shop = await given.organization();
    const [target, victim] = await given.customers(
      shop,
      { email: 'a@example.com', externalId: 'A' },
      { email: 'b@example.com', externalId: 'B' },
    );
    await shop.updated({ id: target.id, email: 'b@example.com' });
    for (const by of [{ mobile: victim.mobile }, { email: 'b@example.com' }, { externalId: 'B' }]) {
      expect((await shop.updated(by)).customer.userId).toBe(target.id);
    }
  });

  test('is not the one with the external id null, where an update gives none and another of its batch gives that', async () => {
    const shop = await given.organization({ configs: { CONF_REGISTRATION_PRIMARY_KEY: 'EXTERNAL_ID' } });
    const [named, rita] = await given.customers(shop, { externalId: 'null' }, { email: 'rita@example.com' });
    const { results } = await shop.updateMany([
      { externalId: named.externalId, firstname: 'Null' },
      { email: 'nobody@example.com', firstname: 'Nobody' },
      { email: rita.email, firstname: 'Rita' },
    ]);
    expect(results.map(({ customer }) => customer?.userId)).toEqual([named.id, undefined, rita.id]);
    expectNotices(results[1]?.errors ?? [], [notFound('email')]);
  });

  test('is not found by an identifier that is somebody else’s of another type', async () => {
    const shop = await given.organization();
    const { mobile } = await given.customer(shop, { externalId: 'r@example.com' });
    await expectRefused(world, shop, { email: 'r@example.com' }, notFound('email'));
    await expectRefused(world, shop, { externalId: mobile }, notFound('externalId'));
  });

  test('may have the greatest id there is, and an id that is given as a number', async () => {
    const shop = await given.organization();
    const id = String(Number.MAX_SAFE_INTEGER);
    await given.customer(shop, { id });
    expect((await shop.updated({ id, firstname: 'Rita' })).customer.userId).toBe(id);
    const { id: small } = await given.customer(shop);
    const answer = await shop.send(
      'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { userId } } }',
      { input: { id: Number(small) } },
    );
    expect(answer.data).toEqual({ updateCustomer: { customer: { userId: small } } });
  });
});

describe('no target', () => {
  test('where no identifier is given: NO_IDENTIFIER', async () => {
    const shop = await given.organization();
    await given.customer(shop);
    const noIdentifier = notice('NO_IDENTIFIER');
    await expectRefused(world, shop, {}, noIdentifier);
    await expectRefused(world, shop, { id: null, mobile: null, email: null, externalId: null }, noIdentifier);
    await expectRefused(world, shop, { firstname: 'Rita', expectedVersion: 1 }, noIdentifier);
  });

  test.each<UpdateInput>([
    { id: '1' },
    { mobile: '+447911123456' },
    { email: 'nobody@example.com' },
    { externalId: 'nobody' },
  ])('where nobody has it: CUSTOMER_NOT_FOUND at %o', async (input) => {
    const shop = await given.organization({ configs: { CONF_PRIMARY_IDENTIFIER_STRICT_CHECK: '1' } });
    await given.customer(shop);
    await expectRefused(world, shop, { ...input, firstname: 'Rita' }, notFound(...Object.keys(input)));
  });

  test('where nobody has any of them: one CUSTOMER_NOT_FOUND', async () => {
    const shop = await given.organization({ configs: { CONF_PRIMARY_IDENTIFIER_STRICT_CHECK: '1' } });
    const input: UpdateInput = { mobile: '+447911123456', email: 'nobody@example.com', externalId: 'nobody' };
    // At which of the three fields the page does not say.
    const { errors } = await world.expectNothingChanged(() => shop.update(input));
    expect(errors.map(({ code, legacyCode }) => [code, legacyCode])).toEqual([['CUSTOMER_NOT_FOUND', 1011]]);
  });

  test('where the id is not found, though an identifier finds somebody', async () => {
    const shop = await given.organization();
    const { mobile } = await given.customer(shop);
    await expectRefused(world, shop, { id: '1', mobile, firstname: 'Rita' }, notFound('id'));
  });

  test.each([
    'abc',
    '-7001',
    '+7001',
    '7001.0',
    '7001,',
    ' 7001',
    '7e3',
    '0x1B59',
    '７００１',
    '9007199254740992',
    '9007199254740993',
    '18446744073709558617',
    '9'.repeat(400),
    "1' OR '1'='1",
  ])('by an id that is no number of a customer: %s is one that is not found', async (id) => {
    const shop = await given.organization();
    await given.customers(shop, { id: '7001' }, { id: '9007199254740991' });
    await expectRefused(world, shop, { id, firstname: 'Rita' }, notFound('id'));
  });
});

describe('another organization’s customer', () => {
  test('behaves exactly like one that does not exist, by its id and by each identifier', async () => {
    const [shop, other] = [await given.organization(), await given.organization()];
    const [mine] = await given.customers(shop, { id: '7001' });
    const theirs = await given.customer(other, { id: '7002', email: 'theirs@example.com', externalId: 'T' });
    const none = { id: '7003', mobile: '447911123456', email: 'none@example.com', externalId: 'N' };
    for (const by of ['id', 'mobile', 'email', 'externalId'] as const) {
      for (const beside of [{}, { externalId: by === 'externalId' ? none.externalId : 'nobody' }]) {
        const input = (value: string): UpdateInput => ({ firstname: 'Rita', ...beside, [by]: value });
        const answer = await world.expectNothingChanged(() => shop.update(input(theirs[by])));
        expect(answer).toEqual(await shop.update(input(none[by])));
        expect(answer.errors).toHaveLength(1);
        expect(await shop.preview(input(theirs[by]))).toEqual(answer);
        expect(await shop.findCustomer({ [by]: theirs[by] })).toBeNull();
      }
    }
    for (const by of ['mobile', 'email', 'externalId'] as const) {
      const answer = await shop.update({ id: mine.id, [by]: theirs[by] });
      expect(answer).toEqual(await shop.update({ id: mine.id, [by]: none[by] }));
    }
  });

  test('leaves its identifiers free for customers of this one', async () => {
    const shop = await given.organization({ configs: { CONF_ALLOW_EMAIL_UPDATE: '1' } });
    const other = await given.organization();
    const { id } = await given.customer(shop);
    const theirs = await given.customer(other, { email: 'both@example.com' });
    const { customer, merges } = await shop.updated({ id, email: 'both@example.com' });
    expect([customer.email, merges]).toEqual(['both@example.com', []]);
    expect((await other.customer(theirs.id)).email).toBe('both@example.com');
    expect((await shop.updated({ email: 'both@example.com' })).customer.userId).toBe(id);
    expect((await other.updated({ email: 'both@example.com' })).customer.userId).toBe(theirs.id);
  });

  test('is not the one with the same id here', async () => {
    const [shop, other] = [await given.organization(), await given.organization()];
    await given.customer(shop, { id: '7001' });
    await given.customer(other, { id: '7001', firstname: 'Theirs' });
    await shop.updated({ id: '7001', firstname: 'Mine' });
    expect((await other.customer('7001')).firstname).toBe('Theirs');
    expect((await other.customer('7001')).version).toBe(1);
  });
});

describe('the strict check of the primary identifier', () => {
  const strict = { CONF_PRIMARY_IDENTIFIER_STRICT_CHECK: '1' };
  const nobodys = '447911123456';
  const mismatch = notice('PRIMARY_IDENTIFIER_MISMATCH', 'mobile');

  test.each<[string, (known: { id: string; email: string }) => UpdateInput]>([
    ['the id', ({ id }) => ({ id })],
    ['another identifier', ({ email }) => ({ email })],
    ['both', ({ id, email }) => ({ id, email })],
  ])('refuses one that finds nobody, while %s does', async (_, by) => {
    const shop = await given.organization({ configs: strict });
    const known = await given.customer(shop, { mobile: null, email: 'rita@example.com' });
    await expectRefused(world, shop, { ...by(known), mobile: nobodys }, mismatch);
  });

  test.each([
    ['it is off', {}],
    ['it is 0', { CONF_PRIMARY_IDENTIFIER_STRICT_CHECK: '0' }],
  ])('does not where %s: that identifier is one that nobody has', async (_, configs) => {
    const shop = await given.organization({ configs: { ...configs, CONF_ALLOW_MOBILE_UPDATE: '1' } });
    const { id, email } = await given.customer(shop, { mobile: null, email: 'rita@example.com' });
    expect((await shop.updated({ email, mobile: nobodys })).customer).toMatchObject({ userId: id, mobile: nobodys });
  });

  test('is about the primary identifier only', async () => {
    const shop = await given.organization({
      configs: { ...strict, CONF_REGISTRATION_PRIMARY_KEY: 'EMAIL', CONF_ALLOW_MOBILE_UPDATE: '1' },
    });
    const { email } = await given.customer(shop, { mobile: null, email: 'rita@example.com' });
    expect((await shop.updated({ email, mobile: nobodys })).customer.mobile).toBe(nobodys);
    const input: UpdateInput = { mobile: nobodys, email: 'nobody@example.com' };
    await expectRefused(world, shop, input, notice('PRIMARY_IDENTIFIER_MISMATCH', 'email'));
  });

  test('lets pass one that is not given, one that finds the target, and one that finds another customer', async () => {
    const shop = await given.organization({ configs: strict });
    const [target, other] = await given.customers(shop, { email: 'rita@example.com' }, {});
    expect((await shop.updated({ email: target.email, firstname: 'Rita' })).success).toBe(true);
    expect((await shop.updated({ email: target.email, mobile: target.mobile })).success).toBe(true);
    expect((await shop.updated({ id: target.id, mobile: other.mobile })).merges).toHaveLength(1);
    expect((await shop.updated({ id: target.id, mobile: other.mobile })).changes).toEqual([]);
  });

  test('comes before expectedVersion', async () => {
    const shop = await given.organization({ configs: strict });
    const { id } = await given.customer(shop);
    await expectRefused(world, shop, { id, mobile: nobodys, expectedVersion: 9 }, mismatch);
  });
});

describe('a placeholder', () => {
  const placeholders = { MERGE_PLACEHOLDERS: '9999999999, +44 7911 999999,Shop@Example.com , NONE' };

  test('finds its customer where it is given alone, in any spelling', async () => {
    const shop = await given.organization({ configs: placeholders });
    const { id } = await given.customer(shop, {
      mobile: '+447911999999',
      email: 'shop@example.com',
      externalId: 'NONE',
    });
    for (const by of [{ mobile: '07911 999999' }, { email: 'SHOP@example.com' }, { externalId: ' NONE ' }]) {
      expect((await shop.updated(by)).customer.userId).toBe(id);
    }
  });

  test('finds no target beside another identifier or the id', async () => {
    const shop = await given.organization({ configs: placeholders });
    const [holder, target] = await given.customers(shop, { mobile: '+447911999999' }, { email: 'rita@example.com' });
    const nobody: UpdateInput = { mobile: holder.mobile, email: 'nobody@example.com' };
    const { errors } = await world.expectNothingChanged(() => shop.update(nobody));
    expect(errors.map(({ code }) => code)).toEqual(['CUSTOMER_NOT_FOUND']);

    // The mobile is the primary identifier and somebody's, and yet the email finds the target.
    const input: UpdateInput = { mobile: holder.mobile, email: target.email, expectedVersion: 1 };
    await expectRefused(world, shop, input, notice('MERGE_BLOCKED', 'mobile'));
  });

  test('finds none beside another placeholder', async () => {
    const shop = await given.organization({ configs: placeholders });
    await given.customer(shop, { mobile: '+447911999999', email: 'shop@example.com' });
    const { errors } = await world.expectNothingChanged(() =>
      shop.update({ mobile: '+447911999999', email: 'shop@example.com' }),
    );
    expect(errors.map(({ code }) => code)).toEqual(['CUSTOMER_NOT_FOUND']);
  });

  test('is nothing to do where it is the target’s own', async () => {
    const shop = await given.organization({ configs: placeholders });
    const { id, mobile, email } = await given.customer(shop, {
      mobile: '+447911999999',
      email: 'rita@example.com',
    });
    for (const by of [{ id }, { email }]) {
      expect((await shop.updated({ ...by, mobile })).changes).toEqual([]);
    }
  });

  test('counts as each kind that it is valid for, and is none as a kind that it is not', async () => {
    const shop = await given.organization({ configs: placeholders });
    const target = await given.customer(shop, { email: 'rita@example.com' });
    await given.customer(shop, { mobile: null, externalId: '9999999999' });
    // 9999999999 is no number of the United Kingdom, but an external id like any other.
    await expectRefused(
      world,
      shop,
      { id: target.id, externalId: '9999999999' },
      notice('MERGE_BLOCKED', 'externalId'),
    );
    await expectRefused(
      world,
      shop,
      { email: target.email, externalId: 'shop@example.com' },
      notice('IDENTIFIER_UPDATE_DISABLED', 'externalId'),
    );
  });
});

describe('a merged customer’s id', () => {
  test('finds its survivor, with a warning, in updates and previews; its identifiers find it without', async () => {
    const shop = await given.organization();
    const [survivor, victim] = await given.customers(shop, {}, { email: 'v@example.com' });
    await shop.updated({ id: survivor.id, email: 'v@example.com' });
    const preview = await shop.previewed({ id: victim.id, firstname: 'Rita' });
    const update = await shop.updated({ id: victim.id, firstname: 'Rita' });
    for (const { customer, warnings } of [preview, update]) {
      expect(customer).toMatchObject({ userId: survivor.id, firstname: 'Rita' });
      expectNotices(warnings, [notice('RESOLVED_TO_SURVIVOR', 'id')]);
    }
    expect((await shop.updated({ email: 'v@example.com' })).warnings).toEqual([]);
    expect((await shop.updated({ id: survivor.id })).warnings).toEqual([]);
  });

  test('finds the live end of a chain', async () => {
    const shop = await given.organization();
    const [a, b, c] = await given.customers(shop, { email: 'a@example.com' }, { email: 'b@example.com' }, {});
    await shop.updated({ id: b.id, email: 'a@example.com' });
    await shop.updated({ id: c.id, email: 'b@example.com' });
    const { customer, warnings } = await shop.updated({ id: a.id, firstname: 'Rita' });
    expect(customer.userId).toBe(c.id);
    expectNotices(warnings, [notice('RESOLVED_TO_SURVIVOR', 'id')]);
  });

  test('finds the survivor of a merge in the same batch', async () => {
    const shop = await given.organization();
    const [survivor, victim] = await given.customers(shop, {}, { email: 'v@example.com' });
    const { results } = await shop.updateMany([
      { id: survivor.id, email: 'v@example.com' },
      { id: victim.id, firstname: 'Rita' },
    ]);
    expect(results[1]?.customer).toMatchObject({ userId: survivor.id, firstname: 'Rita' });
    expectNotices(results[1]?.warnings ?? [], [notice('RESOLVED_TO_SURVIVOR', 'id')]);
  });

  test('comes before the warnings about fields', async () => {
    const shop = await given.organization();
    const [survivor, victim] = await given.customers(shop, {}, { email: 'v@example.com' });
    await shop.updated({ id: survivor.id, email: 'v@example.com' });
    const { warnings } = await shop.updated({
      id: victim.id,
      invalidFields: 'SKIP',
      customFields: [{ name: 'age', value: 'old' }],
    });
    expectNotices(warnings, [
      notice('RESOLVED_TO_SURVIVOR', 'id'),
      notice('CUSTOM_FIELD_SKIPPED', 'customFields', '0', 'value'),
    ]);
  });
});

describe('expectedVersion (step 4)', () => {
  const conflict = notice('VERSION_CONFLICT', 'expectedVersion');

  test.each([0, 1, 3, -1, 2_147_483_647])('%i is a conflict where the target is at 2', async (expectedVersion) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    await shop.updated({ id, firstname: 'Rita' });
    await expectRefused(world, shop, { id, lastname: 'James', expectedVersion }, conflict);
  });

  test('is the version that the customer shows, before each update', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    for (const firstname of ['A', 'B', 'C']) {
      const { version } = await shop.customer(id);
      const { customer } = await shop.updated({ id, firstname, expectedVersion: version });
      expect(customer.version).toBe(version + 1);
    }
  });

  test('is the survivor’s, where the id is a merged customer’s', async () => {
    const shop = await given.organization();
    const [survivor, victim] = await given.customers(shop, {}, { email: 'v@example.com' });
    await shop.updated({ id: survivor.id, email: 'v@example.com' });
    await shop.updated({ id: survivor.id, firstname: 'Rita' });
    await expectRefused(world, shop, { id: victim.id, expectedVersion: 2 }, conflict);
    await shop.updated({ id: victim.id, expectedVersion: 3 });
  });

  test('is refused alone: what would follow is not told', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { type: 'LOYALTY' });
    const input: UpdateInput = { id, mobile: '+447911123456', type: 'NON_LOYALTY', expectedVersion: 9 };
    await expectRefused(world, shop, input, conflict);
  });

  test('is not looked at where nobody is found', async () => {
    const shop = await given.organization();
    await expectRefused(world, shop, { id: '1', expectedVersion: 9 }, notFound('id'));
  });

  test('lets one of two at once through', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const answers = await Promise.all(
      ['A', 'B', 'C', 'D'].map((firstname) => shop.update({ id, firstname, expectedVersion: 1 })),
    );
    const refused = answers.filter(({ success }) => !success);
    expect(refused).toHaveLength(3);
    for (const answer of refused) expectRefusal(answer, [conflict]);
    expect((await shop.customer(id)).version).toBe(2);
  });
});
