import { figureNames, loyaltyPoints, subtractFigures, zeroFigures } from '../../points/figures.js';
import type { Instant } from '../../values/instant.js';
import { identifierKey, identifiersOf, type Account, type Identifier } from '../account.js';
import { customerError, type CustomerError } from '../customer-error.js';
import { areFiguresWithinBounds } from '../figure-bounds.js';
import type { MergeRecord } from './merge-record.js';

const dayInMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Whatever speaks against taking the merge back, in the order of the behaviour page. `figuresAfter` are those that the
 * survivor would be left with.
 */
export function undoFaults(
  merge: MergeRecord,
  survivor: Account,
  figuresAfter: Pick<Account, 'lifetimePurchases' | 'summaries'>,
  hasLaterMerge: boolean,
  mergeUndoDays: number,
  now: Instant,
): CustomerError[] {
  const conflicts: string[] = [];
  if (survivor.mergedInto === null) {
    const below = figuresBelowZero(merge, survivor);
    if (below.length > 0)
      conflicts.push(`Without the merge, the survivor would have less than zero: ${below.join(', ')}`);
    if (!hasAll(survivor, identifiersOf(merge.victimBefore))) {
      conflicts.push('An identifier of the merged customer has gone to another customer since');
    }
  } else {
    // Its figures and identifiers went with it: no reasons of their own.
    conflicts.push(`The survivor ${survivor.id} has been merged into ${survivor.mergedInto}: undo that merge first`);
  }
  if (hasLaterMerge) conflicts.push('A later merge into the same survivor stands: undo that one first');
  // Not on the behaviour page, but such figures could not be answered. Only where nothing else is in the way: when that
  // is gone, they may be within bounds.
  if (conflicts.length === 0 && !areFiguresWithinBounds({ ...survivor, ...figuresAfter })) {
    conflicts.push('Without the merge, the survivor would have more points or purchases than can be stored');
  }
  const faults = conflicts.map((reason) => customerError('MERGE_UNDO_CONFLICT', ['mergeId'], reason));
  if (now > merge.mergedAt + mergeUndoDays * dayInMilliseconds) {
    const reason = `A merge can be undone for ${mergeUndoDays} days (MERGE_UNDO_DAYS)`;
    faults.push(customerError('MERGE_UNDO_EXPIRED', ['mergeId'], reason));
  }
  return faults;
}

function hasAll(survivor: Account, wanted: readonly Identifier[]): boolean {
  const has = new Set(identifiersOf(survivor).map(identifierKey));
  return wanted.every((one) => has.has(identifierKey(one)));
}

/** The figures that the undo would take below zero and that were not so on the survivor before the merge. */
function figuresBelowZero({ survivorBefore, victimBefore }: MergeRecord, survivor: Account): string[] {
  const below: string[] = [];
  const check = (name: string, before: bigint, after: bigint): void => {
    if (after < 0n && before >= 0n) below.push(name);
  };
  check(
    'lifetimePurchases',
    survivorBefore.lifetimePurchases,
    survivor.lifetimePurchases - victimBefore.lifetimePurchases,
  );
  for (const [programId, theirs] of victimBefore.summaries) {
    const before = survivorBefore.summaries.get(programId) ?? zeroFigures;
    const after = subtractFigures(survivor.summaries.get(programId) ?? zeroFigures, theirs);
    for (const name of figureNames) {
      if (name !== 'adjusted') check(`pointsSummaries.${programId}.${name}`, before[name], after[name]);
    }
    check(`pointsSummaries.${programId}.loyaltyPoints`, loyaltyPoints(before), loyaltyPoints(after));
  }
  return below;
}
