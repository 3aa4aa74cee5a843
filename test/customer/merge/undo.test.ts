import { describe, expect, test } from 'vitest';
import type { Customer, Merge, UndoPayload, UpdateInput, Updated } from '../../support/answers.js';
import { notice, type ExpectedNotice } from '../../support/codes.js';
import { expectFiguresExplained, expectTombstone, storedState } from '../../support/figures.js';
import { expectNotices } from '../../support/refusals.js';
import type { CustomerSetting, OrganizationSetting } from '../../support/settings.js';
import type { Shop } from '../../support/shop.js';
import { useWorld, type Known } from '../../support/world.js';

// undoCustomerMerge, sentence by sentence. That an undo right after a merge is its reverse, for every row of the rule
// table, is tested with the rules.

const world = useWorld();
const { given } = world;

const merged = 'v@example.com';

interface Merged {
  readonly shop: Shop;
  readonly survivor: Known;
  readonly victim: Known;
  readonly update: Updated;
  readonly merge: Merge;
}

/** A merge that stands: the survivor is the target, unless the settings decide otherwise. */
async function aMerge(
  mine: CustomerSetting = {},
  theirs: CustomerSetting = {},
  input: UpdateInput = {},
  setting: OrganizationSetting = {},
): Promise<Merged> {
  const shop = await given.organization(setting);
  const [survivor, victim] = await given.customers(
    shop,
    { externalId: 'S', ...mine },
    { mobile: null, email: merged, ...theirs },
  );
  const update = await shop.updated({ id: survivor.id, email: victim.email, ...input });
  const [merge] = update.merges as [Merge];
  return { shop, survivor, victim, update, merge };
}

const row = (field: string, previous: string | null, current: string | null, rule: string) => ({
  field,
  previous,
  current,
  rule,
});

function expectRefusedUndo(payload: UndoPayload, ...expected: ExpectedNotice[]): void {
  expectNotices(payload.errors, expected);
  expect(payload).toEqual({
    success: false,
    restored: null,
    survivor: null,
    changes: [],
    kept: [],
    errors: payload.errors,
  });
}

// The page names no path for the errors of an undo; its only argument is mergeId.
const refusal = (code: string): ExpectedNotice => notice(code, 'mergeId');
const conflict = refusal('MERGE_UNDO_CONFLICT');
const expired = refusal('MERGE_UNDO_EXPIRED');
const notFound = refusal('MERGE_NOT_FOUND');

/** Answers the words of the errors. */
async function expectUndoRefused(shop: Shop, mergeId: string, ...expected: ExpectedNotice[]): Promise<string[]> {
  const payload = await world.expectNothingChanged(() => shop.undo(mergeId));
  expectRefusedUndo(payload, ...expected);
  return payload.errors.map(({ message }) => message);
}

