import { describe, expect, test } from 'vitest';
import type { AuditEvent, Customer, LedgerEntry } from '../../support/answers.js';
import { expectFiguresExplained } from '../../support/figures.js';
import { defaultOrganization } from '../../support/settings.js';
import type { Shop } from '../../support/shop.js';
import { useWorld } from '../../support/world.js';
import { runOn } from '../../verify/copies.js';

const world = useWorld();
const { given } = world;

const eventsOf = ({ auditLog }: Customer): AuditEvent[] => auditLog.edges.map(({ node }) => node);
const entriesOf = ({ ledger }: Customer): LedgerEntry[] => ledger.edges.map(({ node }) => node);

const header = { 'x-cap-request-id': 'request.1', 'user-context-entity-id': '17' };
const origin = (shop: Shop) => ({
  requestId: 'request.1',
  client: shop.clientId,
  tillCode: 'till.1',
  userContext: { entityType: null, entityId: '17', source: null, sourceId: null },
});

/** The whole log of a customer, read in pages of so many events. */
async function allPages(shop: Shop, id: string, first: number): Promise<Customer['auditLog']['edges']> {
  const paged: Customer['auditLog']['edges'] = [];
  for (let after: string | null = null; paged.length === 0 || after !== null;) {
    const { data } = await shop.send(
      `query ($id: ID, $first: Int!, $after: String) { customer(id: $id) { auditLog(first: $first, after: $after) {
        edges { cursor node { id } } pageInfo { hasNextPage endCursor } } } }`,
      { id, first, after },
    );
    const { auditLog } = data?.['customer'] as Pick<Customer, 'auditLog'>;
    paged.push(...auditLog.edges);
    after = auditLog.pageInfo.hasNextPage ? auditLog.pageInfo.endCursor : null;
  }
  return paged;
}

