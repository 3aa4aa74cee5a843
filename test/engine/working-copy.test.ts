import { describe, expect, test } from 'vitest';
import type { ChangeOrigin } from '../../src/audit/audit-event.js';
import type { Account } from '../../src/customer/account.js';
import { WorkingCopy } from '../../src/customer/engine/working-copy.js';
import type { EventDraft, LedgerDraft, MergeDraft } from '../../src/customer/plan.js';
import type { IdempotencyRecord } from '../../src/idempotency/idempotency-record.js';
import { zeroFigures } from '../../src/points/figures.js';

const ORGANIZATION = '100';
const NOW = Date.UTC(2026, 0, 1);
const origin: ChangeOrigin = { requestId: 'request-1', client: 'till', tillCode: null, userContext: null };

function account(id: number, given: Partial<Account> = {}): Account {
  return {
    organizationId: ORGANIZATION,
    id,
    version: 1,
    mergedInto: null,
    mergedIds: [],
    identifiers: { MOBILE: null, EMAIL: null, EXTERNAL_ID: null },
    aliases: [],
    firstname: null,
    lastname: null,
    type: 'NON_LOYALTY',
    fraudStatus: 'NONE',
    fraudMergeId: null,
    registeredOn: null,
    registeredTill: null,
    associatedWith: null,
    updatedOn: NOW,
    lifetimePurchases: 0n,
    customFields: new Map(),
    extendedFields: new Map(),
    subscriptions: new Map(),
    summaries: new Map(),
    rewardsHad: new Set(),
    lastSequence: 0,
    ...given,
  };
}

const withEmail = (email: string | null): Pick<Account, 'identifiers'> => ({
  identifiers: { MOBILE: null, EMAIL: email, EXTERNAL_ID: null },
});

const copyOf = (...accounts: Account[]): WorkingCopy => new WorkingCopy({ accounts, records: [], heads: new Map() });

const updated = (customerId: number, version: number): EventDraft => ({
  customerId,
  action: 'UPDATED',
  version,
  changes: [],
  mergeId: null,
});

interface Planned {
  readonly accounts: readonly Account[];
  readonly merges?: readonly MergeDraft[];
  readonly events?: readonly EventDraft[];
  readonly ledger?: readonly LedgerDraft[];
}

function apply(copy: WorkingCopy, { accounts, merges = [], events = [], ledger = [] }: Planned, at = NOW): void {
  copy.apply({ accounts, merges, events, ledger }, ORGANIZATION, origin, at);
}

/** The victim as the tombstone that a merge leaves of it. */
const tombstone = (victim: Account, survivorId: number): Account => ({
  ...victim,
  ...withEmail(null),
  aliases: [],
  mergedIds: [],
  mergedInto: survivorId,
  version: victim.version + 1,
});

describe('a working copy', () => {
  test('finds accounts by id, own identifier and alias, within their organization', () => {
    const one = account(1, { ...withEmail('a@example.com'), aliases: [{ type: 'MOBILE', value: '447700900111' }] });
    const same = account(1, { ...withEmail('a@example.com'), organizationId: '200' });
    const copy = copyOf(one, same);
    const view = copy.view(ORGANIZATION);
    expect(view.findById(1)).toBe(one);
    expect(view.findByIdentifier('EMAIL', 'a@example.com')).toBe(one);
    expect(view.findByIdentifier('MOBILE', '447700900111')).toBe(one);
    expect(view.findByIdentifier('EXTERNAL_ID', 'a@example.com')).toBeNull();
    expect(copy.view('200').findByIdentifier('EMAIL', 'a@example.com')).toBe(same);
    expect(copy.view('200').findByIdentifier('MOBILE', '447700900111')).toBeNull();
    expect(copy.view('300').findById(1)).toBeNull();
  });

  test('has nothing to store where nothing was planned', () => {
    const copy = copyOf(account(1), account(2));
    apply(copy, { accounts: [] });
    expect(copy.changes()).toEqual({
      accounts: [],
      newMerges: [],
      undoneMerges: [],
      ledger: [],
      events: [],
      heads: new Map(),
      records: [],
    });
  });

  test('shows an item what those before it did, and stores what all of them did as one change', () => {
    const before = account(1, withEmail('a@example.com'));
    const untouched = account(2);
    const copy = copyOf(before, untouched);
    const first = { ...before, version: 2, firstname: 'Rita' };
    apply(copy, { accounts: [first], events: [updated(1, 2)] });
    const seen = copy.view(ORGANIZATION).findByIdentifier('EMAIL', 'a@example.com');
    expect(seen).toMatchObject({ version: 2, firstname: 'Rita' });
    apply(copy, { accounts: [{ ...first, version: 3, lastname: 'James' }], events: [updated(1, 3)] });
    const { accounts, events } = copy.changes();
    expect(accounts).toHaveLength(1);
    expect(accounts[0]?.before).toBe(before);
    expect(accounts[0]?.after).toMatchObject({ version: 3, firstname: 'Rita', lastname: 'James' });
    expect(events.map(({ customerId, version }) => [customerId, version])).toEqual([
      [1, 2],
      [1, 3],
    ]);
  });
});

