import type { EntityManager } from 'typeorm';
import { statementsOf } from '../engine/statements.js';
import { parseMergeRecord } from '../merge/merge-record-json.js';
import type { Breach } from './breach.js';
import { mergeText, type MergeKey, type StoredMerge } from './merge-pages.js';

interface KeptPointers extends MergeKey {
  readonly victimId: number;
  /** Those that an undo makes point to the victim again. */
  readonly mergedIds: readonly number[];
}

/**
 * Merges that stand, and have kept other accounts than those that were merged into their victim: while it is merged away
 * nobody else is, and no merge into it can be taken back.
 */
export async function* mergePointerBreaches(
  manager: EntityManager,
  merges: readonly StoredMerge[],
): AsyncGenerator<Breach> {
  const kept = merges.filter(({ undoneAt }) => undoneAt === null).flatMap(readPointers);
  const merged = await findMerged(manager, kept);
  for (const { organizationId, mergeId, mergedIds } of kept) {
    const ids = new Set(mergedIds);
    const found = merged.get(mergeText({ organizationId, mergeId })) ?? new Set();
    if (found.size === ids.size && [...found].every((id) => ids.has(id))) continue;
    yield { organizationId, mergeId, reason: 'it has not kept the accounts that were merged into its victim' };
  }
}

function readPointers({ organizationId, mergeId, victimId, ...record }: StoredMerge): KeptPointers[] {
  try {
    // A hand may have put there what is no list.
    return [{ organizationId, mergeId, victimId, mergedIds: [parseMergeRecord(record).victimBefore.mergedIds].flat() }];
  } catch {
    // That the record cannot be read is told with its figures.
    return [];
  }
}

/** Whom standing merges led to the victim, or to one of those that the merge has kept. CROSS JOIN keeps SQLite from starting at a table. */
async function findMerged(manager: EntityManager, kept: readonly KeptPointers[]): Promise<Map<string, Set<number>>> {
  const survivors = kept.flatMap(({ organizationId, mergeId, victimId, mergedIds }) =>
    [victimId, ...mergedIds].filter(Number.isSafeInteger).map((id) => [organizationId, mergeId, id]),
  );
  const rows = await manager.query<(MergeKey & { readonly customerId: number })[]>(
    `SELECT kept.value ->> 0 AS "organizationId", kept.value ->> 1 AS "mergeId", m.victim_id AS "customerId"
       FROM ${statementsOf(manager).rowsOfParameter} AS kept CROSS JOIN customer_merge AS m
      WHERE m.organization_id = kept.value ->> 0 AND m.survivor_id = CAST(kept.value ->> 2 AS bigint)
        AND m.undone_at IS NULL`,
    [JSON.stringify(survivors)],
  );
  const merged = new Map<string, Set<number>>();
  for (const { customerId, ...key } of rows) {
    merged.set(mergeText(key), (merged.get(mergeText(key)) ?? new Set()).add(customerId));
  }
  return merged;
}