describe('the audit of a merge', () => {
  test('has a MERGED event on both sides, then an UPDATED one for what was changed beyond, all of one request', async () => {
    const shop = await given.organization({
      rewardRules: [{ name: 'hello', programId: '1016', points: '10', fields: ['firstname'] }],
      configs: { CONF_ALLOW_EMAIL_UPDATE: '1' },
    });
    const [survivor, victim] = await given.customers(
      shop,
      { type: 'LOYALTY' },
      { mobile: null, externalId: 'V', firstname: 'Vera', lastname: 'Vane' },
    );
    const { customer, merges } = await shop.with(header).updated({
      id: survivor.id,
      externalId: 'V',
      email: 'new@example.com',
      lastname: 'Requested',
    });
    const [merge] = merges;
    const common = { at: customer.updatedOn, version: 2, ...origin(shop) };
    const [updated, theirs, mine, ...more] = eventsOf(customer).map((event) => ({ ...event, id: '' }));
    expect(more).toEqual([]);
    expect(mine).toEqual({
      ...common,
      id: '',
      customerId: survivor.id,
      action: 'MERGED',
      changes: merge?.changes,
      mergeId: merge?.id,
    });
    expect(theirs).toEqual({
      ...common,
      id: '',
      customerId: victim.id,
      action: 'MERGED',
      changes: [],
      mergeId: merge?.id,
    });
    expect(updated).toMatchObject({ ...common, customerId: survivor.id, action: 'UPDATED', mergeId: null });
    expect(updated?.changes.slice(0, 3)).toEqual([
      { field: 'lastname', previous: 'Vane', current: 'Requested', rule: 'REQUEST' },
      { field: 'email', previous: null, current: 'new@example.com', rule: 'REQUEST' },
      { field: 'pointsSummaries.1016.redeemed', previous: null, current: '0', rule: 'SIDE_EFFECT' },
    ]);
    expect(await shop.customer(survivor.id)).toEqual(customer);
  });

  test('has no UPDATED event where nothing was changed beyond', async () => {
    const shop = await given.organization();
    const [survivor] = await given.customers(shop, {}, { mobile: null, email: 'v@example.com' });
    const { customer } = await shop.updated({ id: survivor.id, email: 'v@example.com' });
    expect(eventsOf(customer).map(({ action }) => action)).toEqual(['MERGED', 'MERGED']);
  });

  test('has its place in the log, to be kept elsewhere, in each answer of the merge: of the update, its replay, and later', async () => {
    const shop = await given.organization();
    const [survivor, victim] = await given.customers(
      shop,
      { type: 'LOYALTY' },
      { mobile: null, externalId: 'V', firstname: 'Vera' },
    );
    const input = { id: survivor.id, externalId: 'V', idempotencyKey: 'key' };
    const answers = [await shop.updated(input), await shop.updated(input)];
    expect(answers.map(({ replayed }) => replayed)).toEqual([false, true]);
    const [last] = await world.query<{ position: number; hash: string }>(
      `SELECT position, hash FROM audit_event WHERE organization_id = ? AND customer_id = ? AND action = 'MERGED'`,
      [shop.id, victim.id],
    );
    const customers = [...answers.map(({ customer }) => customer), await shop.customer(survivor.id)];
    for (const { merges } of [...answers, ...customers]) {
      expect(merges.map(({ auditHead }) => auditHead)).toEqual([`${last?.position}:${last?.hash}`]);
    }
  });

  test('has a pair of events for each victim, in the order of the merges, all at one version', async () => {
    const shop = await given.organization();
    const [target, first, second, third] = await given.customers(
      shop,
      { mobile: null, email: 't@example.com' },
      {},
      { mobile: null, email: 'e@example.com' },
      { mobile: null, externalId: 'X' },
    );
    await shop.updated({ id: second.id, firstname: 'A' });
    const { customer } = await shop.updated({
      id: target.id,
      mobile: first.mobile,
      email: second.email,
      externalId: third.externalId,
    });
    const events = eventsOf(customer).reverse();
    expect(events.map(({ customerId, action, version }) => [customerId, action, version])).toEqual([
      [second.id, 'UPDATED', 2],
      [target.id, 'MERGED', 3],
      [first.id, 'MERGED', 3],
      [target.id, 'MERGED', 3],
      [second.id, 'MERGED', 3],
      [target.id, 'MERGED', 3],
      [third.id, 'MERGED', 3],
    ]);
  });

  test('shows, in the survivor’s log, what happened to the accounts merged into it before, and theirs', async () => {
    const shop = await given.organization();
    const [a, b, c] = await given.customers(shop, { email: 'a@example.com' }, { email: 'b@example.com' }, {});
    await shop.updated({ id: a.id, firstname: 'A' });
    await shop.updated({ id: c.id, firstname: 'C' });
    await shop.updated({ id: b.id, firstname: 'B' });
    const inner = await shop.updated({ id: b.id, email: a.email });
    const before = await shop.customer(c.id);
    expect(eventsOf(before).map(({ customerId }) => customerId)).toEqual([c.id]);
    const outer = await shop.updated({ id: c.id, email: b.email });
    const shown = (customer: Customer) => eventsOf(customer).map(({ customerId, action }) => `${customerId} ${action}`);
    expect(shown(outer.customer)).toEqual([
      `${b.id} MERGED`,
      `${c.id} MERGED`,
      `${a.id} MERGED`,
      `${b.id} MERGED`,
      `${b.id} UPDATED`,
      `${c.id} UPDATED`,
      `${a.id} UPDATED`,
    ]);

    const undone = await shop.undone(outer.merges[0]?.id ?? '');
    expect(shown(undone.survivor)).toEqual([`${c.id} MERGE_UNDONE`, `${c.id} MERGED`, `${c.id} UPDATED`]);
    expect(shown(undone.restored)).toEqual([`${b.id} MERGE_UNDONE`, `${b.id} MERGED`, ...shown(inner.customer)]);
    const last = await shop.undone(inner.merges[0]?.id ?? '');
    expect(shown(last.restored)).toEqual([`${a.id} MERGE_UNDONE`, `${a.id} MERGED`, `${a.id} UPDATED`]);
  });

  test('is read in pages without a gap or an overlap where events of several accounts are of one instant', async () => {
    const shop = await given.organization();
    const known = await given.customers(
      shop,
      { mobile: null, email: 'a@example.com' },
      { mobile: null, externalId: 'B' },
      { mobile: '+447700900111' },
    );
    // One after the other in one transaction: their events have one time.
    for (const firstname of ['A', 'B']) await shop.updateMany(known.map(({ id }) => ({ id, firstname })));
    const { customer } = await shop.updated({ email: 'a@example.com', externalId: 'B', mobile: '+447700900111' });
    const all = customer.auditLog.edges;
    expect(all).toHaveLength(6 + 4);
    const paged = await allPages(shop, customer.userId, 1);
    expect(paged.map(({ cursor }) => cursor)).toEqual(all.map(({ cursor }) => cursor));
  });

  test.each([1, 7, 20])('is the same in pages of %i where many accounts were merged', async (first) => {
    const shop = await given.organization();
    const email = (index: number) => `p${index}@example.com`;
    const [survivor, ...victims] = await given.customers(
      shop,
      ...Array.from({ length: 14 }, (_, index) => ({ mobile: null, email: email(index) })),
    );
    const id = survivor?.id ?? '';
    for (const firstname of ['A', 'B']) await shop.updateMany(victims.map((victim) => ({ id: victim.id, firstname })));
    await shop.updateMany(victims.map((victim) => ({ id, email: victim.email })));
    const all = (await shop.customer(id)).auditLog.edges;
    expect(all).toHaveLength(13 * 2 + 13 * 2);
    expect(new Set(all.map(({ node }) => node.customerId)).size).toBe(14);
    const paged = await allPages(shop, id, first);
    expect(paged.map(({ cursor }) => cursor)).toEqual(all.map(({ cursor }) => cursor));
  });

  test('is read in shorter pages where its changes are large', async () => {
    const story = { name: 'story', type: 'STRING', maxLength: 40_000 } as const;
    const shop = await given.organization({ customFields: [story] });
    const [a, b] = await given.customers(shop, {}, { mobile: null, email: 'b@example.com' });
    const inputs = Array.from({ length: 20 }, (_, index) => ({
      id: index % 3 === 0 ? b.id : a.id,
      customFields: [{ name: 'story', value: `${index}`.padEnd(40_000, 'x') }],
    }));
    for (const batch of [inputs, inputs]) {
      const { successCount } = await shop.updateMany(batch);
      expect(successCount).toBe(20);
    }
    const { customer } = await shop.updated({ id: a.id, email: b.email });
    const { edges, pageInfo } = customer.auditLog;
    const paged = await allPages(shop, a.id, 500);
    expect(paged.map(({ cursor }) => cursor)).toEqual((await allPages(shop, a.id, 2)).map(({ cursor }) => cursor));
    expect(paged).toHaveLength(20 + 20 + 2);
    expect(edges.length).toBeLessThan(35);
    expect(pageInfo).toEqual({ hasNextPage: true, endCursor: edges.at(-1)?.cursor });
    expect(edges.map(({ cursor }) => cursor)).toEqual(paged.slice(0, edges.length).map(({ cursor }) => cursor));
  });

  test('is read in shorter pages where many accounts were merged that have one large change each', async () => {
    const story = { name: 'story', type: 'STRING', maxLength: 40_000 } as const;
    const shop = await given.organization({ customFields: [story] });
    const [survivor, ...victims] = await given.customers(
      shop,
      ...Array.from({ length: 41 }, (_, index) => ({ mobile: null, email: `q${index}@example.com` })),
    );
    const id = survivor?.id ?? '';
    const customFields = [{ name: 'story', value: 'x'.repeat(40_000) }];
    for (const part of [victims.slice(0, 20), victims.slice(20)]) {
      await shop.updateMany(part.map((victim) => ({ id: victim.id, customFields })));
    }
    await shop.updateMany(victims.map((victim) => ({ id, email: victim.email })));
    const { edges, pageInfo } = (await shop.customer(id)).auditLog;
    const paged = await allPages(shop, id, 500);
    expect(paged.map(({ cursor }) => cursor)).toEqual((await allPages(shop, id, 30)).map(({ cursor }) => cursor));
    expect(paged).toHaveLength(40 + 40 * 2);
    expect(edges.length).toBeLessThan(110);
    expect(pageInfo).toEqual({ hasNextPage: true, endCursor: edges.at(-1)?.cursor });
  });

  test('never lets versions fall, and the last is the customer’s', async () => {
    const shop = await given.organization();
    const [a, b] = await given.customers(shop, {}, { mobile: null, email: 'b@example.com' });
    for (const firstname of ['A', 'B', 'C']) await shop.updated({ id: b.id, firstname });
    const { merges } = await shop.updated({ id: a.id, email: b.email, lastname: 'James' });
    await shop.updated({ id: a.id, lastname: 'Jones' });
    await shop.undone(merges[0]?.id ?? '');
    await shop.updated({ id: b.id, lastname: 'Bell' });
    for (const { id } of [a, b]) {
      const customer = await shop.customer(id);
      const own = eventsOf(customer).filter(({ customerId }) => customerId === id);
      const versions = own.map(({ version }) => version).reverse();
      expect(versions).toEqual([...versions].sort((x, y) => x - y));
      expect(versions.at(-1)).toBe(customer.version);
    }
  });
});