describe('identifiers', () => {
  test('that an item sets are found by the next one', () => {
    const copy = copyOf(account(1));
    apply(copy, { accounts: [account(1, withEmail('new@example.com'))] });
    expect(copy.view(ORGANIZATION).findByIdentifier('EMAIL', 'new@example.com')?.id).toBe(1);
  });

  test.each([
    { order: 'survivor first', survivorFirst: true },
    { order: 'victim first', survivorFirst: false },
  ])('that a merge moves find the survivor, with the accounts in the order $order', ({ survivorFirst }) => {
    const survivor = account(1, withEmail('own@example.com'));
    const victim = account(2, { ...withEmail('moves@example.com'), aliases: [{ type: 'MOBILE', value: '44770' }] });
    const copy = copyOf(survivor, victim);
    const merged = {
      ...survivor,
      aliases: [
        { type: 'MOBILE', value: '44770' },
        { type: 'EMAIL', value: 'moves@example.com' },
      ],
      mergedIds: [2],
    } as const;
    const accounts = [merged, tombstone(victim, 1)];
    apply(copy, { accounts: survivorFirst ? accounts : accounts.toReversed() });
    const view = copy.view(ORGANIZATION);
    for (const [type, value] of [
      ['EMAIL', 'own@example.com'],
      ['EMAIL', 'moves@example.com'],
      ['MOBILE', '44770'],
    ] as const) {
      expect(view.findByIdentifier(type, value)?.id).toBe(1);
    }
    expect(view.findById(2)?.mergedInto).toBe(1);
  });

  test('that an undo gives back find the restored one', () => {
    const survivor = account(1, { aliases: [{ type: 'EMAIL', value: 'moves@example.com' }], mergedIds: [2] });
    const victim = account(2, { mergedInto: 1 });
    const copy = copyOf(survivor, victim);
    apply(copy, {
      accounts: [
        { ...victim, ...withEmail('moves@example.com'), mergedInto: null },
        { ...survivor, aliases: [], mergedIds: [] },
      ],
    });
    const view = copy.view(ORGANIZATION);
    expect(view.findByIdentifier('EMAIL', 'moves@example.com')?.id).toBe(2);
    expect(view.findById(2)?.mergedInto).toBeNull();
  });

  test('that nobody has any more find nobody', () => {
    const copy = copyOf(account(1, withEmail('gone@example.com')));
    apply(copy, { accounts: [account(1)] });
    expect(copy.view(ORGANIZATION).findByIdentifier('EMAIL', 'gone@example.com')).toBeNull();
  });
});

describe('pointers of tombstones', () => {
  test('move on when their survivor is merged away, and are stored', () => {
    const last = account(1);
    const middle = account(2, { mergedIds: [3, 4] });
    const loadedTombstone = account(3, { mergedInto: 2, version: 5 });
    const copy = copyOf(last, middle, loadedTombstone);
    apply(copy, { accounts: [{ ...last, version: 2, mergedIds: [2, 3, 4] }, tombstone(middle, 1)] });
    expect(copy.view(ORGANIZATION).findById(3)).toMatchObject({ mergedInto: 1, version: 5 });
    const stored = copy.changes().accounts.map(({ after: { id, mergedInto } }) => [id, mergedInto]);
    // Customer 4 was not loaded. The survivor's mergedIds say that it is to be moved too.
    expect(stored).toEqual([
      [1, null],
      [2, 1],
      [3, 1],
    ]);
    expect(copy.changes().accounts[0]?.after.mergedIds).toEqual([2, 3, 4]);
  });

  test('follow two merges in one batch', () => {
    const [first, second, third] = [account(1), account(2), account(3)];
    const copy = copyOf(first, second, third);
    apply(copy, { accounts: [{ ...second, version: 2, mergedIds: [3] }, tombstone(third, 2)] });
    const survivor = copy.view(ORGANIZATION).findById(2);
    expect(survivor?.mergedIds).toEqual([3]);
    apply(copy, { accounts: [{ ...first, version: 3, mergedIds: [2, 3] }, tombstone(second, 1)] });
    expect(copy.view(ORGANIZATION).findById(3)?.mergedInto).toBe(1);
  });
});

