import type { AuditEvent } from '../audit/audit-event.js';
import type { FieldChange } from '../audit/field-change.js';
import type { LedgerEntry } from '../points/ledger.js';
import type { Thousandths } from '../values/decimal.js';
import type { Account } from './account.js';
import type { CustomerError, CustomerWarning } from './customer-error.js';
import type { MergeRecord } from './merge/merge-record.js';

/** A ledger entry before the engine gives it its place in time. */
export type LedgerDraft = Omit<LedgerEntry, 'organizationId' | 'sequence' | 'at'>;

/** An audit event before the engine gives it its place in time and says who asked for it. */
export type EventDraft = Pick<AuditEvent, 'customerId' | 'action' | 'version' | 'changes' | 'mergeId'>;

export type MergeDraft = Omit<MergeRecord, 'sequence' | 'erasedAt'>;

/** A request that can't be done; nothing of it is stored. */
export interface Refusal {
  readonly kind: 'refused';
  readonly errors: readonly CustomerError[];
}

/** Points that a reward rule gave, and what the program's loyaltyPoints were after it. */
export interface SideEffect {
  readonly rule: string;
  readonly programId: string;
  readonly awardedPoints: Thousandths;
  readonly totalPoints: Thousandths;
}

/** All that one update decided. Nothing in it has happened yet: a preview shows it, the engine stores it. */
export interface UpdatePlan {
  readonly kind: 'planned';
  /** The surviving customer as it will be. */
  readonly customer: Account;
  /** Every account that is stored anew, as it will be, the customer first; none where the update changes nothing. */
  readonly accounts: readonly Account[];
  readonly merges: readonly MergeDraft[];
  readonly changes: readonly FieldChange[];
  readonly sideEffects: readonly SideEffect[];
  readonly warnings: readonly CustomerWarning[];
  readonly planHash: string;
  /** In the order in which they happened. */
  readonly events: readonly EventDraft[];
  readonly ledger: readonly LedgerDraft[];
}

/** All that an undo decided. */
export interface UndoPlan {
  readonly kind: 'undone';
  readonly survivor: Account;
  readonly restored: Account;
  readonly merge: MergeRecord;
  /** What goes back on the survivor. */
  readonly changes: readonly FieldChange[];
  /** What the merge had brought and the undo leaves, because a request changed or named it. */
  readonly kept: readonly FieldChange[];
  readonly events: readonly EventDraft[];
  readonly ledger: readonly LedgerDraft[];
}
