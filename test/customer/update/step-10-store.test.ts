import { describe, expect, test } from 'vitest';
import type { UpdateInput } from '../../support/answers.js';
import { documents } from '../../support/documents.js';
import { expectNothingStored, observeWrites, type Write } from '../../support/failing-writes.js';
import type { Shop } from '../../support/shop.js';
import { useWorld } from '../../support/world.js';
import { createTrigger, dropTrigger } from '../../support/triggers.js';

const world = useWorld();
const { given } = world;

describe('a stored update', () => {
  test('makes the version one greater and updatedOn now, and is what is answered afterwards', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const imported = await shop.customer(id);
    expect(imported.version).toBe(1);
    const before = Date.now();
    const { customer } = await shop.updated({ id, firstname: 'Rita', lastname: 'James' });
    expect(customer.version).toBe(2);
    expect(Date.parse(customer.updatedOn)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(customer.updatedOn)).toBeLessThanOrEqual(Date.now());
    expect(await shop.customer(id)).toEqual(customer);
  });

  test('that changes nothing is a success that stores nothing', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { firstname: 'Rita' });
    const before = await shop.customer(id);
    const answer = await world.expectNothingChanged(() => shop.updated({ id, firstname: 'Rita' }));
    expect(answer).toMatchObject({ success: true, total: 1, successCount: 1, customer: before });
    expect([answer.changes, answer.sideEffects, answer.merges, answer.warnings, answer.errors]).toEqual([
      [],
      [],
      [],
      [],
      [],
    ]);
  });

  test('that changes nothing stores its key, and nothing but that', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { firstname: 'Rita' });
    const before = await world.snapshot();
    await shop.updated({ id, firstname: 'Rita', idempotencyKey: 'k' });
    const after = await world.snapshot();
    expect(after['idempotency_record']).toHaveLength((before['idempotency_record']?.length ?? 0) + 1);
    expect({ ...after, idempotency_record: [] }).toEqual({ ...before, idempotency_record: [] });
  });

  test('touches no other customer', async () => {
    const shop = await given.organization();
    const [a, b] = await given.customers(shop, {}, { firstname: 'Rosa' });
    const other = await shop.customer(b.id);
    await shop.updated({ id: a.id, firstname: 'Rita' });
    expect(await shop.customer(b.id)).toEqual(other);
  });
});

describe('a preview', () => {
  test('answers as the update does, but for the logs, which are the stored ones, and stores nothing at all', async () => {
    const shop = await given.organization({
      rewardRules: [{ name: 'hello', programId: '1016', points: '10', fields: ['firstname'] }],
    });
    const { id } = await given.customer(shop, { type: 'LOYALTY', lifetimePurchases: '5' });
    await shop.updated({ id, lastname: 'James' });
    const stored = await shop.customer(id);
    const input: UpdateInput = {
      id,
      firstname: 'Rita',
      customFields: [{ name: 'x', value: '1' }],
      invalidFields: 'SKIP',
    };
    const preview = await world.expectNothingChanged(() => shop.previewed(input));
    expect([preview.customer.auditLog, preview.customer.ledger]).toEqual([stored.auditLog, stored.ledger]);
    const update = await shop.updated(input);
    const { updatedOn, auditLog, ledger } = update.customer;
    expect({ ...preview, customer: { ...preview.customer, updatedOn, auditLog, ledger } }).toEqual(update);
    expect(Math.abs(Date.parse(preview.customer.updatedOn) - Date.parse(updatedOn))).toBeLessThan(10_000);
  });
});

