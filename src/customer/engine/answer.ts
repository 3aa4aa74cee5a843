import { stringifyFigures } from '../../values/decimal.js';
import type { MergeRecord } from '../merge/merge-record.js';
import type { UpdatePlan } from '../plan.js';

/** A merge as it is answered: without what only an undo needs. */
export type AnsweredMerge = Pick<
  MergeRecord,
  'id' | 'survivorId' | 'victimId' | 'matchedOn' | 'changes' | 'balances' | 'mergedAt' | 'undoneAt'
>;

/** What an update answers beside the customer; kept under its idempotency key. */
export interface Answer extends Pick<UpdatePlan, 'changes' | 'sideEffects' | 'warnings' | 'planHash'> {
  readonly merges: readonly AnsweredMerge[];
}

export function stringifyAnswer({ merges, changes, sideEffects, warnings, planHash }: Answer): string {
  return stringifyFigures({ merges: merges.map(answeredMerge), changes, sideEffects, warnings, planHash });
}

export function parseAnswer(text: string): Answer {
  return JSON.parse(text, (key, value: unknown) => (figures.has(key) ? BigInt(value as string) : value)) as Answer;
}

const figures = new Set(['survivorBefore', 'victimBefore', 'after', 'awardedPoints', 'totalPoints']);

const answeredMerge = (merge: AnsweredMerge): AnsweredMerge => ({
  id: merge.id,
  survivorId: merge.survivorId,
  victimId: merge.victimId,
  matchedOn: merge.matchedOn,
  changes: merge.changes,
  balances: merge.balances,
  mergedAt: merge.mergedAt,
  undoneAt: merge.undoneAt,
});
