import { describe, expect, test } from 'vitest';
import type { UpdateInput } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { expectRefused } from '../../support/refusals.js';
import { useWorld } from '../../support/world.js';

const world = useWorld();
const { given } = world;

const identifiers = [
  ['mobile', 'MOBILE', 'CONF_ALLOW_MOBILE_UPDATE', '447911123456'],
  ['email', 'EMAIL', 'CONF_ALLOW_EMAIL_UPDATE', 'new@example.com'],
  ['externalId', 'EXTERNAL_ID', 'CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE', 'NEW'],
] as const;
const types = ['MOBILE', 'EMAIL', 'EXTERNAL_ID'] as const;
const everyFlag = Object.fromEntries(identifiers.map(([, , flag]) => [flag, '1']));

/** Has an identifier of each type, but for those that are given as null. */
const everyIdentifier = { mobile: '+447700900111', email: 'own@example.com', externalId: 'OWN' };
const without = (field: string) => ({ ...everyIdentifier, [field]: null });

describe.each(identifiers)('%s', (field, type, flag, value) => {
  test.each(types)(
    'that nobody has, and the target none of, is set where %s is primary and its flag is 1',
    async (primary) => {
      const shop = await given.organization({ configs: { CONF_REGISTRATION_PRIMARY_KEY: primary, [flag]: '1' } });
      const { id } = await given.customer(shop, without(field));
      const { customer, changes } = await shop.updated({ id, [field]: value });
      expect(changes).toEqual([{ field, previous: null, current: value, rule: 'REQUEST' }]);
      expect(customer[field]).toBe(value);
      expect((await shop.findCustomer({ [field]: value }))?.userId).toBe(id);
    },
  );

  test.each(types)('is not set where its flag is 0, or not there, and %s is primary', async (primary) => {
    for (const off of [{}, { [flag]: '0' }]) {
      const othersFlags = Object.fromEntries(Object.entries(everyFlag).filter(([key]) => key !== flag));
      const configs = { CONF_REGISTRATION_PRIMARY_KEY: primary, ...othersFlags, ...off };
      const shop = await given.organization({ configs });
      const { id } = await given.customer(shop, without(field));
      await expectRefused(world, shop, { id, [field]: value }, notice('IDENTIFIER_UPDATE_DISABLED', field));
    }
  });

  test.each(types)(
    'never changes where the target has another one, whatever its flag; %s is primary',
    async (primary) => {
      const code = type === primary ? 'PRIMARY_IDENTIFIER_IMMUTABLE' : 'IDENTIFIER_ALREADY_SET';
      for (const flags of [{}, everyFlag]) {
        const shop = await given.organization({ configs: { CONF_REGISTRATION_PRIMARY_KEY: primary, ...flags } });
        const { id } = await given.customer(shop, everyIdentifier);
        await expectRefused(world, shop, { id, [field]: value }, notice(code, field));
      }
    },
  );

  test('that is the target’s own is nothing to do, whatever its flag', async () => {
    const shop = await given.organization();
    const known = await given.customer(shop, everyIdentifier);
    const { changes } = await world.expectNothingChanged(() => shop.updated({ id: known.id, [field]: known[field] }));
    expect(changes).toEqual([]);
  });

  test('that is an alias of the target is nothing to do, whatever its flag', async () => {
    const shop = await given.organization();
    const [target, victim] = await given.customers(shop, everyIdentifier, { email: 'v@example.com', externalId: 'V' });
    await shop.updated({ id: target.id, email: 'v@example.com' });
    const { changes } = await world.expectNothingChanged(() => shop.updated({ id: target.id, [field]: victim[field] }));
    expect(changes).toEqual([]);
    expect((await shop.updated({ id: target.id, ...everyIdentifier, [field]: victim[field] })).changes).toEqual([]);
  });

  test('that finds another customer merges that one, whatever its flag', async () => {
    const shop = await given.organization();
    const [target, victim] = await given.customers(shop, without(field), {
      mobile: null,
      [field]: field === 'mobile' ? `+${value}` : value,
    });
    const { merges, customer } = await shop.updated({ id: target.id, [field]: value });
    expect(merges.map(({ survivorId, victimId }) => [survivorId, victimId])).toEqual([[target.id, victim.id]]);
    expect(customer[field]).toBe(value);
  });

  test('that a merged customer had is its survivor’s, not free', async () => {
    const shop = await given.organization({ configs: everyFlag });
    const [survivor, victim, third] = await given.customers(
      shop,
      everyIdentifier,
      { mobile: '+447700900222', email: 'v@example.com', externalId: 'V' },
      { mobile: null, externalId: 'T' },
    );
    await shop.updated({ id: survivor.id, email: victim.email });
    const { merges } = await shop.updated({ id: third.id, [field]: victim[field] });
    expect(merges.map(({ victimId }) => victimId)).toEqual([survivor.id]);
  });
});