describe('the audit event of an update', () => {
  test('tells what was before and after, who, when, at which version, and under which request', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { firstname: 'Rita' });
    const { customer, changes } = await shop
      .with({
        'x-cap-request-id': 'request.1',
        'user-context-entity-type': 'STAFF',
        'user-context-entity-id': '17',
        'user-context-entity-source': 'HR',
        'user-context-entity-source-id': 'hr-1',
      })
      .updated({ id, firstname: 'Rosa', customFields: [{ name: 'age', value: '46' }] });
    expect(changes).toEqual([
      { field: 'firstname', previous: 'Rita', current: 'Rosa', rule: 'REQUEST' },
      { field: 'customFields.age', previous: null, current: '46', rule: 'REQUEST' },
    ]);
    expect(customer.auditLog.edges.map(({ node }) => ({ ...node, id: '' }))).toEqual([
      {
        id: '',
        customerId: id,
        at: customer.updatedOn,
        action: 'UPDATED',
        version: 2,
        requestId: 'request.1',
        client: shop.clientId,
        tillCode: 'till.1',
        userContext: { entityType: 'STAFF', entityId: '17', source: 'HR', sourceId: 'hr-1' },
        changes,
        mergeId: null,
      },
    ]);
  });

  test('has no till for a client that is none, no user context where none is given, and the request id that is answered', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const answer = await shop.as('integration').send(documents.updateCustomer, { input: { id, firstname: 'Rita' } });
    const { auditLog } = await shop.customer(id);
    expect(auditLog.edges[0]?.node).toMatchObject({
      client: shop.as('integration').clientId,
      tillCode: null,
      userContext: null,
      requestId: answer.headers['x-cap-request-id'],
    });
  });

  test('has the parts of the user context that are given, and null for the others', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const { customer } = await shop
      .with({ 'user-context-entity-id': 'é'.repeat(100) })
      .updated({ id, firstname: 'Rita' });
    expect(customer.auditLog.edges[0]?.node.userContext).toEqual({
      entityType: null,
      entityId: 'é'.repeat(100),
      source: null,
      sourceId: null,
    });
  });

  test('is one for each stored change, and none where nothing changed or the update was refused', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    await shop.updated({ id, firstname: 'Rita' });
    await shop.updated({ id, firstname: 'Rita' });
    await shop.update({ id, firstname: '' });
    await shop.updated({ id, firstname: null });
    const { auditLog, version } = await shop.customer(id);
    expect(auditLog.edges.map(({ node }) => [node.version, node.changes[0]?.current])).toEqual([
      [3, null],
      [2, 'Rita'],
    ]);
    expect(version).toBe(3);
  });

  test('is newest first, and its customer’s alone', async () => {
    const shop = await given.organization();
    const [a, b] = await given.customers(shop, {}, {});
    for (const firstname of ['A', 'B', 'C']) {
      await shop.updated({ id: a.id, firstname });
      await shop.updated({ id: b.id, firstname });
    }
    const { auditLog } = await shop.customer(a.id);
    expect(auditLog.edges.map(({ node }) => [node.customerId, node.changes[0]?.current])).toEqual([
      [a.id, 'C'],
      [a.id, 'B'],
      [a.id, 'A'],
    ]);
    expect(new Set(auditLog.edges.map(({ node }) => node.id)).size).toBe(3);
  });
});

describe('the ledger', () => {
  test('opens with what was imported: an entry for each program, and one for the purchases, none for zero', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, {
      lifetimePurchases: '23400.001',
      pointsSummaries: [
        { programId: '7' },
        {
          programId: '1016',
          lifetimePoints: '2400',
          redeemed: '100',
          expired: '20.5',
          returned: '1',
          adjusted: '-0.001',
          cumulativePurchases: '23400',
        },
      ],
    });
    const { ledger, updatedOn } = await shop.customer(id);
    const zero = {
      lifetimePoints: '0',
      redeemed: '0',
      expired: '0',
      returned: '0',
      adjusted: '0',
      cumulativePurchases: '0',
    };
    const entries = ledger.edges.map(({ node }) => ({ ...node, id: '' }));
    expect(entries).toHaveLength(2);
    const opening = { id: '', at: updatedOn, kind: 'OPENING', rule: null, mergeId: null };
    expect(entries).toContainEqual({ ...zero, ...opening, programId: null, cumulativePurchases: '23400.001' });
    expect(entries).toContainEqual({
      ...opening,
      programId: '1016',
      lifetimePoints: '2400',
      redeemed: '100',
      expired: '20.5',
      returned: '1',
      adjusted: '-0.001',
      cumulativePurchases: '23400',
    });
  });

  test('has nothing for an update that changes no figure', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, { lifetimePurchases: '1' });
    const { customer } = await shop.updated({ id, firstname: 'Rita', fraudStatus: 'CONFIRMED' });
    expect(customer.ledger.edges).toHaveLength(1);
  });
});