describe('the audit of an undo', () => {
  test('has a MERGE_UNDONE event on both sides: what went back on the survivor’s, nothing on the victim’s', async () => {
    const shop = await given.organization();
    const [survivor, victim] = await given.customers(
      shop,
      {},
      { mobile: null, email: 'v@example.com', firstname: 'Vera', lifetimePurchases: '3' },
    );
    const { merges } = await shop.updated({ id: survivor.id, email: victim.email });
    const mergeId = merges[0]?.id ?? '';
    const undone = await shop.with(header).undone(mergeId);
    const common = { at: undone.survivor.updatedOn, version: 3, action: 'MERGE_UNDONE', mergeId, ...origin(shop) };
    expect(eventsOf(undone.survivor)[0]).toMatchObject({ ...common, customerId: survivor.id, changes: undone.changes });
    expect(eventsOf(undone.restored)[0]).toMatchObject({ ...common, customerId: victim.id, changes: [] });
    expect(undone.changes).toEqual([
      { field: 'firstname', previous: 'Vera', current: null, rule: 'UNDO' },
      { field: 'email', previous: 'v@example.com', current: null, rule: 'UNDO' },
      { field: 'lifetimePurchases', previous: '3', current: '0', rule: 'UNDO' },
    ]);
    const record = await shop.merge(mergeId);
    expect(record?.undoneAt).toBe(undone.survivor.updatedOn);
  });
});

