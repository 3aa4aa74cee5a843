import type { AuditHead } from '../../audit/audit-chain.js';
import type { ChangeOrigin, AuditEvent } from '../../audit/audit-event.js';
import type { IdempotencyRecord } from '../../idempotency/idempotency-record.js';
import type { LedgerEntry } from '../../points/ledger.js';
import type { Instant } from '../../values/instant.js';
import type { IdentifierType } from '../../values/identifier-type.js';
import { sequenceBefore } from '../../values/log-page.js';
import { identifiersOf, type Account } from '../account.js';
import type { AccountView } from '../account-view.js';
import type { MergeRecord } from '../merge/merge-record.js';
import type { UndoPlan, UpdatePlan } from '../plan.js';
import type { Loaded } from './load-accounts.js';
import type { BatchChanges } from './batch-rows.js';

const accountKey = (organizationId: string, id: number): string => `${organizationId} ${id}`;
const identifierKey = (organizationId: string, type: IdentifierType, value: string): string =>
  `${organizationId} ${type} ${value}`;
const recordKey = (organizationId: string, clientId: string, key: string): string =>
  JSON.stringify([organizationId, clientId, key]);

type Applicable = Pick<UpdatePlan, 'accounts' | 'merges' | 'events' | 'ledger'>;

/**
 * The loaded accounts as the items of a batch leave them, one after the other: each item is planned on what those before
 * it did, and in the end the difference to what was loaded is what is stored.
 */
export class WorkingCopy {
  private readonly loaded = new Map<string, Account>();
  private readonly accounts = new Map<string, Account>();
  private readonly ownerIds = new Map<string, number>();
  private readonly recordsByKey = new Map<string, IdempotencyRecord>();
  private readonly newMerges: MergeRecord[] = [];
  private readonly undoneMerges: MergeRecord[] = [];
  private readonly ledger: LedgerEntry[] = [];
  private readonly events: AuditEvent[] = [];
  private readonly newRecords: IdempotencyRecord[] = [];
  private readonly heads: ReadonlyMap<string, AuditHead>;

  constructor({ accounts, records, heads }: Loaded) {
    this.heads = heads;
    for (const account of accounts) {
      this.loaded.set(accountKey(account.organizationId, account.id), account);
      this.put(account);
    }
    for (const record of records) {
      this.recordsByKey.set(recordKey(record.organizationId, record.clientId, record.key), record);
    }
  }

  /** The accounts of one organization: another's do not exist. */
  view(organizationId: string): AccountView {
    return {
      findById: (id) => this.accounts.get(accountKey(organizationId, id)) ?? null,
      findByIdentifier: (type, value) => {
        const id = this.ownerIds.get(identifierKey(organizationId, type, value));
        return id === undefined ? null : (this.accounts.get(accountKey(organizationId, id)) ?? null);
      },
    };
  }

  findRecord(organizationId: string, clientId: string, key: string): IdempotencyRecord | null {
    return this.recordsByKey.get(recordKey(organizationId, clientId, key)) ?? null;
  }

  remember(record: IdempotencyRecord): void {
    this.recordsByKey.set(recordKey(record.organizationId, record.clientId, record.key), record);
    this.newRecords.push(record);
  }

  /**
   * Makes the plan's accounts the current ones, and gives what it tells its place in time. Answers the accounts as they
   * now are.
   */
  apply(plan: Applicable, organizationId: string, origin: ChangeOrigin, at: Instant): Account[] {
    const befores = plan.accounts.map(({ id }) => this.accounts.get(accountKey(organizationId, id)));
    // Later than everything that any of the accounts has seen, even where the clock went back.
    let sequence = Math.max(sequenceBefore(at), ...befores.map((account) => account?.lastSequence ?? 0));
    for (const event of plan.events) {
      this.events.push({ organizationId, sequence: ++sequence, at, ...event, ...origin });
      const merge = plan.merges.find(({ id, survivorId }) => id === event.mergeId && survivorId === event.customerId);
      if (merge !== undefined) this.newMerges.push({ ...merge, sequence, erasedAt: null });
    }
    for (const entry of plan.ledger) this.ledger.push({ organizationId, sequence: ++sequence, at, ...entry });
    // Identifiers are freed before they are taken: what was a victim's may be its survivor's now.
    for (const before of befores) if (before !== undefined) this.release(before);
    const accounts = plan.accounts.map((account) => ({ ...account, lastSequence: sequence }));
    for (const account of accounts) this.put(account);
    for (const account of accounts) this.movePointers(account);
    return accounts;
  }

  /** The same for an undo; answers its plan with both sides as they now are. */
  applyUndo(plan: UndoPlan, organizationId: string, origin: ChangeOrigin, at: Instant): UndoPlan {
    const accounts = [plan.restored, plan.survivor];
    const [restored, survivor] = this.apply({ ...plan, accounts, merges: [] }, organizationId, origin, at);
    this.undoneMerges.push(plan.merge);
    return { ...plan, restored: restored ?? plan.restored, survivor: survivor ?? plan.survivor };
  }

  /** What is to be stored: nothing where nothing differs. */
  changes(): BatchChanges {
    return {
      accounts: [...this.accounts.values()].flatMap((after) => {
        const before = this.loaded.get(accountKey(after.organizationId, after.id));
        return before === undefined || before === after ? [] : [{ before, after }];
      }),
      newMerges: this.newMerges,
      undoneMerges: this.undoneMerges,
      ledger: this.ledger,
      events: this.events,
      heads: this.heads,
      records: this.newRecords,
    };
  }

  private put(account: Account): void {
    this.accounts.set(accountKey(account.organizationId, account.id), account);
    for (const { type, value } of identifiersOf(account)) {
      this.ownerIds.set(identifierKey(account.organizationId, type, value), account.id);
    }
  }

  /** What was merged into an account follows it. */
  private movePointers({ organizationId, id, mergedIds }: Account): void {
    for (const mergedId of mergedIds) {
      const merged = this.accounts.get(accountKey(organizationId, mergedId));
      if (merged !== undefined && merged.mergedInto !== id) this.put({ ...merged, mergedInto: id });
    }
  }

  private release(account: Account): void {
    for (const { type, value } of identifiersOf(account)) {
      this.ownerIds.delete(identifierKey(account.organizationId, type, value));
    }
  }
}