describe('while another process holds the one writer', () => {
  test('reads and previews are answered, an update waits and then is SERVICE_UNAVAILABLE, and nothing is stored', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    let release = (): void => undefined;
    const held = world.whileWriterIsHeld(new Promise<void>((resolve) => (release = resolve)));
    try {
      await world.expectNothingChanged(async () => {
        const update = shop.send(documents.updateCustomer, { input: { id, firstname: 'Rita' } });
        expect((await shop.customer(id)).version).toBe(1);
        expect((await shop.previewed({ id, firstname: 'Rita' })).customer.version).toBe(2);
        const { errors, data, headers } = await update;
        expect(data).toBeNull();
        expect(errors.map(({ extensions }) => extensions)).toEqual([
          { code: 'SERVICE_UNAVAILABLE', requestId: headers['x-cap-request-id'] },
        ]);
      });
    } finally {
      release();
      await held;
    }
    expect((await shop.updated({ id, firstname: 'Rita' })).customer.version).toBe(2);
  });

  test('an update that need not wait for long is done', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const held = world.whileWriterIsHeld(new Promise<void>((resolve) => setTimeout(resolve, 500)));
    expect((await shop.updated({ id, firstname: 'Rita' })).customer.version).toBe(2);
    await held;
  });
});

describe('a write that fails', () => {
  /** An update that writes to every table that one without a merge can write to. */
  async function anUpdateOfEverything(): Promise<{ shop: Shop; input: UpdateInput }> {
    const shop = await given.organization({
      configs: { CONF_ALLOW_EMAIL_UPDATE: '1' },
      rewardRules: [
        { name: 'main', programId: '1016', points: '10', fields: ['firstname'] },
        { name: 'coffee', programId: '7', points: '1', fields: ['firstname'] },
      ],
    });
    const { id } = await given.customer(shop, {
      type: 'LOYALTY',
      pointsSummaries: [{ programId: '1016', lifetimePoints: '5' }],
      customFields: { age: '46', nickname: 'Ri' },
      subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' }],
    });
    const input: UpdateInput = {
      id,
      firstname: 'Rita',
      email: 'rita@example.com',
      customFields: [
        { name: 'age', value: '47' },
        { name: 'nickname', value: null },
        { name: 'shoeSize', value: '38.5' },
      ],
      subscriptions: [
        { channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' },
        { channel: 'EMAIL', priority: 'BULK' },
      ],
      idempotencyKey: 'k',
    };
    return { shop, input };
  }

  const writes: Write[] = [
    'DELETE customer_field',
    'INSERT audit_event',
    'INSERT customer_field',
    'INSERT customer_identifier',
    'INSERT idempotency_record',
    'INSERT ledger_entry',
    'INSERT points_summary',
    'INSERT reward_had',
    'INSERT subscription',
    'UPDATE audit_head',
    'UPDATE customer',
    'UPDATE customer_field',
    'UPDATE points_summary',
    'UPDATE subscription',
  ];

  test.each(writes)('stores nothing of the update, and answers as an error that is ours: %s', async (write) => {
    const { shop, input } = await anUpdateOfEverything();
    await expectNothingStored(world, write, () => shop.send(documents.updateCustomer, { input }));
    expect(await shop.update(input)).toMatchObject({ success: true, replayed: false });
  });

  test('was each of those that an update does', async () => {
    const { shop, input } = await anUpdateOfEverything();
    expect(await observeWrites(world, () => shop.updated(input))).toEqual(writes);
  });

  test('stores nothing of a batch, also of the items that do not need it', async () => {
    const { shop, input } = await anUpdateOfEverything();
    const { id } = await given.customer(shop);
    const inputs = [{ id, lastname: 'James' }, input];
    await expectNothingStored(world, 'INSERT reward_had', () => shop.send(documents.updateCustomers, { inputs }));
  });

  test('fails the request that needs it, and none of those that wait with it', async () => {
    const { shop, input } = await anUpdateOfEverything();
    const [first, ...others] = await given.customers(shop, {}, {}, {}, {});
    await world.execute(createTrigger('failing', 'AFTER INSERT ON reward_had', 'fail'));
    try {
      // While the first waits for the writer, the others gather, and are tried together when it is done.
      const held = world.whileWriterIsHeld(new Promise<void>((resolve) => setTimeout(resolve, 300)));
      const before = shop.update({ id: first.id, lastname: 'James' });
      await new Promise((resolve) => setTimeout(resolve, 100));
      const [failed, ...answers] = await Promise.all([
        shop.send(documents.updateCustomer, { input }),
        ...others.map(({ id }) => shop.update({ id, lastname: 'James' })),
      ]);
      await held;
      expect((await before).success).toBe(true);
      expect(failed.errors.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR']);
      expect(answers.map(({ success }) => success)).toEqual([true, true, true]);
    } finally {
      await world.execute(dropTrigger('failing'));
    }
    expect((await shop.customer(input.id ?? '')).version).toBe(1);
    for (const { id } of others) expect((await shop.customer(id)).lastname).toBe('James');
  });
});