const zero = {
  lifetimePoints: '0',
  redeemed: '0',
  expired: '0',
  returned: '0',
  adjusted: '0',
  cumulativePurchases: '0',
};
const moved = (entries: LedgerEntry[]) =>
  entries.map(
    ({ kind, programId, mergeId, lifetimePoints, redeemed, expired, returned, adjusted, cumulativePurchases }) => ({
      kind,
      programId,
      mergeId,
      lifetimePoints,
      redeemed,
      expired,
      returned,
      adjusted,
      cumulativePurchases,
    }),
  );

/** The ledger entries of one customer, whether live or merged, oldest first. */
async function storedEntries(shop: Shop, id: string): Promise<Record<string, unknown>[]> {
  return world.query(
    `SELECT kind, program_id, merge_id, lifetime_points, redeemed, expired, returned, adjusted, cumulative_purchases
       FROM ledger_entry WHERE organization_id = ? AND customer_id = ? AND kind <> 'OPENING' ORDER BY sequence`,
    [shop.id, Number(id)],
  );
}

describe('the ledger of a merge and its undo', () => {
  async function aMergeOfFigures() {
    const shop = await given.organization();
    const [survivor, victim] = await given.customers(
      shop,
      { lifetimePurchases: '1', pointsSummaries: [{ programId: '1016', lifetimePoints: '5' }] },
      {
        mobile: null,
        email: 'v@example.com',
        lifetimePurchases: '2.5',
        pointsSummaries: [
          { programId: '1016', lifetimePoints: '20', redeemed: '3', adjusted: '-1' },
          { programId: '7' },
        ],
      },
    );
    const { customer, merges } = await shop.updated({ id: survivor.id, email: victim.email });
    return { shop, survivor, victim, customer, mergeId: merges[0]?.id ?? '' };
  }

  test('moves all figures of the victim in pairs: MERGE_IN on the survivor, MERGE_OUT on the victim; none for zero', async () => {
    const { shop, victim, customer, mergeId } = await aMergeOfFigures();
    const brought = moved(entriesOf(customer)).filter(({ kind }) => kind !== 'OPENING');
    expect(brought).toHaveLength(2);
    expect(brought).toContainEqual({
      ...zero,
      kind: 'MERGE_IN',
      programId: '1016',
      mergeId,
      lifetimePoints: '20',
      redeemed: '3',
      adjusted: '-1',
    });
    expect(brought).toContainEqual({ ...zero, kind: 'MERGE_IN', programId: null, mergeId, cumulativePurchases: '2.5' });
    const gone = await storedEntries(shop, victim.id);
    const nothing = { lifetime_points: 0, redeemed: 0, expired: 0, returned: 0, adjusted: 0, cumulative_purchases: 0 };
    expect(gone).toHaveLength(2);
    expect(gone).toContainEqual({
      ...nothing,
      kind: 'MERGE_OUT',
      program_id: '1016',
      merge_id: mergeId,
      lifetime_points: -20_000,
      redeemed: -3000,
      adjusted: 1000,
    });
    expect(gone).toContainEqual({
      ...nothing,
      kind: 'MERGE_OUT',
      program_id: null,
      merge_id: mergeId,
      cumulative_purchases: -2500,
    });
    expectFiguresExplained(customer);
  });

  test('moves them back: UNDO_OUT on the survivor, UNDO_IN on the victim', async () => {
    const { shop, survivor, victim, mergeId } = await aMergeOfFigures();
    const undone = await shop.undone(mergeId);
    const kinds = (customer: Customer) =>
      entriesOf(customer).map(({ kind, programId }) => `${kind} ${programId ?? '-'}`);
    expect(kinds(undone.survivor).slice(0, 2).sort()).toEqual(['UNDO_OUT -', 'UNDO_OUT 1016']);
    expect(kinds(undone.restored).slice(0, 2).sort()).toEqual(['UNDO_IN -', 'UNDO_IN 1016']);
    for (const side of [undone.survivor, undone.restored]) {
      expectFiguresExplained(side);
      expect(
        entriesOf(side)
          .slice(0, 2)
          .map((entry) => entry.mergeId),
      ).toEqual([mergeId, mergeId]);
    }
    const sums = await world.query(
      `SELECT CAST(sum(lifetime_points) AS bigint) AS points, CAST(sum(redeemed) AS bigint) AS redeemed,
              CAST(sum(adjusted) AS bigint) AS adjusted, CAST(sum(cumulative_purchases) AS bigint) AS purchases,
              count(*) AS entries
         FROM ledger_entry WHERE organization_id = ? AND kind <> 'OPENING'`,
      [shop.id],
    );
    expect(sums).toEqual([{ points: 0, redeemed: 0, adjusted: 0, purchases: 0, entries: 8 }]);
    expect((await shop.customer(survivor.id)).lifetimePurchases).toBe('1');
    expect((await shop.customer(victim.id)).lifetimePurchases).toBe('2.5');
  });

  test('has no entry where the victim has no figures', async () => {
    const shop = await given.organization();
    const [survivor, victim] = await given.customers(
      shop,
      { lifetimePurchases: '1' },
      { mobile: null, email: 'v@example.com', pointsSummaries: [{ programId: '1016' }] },
    );
    const { customer, merges } = await shop.updated({ id: survivor.id, email: victim.email });
    expect(entriesOf(customer).map(({ kind }) => kind)).toEqual(['OPENING']);
    const { survivor: left } = await shop.undone(merges[0]?.id ?? '');
    expect(entriesOf(left).map(({ kind }) => kind)).toEqual(['OPENING']);
  });

  test('names merge and program of each entry, the award of the same update after them, newest first', async () => {
    const shop = await given.organization({
      rewardRules: [{ name: 'hello', programId: '1016', points: '10', fields: ['firstname'] }],
    });
    const [survivor, victim] = await given.customers(
      shop,
      { type: 'LOYALTY' },
      { mobile: null, email: 'v@example.com', firstname: 'Vera', lifetimePurchases: '1' },
    );
    const { customer } = await shop.updated({ id: survivor.id, email: victim.email });
    expect(entriesOf(customer).map(({ kind, rule, mergeId }) => [kind, rule, mergeId === null])).toEqual([
      ['AWARD', 'hello', true],
      ['MERGE_IN', null, false],
    ]);
    expectFiguresExplained(customer);
  });
});

