import type { EntityManager } from 'typeorm';
import { addFigures, figureNames, isZero, mapFigures, type FigureName, type Figures } from '../../points/figures.js';
import type { Breach } from './breach.js';
import { conditionOf, type CustomerRange } from './customer-range.js';
import { exact, figurePath, forEachFigure } from './figure-columns.js';

interface Total {
  readonly organizationId: string;
  readonly programId: string | null;
  readonly figures: Figures;
}

/** The merge entries of each organization, summed up range by range: no database sum has to hold a whole one. */
export interface MergeTotals {
  add(manager: EntityManager, range: CustomerRange): Promise<void>;
  /** Invariant 2 of "What must always hold": the merge entries of an organization sum to zero. */
  breaches(): Breach[];
}

export function createMergeTotals(): MergeTotals {
  const totals = new Map<string, Total>();
  return {
    async add(manager, range) {
      for (const { organizationId, programId, figures } of await findTotals(manager, range)) {
        const key = JSON.stringify([organizationId, programId]);
        const before = totals.get(key)?.figures;
        const sum = before === undefined ? figures : addFigures(before, figures);
        totals.set(key, { organizationId, programId, figures: sum });
      }
    },
    breaches: () =>
      [...totals.values()]
        .filter(({ figures }) => !isZero(figures))
        .map(({ organizationId, programId, figures }) => {
          const paths = figureNames.filter((name) => figures[name] !== 0n).map((name) => figurePath(programId, name));
          return { organizationId, reason: `all merge entries together do not sum to zero: ${paths.join(', ')}` };
        }),
  };
}

async function findTotals(manager: EntityManager, range: CustomerRange): Promise<Total[]> {
  const { on, parameters } = conditionOf(range);
  const rows = await manager.query<(Omit<Total, 'figures'> & Record<FigureName, string>)[]>(
    `SELECT l.organization_id AS "organizationId", l.program_id AS "programId",
            ${forEachFigure((column) => `CAST(sum(${exact(`l.${column}`)}) AS TEXT)`)}
       FROM ledger_entry AS l
      WHERE ${on('l')} AND l.kind IN ('MERGE_OUT', 'MERGE_IN', 'UNDO_OUT', 'UNDO_IN')
      GROUP BY l.organization_id, l.program_id`,
    [...parameters],
  );
  return rows.map(({ organizationId, programId, ...sums }) => ({
    organizationId,
    programId,
    figures: mapFigures((figure) => BigInt(sums[figure])),
  }));
}
