import type { EntityManager } from 'typeorm';
import type { Breach } from './breach.js';
import { conditionOf, type CustomerKey, type CustomerRange } from './customer-range.js';

// Invariant 3 of "What must always hold". Identifiers of a merged customer are among those that find nobody live, and
// that its ledger sums to zero follows where its figures are none and equal their ledger: both are told there.

interface Tombstone extends CustomerKey {
  mergedInto: number;
  hasSurvivor: 0 | 1;
  survivorMergedInto: number | null;
  hasFigures: 0 | 1;
  standing: number;
  explaining: number;
}

/** Merged customers that still have figures, or whose survivor, or the merge that explains it, is not what it must be. */
export async function* tombstoneBreaches(manager: EntityManager, range: CustomerRange): AsyncGenerator<Breach> {
  const { on, parameters } = conditionOf(range);
  const tombstones = await manager.query<Tombstone[]>(
    `SELECT c.organization_id AS "organizationId", c.id AS "customerId", c.merged_into AS "mergedInto",
            s.id IS NOT NULL AS "hasSurvivor", s.merged_into AS "survivorMergedInto",
            (c.lifetime_purchases <> 0 OR EXISTS (SELECT 1 FROM points_summary AS p
              WHERE p.organization_id = c.organization_id AND p.customer_id = c.id)) AS "hasFigures",
            (SELECT count(*) FROM customer_merge AS m
              WHERE m.organization_id = c.organization_id AND m.victim_id = c.id AND m.undone_at IS NULL) AS standing,
            (SELECT count(*) FROM customer_merge AS m
               JOIN customer AS r ON r.organization_id = m.organization_id AND r.id = m.survivor_id
              WHERE m.organization_id = c.organization_id AND m.victim_id = c.id AND m.undone_at IS NULL
                AND coalesce(r.merged_into, r.id) = c.merged_into) AS explaining
       FROM customer AS c
       LEFT JOIN customer AS s ON s.organization_id = c.organization_id AND s.id = c.merged_into
      WHERE ${on('c', 'id')} AND c.merged_into IS NOT NULL
      ORDER BY c.organization_id, c.id`,
    [...parameters],
  );
  for (const tombstone of tombstones) {
    const { organizationId, customerId } = tombstone;
    for (const reason of reasonsOf(tombstone)) yield { organizationId, customerId, reason };
  }
}

function reasonsOf({
  mergedInto,
  hasSurvivor,
  survivorMergedInto,
  hasFigures,
  standing,
  explaining,
}: Tombstone): string[] {
  const reasons: string[] = [];
  if (hasFigures === 1) reasons.push('merged away, but has points or purchases of its own');
  if (hasSurvivor === 0) reasons.push(`merged into customer ${mergedInto}, which does not exist`);
  if (survivorMergedInto !== null) {
    reasons.push(`merged into customer ${mergedInto}, which is itself merged into ${survivorMergedInto}`);
  }
  if (standing === 0) reasons.push('merged away, but no standing merge says so');
  if (standing > 1) reasons.push(`merged away by ${standing} standing merges`);
  // Of a survivor that is wrong by itself it was told above.
  if (standing === 1 && explaining === 0 && hasSurvivor === 1 && survivorMergedInto === null) {
    reasons.push(`merged into customer ${mergedInto}, but its standing merge leads to another one`);
  }
  return reasons;
}