describe('what an import has just stored, by settings that the service does not know yet,', () => {
  test('is told by audit and ledger of a merge and its undo, and goes back', async () => {
    const shop = await given.organization();
    const survivor = await given.customer(shop, { type: 'LOYALTY' });
    // From now on, it looks for new settings some seconds later only.
    await shop.customer(survivor.id);
    await given.settings(shop, {
      programs: [...defaultOrganization.programs, { id: '99', name: 'Books' }],
      customFields: [...defaultOrganization.customFields, { name: 'shelf', type: 'STRING' }],
      extendedFields: [...defaultOrganization.extendedFields, { name: 'author', type: 'STRING' }],
    });
    const victim = await given.customer(shop, {
      mobile: null,
      email: 'v@example.com',
      customFields: { shelf: 'left' },
      extendedFields: { author: 'Woolf' },
      pointsSummaries: [{ programId: '99', lifetimePoints: '12.5' }],
    });
    const { merges, customer } = await shop.updated({ id: survivor.id, email: victim.email });
    const [merge] = merges;
    expect(merge?.changes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ field: 'pointsSummaries.99.lifetimePoints', current: '12.5' }),
        expect.objectContaining({ field: 'customFields.shelf', current: 'left' }),
        expect.objectContaining({ field: 'extendedFields.author', current: 'Woolf' }),
      ]),
    );
    expect(merge?.balances).toContainEqual({
      programId: '99',
      figure: 'lifetimePoints',
      survivorBefore: '0',
      victimBefore: '12.5',
      after: '12.5',
    });
    expect(entriesOf(customer)[0]).toMatchObject({ kind: 'MERGE_IN', programId: '99', lifetimePoints: '12.5' });
    expect((await runOn(world.url)).breaches).toEqual([]);

    const { changes } = await shop.undone(merge?.id ?? '');
    expect(changes.map(({ field }) => field)).toEqual(merge?.changes.map(({ field }) => field));
    const left = await world.query('SELECT name FROM customer_field WHERE organization_id = ? AND customer_id = ?', [
      shop.id,
      Number(survivor.id),
    ]);
    expect(left).toEqual([]);
    expect((await runOn(world.url)).breaches).toEqual([]);
  });
});
