import type { Organization } from '../../organization/organization.js';
import type { Instant } from '../../values/instant.js';
import { identifierTypes, type IdentifierType } from '../../values/identifier-type.js';
import type { Account, Identifier } from '../account.js';
import { customerError, identifierField, type CustomerError } from '../customer-error.js';
import type { LedgerDraft, MergeDraft } from '../plan.js';
import type { Match } from './may-merge.js';
import { movedFigures } from './moved-figures.js';
import { planMerge } from './plan-merge.js';
import { victimBefore } from './sides-before.js';

export interface PlannedMerges {
  /** The surviving customer as it was before the request. */
  readonly before: Account;
  /** It after the merges; where there are none, the target with the identifiers that the request gives it. */
  readonly survivor: Account;
  /** The victims, as tombstones, in the order in which they were merged. */
  readonly victims: readonly Account[];
  readonly merges: readonly MergeDraft[];
  readonly ledger: readonly LedgerDraft[];
  readonly faults: readonly CustomerError[];
}

export interface MergeTerms {
  readonly given: Readonly<Record<IdentifierType, string | null>>;
  readonly organization: Organization;
  readonly now: Instant;
  readonly newMergeId: (victimId: number) => string;
}

/**
 * "Who survives?" of the behaviour page: the target, unless it is NON_LOYALTY and another account is LOYALTY; then the
 * first such. The others are merged into it one after the other, the target first if it does not survive.
 * `loaded` is the target as it was before the request, `target` with the identifiers that the request gives it.
 */
export function planMerges(
  loaded: Account,
  target: Account,
  matches: readonly Match[],
  terms: MergeTerms,
): PlannedMerges {
  const loyal = target.type === 'NON_LOYALTY' ? matches.find(({ account }) => account.type === 'LOYALTY') : undefined;
  const victims =
    loyal === undefined
      ? matches
      : [{ account: target, types: loyal.types }, ...matches.filter((match) => match !== loyal)];
  const start: PlannedMerges = {
    before: loyal?.account ?? loaded,
    survivor: loyal?.account ?? target,
    victims: [],
    merges: [],
    ledger: [],
    faults: [],
  };
  return victims.reduce((soFar, victim) => mergeNext(soFar, victim, terms), start);
}

function mergeNext(soFar: PlannedMerges, { account: victim, types }: Match, terms: MergeTerms): PlannedMerges {
  const { organization, given, now } = terms;
  const id = terms.newMergeId(victim.id);
  const planned = planMerge(soFar.survivor, victim, id, organization);
  const merge: MergeDraft = {
    organizationId: organization.id,
    id,
    survivorId: soFar.survivor.id,
    victimId: victim.id,
    mergedAt: now,
    undoneAt: null,
    matchedOn: matchedOn(victim, given),
    changes: planned.changes,
    balances: planned.balances,
    survivorBefore: planned.survivorBefore,
    victimBefore: victimBefore(victim),
  };
  const kinds = { out: 'MERGE_OUT', in: 'MERGE_IN' } as const;
  return {
    before: soFar.before,
    survivor: planned.survivor,
    victims: [...soFar.victims, planned.victim],
    merges: [...soFar.merges, merge],
    ledger: [...soFar.ledger, ...movedFigures(victim, victim.id, soFar.survivor.id, kinds, id, organization)],
    faults: planned.isWithinBounds ? soFar.faults : [...soFar.faults, ...types.map(outOfBounds)],
  };
}

/** The request's identifiers that the victim had, by its own value or an alias. */
function matchedOn(victim: Account, given: MergeTerms['given']): Identifier[] {
  return identifierTypes.flatMap((type) => {
    const value = given[type];
    if (value === null) return [];
    const isVictims =
      victim.identifiers[type] === value ||
      victim.aliases.some((alias) => alias.type === type && alias.value === value);
    return isVictims ? [{ type, value }] : [];
  });
}

const outOfBounds = (type: IdentifierType): CustomerError =>
  customerError(
    'MERGE_BLOCKED',
    [identifierField[type]],
    'Together the accounts have more points or purchases than can be stored',
  );
