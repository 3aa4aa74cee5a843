import { CommitUnknown, InTheWay, isDamage, isDatabaseUnavailable } from '../../database/unavailable.js';
import type { UpdateItem } from './plan-item.js';

/** Where it is not known whether the items are stored, those with a key can be told by it: their record is, or is not. */
const canTell = (items: readonly UpdateItem[]): boolean =>
  items.every(({ input: { idempotencyKey } }) => typeof idempotencyKey === 'string');

/** Whether a request may run once more, alone, after the batch that it was in has failed. */
export function mayRunAlone(error: unknown, items: readonly UpdateItem[]): boolean {
  if (error instanceof CommitUnknown) return canTell(items);
  // Who has to wait for somebody, is overtaken again and again, or needs what is damaged may be one of them only.
  return error instanceof InTheWay || isDamage(error) || !isDatabaseUnavailable(error);
}

/**
 * Where it is not known whether the items are stored and all of them have a key, runs them again: what is stored answers
 * as a replay, what isn't is done now. Else throws the error, once more where it happens once more.
 */
export async function resolveUnknown<Outcome>(
  error: unknown,
  items: readonly UpdateItem[],
  runBatch: (items: readonly UpdateItem[]) => Promise<Outcome>,
): Promise<Outcome> {
  if (error instanceof CommitUnknown && canTell(items)) return runBatch(items);
  throw error;
}
