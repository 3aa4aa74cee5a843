import type { FieldChange } from '../../audit/field-change.js';
import type { Instant } from '../../values/instant.js';
import type { Thousandths } from '../../values/decimal.js';
import type { Account, Identifier } from '../account.js';

/** One figure of a merge: survivorBefore + victimBefore = after. programId is null for the customer's lifetimePurchases. */
export interface MergedBalance {
  readonly programId: string | null;
  readonly figure: string;
  readonly survivorBefore: Thousandths;
  readonly victimBefore: Thousandths;
  readonly after: Thousandths;
}

/** What one merge did, and both sides as it found them: enough to explain it, and to take it back. */
export interface MergeRecord {
  readonly organizationId: string;
  readonly id: string;
  readonly survivorId: number;
  readonly victimId: number;
  /** That of the survivor's MERGED event: orders the merges of a customer. */
  readonly sequence: number;
  readonly mergedAt: Instant;
  readonly undoneAt: Instant | null;
  /** The identifiers in the request that belonged to the victim. */
  readonly matchedOn: readonly Identifier[];
  readonly changes: readonly FieldChange[];
  readonly balances: readonly MergedBalance[];
  readonly survivorBefore: Account;
  readonly victimBefore: Account;
}
