import { CommitUnknown, InTheWay, mayBeOfOne } from '../../database/unavailable.js';
import type { UpdateItem } from './plan-item.js';

/** Where it is not known whether the items are stored, those with a key can be told by it: their record is, or is not. */
const canTell = (items: readonly UpdateItem[]): boolean =>
  items.every(({ input: { idempotencyKey } }) => typeof idempotencyKey === 'string');

/** It is not known whether the items are stored: the try that looked for their keys has failed with `again`. */
class StillUnknown extends CommitUnknown {
  constructor(readonly again: unknown) {
    super(again);
  }
}

/** Whether a request may run once more, alone, after the batch that it was in has failed. */
export function mayRunAlone(error: unknown, items: readonly UpdateItem[]): boolean {
  if (error instanceof StillUnknown) return mayRunAlone(error.again, items);
  if (error instanceof CommitUnknown) return canTell(items);
  // Who has to wait for somebody, or is overtaken again and again, may be one of them only too.
  return error instanceof InTheWay || mayBeOfOne(error);
}

/**
 * Where it is not known whether the items are stored and all of them have a key, runs them again: what is stored answers
 * as a replay, what isn't is done now. Else throws the error, as where that fails: it is still not known then.
 */
export async function resolveUnknown<Outcome>(
  error: unknown,
  items: readonly UpdateItem[],
  runBatch: (items: readonly UpdateItem[]) => Promise<Outcome>,
): Promise<Outcome> {
  if (!(error instanceof CommitUnknown && canTell(items))) throw error;
  return runBatch(items).catch((again: unknown) => {
    throw new StillUnknown(again);
  });
}

/**
 * What is told after two tries that failed: the second, unless it is not known whether the first is stored, of which
 * the second says nothing.
 */
export const failureOf = (first: unknown, again: unknown): unknown => (first instanceof CommitUnknown ? first : again);
