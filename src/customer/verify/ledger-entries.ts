import type { EntityManager } from 'typeorm';
import { LedgerKind } from '../../points/ledger.js';
import type { Breach } from './breach.js';
import { conditionOf, type CustomerKey, type CustomerRange } from './customer-range.js';
import { figureColumns } from './figure-columns.js';

// "Figures" and invariant 4 of the behaviour page, entry by entry: an entry says why a figure changed, so what it
// names must be there.

interface EntryFacts extends CustomerKey {
  sequence: number;
  kind: string;
  isZero: 0 | 1;
  isOfMerge: 0 | 1;
  isMergesSide: 0 | 1;
  isRewardHad: 0 | 1;
  isUnknownProgram: 0 | 1;
  isAfterLast: 0 | 1;
}

// Each fact is of an entry by itself, told in the order in which reasonsOf tells them.
const facts = {
  isZero: figureColumns.map(({ column }) => `l.${column} = 0`).join(' AND '),
  isOfMerge: 'l.merge_id IS NOT NULL',
  isMergesSide: `m.id IS NOT NULL AND l.customer_id =
    CASE WHEN l.kind IN ('MERGE_OUT', 'UNDO_IN') THEN m.victim_id ELSE m.survivor_id END`,
  isRewardHad: 'h.rule IS NOT NULL',
  isUnknownProgram: 'l.program_id IS NOT NULL AND p.id IS NULL',
  isAfterLast: 'c.id IS NOT NULL AND l.sequence > c.last_sequence',
} as const;

/** Ledger entries that change nothing, or whose merge, reward or program is not there, or that came after the last. */
export async function* strayEntries(manager: EntityManager, range: CustomerRange): AsyncGenerator<Breach> {
  const { on, parameters } = conditionOf(range);
  const rows = await manager.query<EntryFacts[]>(
    `SELECT * FROM (
       SELECT l.organization_id AS "organizationId", l.customer_id AS "customerId", l.sequence, l.kind,
              ${Object.entries(facts)
                .map(([name, fact]) => `(${fact}) AS "${name}"`)
                .join(', ')}
         FROM ledger_entry AS l
         LEFT JOIN customer AS c ON c.organization_id = l.organization_id AND c.id = l.customer_id
         LEFT JOIN customer_merge AS m ON m.organization_id = l.organization_id AND m.id = l.merge_id
         LEFT JOIN reward_had AS h
           ON h.organization_id = l.organization_id AND h.customer_id = l.customer_id AND h.rule = l.rule
         LEFT JOIN loyalty_program AS p ON p.organization_id = l.organization_id AND p.id = l.program_id
        WHERE ${on('l')}
     ) AS facts
     WHERE "isZero" OR "isUnknownProgram" OR "isAfterLast" OR NOT CASE
             WHEN kind = 'OPENING' THEN NOT "isOfMerge"
             WHEN kind = 'AWARD' THEN NOT "isOfMerge" AND "isRewardHad"
             WHEN kind IN ('MERGE_OUT', 'MERGE_IN', 'UNDO_OUT', 'UNDO_IN') THEN "isMergesSide"
             ELSE false
           END
     ORDER BY "organizationId", "customerId", sequence`,
    [...parameters],
  );
  for (const row of rows) {
    const { organizationId, customerId, sequence } = row;
    for (const reason of reasonsOf(row)) yield { organizationId, customerId, sequence, reason };
  }
}

function reasonsOf({ kind, ...entry }: EntryFacts): string[] {
  return [
    ...(entry.isZero ? [`${kind} entry that changes no figure`] : []),
    ...(entry.isUnknownProgram ? [`${kind} entry in a program that the organization does not have`] : []),
    ...(entry.isAfterLast ? [`${kind} entry after the customer's last sequence`] : []),
    ...kindReasons(kind, entry),
  ];
}

function kindReasons(kind: string, { isOfMerge, isMergesSide, isRewardHad }: Omit<EntryFacts, 'kind'>): string[] {
  const known = Object.values(LedgerKind).find((one) => one === kind);
  switch (known) {
    case undefined:
      return ['ledger entry of no known kind'];
    case 'OPENING':
    case 'AWARD':
      return [
        ...(isOfMerge ? [`${known} entry that names a merge`] : []),
        ...(known === 'AWARD' && !isRewardHad ? ['AWARD entry of a reward that the customer has not had'] : []),
      ];
    case 'MERGE_OUT':
    case 'MERGE_IN':
    case 'UNDO_OUT':
    case 'UNDO_IN':
      return isMergesSide ? [] : [`${known} entry without a merge that has the customer on that side`];
  }
}