describe('places in time', () => {
  const entry: LedgerDraft = { ...zeroFigures, customerId: 1, kind: 'AWARD', programId: '7', rule: 'r', mergeId: null };

  test('grow from entry to entry, and are remembered by every account of the plan', () => {
    const copy = copyOf(account(1), account(2));
    apply(copy, {
      accounts: [account(1, { version: 2 }), account(2, { version: 2 })],
      events: [updated(1, 2), updated(2, 2)],
      ledger: [entry],
    });
    const { events, ledger } = copy.changes();
    const sequences = [...events, ...ledger].map(({ sequence }) => sequence);
    expect(sequences).toEqual([1, 2, 3].map((step) => NOW * 1000 + step));
    expect(Number.isSafeInteger(sequences[2])).toBe(true);
    const last = sequences[2] ?? 0;
    expect(copy.view(ORGANIZATION).findById(1)?.lastSequence).toBe(last);
    expect(copy.view(ORGANIZATION).findById(2)?.lastSequence).toBe(last);
  });

  test('are later than everything that any of the accounts has seen, even where the clock went back', () => {
    const seen = NOW * 1000 + 5000;
    const copy = copyOf(account(1), account(2, { lastSequence: seen }));
    const plan = { accounts: [account(1, { version: 2 }), account(2, { version: 2 })], events: [updated(1, 2)] };
    apply(copy, plan, NOW - 60_000);
    expect(copy.changes().events[0]).toMatchObject({ sequence: seen + 1, at: NOW - 60_000, ...origin });
  });

  test('of merges are those of their event on the survivor', () => {
    const [survivor, victim] = [account(1), account(2)];
    const copy = copyOf(survivor, victim);
    const merge: MergeDraft = {
      organizationId: ORGANIZATION,
      id: 'merge-1',
      survivorId: 1,
      victimId: 2,
      mergedAt: NOW,
      undoneAt: null,
      matchedOn: [],
      changes: [],
      balances: [],
      survivorBefore: survivor,
      victimBefore: victim,
    };
    const mergedEvent = (customerId: number): EventDraft => ({
      ...updated(customerId, 2),
      action: 'MERGED',
      mergeId: 'merge-1',
    });
    apply(copy, {
      accounts: [{ ...survivor, version: 2, mergedIds: [2] }, tombstone(victim, 1)],
      merges: [merge],
      events: [mergedEvent(2), mergedEvent(1)],
    });
    const { newMerges, events } = copy.changes();
    expect(newMerges.map(({ id, sequence }) => [id, sequence])).toEqual([['merge-1', NOW * 1000 + 2]]);
    expect(events.map(({ customerId }) => customerId)).toEqual([2, 1]);
  });
});

describe('idempotency records', () => {
  const record: IdempotencyRecord = {
    organizationId: ORGANIZATION,
    clientId: 'till',
    key: 'k',
    inputHash: 'hash',
    customerId: 1,
    answer: '{}',
    createdAt: NOW,
  };

  test('are found by the next item of the same client, and stored once', () => {
    const copy = new WorkingCopy({ accounts: [], records: [{ ...record, key: 'loaded' }], heads: new Map() });
    copy.remember(record);
    expect(copy.findRecord(ORGANIZATION, 'till', 'k')).toBe(record);
    expect(copy.findRecord(ORGANIZATION, 'till', 'loaded')?.key).toBe('loaded');
    expect(copy.changes().records).toEqual([record]);
  });

  test('are found by nobody else', () => {
    const copy = new WorkingCopy({ accounts: [], records: [record], heads: new Map() });
    expect(copy.findRecord(ORGANIZATION, 'other', 'k')).toBeNull();
    expect(copy.findRecord('200', 'till', 'k')).toBeNull();
    // A key and a client that could run together.
    expect(copy.findRecord(ORGANIZATION, 'till k', '')).toBeNull();
  });
});
