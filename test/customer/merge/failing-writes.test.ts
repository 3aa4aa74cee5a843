import { describe, expect, test } from 'vitest';
import type { UpdateInput } from '../../support/answers.js';
import { documents } from '../../support/documents.js';
import { expectNothingStored, observeWrites, type Write } from '../../support/failing-writes.js';
import type { CustomerSetting } from '../../support/settings.js';
import type { Shop } from '../../support/shop.js';
import { useWorld } from '../../support/world.js';

// Each kind of write of a merge, and of its undo, is made to fail by itself, in the database: nothing has moved then.

const world = useWorld();
const { given } = world;

const everything: CustomerSetting = {
  type: 'LOYALTY',
  customFields: { age: '46' },
  extendedFields: { city: 'Leeds' },
  subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' }],
  pointsSummaries: [{ programId: '1016', lifetimePoints: '10' }],
  lifetimePurchases: '1',
};

/** A merge that writes to every table that a merge can write to, and a way back that does too. */
async function aMergeOfEverything(): Promise<{ shop: Shop; input: UpdateInput; survivorId: string }> {
  const shop = await given.organization({
    configs: { CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1' },
    rewardRules: [
      { name: 'hello', programId: '1016', points: '10', fields: ['firstname'] },
      { name: 'bye', programId: '1016', points: '10', fields: ['lastname'] },
    ],
  });
  const [survivor, victim, inner] = await given.customers(
    shop,
    everything,
    {
      mobile: null,
      email: 'v@example.com',
      externalId: 'V',
      firstname: 'Vera',
      customFields: { nickname: 'Vee' },
      extendedFields: { city: 'York', Gender: 'Other' },
      subscriptions: [
        { channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' },
        { channel: 'EMAIL', priority: 'BULK', status: 'SUBSCRIBED' },
      ],
      pointsSummaries: [
        { programId: '1016', lifetimePoints: '5' },
        { programId: '7', lifetimePoints: '5' },
      ],
      lifetimePurchases: '2',
    },
    { mobile: null, email: 'i@example.com' },
  );
  // So that pointers move, too.
  await shop.updated({ id: victim.id, email: inner.email });
  const input: UpdateInput = {
    id: survivor.id,
    email: victim.email,
    customFields: [{ name: 'age', value: null }],
    idempotencyKey: 'k',
  };
  return { shop, input, survivorId: survivor.id };
}

describe('a write of a merge that fails', () => {
  const writes: Write[] = [
    'DELETE customer_field',
    'DELETE customer_identifier',
    'DELETE points_summary',
    'INSERT audit_event',
    'INSERT customer_field',
    'INSERT customer_identifier',
    'INSERT customer_merge',
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

  test.each(writes)('moves nothing, and is answered as an error that is ours: %s', async (write) => {
    const { shop, input } = await aMergeOfEverything();
    await expectNothingStored(world, write, () => shop.send(documents.updateCustomer, { input }));
    await expectNothingStored(world, write, () => shop.send(documents.updateCustomers, { inputs: [input] }));
    const update = await shop.updated(input);
    expect([update.replayed, update.merges.length, update.sideEffects.length]).toEqual([false, 1, 1]);
  });

  test('was each of those that a merge does', async () => {
    const { shop, input } = await aMergeOfEverything();
    expect(await observeWrites(world, () => shop.updated(input))).toEqual(writes);
  });
});

describe('a write of an undo that fails', () => {
  const writes: Write[] = [
    'DELETE customer_field',
    'DELETE customer_identifier',
    'DELETE points_summary',
    'DELETE subscription',
    'INSERT audit_event',
    'INSERT customer_identifier',
    'INSERT ledger_entry',
    'INSERT points_summary',
    'INSERT reward_had',
    'UPDATE audit_head',
    'UPDATE customer',
    'UPDATE customer_field',
    'UPDATE customer_merge',
    'UPDATE points_summary',
    'UPDATE subscription',
  ];

  async function aMergeToUndo(): Promise<{ shop: Shop; mergeId: string }> {
    const { shop, input, survivorId } = await aMergeOfEverything();
    const { merges } = await shop.updated(input);
    await shop.updated({ id: survivorId, lastname: 'James' });
    return { shop, mergeId: merges[0]?.id ?? '' };
  }

  test.each(writes)('moves nothing, and is answered as an error that is ours: %s', async (write) => {
    const { shop, mergeId } = await aMergeToUndo();
    await expectNothingStored(world, write, () => shop.send(documents.undoCustomerMerge, { mergeId }));
    await shop.undone(mergeId);
  });

  test('was each of those that an undo does', async () => {
    const { shop, mergeId } = await aMergeToUndo();
    expect(await observeWrites(world, () => shop.undone(mergeId))).toEqual(writes);
  });
});
