import type { EntityManager } from 'typeorm';
import type { Breach } from './breach.js';
import { findFaulty, type RowFault } from './faulty-rows.js';
import { fromPage, keysOf, onPage, type MergeKey, type StoredMerge } from './merge-pages.js';

// Invariants 3 and 4 of "What must always hold", merge by merge: both sides are there and say that it happened.

const eventCount = (side: 'survivor' | 'victim', action: 'MERGED' | 'MERGE_UNDONE'): string =>
  `(SELECT count(*) FROM audit_event AS e
     WHERE e.organization_id = m.organization_id AND e.customer_id = m.${side}_id
       AND e.action = '${action}' AND e.merge_id = m.id)`;

const survivorsEvent = `SELECT e.changes FROM audit_event AS e
   WHERE e.organization_id = m.organization_id AND e.customer_id = m.survivor_id AND e.sequence = m.sequence
     AND e.action = 'MERGED' AND e.merge_id = m.id`;

const faults: readonly RowFault[] = [
  { reason: 'its survivor does not exist', when: 's.id IS NULL' },
  { reason: 'its victim does not exist', when: 'v.id IS NULL' },
  {
    reason: 'it stands, but its victim is not merged away',
    when: 'm.undone_at IS NULL AND v.id IS NOT NULL AND v.merged_into IS NULL',
  },
  { reason: 'its survivor has no MERGED event at its sequence', when: `NOT EXISTS (${survivorsEvent})` },
  {
    reason: "its changes are not those of its survivor's MERGED event",
    when: `EXISTS (${survivorsEvent} AND e.changes <> m.changes)`,
  },
  { reason: 'its victim does not have one MERGED event', when: `${eventCount('victim', 'MERGED')} <> 1` },
  ...(['survivor', 'victim'] as const).map((side) => ({
    reason: `it is undone, but its ${side} does not have one MERGE_UNDONE event`,
    when: `m.undone_at IS NOT NULL AND ${eventCount(side, 'MERGE_UNDONE')} <> 1`,
  })),
];

/** Merges without their sides or their events. */
export async function* mergeRecordBreaches(
  manager: EntityManager,
  merges: readonly StoredMerge[],
): AsyncGenerator<Breach> {
  const rows = await findFaulty<MergeKey>(
    manager,
    {
      key: { organizationId: 'm.organization_id', mergeId: 'm.id' },
      from: `${fromPage(manager)}
        LEFT JOIN customer AS s ON s.organization_id = m.organization_id AND s.id = m.survivor_id
        LEFT JOIN customer AS v ON v.organization_id = m.organization_id AND v.id = m.victim_id
       WHERE ${onPage}`,
      parameters: [keysOf(merges)],
    },
    faults,
  );
  for (const { key, reasons } of rows) for (const reason of reasons) yield { ...key, reason };
}
