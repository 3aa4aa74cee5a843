import type { EntityManager } from 'typeorm';
import { statementsOf } from '../engine/statements.js';
import type { Breach } from './breach.js';
import { findFaulty, type RowFault } from './faulty-rows.js';
import {
  fromPage,
  isOfPage,
  keysOf,
  mergeText,
  onPage,
  sideParameters,
  type MergeKey,
  type StoredMerge,
} from './merge-pages.js';

// Invariants 3 and 4 of "What must always hold", merge by merge: both sides are there and say that it happened.

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
  const found = new Map(rows.map(({ key, reasons }) => [mergeText(key), reasons]));
  const counts = await countEvents(manager, merges);
  for (const merge of merges) {
    const { organizationId, mergeId } = merge;
    const reasons = [...(found.get(mergeText(merge)) ?? []), ...countReasons(merge, counts)];
    for (const reason of reasons) yield { organizationId, mergeId, reason };
  }
}

type EventAction = 'MERGED' | 'MERGE_UNDONE';

/** How many events of that action a side has that name the merge. */
type EventCounts = ReadonlyMap<string, number>;

const countKey = (merge: MergeKey, customerId: number, action: EventAction): string =>
  `${mergeText(merge)} ${customerId} ${action}`;

async function countEvents(manager: EntityManager, merges: readonly StoredMerge[]): Promise<EventCounts> {
  const rows = await manager.query<(MergeKey & { customerId: number; action: EventAction; count: number })[]>(
    `SELECT e.organization_id AS "organizationId", e.merge_id AS "mergeId", e.customer_id AS "customerId", e.action,
            count(*) AS count
       FROM ${statementsOf(manager).rowsOfParameter} AS side CROSS JOIN audit_event AS e
      WHERE e.organization_id = side.value ->> 0 AND e.customer_id = CAST(side.value ->> 1 AS bigint)
        AND e.action IN ('MERGED', 'MERGE_UNDONE') AND ${isOfPage('e')}
      GROUP BY e.organization_id, e.merge_id, e.customer_id, e.action`,
    sideParameters(merges),
  );
  return new Map(rows.map(({ customerId, action, count, ...key }) => [countKey(key, customerId, action), count]));
}

function countReasons(merge: StoredMerge, counts: EventCounts): string[] {
  const hasOne = (side: 'survivor' | 'victim', action: EventAction): boolean =>
    counts.get(countKey(merge, merge[`${side}Id`], action)) === 1;
  const undone = merge.undoneAt === null ? [] : (['survivor', 'victim'] as const);
  return [
    ...(hasOne('victim', 'MERGED') ? [] : ['its victim does not have one MERGED event']),
    ...undone
      .filter((side) => !hasOne(side, 'MERGE_UNDONE'))
      .map((side) => `it is undone, but its ${side} does not have one MERGE_UNDONE event`),
  ];
}