describe('several at once', () => {
  test('are set together', async () => {
    const shop = await given.organization({ configs: { CONF_REGISTRATION_PRIMARY_KEY: 'EXTERNAL_ID', ...everyFlag } });
    const { externalId } = await given.customer(shop, { mobile: null, externalId: 'OWN' });
    const { customer, changes } = await shop.updated({ externalId, mobile: '07911 123456', email: 'New@Example.com' });
    expect(customer).toMatchObject({ mobile: '447911123456', email: 'new@example.com', externalId: 'OWN' });
    expect(changes.map((change) => change.field)).toEqual(['mobile', 'email']);
  });

  test('are refused together, with what is wrong with the type, one fault for a path, in the order of the input', async () => {
    const shop = await given.organization({ configs: { MERGE_POLICY: 'NEVER' } });
    const [target, other] = await given.customers(
      shop,
      { email: 'own@example.com', type: 'LOYALTY' },
      { mobile: null, externalId: 'X' },
    );
    const input: UpdateInput = {
      type: 'NON_LOYALTY',
      externalId: other.externalId,
      email: 'new@example.com',
      mobile: '+447911123456',
      id: target.id,
    };
    await expectRefused(
      world,
      shop,
      input,
      notice('PRIMARY_IDENTIFIER_IMMUTABLE', 'mobile'),
      notice('IDENTIFIER_ALREADY_SET', 'email'),
      notice('IDENTIFIER_TAKEN', 'externalId'),
      notice('LOYALTY_DOWNGRADE', 'type'),
    );
  });

  test('are refused together with what enrolment needs', async () => {
    const shop = await given.organization({ configs: { CONF_USERS_IS_EXTERNAL_ID_REQUIRED: '1' } });
    const { id } = await given.customer(shop);
    await expectRefused(
      world,
      shop,
      { id, email: 'new@example.com', type: 'LOYALTY' },
      notice('IDENTIFIER_UPDATE_DISABLED', 'email'),
      notice('LOYALTY_IDENTIFIER_REQUIRED', 'externalId'),
    );
  });

  test('count the first fault only where one field has two', async () => {
    const shop = await given.organization({ configs: { CONF_USERS_IS_EMAIL_REQUIRED: '1' } });
    const { id } = await given.customer(shop);
    const answer = await world.expectNothingChanged(() =>
      shop.update({ id, email: 'new@example.com', type: 'LOYALTY' }),
    );
    expect(answer.errors.map(({ field }) => field)).toEqual([['email']]);
  });
});

test('one that an earlier item of the same batch set is taken', async () => {
  const shop = await given.organization({ configs: { ...everyFlag, MERGE_POLICY: 'NEVER' } });
  const [a, b] = await given.customers(shop, {}, {});
  const { results } = await shop.updateMany([
    { id: a.id, email: 'new@example.com' },
    { id: b.id, email: 'new@example.com' },
    { email: 'new@example.com', firstname: 'Rita' },
  ]);
  expect(results.map(({ errors }) => errors[0]?.code)).toEqual([undefined, 'IDENTIFIER_TAKEN', undefined]);
  expect(results[2]?.customer?.userId).toBe(a.id);
});

test('one that somebody has is refused to another customer by the database itself, as an own one and as an alias', async () => {
  const shop = await given.organization();
  const [a, b] = await given.customers(shop, { email: 'a@example.com' }, {});
  for (const isAlias of [false, true]) {
    await expect(
      world.execute(
        `INSERT INTO customer_identifier (organization_id, type, value, customer_id, is_alias) VALUES (?, ?, ?, ?, ?)`,
        [shop.id, 'EMAIL', a.email, Number(b.id), isAlias],
      ),
    ).rejects.toThrow(/unique|overtaken/i);
  }
});

test('one in the same text as another type’s is another one', async () => {
  const shop = await given.organization({ configs: everyFlag });
  const [a, b] = await given.customers(shop, { externalId: 'both@example.com' }, {});
  const { merges, customer } = await shop.updated({ id: b.id, email: 'both@example.com' });
  expect([merges, customer.email]).toEqual([[], 'both@example.com']);
  expect((await shop.customer(a.id)).externalId).toBe('both@example.com');
});
