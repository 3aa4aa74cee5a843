import type { Organization, RewardRule } from '../../organization/organization.js';
import { loyaltyPoints, zeroFigures } from '../../points/figures.js';
import type { Account } from '../account.js';
import { customerError, type CustomerError } from '../customer-error.js';
import { areFiguresWithinBounds } from '../figure-bounds.js';
import type { LedgerDraft, SideEffect } from '../plan.js';
import { withSummary } from './apply-input.js';

export interface Awarded {
  readonly account: Account;
  readonly sideEffects: readonly SideEffect[];
  readonly ledger: readonly LedgerDraft[];
  readonly faults: readonly CustomerError[];
}

/**
 * Step 8 of the behaviour page: each reward rule, in the organization's order, that this update has made true.
 * `changedFields` are the values that the update changed, by the request or by a merge in it. Points never move a slab.
 */
export function awardRewards(
  account: Account,
  changedFields: ReadonlySet<string>,
  organization: Organization,
): Awarded {
  let awarded: Awarded = { account, sideEffects: [], ledger: [], faults: [] };
  if (account.type !== 'LOYALTY') return awarded;
  for (const rule of organization.rewardRules) {
    const isDue =
      !account.rewardsHad.has(rule.name) &&
      rule.fields.some((field) => changedFields.has(field)) &&
      rule.fields.every((field) => isFilled(account, field));
    if (isDue) awarded = award(awarded, rule, organization);
  }
  return awarded;
}

function award(soFar: Awarded, rule: RewardRule, organization: Organization): Awarded {
  const { account } = soFar;
  const summaries = withSummary(account.summaries, rule.programId, organization);
  const before = summaries.get(rule.programId);
  if (before === undefined) return soFar;
  const summary = { ...before, lifetimePoints: before.lifetimePoints + rule.points };
  const totalPoints = loyaltyPoints(summary);
  const rewarded: Account = {
    ...account,
    summaries: new Map(summaries).set(rule.programId, summary),
    rewardsHad: new Set(account.rewardsHad).add(rule.name),
  };
  if (!areFiguresWithinBounds(rewarded)) {
    const reason = `The reward ${rule.name} would take the points beyond what can be stored`;
    return { ...soFar, faults: [...soFar.faults, customerError('INVALID_INPUT', [], reason)] };
  }
  return {
    faults: soFar.faults,
    account: rewarded,
    sideEffects: [
      ...soFar.sideEffects,
      { rule: rule.name, programId: rule.programId, awardedPoints: rule.points, totalPoints },
    ],
    ledger: [
      ...soFar.ledger,
      {
        customerId: account.id,
        kind: 'AWARD',
        programId: rule.programId,
        rule: rule.name,
        mergeId: null,
        ...zeroFigures,
        lifetimePoints: rule.points,
      },
    ],
  };
}

/** Whether a field that a reward rule can name has a value. */
function isFilled(account: Account, field: string): boolean {
  switch (field) {
    case 'firstname':
    case 'lastname':
    case 'registeredOn':
    case 'registeredTill':
    case 'associatedWith':
      return account[field] !== null;
    case 'mobile':
      return account.identifiers.MOBILE !== null;
    case 'email':
      return account.identifiers.EMAIL !== null;
    case 'externalId':
      return account.identifiers.EXTERNAL_ID !== null;
    default: {
      const dot = field.indexOf('.');
      const values = field.startsWith('customFields.') ? account.customFields : account.extendedFields;
      return values.has(field.slice(dot + 1));
    }
  }
}
