import { describe, expect, test } from 'vitest';
import type { Customer, UpdateInput } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { expectFiguresExplained, expectTombstone } from '../../support/figures.js';
import { expectRefusal } from '../../support/refusals.js';
import type { Shop } from '../../support/shop.js';
import { useWorld, type Known } from '../../support/world.js';

const world = useWorld();
const { given } = world;

/** Customers with an email and a power of two of purchases each, so that any sum tells who is in it. */
async function customersOf(shop: Shop, count: number): Promise<readonly Known[]> {
  return given.customers(
    shop,
    ...Array.from({ length: count }, (_, index) => ({
      email: `c${String(index)}@example.com`,
      lifetimePurchases: count > 30 ? '1' : String(2 ** index),
    })),
  );
}

/** All are one by now: one is live, the others are tombstones that point to it, and no figure is lost. */
async function expectOnePerson(shop: Shop, known: readonly Known[], purchases: string): Promise<Customer> {
  const survivors = new Set<string>();
  for (const { id } of known) survivors.add((await shop.customer(id)).userId);
  expect(survivors.size).toBe(1);
  const [survivorId = ''] = survivors;
  for (const { id } of known) if (id !== survivorId) await expectTombstone(world, shop.id, id, survivorId);
  const customer = await shop.customer(survivorId);
  expect(customer.lifetimePurchases).toBe(purchases);
  expectFiguresExplained(customer);
  const [merges] = await world.query(
    'SELECT COUNT(*) AS count FROM customer_merge WHERE organization_id = ? AND undone_at IS NULL',
    [shop.id],
  );
  expect(merges).toEqual({ count: known.length - 1 });
  return customer;
}

describe.each(['as requests of their own', 'in one batch'])('at once, %s', (way) => {
  const send = async (shop: Shop, inputs: UpdateInput[]) =>
    way === 'in one batch'
      ? (await shop.updateMany(inputs)).results
      : Promise.all(inputs.map((input) => shop.update(input)));

  test('two merges that cross make one customer of the two', async () => {
    for (let round = 0; round < 3; round += 1) {
      const shop = await given.organization();
      const known = await customersOf(shop, 2);
      const [a, b] = known as [Known, Known];
      const answers = await send(shop, [
        { id: a.id, email: b.email },
        { id: b.id, email: a.email },
      ]);
      expect(answers.map(({ success }) => success)).toEqual([true, true]);
      expect(answers.flatMap(({ merges }) => merges)).toHaveLength(1);
      await expectOnePerson(shop, known, '3');
    }
  });

  test('a ring of merges makes one customer of all', async () => {
    const shop = await given.organization();
    const known = await customersOf(shop, 6);
    const inputs = known.map(({ id }, index) => ({ id, email: known[(index + 1) % 6]?.email ?? '' }));
    const answers = await send(shop, inputs);
    expect(answers.map(({ success }) => success)).toEqual(known.map(() => true));
    expect(answers.flatMap(({ merges }) => merges)).toHaveLength(5);
    const customer = await expectOnePerson(shop, known, '63');
    expect(customer.aliases).toHaveLength(10);
  });

  test('every pair of four, both ways, makes one customer of all', async () => {
    const shop = await given.organization();
    const known = await customersOf(shop, 4);
    const inputs = known.flatMap(({ id }) =>
      known.filter((other) => other.id !== id).map(({ email, mobile }) => ({ id, email, mobile })),
    );
    const answers = await send(shop, inputs);
    expect(answers.map(({ success }) => success)).toEqual(inputs.map(() => true));
    await expectOnePerson(shop, known, '15');
  });

  test('50 customers that are given one identifier that nobody has become one', async () => {
    const shop = await given.organization({ configs: { CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1' } });
    const known = await customersOf(shop, 50);
    const answers = await send(
      shop,
      known.map(({ id }) => ({ id, externalId: 'ONE' })),
    );
    expect(answers.map(({ success }) => success)).toEqual(known.map(() => true));
    expect(answers.filter(({ merges }) => merges.length === 0)).toHaveLength(1);
    const customer = await expectOnePerson(shop, known, '50');
    expect(customer.externalId).toBe('ONE');
    expect(customer.aliases).toHaveLength(98);
  });

  test('50 customers that are given one identifier, and may not be merged: one has it', async () => {
    const shop = await given.organization({
      configs: { CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1', MERGE_POLICY: 'NEVER' },
    });
    const known = await customersOf(shop, 50);
    const answers = await send(
      shop,
      known.map(({ id }) => ({ id, externalId: 'ONE' })),
    );
    const refused = answers.filter(({ success }) => !success);
    expect(refused).toHaveLength(49);
    for (const answer of refused) expectRefusal(answer, [notice('IDENTIFIER_TAKEN', 'externalId')]);
    const [holders] = await world.query(
      `SELECT COUNT(*) AS count FROM customer_identifier WHERE organization_id = ? AND type = 'EXTERNAL_ID'`,
      [shop.id],
    );
    expect(holders).toEqual({ count: 1 });
  });
});

describe('at once', () => {
  test('50 updates by one identifier of a customer that is being merged all reach the survivor', async () => {
    const shop = await given.organization();
    const known = await customersOf(shop, 2);
    const [a, b] = known as [Known, Known];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        index === 25
          ? shop.update({ id: a.id, email: b.email })
          : shop.update({ email: b.email, customFields: [{ name: 'age', value: String(index) }] }),
      ),
    );
    expect(answers.map(({ success }) => success)).toEqual(answers.map(() => true));
    const customer = await expectOnePerson(shop, known, '3');
    const updates = customer.auditLog.edges.filter(({ node }) => node.action === 'UPDATED');
    expect(updates).toHaveLength(49);
  });

  test('an undo and the merge of another customer leave one of the two orders', async () => {
    for (let round = 0; round < 3; round += 1) {
      const shop = await given.organization();
      const known = await customersOf(shop, 3);
      const [a, b, c] = known as [Known, Known, Known];
      const { merges } = await shop.updated({ id: a.id, email: b.email });
      const [undo, update] = await Promise.all([
        shop.undo(merges[0]?.id ?? ''),
        shop.update({ id: a.id, email: c.email }),
      ]);
      expect(update.success).toBe(true);
      const survivor = await shop.customer(a.id);
      expect(survivor.lifetimePurchases).toBe(undo.success ? '5' : '7');
      expect((await shop.customer(b.id)).userId).toBe(undo.success ? b.id : a.id);
      expectFiguresExplained(survivor);
    }
  });

  test('merges in two organizations with the same customers do not touch each other', async () => {
    const shops = [await given.organization(), await given.organization()];
    const setting = [
      { id: '1', email: 'a@example.com', lifetimePurchases: '1' },
      { id: '2', email: 'b@example.com', lifetimePurchases: '2' },
    ] as const;
    for (const shop of shops) await given.customers(shop, ...setting);
    const [one, other] = shops as [Shop, Shop];
    await Promise.all([
      one.updated({ id: '1', email: 'b@example.com' }),
      other.updated({ id: '2', email: 'a@example.com' }),
    ]);
    expect((await one.customer('2')).userId).toBe('1');
    expect((await other.customer('1')).userId).toBe('2');
  });
});
