import { describe, expect, test } from 'vitest';
import type { AuditEvent, Customer, UpdateInput } from '../../support/answers.js';
import { notice } from '../../support/codes.js';
import { expectRefused } from '../../support/refusals.js';
import type { CustomerSetting } from '../../support/settings.js';
import type { Shop } from '../../support/shop.js';
import { useWorld } from '../../support/world.js';

// What a request says wins over what its merge brought; but a person's opt-out and a fraud mark stand, and what a
// request has named is the request's.

const world = useWorld();
const { given } = world;

type Status = 'SUBSCRIBED' | 'UNSUBSCRIBED';
type Entry = readonly [previous: string | null, current: string | null, rule: string];

const subscribed = (status: Status | null): CustomerSetting =>
  status === null ? {} : { subscriptions: [{ channel: 'SMS', priority: 'BULK', status }] };
const naming = (status: Status): UpdateInput => ({ subscriptions: [{ channel: 'SMS', priority: 'BULK', status }] });
const statusOf = ({ subscriptions }: Customer): Status | null => subscriptions[0]?.status ?? null;

async function mergeWith(
  mine: CustomerSetting,
  theirs: CustomerSetting,
  input: UpdateInput,
): Promise<{ shop: Shop; target: string; other: string; input: UpdateInput }> {
  const shop = await given.organization();
  const [target, other] = await given.customers(shop, mine, { mobile: null, email: 'o@example.com', ...theirs });
  return { shop, target: target.id, other: other.id, input: { id: target.id, email: other.email, ...input } };
}

const entriesOf = (changes: Customer['auditLog']['edges'][number]['node']['changes'], field: string): Entry[] =>
  changes.filter((change) => change.field === field).map(({ previous, current, rule }) => [previous, current, rule]);

const updatedEvents = ({ auditLog }: Customer): AuditEvent[] =>
  auditLog.edges.map(({ node }) => node).filter(({ action }) => action === 'UPDATED');

