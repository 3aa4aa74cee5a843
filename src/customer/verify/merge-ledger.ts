import type { EntityManager } from 'typeorm';
import { addFigures, mapFigures, negateFigures, type FigureName } from '../../points/figures.js';
import { statementsOf } from '../engine/statements.js';
import { exact, forEachFigure, type Truth } from './figure-columns.js';
import { findSumsBefore, type SumBefore } from './ledger-before.js';
import { isOfPage, sideParameters, type StoredMerge } from './merge-pages.js';

/** Which ledger entries of a merge's two sides: those that it made, those that its undo made, those that it found. */
export type Part = 'MERGE' | 'UNDO' | 'BEFORE';

/** The sum of such entries of one side in one program, or of lifetimePurchases. */
export interface LedgerSum extends SumBefore {
  readonly part: Part;
}

/** What the ledger says of a page of merges. What a merge found has none of its own entries, wherever these stand. */
export async function findLedgerSums(manager: EntityManager, merges: readonly StoredMerge[]): Promise<LedgerSum[]> {
  const own = await findOwnSums(manager, merges);
  const early = own
    .filter(({ isEarly }) => isEarly)
    .map((sum): SumBefore => ({ ...sum, figures: negateFigures(sum.figures) }));
  const before = [...(await findSumsBefore(manager, merges)), ...early];
  return addedUp([...own, ...before.map((sum): LedgerSum => ({ ...sum, part: 'BEFORE' }))]);
}

function addedUp(sums: readonly LedgerSum[]): LedgerSum[] {
  const added = new Map<string, LedgerSum>();
  for (const sum of sums) {
    const { organizationId, mergeId, customerId, programId, part } = sum;
    const key = JSON.stringify([organizationId, mergeId, customerId, programId, part]);
    const before = added.get(key);
    added.set(key, before === undefined ? sum : { ...sum, figures: addFigures(before.figures, sum.figures) });
  }
  return [...added.values()];
}

/** Of the entries that name the merge: the merge's and its undo's; early, where they stand before its event. */
interface OwnSum extends LedgerSum {
  readonly isEarly: boolean;
}

type OwnRow = Omit<OwnSum, 'figures' | 'isEarly'> & Record<FigureName, string> & { isEarly: Truth };

async function findOwnSums(manager: EntityManager, merges: readonly StoredMerge[]): Promise<OwnSum[]> {
  const rows = await manager.query<OwnRow[]>(
    `SELECT m.organization_id AS "organizationId", m.id AS "mergeId", l.customer_id AS "customerId",
            l.program_id AS "programId", l.sequence <= m.sequence AS "isEarly",
            CASE WHEN l.kind IN ('MERGE_OUT', 'MERGE_IN') THEN 'MERGE' ELSE 'UNDO' END AS part,
            ${forEachFigure((column) => `CAST(sum(${exact(`l.${column}`)}) AS TEXT)`)}
       FROM ${statementsOf(manager).rowsOfParameter} AS side CROSS JOIN ledger_entry AS l CROSS JOIN customer_merge AS m
      WHERE l.organization_id = side.value ->> 0 AND l.customer_id = CAST(side.value ->> 1 AS bigint) AND ${isOfPage('l')}
        AND m.organization_id = l.organization_id AND m.id = l.merge_id AND l.customer_id IN (m.survivor_id, m.victim_id)
      GROUP BY m.organization_id, m.id, l.customer_id, l.program_id, 5, 6`,
    sideParameters(merges),
  );
  return rows.map(({ organizationId, mergeId, customerId, programId, part, isEarly, ...sums }) => ({
    organizationId,
    mergeId,
    customerId,
    programId,
    part,
    isEarly: Boolean(isEarly),
    figures: mapFigures((figure) => BigInt(sums[figure])),
  }));
}
