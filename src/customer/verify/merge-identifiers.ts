import type { EntityManager } from 'typeorm';
import { identifierTypes } from '../../values/identifier-type.js';
import { statementsOf } from '../engine/statements.js';
import { parseMergeRecord } from '../merge/merge-record-json.js';
import type { Breach } from './breach.js';
import type { MergeKey, StoredMerge } from './merge-pages.js';

/** Merges that stand, and have kept an identifier of their victim that whoever the victim has become does not have. */
export async function* mergeIdentifierBreaches(
  manager: EntityManager,
  merges: readonly StoredMerge[],
): AsyncGenerator<Breach> {
  const kept = merges.filter(({ undoneAt }) => undoneAt === null).flatMap(keptIdentifiers);
  if (kept.length === 0) return;
  for (const key of await findLost(manager, kept)) {
    yield { ...key, reason: 'its survivor has not all identifiers that it has kept of its victim' };
  }
}

type KeptIdentifier = readonly [organizationId: string, mergeId: string, type: string, value: string];

function keptIdentifiers(merge: StoredMerge): KeptIdentifier[] {
  try {
    const { identifiers, aliases } = parseMergeRecord(merge).victimBefore;
    const own = identifierTypes.map((type) => ({ type, value: identifiers[type] }));
    return [...own, ...aliases].flatMap(({ type, value }) =>
      value === null ? [] : [[merge.organizationId, merge.mergeId, type, value] as const],
    );
  } catch {
    // That the record cannot be read is told with its figures.
    return [];
  }
}

// A survivor that was merged later has taken them along. CROSS JOIN keeps SQLite from starting at a table. Where part of an
// identifier's key came from elsewhere than the rest, PostgreSQL without statistics would go through all of the organization's.
function findLost(manager: EntityManager, kept: readonly KeptIdentifier[]): Promise<MergeKey[]> {
  return manager.query<MergeKey[]>(
    `SELECT DISTINCT m.organization_id AS "organizationId", m.id AS "mergeId"
       FROM ${statementsOf(manager).rowsOfParameter} AS kept
      CROSS JOIN customer_merge AS m
       LEFT JOIN customer AS s ON s.organization_id = m.organization_id AND s.id = m.survivor_id
       LEFT JOIN customer_identifier AS i
         ON i.organization_id = kept.value ->> 0 AND i.type = kept.value ->> 2 AND i.value = kept.value ->> 3
      WHERE m.organization_id = kept.value ->> 0 AND m.id = kept.value ->> 1
        AND (i.customer_id IS NULL OR i.customer_id <> coalesce(s.merged_into, s.id))
      ORDER BY 1, 2`,
    [JSON.stringify(kept)],
  );
}