describe('a subscription that the request names', () => {
  const [S, U] = ['SUBSCRIBED', 'UNSUBSCRIBED'] as const;

  // The target survives. SUBSCRIBED counts against its own value, never against the victim's opt-out.
  // The page leaves open whether a SUBSCRIBED that does not count is a naming all the same: here it names nothing.
  test.each<[Status | null, Status | null, Status, Status, Entry?]>([
    [null, null, S, S, [null, S, 'REQUEST']],
    [null, null, U, U, [null, U, 'REQUEST']],
    [null, S, S, S, [null, S, 'REQUEST']],
    [null, S, U, U, [null, U, 'REQUEST']],
    [null, U, S, U, [null, U, 'OPT_OUT_WINS']],
    [null, U, U, U, [null, U, 'REQUEST']],
    [S, null, S, S],
    [S, null, U, U, [S, U, 'REQUEST']],
    [S, S, S, S],
    [S, S, U, U, [S, U, 'REQUEST']],
    [S, U, S, U, [S, U, 'OPT_OUT_WINS']],
    [S, U, U, U, [S, U, 'REQUEST']],
    [U, null, S, S, [U, S, 'REQUEST']],
    [U, null, U, U],
    [U, S, S, S, [U, S, 'REQUEST']],
    [U, S, U, U],
    [U, U, S, U],
    [U, U, U, U],
  ])('where the target says %s and the victim %s, as %s, is %s', async (mine, theirs, asked, after, entry) => {
    const { shop, input } = await mergeWith(subscribed(mine), subscribed(theirs), naming(asked));
    const preview = await shop.previewed(input);
    const { customer, changes, planHash } = await shop.updated(input);
    expect(statusOf(customer)).toBe(after);
    expect(entriesOf(changes, 'subscriptions.SMS.BULK')).toEqual(entry === undefined ? [] : [entry]);
    expect([preview.changes, preview.planHash]).toEqual([changes, planHash]);
  });

  // The target is merged into a LOYALTY customer. The request is judged against the target, and written to the survivor.
  test.each<[Status | null, Status | null, Status, Status, Entry?]>([
    [null, null, S, S, [null, S, 'REQUEST']],
    [null, null, U, U, [null, U, 'REQUEST']],
    [null, S, S, S],
    [null, S, U, U, [S, U, 'REQUEST']],
    [null, U, S, U],
    [null, U, U, U],
    [S, null, S, S, [null, S, 'REQUEST']],
    [S, null, U, U, [null, U, 'REQUEST']],
    [S, S, S, S],
    [S, U, S, U],
    // The target's own opt-out is overruled; the merge had set it on the survivor, so the value is named.
    [U, null, S, S, [null, S, 'REQUEST']],
    [U, null, U, U, [null, U, 'REQUEST']],
    [U, S, S, S, [S, S, 'REQUEST']],
    [U, S, U, U, [S, U, 'REQUEST']],
    [U, U, S, U],
    [U, U, U, U],
  ])(
    'where the target, which does not survive, says %s and the survivor %s, as %s, is %s',
    async (mine, theirs, asked, after, entry) => {
      const { shop, other, input } = await mergeWith(
        subscribed(mine),
        { type: 'LOYALTY', ...subscribed(theirs) },
        naming(asked),
      );
      const { customer, changes } = await shop.updated(input);
      expect([customer.userId, statusOf(customer)]).toEqual([other, after]);
      expect(entriesOf(changes, 'subscriptions.SMS.BULK')).toEqual(entry === undefined ? [] : [entry]);
    },
  );

  test('and that a standing merge set becomes the request’s, once: a stored change though nothing differs', async () => {
    const { shop, target, input } = await mergeWith(subscribed(S), subscribed(U), {});
    await shop.updated(input);
    const name: UpdateInput = { id: target, ...naming(U) };
    const preview = await world.expectNothingChanged(() => shop.previewed(name));
    const { customer, changes, planHash } = await shop.updated(name);
    const expected = [{ field: 'subscriptions.SMS.BULK', previous: U, current: U, rule: 'REQUEST' }];
    expect([changes, preview.changes, preview.planHash]).toEqual([expected, expected, planHash]);
    expect(customer.version).toBe(3);
    expect(updatedEvents(customer).map((event) => event.changes)).toEqual([expected]);
    const again = await world.expectNothingChanged(() => shop.updated(name));
    expect(again.changes).toEqual([]);
  });

  test('and that this request’s own merge set is named in an UPDATED event behind the merge’s', async () => {
    const { shop, input } = await mergeWith(subscribed(S), subscribed(U), naming(U));
    const { customer, merges } = await shop.updated(input);
    expect(entriesOf(merges[0]?.changes ?? [], 'subscriptions.SMS.BULK')).toEqual([[S, U, 'OPT_OUT_WINS']]);
    expect(customer.auditLog.edges.map(({ node }) => node.action)).toEqual(['UPDATED', 'MERGED', 'MERGED']);
    expect(updatedEvents(customer)[0]?.changes).toEqual([
      { field: 'subscriptions.SMS.BULK', previous: U, current: U, rule: 'REQUEST' },
    ]);
  });

  test('stands in the way of no later request: the person may subscribe again', async () => {
    const { shop, target, input } = await mergeWith(subscribed(S), subscribed(U), {});
    await shop.updated(input);
    const { customer, changes } = await shop.updated({ id: target, ...naming(S) });
    expect(statusOf(customer)).toBe(S);
    expect(entriesOf(changes, 'subscriptions.SMS.BULK')).toEqual([[U, S, 'REQUEST']]);
  });

  test('and that no merge set is no change where it does not differ', async () => {
    const { shop, target, input } = await mergeWith(subscribed(U), subscribed(S), {});
    await shop.updated(input);
    const { changes } = await world.expectNothingChanged(() => shop.updated({ id: target, ...naming(U) }));
    expect(changes).toEqual([]);
  });
});

describe('a fraud status that the request names', () => {
  const [N, C] = ['NONE', 'CONFIRMED'] as const;
  type Fraud = Customer['fraudStatus'];

  test.each<[Fraud, Fraud, Fraud, Fraud, Entry?]>([
    [N, N, N, N],
    [N, N, C, C, [N, C, 'REQUEST']],
    [N, C, N, C, [N, C, 'FRAUD_WINS']],
    [N, C, C, C, [N, C, 'REQUEST']],
    [C, N, N, N, [C, N, 'REQUEST']],
    [C, N, C, C],
    [C, C, N, C],
    [C, C, C, C],
  ])('where the target says %s and the victim %s, as %s, is %s', async (mine, theirs, asked, after, entry) => {
    const { shop, input } = await mergeWith({ fraudStatus: mine }, { fraudStatus: theirs }, { fraudStatus: asked });
    const { customer, changes } = await shop.updated(input);
    expect(customer.fraudStatus).toBe(after);
    expect(entriesOf(changes, 'fraudStatus')).toEqual(entry === undefined ? [] : [entry]);
  });

  test.each<[Fraud, Fraud, Fraud, Fraud, Entry?]>([
    [N, N, C, C, [N, C, 'REQUEST']],
    [N, C, N, C],
    [N, C, C, C],
    [C, N, N, N, [N, N, 'REQUEST']],
    [C, N, C, C, [N, C, 'REQUEST']],
    [C, C, N, C],
  ])(
    'where the target, which does not survive, says %s and the survivor %s, as %s, is %s',
    async (mine, theirs, asked, after, entry) => {
      const { shop, other, input } = await mergeWith(
        { fraudStatus: mine },
        { type: 'LOYALTY', fraudStatus: theirs },
        { fraudStatus: asked },
      );
      const { customer, changes } = await shop.updated(input);
      expect([customer.userId, customer.fraudStatus]).toEqual([other, after]);
      expect(entriesOf(changes, 'fraudStatus')).toEqual(entry === undefined ? [] : [entry]);
    },
  );

  test('and that a standing merge set becomes the request’s, once: a stored change though nothing differs', async () => {
    const { shop, target, input } = await mergeWith({}, { fraudStatus: C }, {});
    await shop.updated(input);
    const name: UpdateInput = { id: target, fraudStatus: C };
    const { customer, changes } = await shop.updated(name);
    expect(changes).toEqual([{ field: 'fraudStatus', previous: C, current: C, rule: 'REQUEST' }]);
    expect(customer.version).toBe(3);
    const again = await world.expectNothingChanged(() => shop.updated(name));
    expect(again.changes).toEqual([]);
  });

  test('is cleared by a later request', async () => {
    const { shop, target, input } = await mergeWith({}, { fraudStatus: C }, {});
    await shop.updated(input);
    expect((await shop.updated({ id: target, fraudStatus: N })).customer.fraudStatus).toBe(N);
  });
});

