import type { EntityManager } from 'typeorm';
import { mapFigures, type FigureName, type Figures } from '../../points/figures.js';
import { exact, forEachFigure } from './figure-columns.js';
import { fromPage, keysOf, onPage, type MergeKey, type StoredMerge } from './merge-pages.js';

/** Which ledger entries of a merge's two sides: those that it made, those that its undo made, those that it found. */
export type Part = 'MERGE' | 'UNDO' | 'BEFORE';

/** The sum of such entries of one side in one program, or of lifetimePurchases. */
export interface LedgerSum extends MergeKey {
  readonly customerId: number;
  readonly programId: string | null;
  readonly part: Part;
  readonly figures: Figures;
}

/**
 * What the ledger says of a page of merges. What a merge found: the entries up to its event, and what the merges before
 * it in the same request brought, since all entries of a request come behind all its events.
 */
export async function findLedgerSums(manager: EntityManager, merges: readonly StoredMerge[]): Promise<LedgerSum[]> {
  const rows = await manager.query<(Omit<LedgerSum, 'figures'> & Record<FigureName, string>)[]>(
    `SELECT m.organization_id AS "organizationId", m.id AS "mergeId", l.customer_id AS "customerId",
            l.program_id AS "programId",
            CASE WHEN l.merge_id IS DISTINCT FROM m.id THEN 'BEFORE'
                 WHEN l.kind IN ('MERGE_OUT', 'MERGE_IN') THEN 'MERGE' ELSE 'UNDO' END AS part,
            ${forEachFigure((column) => `CAST(sum(${exact(`l.${column}`)}) AS TEXT)`)}
       ${fromPage(manager)} CROSS JOIN ledger_entry AS l
      WHERE ${onPage} AND l.organization_id = m.organization_id AND l.customer_id IN (m.survivor_id, m.victim_id) AND
        (l.merge_id = m.id OR l.sequence <= m.sequence
         OR (l.kind = 'MERGE_IN' AND l.at = m.merged_at AND
             (SELECT other.sequence FROM customer_merge AS other
               WHERE other.organization_id = l.organization_id AND other.id = l.merge_id) < m.sequence))
      GROUP BY m.organization_id, m.id, l.customer_id, l.program_id, part`,
    [keysOf(merges)],
  );
  return rows.map(({ organizationId, mergeId, customerId, programId, part, ...sums }) => ({
    organizationId,
    mergeId,
    customerId,
    programId,
    part,
    figures: mapFigures((figure) => BigInt(sums[figure])),
  }));
}
