import { hash } from 'node:crypto';
import type { FieldChange } from '../../audit/field-change.js';
import { formatDecimal } from '../../values/decimal.js';
import type { Account } from '../account.js';
import type { CustomerWarning } from '../customer-error.js';
import type { MergeDraft, SideEffect } from '../plan.js';

export interface Decided {
  readonly organizationId: string;
  /** Every account that the request involves, as it was before. */
  readonly involved: readonly Account[];
  readonly target: Account;
  readonly survivor: Account;
  readonly changes: readonly FieldChange[];
  readonly sideEffects: readonly SideEffect[];
  readonly merges: readonly MergeDraft[];
  readonly warnings: readonly CustomerWarning[];
  /** Fields whose current value is the clock's. */
  readonly fromClock: ReadonlySet<string>;
}

/**
 * Step 9 of the behaviour page: a digest of everything that was decided, in a canonical form. The same for a preview and
 * for the update that follows it; another as soon as anything differs that bears on the outcome. What comes from the
 * clock enters as the word now; generated ids do not enter.
 */
export function planHash(decided: Decided): string {
  const canonical = JSON.stringify([
    decided.organizationId,
    decided.involved.map(({ id, version }) => [id, version]),
    decided.target.id,
    decided.survivor.id,
    decided.changes.map(({ field, previous, current, rule }) => [
      field,
      previous,
      decided.fromClock.has(field) ? 'now' : current,
      rule,
    ]),
    decided.sideEffects.map(({ rule, programId, awardedPoints, totalPoints }) => [
      rule,
      programId,
      formatDecimal(awardedPoints),
      formatDecimal(totalPoints),
    ]),
    decided.merges.map((merge) => [
      merge.survivorId,
      merge.victimId,
      merge.matchedOn.map(({ type, value }) => [type, value]),
      merge.changes.map(({ field, previous, current, rule }) => [field, previous, current, rule]),
      merge.balances.map((balance) => [
        balance.programId,
        balance.figure,
        formatDecimal(balance.survivorBefore),
        formatDecimal(balance.victimBefore),
        formatDecimal(balance.after),
      ]),
    ]),
    decided.warnings.map(({ code, field }) => [code, field]),
  ]);
  return hash('sha256', canonical, 'hex');
}
