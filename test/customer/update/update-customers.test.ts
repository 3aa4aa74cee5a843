import { describe, expect, test } from 'vitest';
import type { UpdateInput } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { documents } from '../../support/documents.js';
import { expectRefusal } from '../../support/refusals.js';
import { useWorld } from '../../support/world.js';

const world = useWorld();
const { given } = world;

describe('updateCustomers', () => {
  test('answers each item in the order given, as updateCustomer would', async () => {
    const shop = await given.organization();
    const [a, b] = await given.customers(shop, {}, {});
    const { total, successCount, results } = await shop.updateMany([
      { id: b.id, firstname: 'B' },
      { id: a.id, firstname: 'A' },
    ]);
    expect([total, successCount]).toEqual([2, 2]);
    expect(results.map(({ customer }) => customer)).toEqual([await shop.customer(b.id), await shop.customer(a.id)]);
    for (const { success, total: one, successCount: done, planHash } of results) {
      expect([success, one, done, planHash === null]).toEqual([true, 1, 1, false]);
    }
  });

  test('does nothing for no item', async () => {
    const shop = await given.organization();
    const answer = await world.expectNothingChanged(() => shop.updateMany([]));
    expect(answer).toEqual({ total: 0, successCount: 0, results: [] });
  });

  test('leaves the other items in place where one fails, the first, the last, or one between', async () => {
    const shop = await given.organization();
    const [a, b] = await given.customers(shop, {}, {});
    const { total, successCount, results } = await shop.updateMany([
      { id: '1', firstname: 'X' },
      { id: a.id, firstname: 'A' },
      { id: a.id, firstname: '' },
      { id: b.id, firstname: 'B' },
      {},
    ]);
    expect([total, successCount]).toEqual([5, 2]);
    const refused = {
      0: notice('CUSTOMER_NOT_FOUND', 'id'),
      2: notice('INVALID_INPUT', 'firstname'),
      4: notice('NO_IDENTIFIER'),
    };
    for (const [index, result] of results.entries()) {
      const fault = refused[index as keyof typeof refused] as ReturnType<typeof notice> | undefined;
      if (fault === undefined) expect(result.success).toBe(true);
      else expectRefusal(result, [fault]);
    }
    expect((await shop.customer(a.id)).firstname).toBe('A');
    expect((await shop.customer(b.id)).firstname).toBe('B');
  });

  test('stores nothing of an item that fails', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { type: 'LOYALTY' });
    const items: UpdateInput[] = [
      { id, firstname: 'A', type: 'NON_LOYALTY' },
      { id, firstname: 'B', expectedVersion: 9 },
      { id, firstname: 'C', mobile: '+447911123456', idempotencyKey: 'k' },
    ];
    const { successCount } = await world.expectNothingChanged(() => shop.updateMany(items));
    expect(successCount).toBe(0);
  });

  test('lets each item see what those before it did, one version after the other', async () => {
    const shop = await given.organization({ configs: { CONF_ALLOW_EMAIL_UPDATE: '1' } });
    const { id } = await given.customer(shop);
    const { results } = await shop.updateMany([
      { id, firstname: 'A', expectedVersion: 1 },
      { id, email: 'new@example.com', expectedVersion: 2 },
      { email: 'new@example.com', lastname: 'L', expectedVersion: 3 },
      { id, firstname: 'A', expectedVersion: 4 },
      { id, firstname: 'B', expectedVersion: 4 },
    ]);
    expect(results.map(({ errors }) => errors)).toEqual([[], [], [], [], []]);
    expect(results.map(({ customer }) => customer?.version)).toEqual([2, 3, 4, 4, 5]);
    expect(results[2]?.customer).toMatchObject({ userId: id, firstname: 'A', lastname: 'L' });
    expect(results[4]?.changes).toEqual([{ field: 'firstname', previous: 'A', current: 'B', rule: 'REQUEST' }]);
    const { auditLog, firstname, version } = await shop.customer(id);
    expect([firstname, version]).toEqual(['B', 5]);
    expect(auditLog.edges.map(({ node }) => node.version)).toEqual([5, 4, 3, 2]);
    // Each answer shows the customer after its own update: its log, too.
    const logs = results.map(({ customer }) => customer?.auditLog.edges.map(({ node }) => node.version));
    expect(logs).toEqual([[2], [3, 2], [4, 3, 2], [4, 3, 2], [5, 4, 3, 2]]);
  });

  test('lets an item see the merges of those before it', async () => {
    const shop = await given.organization();
    const [a, b, c] = await given.customers(
      shop,
      { lifetimePurchases: '1' },
      { email: 'b@example.com', lifetimePurchases: '2' },
      { email: 'c@example.com', lifetimePurchases: '4' },
    );
    const { results } = await shop.updateMany([
      { id: b.id, email: 'c@example.com' },
      { email: 'c@example.com', firstname: 'Rita' },
      { id: a.id, email: 'b@example.com' },
      { mobile: c.mobile, lastname: 'James' },
    ]);
    expect(results.map(({ customer, errors }) => [errors, customer?.userId])).toEqual([
      [[], b.id],
      [[], b.id],
      [[], a.id],
      [[], a.id],
    ]);
    const customer = await shop.customer(c.id);
    expect(customer).toMatchObject({
      userId: a.id,
      firstname: 'Rita',
      lastname: 'James',
      lifetimePurchases: '7',
      version: 5,
    });
    expect(results[3]?.customer).toEqual(customer);
  });

  test('takes 100 items, one after the other on one customer too', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const inputs = Array.from({ length: 100 }, (_, index): UpdateInput => ({
      id,
      customFields: [{ name: 'age', value: String(index) }],
    }));
    const { total, successCount } = await shop.updateMany(inputs);
    expect([total, successCount]).toEqual([100, 100]);
    const { version, customFields } = await shop.customer(id);
    expect([version, customFields]).toEqual([101, [{ name: 'age', value: '99' }]]);
  });

  test('refuses 101 before anything else, and does none of them', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    for (const input of [{ id, firstname: 'Rita' }, { firstname: '' }]) {
      const inputs = Array.from({ length: 101 }, () => input);
      const answer = await world.expectNothingChanged(() => shop.send(documents.updateCustomers, { inputs }));
      expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['BATCH_TOO_LARGE']);
      expect(answer.data).toBeNull();
    }
  });

  test('takes 100 items with every field, sent as variables', async () => {
    const shop = await given.organization({
      configs: { CONF_ALLOW_EMAIL_UPDATE: '1', CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1' },
    });
    const customers = await given.customers(shop, ...Array.from({ length: 100 }, () => ({})));
    const inputs = customers.map(({ id, mobile }, index): UpdateInput => ({
      id,
      mobile,
      email: `rita.${String(index)}@example.com`,
      externalId: `R-${String(index)}`,
      firstname: 'Rita',
      lastname: 'James',
      registeredOn: '2011-09-11 11:11:11',
      registeredTill: 'till.1',
      associatedWith: 'till.2',
      type: 'LOYALTY',
      customFields: [
        { name: 'nickname', value: 'Ri' },
        { name: 'age', value: '46' },
        { name: 'shoeSize', value: '38.5' },
        { name: 'isStudent', value: 'true' },
        { name: 'birthday', value: '1998-12-01' },
        { name: 'lastVisit', value: '2016-09-11 11:11:11' },
      ],
      extendedFields: [
        { name: 'Gender', value: 'Female' },
        { name: 'city', value: 'Leeds' },
      ],
      subscriptions: [
        { channel: 'SMS', priority: 'TRANS', status: 'SUBSCRIBED' },
        { channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' },
        { channel: 'EMAIL', priority: 'TRANS', status: 'SUBSCRIBED' },
        { channel: 'EMAIL', priority: 'BULK', status: 'UNSUBSCRIBED' },
      ],
      fraudStatus: 'NONE',
      expectedVersion: 1,
      idempotencyKey: `key-${String(index)}`,
      invalidFields: 'REJECT',
    }));
    const { successCount, results } = await shop.updateMany(inputs);
    expect(successCount).toBe(100);
    expect(results[99]?.customer).toEqual(await shop.customer(customers[99]?.id ?? ''));
  });

  test('of many requests at once loses nothing', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const names = Array.from({ length: 40 }, (_, index) => `Name ${String(index)}`);
    const answers = await Promise.all(
      names.map((firstname, index) =>
        index % 2 === 0 ? shop.update({ id, firstname }) : shop.updateMany([{ id, firstname }]),
      ),
    );
    expect(answers.map(({ successCount }) => successCount)).toEqual(names.map(() => 1));
    const { version, auditLog } = await shop.customer(id);
    expect(version).toBe(41);
    expect(auditLog.edges.map(({ node }) => node.version)).toEqual(names.map((_, index) => 41 - index));
    // Each saw what the one before it had left.
    const steps = auditLog.edges.map(({ node }) => node.changes[0]).reverse();
    expect(steps.map((change) => change?.previous)).toEqual([
      null,
      ...steps.slice(0, -1).map((change) => change?.current),
    ]);
    expect(new Set(steps.map((change) => change?.current))).toEqual(new Set(names));
  });
});
