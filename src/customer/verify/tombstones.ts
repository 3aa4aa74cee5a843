import type { EntityManager } from 'typeorm';
import type { Breach } from './breach.js';
import { conditionOf, type CustomerKey, type CustomerRange } from './customer-range.js';
import type { Truth } from './figure-columns.js';

// Invariant 3 of "What must always hold". Identifiers of a merged customer are among those that find nobody live, and
// that its ledger sums to zero follows where its figures are none and equal their ledger: both are told there.

interface Tombstone extends CustomerKey {
  mergedInto: number;
  hasSurvivor: Truth;
  survivorMergedInto: number | null;
  hasFigures: Truth;
}

/** A merge that stands, by its victim: where its survivor was merged later, the pointer leads further. */
interface StandingMerge extends CustomerKey {
  leadsTo: number | null;
}

/** Merged customers that still have figures, or whose survivor, or the merge that explains it, is not what it must be. */
export async function* tombstoneBreaches(manager: EntityManager, range: CustomerRange): AsyncGenerator<Breach> {
  const tombstones = await findTombstones(manager, range);
  if (tombstones.length === 0) return;
  const merges = await findStandingMerges(manager, range);
  for (const tombstone of tombstones) {
    const { organizationId, customerId } = tombstone;
    const own = merges.filter((merge) => merge.organizationId === organizationId && merge.customerId === customerId);
    for (const reason of [...reasonsOf(tombstone), ...mergeReasons(tombstone, own)]) {
      yield { organizationId, customerId, reason };
    }
  }
}

function findTombstones(manager: EntityManager, range: CustomerRange): Promise<Tombstone[]> {
  const { on, parameters } = conditionOf(range);
  return manager.query<Tombstone[]>(
    `SELECT c.organization_id AS "organizationId", c.id AS "customerId", c.merged_into AS "mergedInto",
            s.id IS NOT NULL AS "hasSurvivor", s.merged_into AS "survivorMergedInto",
            (c.lifetime_purchases <> 0 OR EXISTS (SELECT 1 FROM points_summary AS p
              WHERE p.organization_id = c.organization_id AND p.customer_id = c.id)) AS "hasFigures"
       FROM customer AS c
       LEFT JOIN customer AS s ON s.organization_id = c.organization_id AND s.id = c.merged_into
      WHERE ${on('c', 'id')} AND c.merged_into IS NOT NULL
      ORDER BY c.organization_id, c.id`,
    [...parameters],
  );
}

// The order is what makes SQLite walk the victims' index; else it would read all merges of the organization each time.
function findStandingMerges(manager: EntityManager, range: CustomerRange): Promise<StandingMerge[]> {
  const { on, parameters } = conditionOf(range);
  return manager.query<StandingMerge[]>(
    `SELECT m.organization_id AS "organizationId", m.victim_id AS "customerId",
            coalesce(s.merged_into, s.id) AS "leadsTo"
       FROM customer_merge AS m
       LEFT JOIN customer AS s ON s.organization_id = m.organization_id AND s.id = m.survivor_id
      WHERE ${on('m', 'victim_id')} AND m.undone_at IS NULL
      ORDER BY m.organization_id, m.victim_id`,
    [...parameters],
  );
}

function reasonsOf({ mergedInto, hasSurvivor, survivorMergedInto, hasFigures }: Tombstone): string[] {
  return [
    ...(hasFigures ? ['merged away, but has points or purchases of its own'] : []),
    ...(!hasSurvivor ? [`merged into customer ${mergedInto}, which does not exist`] : []),
    ...(survivorMergedInto === null
      ? []
      : [`merged into customer ${mergedInto}, which is itself merged into ${survivorMergedInto}`]),
  ];
}

function mergeReasons({ mergedInto, ...survivor }: Tombstone, merges: readonly StandingMerge[]): string[] {
  const [merge] = merges;
  if (merge === undefined) return ['merged away, but no standing merge says so'];
  if (merges.length > 1) return [`merged away by ${merges.length} standing merges`];
  // Of a survivor that is wrong by itself it was told above.
  const isSurvivorLive = Boolean(survivor.hasSurvivor) && survivor.survivorMergedInto === null;
  return isSurvivorLive && merge.leadsTo !== mergedInto
    ? [`merged into customer ${mergedInto}, but its standing merge leads to another one`]
    : [];
}