describe('an undo', () => {
  test('brings the victim back, and both are found again by what is theirs, without a warning', async () => {
    const { shop, survivor, victim, merge } = await aMerge({}, { externalId: 'V', mobile: '+447700900111' });
    const { restored, survivor: left, success, errors } = await shop.undone(merge.id);
    expect([success, errors, restored.userId, left.userId]).toEqual([true, [], victim.id, survivor.id]);
    for (const by of [{ id: victim.id }, { mobile: '+447700900111' }, { email: merged }, { externalId: 'V' }]) {
      const { customer, warnings } = await shop.updated(by);
      expect([customer.userId, warnings]).toEqual([victim.id, []]);
    }
    for (const by of [{ id: survivor.id }, { mobile: survivor.mobile }, { externalId: 'S' }]) {
      expect((await shop.updated(by)).customer.userId).toBe(survivor.id);
    }
  });

  test('brings the victim back with an identifier that the same request had just given it', async () => {
    const shop = await given.organization({ configs: { CONF_ALLOW_MOBILE_UPDATE: '1' } });
    const [target, survivor] = await given.customers(
      shop,
      { mobile: null, externalId: 'T' },
      { type: 'LOYALTY', mobile: null, email: 's@example.com' },
    );
    const { merges } = await shop.updated({ id: target.id, email: survivor.email, mobile: '+447911123456' });
    const { restored, survivor: left } = await shop.undone(merges[0]?.id ?? '');
    expect(restored).toMatchObject({ userId: target.id, mobile: '447911123456', externalId: 'T', email: null });
    expect(left).toMatchObject({ userId: survivor.id, mobile: null, email: 's@example.com', aliases: [] });
    expect((await shop.findCustomer({ mobile: '447911123456' }))?.userId).toBe(target.id);
  });

  test('leaves an identifier that the request gave the survivor', async () => {
    const { shop, merge } = await aMerge(
      {},
      { externalId: 'V' },
      { email: 'new@example.com', externalId: 'V' },
      { configs: { CONF_ALLOW_EMAIL_UPDATE: '1' } },
    );
    const { survivor, restored } = await shop.undone(merge.id);
    expect([survivor.email, survivor.aliases, restored.email]).toEqual(['new@example.com', [], merged]);
  });

  test('makes the versions of both sides 1 and the greater of theirs, and updatedOn now', async () => {
    const { shop, survivor, merge } = await aMerge();
    for (const firstname of ['A', 'B']) await shop.updated({ id: survivor.id, firstname });
    const { survivor: left, restored } = await shop.undone(merge.id);
    expect([left.version, restored.version]).toEqual([5, 5]);
    expect(left.updatedOn).toBe(restored.updatedOn);
    expect(Math.abs(Date.now() - Date.parse(left.updatedOn))).toBeLessThan(10_000);
  });

  test('tells what went back on the survivor, in the order of answers', async () => {
    const { shop, merge } = await aMerge(
      { email: 's@example.com', lifetimePurchases: '1', extendedFields: { city: 'Leeds' } },
      {
        mobile: '+447700900111',
        firstname: 'Vera',
        fraudStatus: 'CONFIRMED',
        lifetimePurchases: '2',
        extendedFields: { city: 'York' },
        subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
        pointsSummaries: [{ programId: '7', lifetimePoints: '4' }],
      },
      {},
      { configs: { CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1' } },
    );
    const { changes, kept, survivor } = await shop.undone(merge.id);
    expect(kept).toEqual([]);
    // The merge's changes, the other way round; aliases are among them.
    expect(changes.filter(({ field }) => field.startsWith('aliases.'))).toEqual([
      row('aliases.MOBILE', '447700900111', null, 'UNDO'),
      row('aliases.EMAIL', merged, null, 'UNDO'),
    ]);
    expect(changes).toEqual(merge.changes.map(({ field, previous, current }) => row(field, current, previous, 'UNDO')));
    expect(survivor.auditLog.edges[0]?.node).toMatchObject({ action: 'MERGE_UNDONE', changes });
  });

  test('of a merge that was undone, after another merge of the same two, is that merge’s', async () => {
    const { shop, survivor, victim, merge } = await aMerge({}, { firstname: 'Vera' });
    await shop.undone(merge.id);
    const again = await shop.updated({ id: survivor.id, email: merged });
    expect(again.merges[0]?.id).not.toBe(merge.id);
    expect(again.customer.merges).toEqual(again.merges);
    await expectUndoRefused(shop, merge.id, refusal('MERGE_ALREADY_UNDONE'));
    const { restored } = await shop.undone(again.merges[0]?.id ?? '');
    expect(restored).toMatchObject({ userId: victim.id, firstname: 'Vera' });
  });

  test('of two at once is done once', async () => {
    const { shop, merge } = await aMerge({ lifetimePurchases: '1' }, { lifetimePurchases: '2' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => shop.undo(merge.id)));
    expect(answers.filter(({ success }) => success)).toHaveLength(1);
    for (const answer of answers.filter(({ success }) => !success)) {
      expectRefusedUndo(answer, refusal('MERGE_ALREADY_UNDONE'));
    }
  });

  test('is of no consequence to a replay of the merging request, which answers as before', async () => {
    const { shop, survivor, update, merge } = await aMerge({}, { firstname: 'Vera' }, { idempotencyKey: 'k' });
    await shop.undone(merge.id);
    const replay = await world.expectNothingChanged(() =>
      shop.updated({ id: survivor.id, email: merged, idempotencyKey: 'k' }),
    );
    expect(replay).toEqual({ ...update, customer: await shop.customer(survivor.id), replayed: true });
    expect(replay.customer.firstname).toBeNull();
  });
});

describe('the undos of all merges of one request, the last first', () => {
  test.each(['LOYALTY', 'NON_LOYALTY'] as const)(
    'restore all four accounts exactly; the target is %s',
    async (type) => {
      const shop = await given.organization({
        configs: { CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1' },
      });
      const setting = (index: number): CustomerSetting => ({
        mobile: null,
        ...(index % 2 === 0 ? { firstname: `Name ${String(index)}` } : { lastname: `Name ${String(index)}` }),
        registeredOn: `201${String(9 - index)}-01-01T00:00:00Z`,
        registeredTill: `till.${String(1 + (index % 2))}`,
        fraudStatus: index === 2 ? 'CONFIRMED' : 'NONE',
        lifetimePurchases: String(index + 0.5),
        customFields: { [index < 2 ? 'age' : 'shoeSize']: String(index) },
        extendedFields: { city: `City ${String(index)}` },
        subscriptions: [
          { channel: 'SMS', priority: 'BULK', status: index === 1 ? 'UNSUBSCRIBED' : 'SUBSCRIBED' },
          { channel: 'EMAIL', priority: index < 2 ? 'BULK' : 'TRANS', status: 'SUBSCRIBED' },
        ],
        pointsSummaries: [
          { programId: index % 2 === 0 ? '1016' : '7', lifetimePoints: String(index), redeemed: '0.25' },
          ...(index === 3 ? [{ programId: '1016', slabSNo: 5, slabExpiryDate: '2040-01-01 00:00:00' }] : []),
        ],
      });
      const known = await given.customers(
        shop,
        { ...setting(0), type, externalId: 'T' },
        { ...setting(1), mobile: '+447700900111', externalId: 'M' },
        { ...setting(2), email: 'e@example.com', type: 'LOYALTY' },
        { ...setting(3), externalId: 'X' },
      );
      const state = async () => {
        const states: object[] = [];
        for (const { id } of known) states.push(await storedState(world, shop.id, id));
        return states;
      };
      const before = await state();
      const { merges } = await shop.updated({
        id: known[0].id,
        mobile: '+447700900111',
        email: 'e@example.com',
        externalId: 'X',
      });
      expect(merges.map(({ survivorId }) => survivorId)).toEqual(
        merges.map(() => (type === 'LOYALTY' ? known[0].id : known[2].id)),
      );
      for (const { id } of [...merges].reverse()) {
        const { kept, restored, survivor } = await shop.undone(id);
        expect(kept).toEqual([]);
        for (const side of [restored, survivor]) expectFiguresExplained(side);
      }
      expect(await state()).toEqual(before);
    },
  );
});

describe('an undo of one in a chain', () => {
  async function aChain() {
    const shop = await given.organization();
    const [a, b, c] = await given.customers(
      shop,
      { email: 'a@example.com', lifetimePurchases: '1' },
      { email: 'b@example.com', lifetimePurchases: '2' },
      { email: 'c@example.com', lifetimePurchases: '4' },
    );
    const inner = await shop.updated({ id: b.id, email: a.email });
    const stored = [await storedState(world, shop.id, a.id), await storedState(world, shop.id, b.id)];
    const outer = await shop.updated({ id: c.id, email: b.email });
    const [innerId, outerId] = [inner.merges[0]?.id ?? '', outer.merges[0]?.id ?? ''];
    return { shop, a, b, c, inner, innerId, outerId, stored };
  }

  test('gives the victim back the pointers that it had, and does not change those tombstones', async () => {
    const { shop, a, b, c, inner, outerId, stored } = await aChain();
    const { restored, survivor } = await shop.undone(outerId);
    expect(await storedState(world, shop.id, a.id)).toEqual(stored[0]);
    expect(await storedState(world, shop.id, b.id)).toEqual(stored[1]);
    await expectTombstone(world, shop.id, a.id, b.id);
    expect((await shop.customer(a.id)).userId).toBe(b.id);
    expect(restored).toMatchObject({ userId: b.id, merges: inner.merges, lifetimePurchases: '3' });
    expect(survivor).toMatchObject({ userId: c.id, merges: [], lifetimePurchases: '4', aliases: [] });
    for (const side of [restored, survivor]) expectFiguresExplained(side);
  });

  test('can be followed by an undo of the one inside of it', async () => {
    const { shop, a, b, innerId, outerId } = await aChain();
    await shop.undone(outerId);
    const { restored, survivor } = await shop.undone(innerId);
    expect(restored).toMatchObject({ userId: a.id, lifetimePurchases: '1', email: 'a@example.com' });
    expect(survivor).toMatchObject({ userId: b.id, lifetimePurchases: '2', merges: [] });
  });

  test('is refused while its survivor is itself merged away', async () => {
    const { shop, c, innerId, outerId } = await aChain();
    const { errors } = await world.expectNothingChanged(() => shop.undo(innerId));
    // How many reasons that is, where what was the victim's has moved on with the survivor, the page leaves open.
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['MERGE_UNDO_CONFLICT']));
    // One of them says where the survivor is now: that merge has to be undone first.
    expect(errors.map(({ message }) => message)).toContainEqual(expect.stringContaining(c.id));
    await shop.undone(outerId);
    await shop.undone(innerId);
  });

  test('leaves what was merged into the survivor before', async () => {
    const shop = await given.organization();
    const [target, first, second] = await given.customers(
      shop,
      { externalId: 'T', lifetimePurchases: '1' },
      { mobile: null, email: 'a@example.com', lifetimePurchases: '2' },
      { mobile: null, email: 'b@example.com', lifetimePurchases: '4' },
    );
    const one = await shop.updated({ id: target.id, email: first.email });
    const two = await shop.updated({ id: target.id, email: second.email });
    const { survivor } = await shop.undone(two.merges[0]?.id ?? '');
    expect(survivor).toMatchObject({ lifetimePurchases: '3', merges: one.merges, email: 'a@example.com' });
    await expectTombstone(world, shop.id, first.id, target.id);
  });
});

describe('a value that the merge brought', () => {
  type Field = 'firstname' | 'lastname' | 'associatedWith' | 'customFields' | 'extendedFields';
  const victims = {
    firstname: 'Vera',
    lastname: 'Vane',
    associatedWith: 'till.2',
    customFields: { age: '50' },
    extendedFields: { city: 'York' },
  };
  const requests = {
    firstname: ['Rita', null],
    lastname: ['James', null],
    associatedWith: ['till.1', null],
    customFields: [[{ name: 'age', value: '46' }], [{ name: 'age', value: null }]],
    extendedFields: [[{ name: 'city', value: 'Leeds' }], [{ name: 'city', value: null }]],
  } as const;
  const paths: Record<Field, [string, string | null, string | null, string]> = {
    firstname: ['firstname', null, 'Rita', 'FILLED'],
    lastname: ['lastname', null, 'James', 'FILLED'],
    associatedWith: ['associatedWith', null, 'till.1', 'FILLED'],
    customFields: ['customFields.age', null, '46', 'FILLED'],
    extendedFields: ['extendedFields.city', 'Bath', 'Leeds', 'OVERWRITTEN'],
  };
  const overwriting = { configs: { CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1' } };
  const bath: CustomerSetting = { extendedFields: { city: 'Bath' } };

  describe.each(Object.keys(paths) as Field[])('%s', (field) => {
    const [path, found, requested, rule] = paths[field];

    test.each(['by the merging request', 'by a later request'])('and that was changed %s stays', async (when) => {
      const input: UpdateInput = { [field]: requests[field][0] };
      const isLater = when === 'by a later request';
      const { shop, survivor, merge } = await aMerge(bath, victims, isLater ? {} : input, overwriting);
      if (isLater) await shop.updated({ id: survivor.id, ...input });
      const { kept, changes } = await shop.undone(merge.id);
      expect(kept).toEqual([row(path, found, requested, rule)]);
      expect(changes.map((change) => change.field)).not.toContain(path);
    });

    test('and that was cleared since stays cleared', async () => {
      const { shop, survivor, merge } = await aMerge(bath, victims, {}, overwriting);
      await shop.updated({ id: survivor.id, [field]: requests[field][1] });
      const { kept, changes } = await shop.undone(merge.id);
      expect(kept).toEqual([row(path, found, null, rule)]);
      expect(changes.map((change) => change.field)).not.toContain(path);
    });

    test('and that was changed since, and changed back, is the request’s for good', async () => {
      const { shop, survivor, merge, update } = await aMerge(bath, victims, {}, overwriting);
      await shop.updated({ id: survivor.id, [field]: requests[field][0] });
      const theirs =
        typeof victims[field] === 'string'
          ? victims[field]
          : Object.entries(victims[field]).map(([name, value]) => ({ name, value: value }));
      const { customer } = await shop.updated({ id: survivor.id, [field]: theirs });
      expect(customer[field]).toEqual(update.customer[field]);
      const { kept } = await shop.undone(merge.id);
      expect(kept.map((change) => change.field)).toEqual([path]);
    });

    test('goes back where a request gave it as it was, which is no change', async () => {
      const theirs =
        typeof victims[field] === 'string'
          ? victims[field]
          : Object.entries(victims[field]).map(([name, value]) => ({ name, value: value }));
      const { shop, survivor, merge } = await aMerge(bath, victims, { [field]: theirs }, overwriting);
      await shop.updated({ id: survivor.id, [field]: theirs });
      const { kept, changes } = await shop.undone(merge.id);
      expect(kept).toEqual([]);
      expect(changes).toContainEqual(
        row(path, merge.changes.find((change) => change.field === path)?.current ?? null, found, 'UNDO'),
      );
    });
  });

  test('stays by itself: the others go back', async () => {
    const { shop, survivor, merge } = await aMerge(bath, victims, {}, overwriting);
    await shop.updated({ id: survivor.id, lastname: 'James' });
    const { kept, survivor: left } = await shop.undone(merge.id);
    expect(kept).toHaveLength(1);
    expect(left).toMatchObject({
      firstname: null,
      lastname: 'James',
      associatedWith: null,
      customFields: [],
      extendedFields: [{ name: 'city', value: 'Bath' }],
    });
  });

  test('stays out of what the survivor had already: its own changes are its own', async () => {
    const { shop, survivor, merge } = await aMerge({ firstname: 'Sara' }, { firstname: 'Vera' });
    await shop.updated({ id: survivor.id, firstname: 'Rita' });
    const { kept, survivor: left } = await shop.undone(merge.id);
    expect([kept, left.firstname]).toEqual([[], 'Rita']);
  });

  test('goes back also where a request had given and cleared one before the merge', async () => {
    const { shop, survivor, merge } = await aMerge();
    await shop.undone(merge.id);
    await shop.updated({ id: survivor.id, firstname: 'Rita' });
    await shop.updated({ id: survivor.id, firstname: null });
    const [other] = await given.customers(shop, { mobile: null, email: 'w@example.com', firstname: 'Wanda' });
    const { merges } = await shop.updated({ id: survivor.id, email: other.email });
    const { kept, survivor: left } = await shop.undone(merges[0]?.id ?? '');
    expect([kept, left.firstname]).toEqual([[], null]);
  });
});

describe('the registration date with its till, a pair', () => {
  const [early, late, other] = ['2010-01-01T00:00:00Z', '2011-01-01T00:00:00Z', '2012-01-01T00:00:00Z'];
  const mine: CustomerSetting = { registeredOn: late, registeredTill: 'till.1' };
  const theirs: CustomerSetting = { registeredOn: early, registeredTill: 'till.2' };
  const tills: OrganizationSetting = {
    tills: ['till.1', 'till.2', 'till.3'].map((code) => ({ code, name: code })),
  };

  test('goes back whole', async () => {
    const { shop, merge } = await aMerge(mine, theirs, {}, tills);
    const { survivor, kept } = await shop.undone(merge.id);
    expect([survivor.registeredOn, survivor.registeredTill, kept]).toEqual([late, 'till.1', []]);
  });

  test.each<[string, UpdateInput, string, string]>([
    ['the date', { registeredOn: other }, other, 'till.2'],
    ['the till', { registeredTill: 'till.3' }, early, 'till.3'],
    ['both', { registeredOn: other, registeredTill: 'till.3' }, other, 'till.3'],
  ])('stays whole where a request has changed %s since', async (_, input, date, till) => {
    for (const isLater of [true, false]) {
      const { shop, survivor, merge } = await aMerge(mine, theirs, isLater ? {} : input, tills);
      if (isLater) await shop.updated({ id: survivor.id, ...input });
      const { survivor: left, kept, changes } = await shop.undone(merge.id);
      expect([left.registeredOn, left.registeredTill]).toEqual([date, till]);
      expect(kept).toEqual([
        row('registeredOn', late, date, 'EARLIEST'),
        row('registeredTill', 'till.1', till, 'EARLIEST'),
      ]);
      expect(changes.map(({ field }) => field)).toEqual(['email']);
    }
  });

  test('of which the merge brought the date alone stays where the till was changed since', async () => {
    const { shop, survivor, merge } = await aMerge(mine, { registeredOn: early }, {}, tills);
    await shop.updated({ id: survivor.id, registeredTill: 'till.3' });
    const { survivor: left, kept } = await shop.undone(merge.id);
    expect([left.registeredOn, left.registeredTill]).toEqual([early, 'till.3']);
    expect(kept).toContainEqual(row('registeredOn', late, early, 'EARLIEST'));
  });
});

describe('a subscription and a fraud status', () => {
  const sms = (status: 'SUBSCRIBED' | 'UNSUBSCRIBED') => [{ channel: 'SMS', priority: 'BULK', status } as const];
  const mine: CustomerSetting = { subscriptions: sms('SUBSCRIBED') };
  const theirs: CustomerSetting = { subscriptions: sms('UNSUBSCRIBED'), fraudStatus: 'CONFIRMED' };

  test.each<[string, UpdateInput, 'SUBSCRIBED' | 'UNSUBSCRIBED']>([
    ['repeated', { subscriptions: sms('UNSUBSCRIBED') }, 'UNSUBSCRIBED'],
    ['changed', { subscriptions: sms('SUBSCRIBED') }, 'SUBSCRIBED'],
  ])('opt-out that a request has %s since stays as it says', async (_, input, status) => {
    const { shop, survivor, merge } = await aMerge(mine, theirs);
    await shop.updated({ id: survivor.id, ...input });
    const { survivor: left, kept } = await shop.undone(merge.id);
    expect(left.subscriptions).toEqual(sms(status));
    expect(left.fraudStatus).toBe('NONE');
    expect(kept).toEqual([row('subscriptions.SMS.BULK', 'SUBSCRIBED', status, 'OPT_OUT_WINS')]);
  });

  test.each(['CONFIRMED', 'NONE'] as const)('a fraud status that a request has named %s since stays', async (named) => {
    const { shop, survivor, merge } = await aMerge(mine, theirs);
    await shop.updated({ id: survivor.id, fraudStatus: named });
    const { survivor: left, kept } = await shop.undone(merge.id);
    expect(left.fraudStatus).toBe(named);
    expect(left.subscriptions).toEqual(sms('SUBSCRIBED'));
    expect(kept).toEqual([row('fraudStatus', 'NONE', named, 'FRAUD_WINS')]);
  });

  test('that the merging request itself named stay', async () => {
    const input: UpdateInput = { subscriptions: sms('UNSUBSCRIBED'), fraudStatus: 'CONFIRMED' };
    const { shop, merge } = await aMerge(mine, theirs, input);
    const { survivor: left, kept } = await shop.undone(merge.id);
    expect(left).toMatchObject({ fraudStatus: 'CONFIRMED', subscriptions: sms('UNSUBSCRIBED') });
    expect(kept).toEqual([
      row('fraudStatus', 'NONE', 'CONFIRMED', 'FRAUD_WINS'),
      row('subscriptions.SMS.BULK', 'SUBSCRIBED', 'UNSUBSCRIBED', 'OPT_OUT_WINS'),
    ]);
  });

  test('that only another channel was named of go back', async () => {
    const { shop, survivor, merge } = await aMerge(mine, theirs);
    await shop.updated({ id: survivor.id, subscriptions: [{ channel: 'SMS', priority: 'TRANS' }] });
    const { survivor: left, kept } = await shop.undone(merge.id);
    expect([left.fraudStatus, kept]).toEqual(['NONE', []]);
    expect(left.subscriptions).toContainEqual(sms('SUBSCRIBED')[0]);
  });

  test('are the victim’s again as they were, whatever was said of the survivor', async () => {
    const { shop, survivor, merge } = await aMerge(mine, theirs);
    await shop.updated({ id: survivor.id, subscriptions: sms('SUBSCRIBED'), fraudStatus: 'NONE' });
    const { restored } = await shop.undone(merge.id);
    expect(restored).toMatchObject({ fraudStatus: 'CONFIRMED', subscriptions: sms('UNSUBSCRIBED') });
  });

  test('that a standing merge had set before are that merge’s again, and go back with it', async () => {
    const shop = await given.organization();
    const [inner, middle, outer] = await given.customers(
      shop,
      { mobile: null, email: 'i@example.com', fraudStatus: 'CONFIRMED', subscriptions: sms('UNSUBSCRIBED') },
      { mobile: null, externalId: 'M', subscriptions: sms('SUBSCRIBED') },
      {},
    );
    const first = await shop.updated({ id: middle.id, email: inner.email });
    const second = await shop.updated({ id: outer.id, externalId: 'M' });
    await shop.undone(second.merges[0]?.id ?? '');
    const { survivor } = await shop.undone(first.merges[0]?.id ?? '');
    expect(survivor).toMatchObject({ userId: middle.id, fraudStatus: 'NONE', subscriptions: sms('SUBSCRIBED') });
  });
});

describe('a value that two merges brought, one over the other', () => {
  const overwriting = { configs: { CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1' } };
  const sms = (status: 'SUBSCRIBED' | 'UNSUBSCRIBED') => [{ channel: 'SMS', priority: 'BULK', status } as const];

  async function twoMerges(between: UpdateInput): Promise<{ shop: Shop; id: string; mergeIds: [string, string] }> {
    const shop = await given.organization(overwriting);
    const [target, first, second] = await given.customers(
      shop,
      {},
      { mobile: null, email: 'a@example.com', extendedFields: { city: 'York' }, subscriptions: sms('SUBSCRIBED') },
      { mobile: null, email: 'b@example.com', extendedFields: { city: 'Bath' }, subscriptions: sms('UNSUBSCRIBED') },
    );
    const one = await shop.updated({ id: target.id, email: first.email });
    await shop.updated({ id: target.id, ...between });
    const two = await shop.updated({ id: target.id, email: second.email });
    return { shop, id: target.id, mergeIds: [one.merges[0]?.id ?? '', two.merges[0]?.id ?? ''] };
  }

  test('goes back step by step', async () => {
    const { shop, mergeIds } = await twoMerges({});
    const second = await shop.undone(mergeIds[1]);
    expect(second.survivor).toMatchObject({
      extendedFields: [{ name: 'city', value: 'York' }],
      subscriptions: sms('SUBSCRIBED'),
    });
    const first = await shop.undone(mergeIds[0]);
    expect(first.survivor).toMatchObject({ extendedFields: [], subscriptions: [] });
    expect([first.kept, second.kept]).toEqual([[], []]);
  });

  test('goes back to what a request said between them, and no further', async () => {
    const { shop, mergeIds } = await twoMerges({
      extendedFields: [{ name: 'city', value: 'Leeds' }],
      subscriptions: sms('SUBSCRIBED'),
    });
    const said = { extendedFields: [{ name: 'city', value: 'Leeds' }], subscriptions: sms('SUBSCRIBED') };
    const second = await shop.undone(mergeIds[1]);
    expect([second.kept, second.survivor]).toMatchObject([[], said]);
    const first = await shop.undone(mergeIds[0]);
    expect(first.survivor).toMatchObject(said);
    expect(first.kept).toEqual([
      row('extendedFields.city', null, 'Leeds', 'FILLED'),
      row('subscriptions.SMS.BULK', null, 'SUBSCRIBED', 'FILLED'),
    ]);
  });

  test('stays with both where a request said something after them', async () => {
    const { shop, id, mergeIds } = await twoMerges({});
    await shop.updated({
      id,
      extendedFields: [{ name: 'city', value: 'Hull' }],
      subscriptions: sms('UNSUBSCRIBED'),
    });
    const said = { extendedFields: [{ name: 'city', value: 'Hull' }], subscriptions: sms('UNSUBSCRIBED') };
    for (const mergeId of mergeIds.toReversed()) {
      const { survivor, kept } = await shop.undone(mergeId);
      expect(survivor).toMatchObject(said);
      expect(kept).toHaveLength(2);
    }
  });
});

describe('figures', () => {
  const rewards: OrganizationSetting = {
    rewardRules: [
      { name: 'main', programId: '1016', points: '10', fields: ['firstname'] },
      { name: 'coffee', programId: '7', points: '3', fields: ['lastname'] },
    ],
  };
  const loyal: CustomerSetting = { type: 'LOYALTY' };

  test('are subtracted: what came in since stays', async () => {
    const { shop, survivor, merge } = await aMerge(
      { ...loyal, pointsSummaries: [{ programId: '1016', lifetimePoints: '100', redeemed: '5' }] },
      { lifetimePurchases: '7', pointsSummaries: [{ programId: '1016', lifetimePoints: '20', redeemed: '1' }] },
      {},
      rewards,
    );
    await shop.updated({ id: survivor.id, firstname: 'Rita' });
    const { survivor: left, restored, changes } = await shop.undone(merge.id);
    expect(left.pointsSummaries[0]).toMatchObject({ lifetimePoints: '110', redeemed: '5', loyaltyPoints: '105' });
    expect(restored.pointsSummaries[0]).toMatchObject({ lifetimePoints: '20', redeemed: '1' });
    expect([left.lifetimePurchases, restored.lifetimePurchases]).toEqual(['0', '7']);
    expect(changes).toContainEqual(row('pointsSummaries.1016.lifetimePoints', '130', '110', 'UNDO'));
    for (const side of [left, restored]) expectFiguresExplained(side);
  });

  test('of a summary that the merge made go with it, where nothing is left in it', async () => {
    const { shop, merge } = await aMerge(
      loyal,
      { pointsSummaries: [{ programId: '7', lifetimePoints: '20', slabExpiryDate: '2119-01-01 00:00:00' }] },
      {},
      rewards,
    );
    const { survivor: left, restored, changes } = await shop.undone(merge.id);
    expect(left.pointsSummaries).toEqual([]);
    expect(restored.pointsSummaries).toHaveLength(1);
    expect(changes).toContainEqual(row('pointsSummaries.7.lifetimePoints', '20', null, 'UNDO'));
    for (const side of [left, restored]) expectFiguresExplained(side);
  });

  test('of a summary that the merge made stand in the lowest slab without expiry, where something is left', async () => {
    const { shop, survivor, merge } = await aMerge(
      loyal,
      {
        pointsSummaries: [
          { programId: '1016', lifetimePoints: '20', slabSNo: 2, slabExpiryDate: '2119-01-01 00:00:00' },
        ],
      },
      {},
      rewards,
    );
    await shop.updated({ id: survivor.id, firstname: 'Rita' });
    const { survivor: left, restored } = await shop.undone(merge.id);
    expect(left.pointsSummaries).toMatchObject([
      { programId: '1016', lifetimePoints: '10', slabSNo: 1, currentSlab: 'bronze', slabExpiryDate: null },
    ]);
    expect(restored.pointsSummaries).toMatchObject([{ slabSNo: 2, slabExpiryDate: '2119-01-01T00:00:00Z' }]);
    for (const side of [left, restored]) expectFiguresExplained(side);
  });

  test.each<[string, NonNullable<OrganizationSetting['programs']>, object]>([
    [
      'of its program',
      [
        { id: '1', name: 'Other', slabs: [{ serialNumber: 4, name: 'only' }] },
        {
          id: '2',
          name: 'Own',
          slabs: [
            { serialNumber: 3, name: 'low' },
            { serialNumber: 6, name: 'high' },
          ],
        },
      ],
      { slabSNo: 3, currentSlab: 'low' },
    ],
    ['or in none, as its program', [{ id: '2', name: 'Plain' }], { slabSNo: null, currentSlab: null }],
  ])('of such a summary stand in the lowest slab %s', async (_, programs, slab) => {
    const { shop, survivor, merge } = await aMerge(
      loyal,
      { pointsSummaries: [{ programId: '2', lifetimePoints: '20' }] },
      {},
      { programs, rewardRules: [{ name: 'hello', programId: '2', points: '10', fields: ['firstname'] }] },
    );
    await shop.updated({ id: survivor.id, firstname: 'Rita' });
    const { survivor: left } = await shop.undone(merge.id);
    expect(left.pointsSummaries).toMatchObject([{ programId: '2', lifetimePoints: '10', ...slab }]);
  });

  test('are kept from what the merging request did beside: an award, an enrolment', async () => {
    const { shop, merge } = await aMerge(
      {},
      { lastname: 'Vane', lifetimePurchases: '1' },
      { type: 'LOYALTY', firstname: 'Rita' },
      rewards,
    );
    const { survivor: left, restored } = await shop.undone(merge.id);
    expect(left).toMatchObject({ type: 'LOYALTY', firstname: 'Rita', lastname: null, lifetimePoints: '13' });
    expect(left.registeredOn).not.toBeNull();
    expect(restored).toMatchObject({ type: 'NON_LOYALTY', lifetimePoints: '0', lifetimePurchases: '1' });
    for (const side of [left, restored]) expectFiguresExplained(side);
  });

  test('and slab go back as a pair with the expiry', async () => {
    const soon = '2030-01-01T00:00:00Z';
    const { shop, merge } = await aMerge(
      { pointsSummaries: [{ programId: '1016', slabSNo: 1, slabExpiryDate: soon }] },
      { pointsSummaries: [{ programId: '1016', slabSNo: 2 }] },
    );
    const { survivor: left, changes } = await shop.undone(merge.id);
    expect(left).toMatchObject({ currentSlab: 'bronze', tierExpiryDate: soon });
    expect(changes.slice(1)).toEqual([
      row('pointsSummaries.1016.slabSNo', '2', '1', 'UNDO'),
      row('pointsSummaries.1016.slabExpiryDate', null, soon, 'UNDO'),
    ]);
  });
});

describe('a reward', () => {
  const rewards: OrganizationSetting = {
    rewardRules: [{ name: 'hello', programId: '1016', points: '10', fields: ['firstname'] }],
  };
  const loyal: CustomerSetting = { type: 'LOYALTY' };

  test.each([
    'the survivor had before',
    'the victim had before',
    'the survivor was given since',
    'the merge brought about',
  ])('that %s counts as had by both', async (when) => {
    const shop = await given.organization(rewards);
    const [survivor, victim] = await given.customers(shop, loyal, {
      ...loyal,
      mobile: null,
      email: merged,
      ...(when === 'the merge brought about' ? { firstname: 'Vera' } : {}),
    });
    if (when === 'the survivor had before') await shop.updated({ id: survivor.id, firstname: 'Rita' });
    if (when === 'the victim had before') await shop.updated({ id: victim.id, firstname: 'Vera' });
    const { merges, sideEffects } = await shop.updated({ id: survivor.id, email: merged });
    expect(sideEffects).toHaveLength(when === 'the merge brought about' ? 1 : 0);
    if (when === 'the survivor was given since') await shop.updated({ id: survivor.id, firstname: 'Rita' });
    await shop.undone(merges[0]?.id ?? '');
    for (const { id } of [survivor, victim]) {
      expect((await shop.updated({ id, firstname: 'Rosa' })).sideEffects).toEqual([]);
      expect((await shop.updated({ id, firstname: 'Rhea' })).sideEffects).toEqual([]);
    }
  });

  test('that neither had is had by each for itself afterwards', async () => {
    const shop = await given.organization(rewards);
    const [survivor, victim] = await given.customers(shop, loyal, { ...loyal, mobile: null, email: merged });
    const { merges } = await shop.updated({ id: survivor.id, email: merged });
    await shop.undone(merges[0]?.id ?? '');
    for (const { id } of [survivor, victim]) {
      expect((await shop.updated({ id, firstname: 'Rosa' })).sideEffects).toHaveLength(1);
    }
  });
});

describe('an undo is refused', () => {
  test('where a figure would go beyond what a Decimal holds, as it may when the victim owed points', async () => {
    const most = '999999999990';
    const { shop, merge } = await aMerge(
      { type: 'LOYALTY', pointsSummaries: [{ programId: '1016', lifetimePoints: most, redeemed: most }] },
      { type: 'LOYALTY', pointsSummaries: [{ programId: '1016', lifetimePoints: '-100' }] },
      { firstname: 'Rita' },
      { rewardRules: [{ name: 'named', programId: '1016', points: '50', fields: ['firstname'] }] },
    );
    await expectUndoRefused(shop, merge.id, refusal('MERGE_UNDO_CONFLICT'));
  });

  test('for a later merge alone, where that one’s figures are what would go beyond a Decimal', async () => {
    const { shop, survivor, merge } = await aMerge({ lifetimePurchases: '0.001' }, { lifetimePurchases: '-1' });
    const [rich] = await given.customers(shop, {
      mobile: null,
      email: 'w@example.com',
      lifetimePurchases: '999999999999.999',
    });
    const later = await shop.updated({ id: survivor.id, email: rich.email });
    await expectUndoRefused(shop, merge.id, refusal('MERGE_UNDO_CONFLICT'));
    await shop.undone(later.merges[0]?.id ?? '');
    await shop.undone(merge.id);
  });

  const day = 24 * 60 * 60 * 1000;
  const age = (merge: Merge, milliseconds: number) =>
    world.execute('UPDATE customer_merge SET merged_at = ? WHERE id = ?', [Date.now() - milliseconds, merge.id]);

  test('alone where there is no such merge, or it is another organization’s, or a preview’s', async () => {
    const { shop, victim, merge } = await aMerge();
    const other = await given.organization();
    for (const id of ['x', '', 'a\u0000', `preview:${victim.id}`, merge.id.toUpperCase() + ' ']) {
      await expectUndoRefused(shop, id, notFound);
    }
    await expectUndoRefused(other, merge.id, notFound);
  });

  test('alone where it has been undone, however long ago it was made', async () => {
    const { shop, merge } = await aMerge();
    await shop.undone(merge.id);
    await expectUndoRefused(shop, merge.id, refusal('MERGE_ALREADY_UNDONE'));
    await age(merge, 31 * day);
    await expectUndoRefused(shop, merge.id, refusal('MERGE_ALREADY_UNDONE'));
  });

  test.each<[string, OrganizationSetting, number]>([
    ['30 days, by default', {}, 30],
    ['MERGE_UNDO_DAYS', { configs: { MERGE_UNDO_DAYS: '2' } }, 2],
  ])('after %s, and not before', async (_, setting, days) => {
    const { shop, merge } = await aMerge({}, {}, {}, setting);
    await age(merge, days * day + 60_000);
    await expectUndoRefused(shop, merge.id, expired);
    await age(merge, days * day - 60_000);
    await shop.undone(merge.id);
  });

  test('where a later merge into the same survivor stands: that is undone first', async () => {
    const { shop, survivor, merge } = await aMerge();
    const [other] = await given.customers(shop, { mobile: null, email: 'w@example.com' });
    const later = await shop.updated({ id: survivor.id, email: other.email });
    await expectUndoRefused(shop, merge.id, conflict);
    await shop.undone(later.merges[0]?.id ?? '');
    await shop.undone(merge.id);
  });

  test('where a later merge of the same request stands', async () => {
    const shop = await given.organization();
    const [target, first, second] = await given.customers(
      shop,
      {},
      { mobile: null, email: merged },
      { mobile: null, externalId: 'W' },
    );
    const { merges } = await shop.updated({ id: target.id, email: first.email, externalId: second.externalId });
    await expectUndoRefused(shop, merges[0]?.id ?? '', conflict);
    await shop.undone(merges[1]?.id ?? '');
    await shop.undone(merges[0]?.id ?? '');
  });

  const figures = ['redeemed', 'expired', 'returned', 'lifetime_points', 'cumulative_purchases'];
  const main = (value: string): CustomerSetting => ({
    lifetimePurchases: value,
    pointsSummaries: [
      {
        programId: '1016',
        redeemed: value,
        expired: value,
        returned: value,
        adjusted: value,
        lifetimePoints: value === '0' ? '0' : '1000',
        cumulativePurchases: value,
      },
    ],
  });
  const change = (figure: string, { shop, survivor }: Merged, thousandths: number) =>
    figure === 'lifetime_purchases'
      ? world.execute('UPDATE customer SET lifetime_purchases = ? WHERE organization_id = ? AND id = ?', [
          thousandths,
          shop.id,
          Number(survivor.id),
        ])
      : world.execute(`UPDATE points_summary SET ${figure} = ? WHERE organization_id = ? AND customer_id = ?`, [
          thousandths,
          shop.id,
          Number(survivor.id),
        ]);

  test.each([...figures, 'lifetime_purchases'])('where %s would go below zero', async (figure) => {
    const so = await aMerge(main('0'), main('100'));
    await change(figure, so, figure === 'lifetime_points' ? 999_999 : 99_999);
    const words = await expectUndoRefused(so.shop, so.merge.id, conflict);
    const name = figure.replace(/_(.)/, (_, letter: string) => letter.toUpperCase());
    expect(words[0]).toContain(figure === 'lifetime_purchases' ? name : `pointsSummaries.1016.${name}`);
    await change(figure, so, figure === 'lifetime_points' ? 1_000_000 : 100_000);
    await so.shop.undone(so.merge.id);
  });

  test('where loyaltyPoints would go below zero, for what was redeemed since', async () => {
    const so = await aMerge(main('0'), { pointsSummaries: [{ programId: '1016', lifetimePoints: '50' }] });
    await change('redeemed', so, 1);
    const words = await expectUndoRefused(so.shop, so.merge.id, conflict);
    expect(words[0]).toContain('pointsSummaries.1016.loyaltyPoints');
  });

  test('not where adjusted would go below zero', async () => {
    const so = await aMerge(main('0'), { pointsSummaries: [{ programId: '1016', adjusted: '100' }] });
    await change('adjusted', so, 1);
    await change('lifetime_points', so, 1_000_000);
    const { survivor } = await so.shop.undone(so.merge.id);
    expect(survivor.pointsSummaries[0]?.adjusted).toBe('-99.999');
  });

  test('not where a figure was below zero on the survivor before the merge', async () => {
    const so = await aMerge(
      { lifetimePurchases: '-5', pointsSummaries: [{ programId: '1016', redeemed: '7', adjusted: '0' }] },
      { lifetimePurchases: '3', pointsSummaries: [{ programId: '1016', lifetimePoints: '20', redeemed: '1' }] },
    );
    const { survivor } = await so.shop.undone(so.merge.id);
    expect(survivor).toMatchObject({ lifetimePurchases: '-5', loyaltyPoints: '-7' });
  });

  test.each(['MOBILE', 'EMAIL'])('where an identifier of the victim has gone elsewhere: its %s', async (type) => {
    const { shop, merge } = await aMerge({}, { mobile: '+447700900111' });
    const { id } = await given.customer(shop, { mobile: null, externalId: 'X' });
    // No request can do this; what can is left to be built.
    await world.execute(
      'UPDATE customer_identifier SET customer_id = ?, is_alias = false WHERE organization_id = ? AND type = ? AND value = ?',
      [Number(id), shop.id, type, type === 'MOBILE' ? '447700900111' : merged],
    );
    await expectUndoRefused(shop, merge.id, conflict);
  });

  test('with one error for each reason, all at once', async () => {
    const so = await aMerge(main('0'), main('100'));
    const { shop, survivor, merge } = so;
    const [other] = await given.customers(shop, { mobile: null, email: 'w@example.com' });
    await shop.updated({ id: survivor.id, email: other.email });
    await change('redeemed', so, 0);
    const { id } = await given.customer(shop, { mobile: null, externalId: 'X' });
    await world.execute('UPDATE customer_identifier SET customer_id = ? WHERE organization_id = ? AND value = ?', [
      Number(id),
      shop.id,
      merged,
    ]);
    await age(merge, 31 * day);
    const payload = await world.expectNothingChanged(() => shop.undo(merge.id));
    expectRefusedUndo(
      { ...payload, errors: [...payload.errors].sort((a, b) => (a.code < b.code ? -1 : 1)) },
      conflict,
      conflict,
      conflict,
      expired,
    );
    expect(new Set(payload.errors.map(({ message }) => message)).size).toBe(4);
  });

  test('with the later merge as a reason of its own, where the survivor is itself merged away', async () => {
    const { shop, survivor, merge } = await aMerge();
    const [second, outer] = await given.customers(shop, { mobile: null, email: 'w@example.com' }, {});
    await shop.updated({ id: survivor.id, email: second.email });
    await shop.updated({ id: outer.id, mobile: survivor.mobile });
    const { errors } = await world.expectNothingChanged(() => shop.undo(merge.id));
    expect(errors.length).toBeGreaterThanOrEqual(2);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['MERGE_UNDO_CONFLICT']));
  });
});

test('what was the victim’s alone is shown as such after an undo', async () => {
  const { shop, survivor, victim, merge } = await aMerge({ firstname: 'Sara' }, { firstname: 'Vera' });
  const { restored, survivor: left }: { restored: Customer; survivor: Customer } = await shop.undone(merge.id);
  expect([restored.firstname, left.firstname]).toEqual(['Vera', 'Sara']);
  expect((await shop.customer(victim.id)).merges).toEqual([]);
  expect((await shop.customer(survivor.id)).merges).toEqual([]);
});

test('an option that only an undo would bring back is in use until then: an import keeps it', async () => {
  const configs = { CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1' };
  const gender = (...options: string[]) => ({
    configs,
    extendedFields: [{ name: 'Gender', type: 'ENUM', options }] as const,
  });
  const [mine, theirs] = [{ extendedFields: { Gender: 'Male' } }, { extendedFields: { Gender: 'Female' } }];
  const { shop, survivor, merge } = await aMerge(mine, theirs, {}, gender('Male', 'Female', 'Other'));
  await expect(given.settings(shop, gender('Female'))).rejects.toThrow(
    'organization.extendedFields[0].options: must keep Male: an undo of a merge would bring it back',
  );
  await given.settings(shop, gender('Male', 'Female'));
  const { survivor: left } = await shop.undone(merge.id);
  expect(left.extendedFields).toEqual([{ name: 'Gender', value: 'Male' }]);
  await shop.updated({ id: survivor.id, extendedFields: [{ name: 'Gender', value: 'Female' }] });
  await given.settings(shop, gender('Female'));
});