describe('another value that the request gives', () => {
  test('wins over what the merge brought; the record and the audit tell both', async () => {
    const { shop, target, other, input } = await mergeWith({}, { firstname: 'Vera' }, { firstname: 'Rita' });
    const { customer, changes, merges } = await shop.updated(input);
    expect(entriesOf(changes, 'firstname')).toEqual([[null, 'Rita', 'REQUEST']]);
    expect(entriesOf(merges[0]?.changes ?? [], 'firstname')).toEqual([[null, 'Vera', 'FILLED']]);
    expect(customer.firstname).toBe('Rita');
    const events = customer.auditLog.edges.map(({ node }) => node);
    expect(
      events.map(({ customerId, action, changes: told }) => [customerId, action, entriesOf(told, 'firstname')]),
    ).toEqual([
      [target, 'UPDATED', [['Vera', 'Rita', 'REQUEST']]],
      [other, 'MERGED', []],
      [target, 'MERGED', [[null, 'Vera', 'FILLED']]],
    ]);
  });

  test('and that is what the merge brought leaves the merge’s rule, and nothing beyond the merge', async () => {
    const { shop, input } = await mergeWith({}, { firstname: 'Vera' }, { firstname: 'Vera' });
    const { customer, changes } = await shop.updated(input);
    expect(entriesOf(changes, 'firstname')).toEqual([[null, 'Vera', 'FILLED']]);
    expect(updatedEvents(customer)).toEqual([]);
  });

  test('null clears what the merge brought: net no change, and yet the audit tells both steps', async () => {
    const { shop, input } = await mergeWith({}, { firstname: 'Vera' }, { firstname: null });
    const { customer, changes, merges } = await shop.updated(input);
    expect(customer.firstname).toBeNull();
    expect(entriesOf(changes, 'firstname')).toEqual([]);
    expect(entriesOf(merges[0]?.changes ?? [], 'firstname')).toEqual([[null, 'Vera', 'FILLED']]);
    expect(updatedEvents(customer)[0]?.changes).toEqual([
      { field: 'firstname', previous: 'Vera', current: null, rule: 'REQUEST' },
    ]);
  });

  test('a later date than the earliest, another till, and fields win too', async () => {
    const { shop, input } = await mergeWith(
      { registeredOn: '2011-01-01T00:00:00Z' },
      { registeredOn: '2010-01-01T00:00:00Z', registeredTill: 'till.2', customFields: { age: '50' } },
      {
        registeredOn: '2012-01-01T00:00:00Z',
        registeredTill: 'till.1',
        customFields: [{ name: 'age', value: null }],
      },
    );
    const { customer, changes } = await shop.updated(input);
    expect(customer).toMatchObject({
      registeredOn: '2012-01-01T00:00:00Z',
      registeredTill: 'till.1',
      customFields: [],
    });
    expect(entriesOf(changes, 'registeredOn')).toEqual([['2011-01-01T00:00:00Z', '2012-01-01T00:00:00Z', 'REQUEST']]);
    expect(entriesOf(changes, 'registeredTill')).toEqual([[null, 'till.1', 'REQUEST']]);
    expect(entriesOf(changes, 'customFields.age')).toEqual([]);
  });

  test('that is refused refuses the merge with it', async () => {
    const { shop, input } = await mergeWith({ type: 'LOYALTY' }, {}, { type: 'NON_LOYALTY' });
    await expectRefused(world, shop, input, notice('LOYALTY_DOWNGRADE', 'type'));
  });
});
