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

/** The values of a survivor that a merge may change and an undo puts back, each as a whole. */
export const singleValues = [
  'firstname',
  'lastname',
  'fraudStatus',
  'fraudMergeId',
  'registeredOn',
  'registeredTill',
  'associatedWith',
] as const satisfies readonly (keyof Account)[];
export type SingleValue = (typeof singleValues)[number];

/**
 * The survivor as a merge found it, as far as the merge changed it: as large as what was moved, whatever the survivor had
 * from merges before. A single value that the merge left alone is not there; nor is a field or a subscription, and one
 * that the survivor had not. Identifiers, aliases and merged ids that it gained are the victim's.
 */
export interface SurvivorBefore
  extends
    Partial<Pick<Account, SingleValue>>,
    Pick<Account, 'version' | 'lifetimePurchases' | 'customFields' | 'extendedFields' | 'subscriptions'> {
  /** Those that it had in the victim's programs. */
  readonly summaries: Account['summaries'];
}

/**
 * The victim as a merge found it: all that was moved or is to come back. Rewards had are left to both sides, which keep
 * them for good.
 */
export type VictimBefore = Omit<
  Account,
  'organizationId' | 'id' | 'mergedInto' | 'updatedOn' | 'rewardsHad' | 'lastSequence'
>;

/** What one merge did, and of both sides what it found there: enough to explain it, and to take it back. */
export interface MergeRecord {
  readonly organizationId: string;
  readonly id: string;
  readonly survivorId: number;
  readonly victimId: number;
  /** That of the survivor's MERGED event: orders the merges of a customer. */
  readonly sequence: number;
  readonly mergedAt: Instant;
  readonly undoneAt: Instant | null;
  /** When the data of a person whose account is one of its sides was erased; then only figures are left in it. */
  readonly erasedAt: Instant | null;
  /** The identifiers in the request that belonged to the victim. */
  readonly matchedOn: readonly Identifier[];
  readonly changes: readonly FieldChange[];
  readonly balances: readonly MergedBalance[];
  readonly survivorBefore: SurvivorBefore;
  readonly victimBefore: VictimBefore;
}
