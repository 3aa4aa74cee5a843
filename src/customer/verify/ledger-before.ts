import type { EntityManager } from 'typeorm';
import { addFigures, mapFigures, type FigureName, type Figures } from '../../points/figures.js';
import type { Instant } from '../../values/instant.js';
import { statementsOf } from '../engine/statements.js';
import { exact, forEachFigure } from './figure-columns.js';
import { sidesOf, sideText, type MergeKey, type MergeSideKey, type StoredMerge } from './merge-pages.js';

/** What a merge found on one of its sides in one program, or of lifetimePurchases; or a part of it. */
export interface SumBefore extends MergeKey {
  readonly customerId: number;
  readonly programId: string | null;
  readonly figures: Figures;
}

/** An account with those merges of a page that it is a side of, by their sequence. */
interface SideMerges extends MergeSideKey {
  readonly merges: StoredMerge[];
}

/**
 * What each merge of a page found on its sides: the entries up to its event, and what earlier merges of the same
 * request brought, whose entries stand behind it. An account's entries are read once for the page, from one of its
 * merges to the next, and added up, since many merges may be of the same two accounts.
 */
export async function findSumsBefore(manager: EntityManager, merges: readonly StoredMerge[]): Promise<SumBefore[]> {
  const sides = sideMergesOf(merges);
  const stretches = JSON.stringify(sides.flatMap(stretchesOf));
  const added = bySide(await findAdded(manager, stretches));
  const late = bySide(await findLate(manager, stretches));
  return sides.flatMap((side) => [
    ...sumsUpToEvent(side, added.get(sideText(side)) ?? []),
    ...sumsOfRequest(side, late.get(sideText(side)) ?? []),
  ]);
}

function sideMergesOf(merges: readonly StoredMerge[]): SideMerges[] {
  const sides = new Map<string, SideMerges>();
  for (const merge of merges.toSorted((one, other) => one.sequence - other.sequence)) {
    for (const key of sidesOf(merge)) {
      const side = sides.get(sideText(key)) ?? { ...key, merges: [] };
      sides.set(sideText(key), side);
      side.merges.push(merge);
    }
  }
  return [...sides.values()];
}

type Stretch = readonly [organizationId: string, customerId: number, from: number, to: number, at: Instant | null];

/**
 * From one merge of the account to the next, without the first one's sequence and with the second's, and behind the
 * last; `at` is when the first one was.
 */
function stretchesOf({ organizationId, customerId, merges }: SideMerges): Stretch[] {
  const times = new Map(merges.map(({ sequence, mergedAt }) => [sequence, mergedAt]));
  const ends = [...times.keys()];
  const starts: (readonly [number, Instant | null])[] = [[Number.MIN_SAFE_INTEGER, null], ...times];
  return starts.map(([from, at], index) => [
    organizationId,
    customerId,
    from,
    ends[index] ?? Number.MAX_SAFE_INTEGER,
    at,
  ]);
}

function bySide<Row extends MergeSideKey>(rows: readonly Row[]): Map<string, Row[]> {
  const sides = new Map<string, Row[]>();
  for (const row of rows) {
    const side = sides.get(sideText(row)) ?? [];
    sides.set(sideText(row), side);
    side.push(row);
  }
  return sides;
}

/** What a stretch adds in one program. */
interface Added extends MergeSideKey {
  readonly upTo: number;
  readonly programId: string | null;
  readonly figures: Figures;
}

function sumsUpToEvent({ customerId, merges }: SideMerges, added: readonly Added[]): SumBefore[] {
  const sums = new Map<string | null, Figures>();
  const byEnd = added.toSorted((one, other) => one.upTo - other.upTo);
  let next = 0;
  return merges.flatMap(({ organizationId, mergeId, sequence }) => {
    for (let row = byEnd[next]; row !== undefined && row.upTo <= sequence; row = byEnd[(next += 1)]) {
      const { programId, figures } = row;
      const before = sums.get(programId);
      sums.set(programId, before === undefined ? figures : addFigures(before, figures));
    }
    return [...sums].map(([programId, figures]) => ({ organizationId, mergeId, customerId, programId, figures }));
  });
}

/** What a merge brought, told behind the event of another merge. */
interface Late extends MergeSideKey {
  readonly programId: string | null;
  readonly at: Instant;
  readonly sequence: number;
  /** That of the event of the merge that brought it. */
  readonly mergeSequence: number;
  readonly figures: Figures;
}

const sumsOfRequest = ({ customerId, merges }: SideMerges, late: readonly Late[]): SumBefore[] =>
  late.flatMap(({ programId, figures, at, sequence, mergeSequence }) =>
    merges
      .filter((merge) => merge.mergedAt === at && mergeSequence < merge.sequence && merge.sequence < sequence)
      .map(({ organizationId, mergeId }) => ({ organizationId, mergeId, customerId, programId, figures })),
  );

const ofStretch = `l.organization_id = stretch.value ->> 0 AND l.customer_id = CAST(stretch.value ->> 1 AS bigint)
        AND l.sequence > CAST(stretch.value ->> 2 AS bigint) AND l.sequence <= CAST(stretch.value ->> 3 AS bigint)`;

async function findAdded(manager: EntityManager, stretches: string): Promise<Added[]> {
  const rows = await manager.query<(Omit<Added, 'figures'> & Record<FigureName, string>)[]>(
    `SELECT l.organization_id AS "organizationId", l.customer_id AS "customerId",
            CAST(stretch.value ->> 3 AS bigint) AS "upTo", l.program_id AS "programId",
            ${forEachFigure((column) => `CAST(sum(${exact(`l.${column}`)}) AS TEXT)`)}
       FROM ${statementsOf(manager).rowsOfParameter} AS stretch CROSS JOIN ledger_entry AS l
      WHERE ${ofStretch} AND CAST(stretch.value ->> 3 AS bigint) < ${Number.MAX_SAFE_INTEGER}
      GROUP BY l.organization_id, l.customer_id, CAST(stretch.value ->> 3 AS bigint), l.program_id`,
    [stretches],
  );
  return rows.map(({ organizationId, customerId, upTo, programId, ...sums }) => ({
    organizationId,
    customerId,
    upTo,
    programId,
    figures: mapFigures((figure) => BigInt(sums[figure])),
  }));
}

// By the times of all the page's merges: an entry at fault, or a merge, may have another merge's event before it.
async function findLate(manager: EntityManager, stretches: string): Promise<Late[]> {
  const { rowsOfParameter } = statementsOf(manager);
  const rows = await manager.query<(Omit<Late, 'figures'> & Record<FigureName, string>)[]>(
    `SELECT l.organization_id AS "organizationId", l.customer_id AS "customerId", l.program_id AS "programId", l.at,
            l.sequence, other.sequence AS "mergeSequence",
            ${forEachFigure((column) => `CAST(${exact(`l.${column}`)} AS TEXT)`)}
       FROM ${rowsOfParameter} AS stretch CROSS JOIN ledger_entry AS l
      CROSS JOIN customer_merge AS other
      WHERE ${ofStretch} AND l.kind = 'MERGE_IN'
        AND l.at IN (SELECT CAST(timed.value ->> 4 AS bigint) FROM ${rowsOfParameter} AS timed)
        AND other.organization_id = l.organization_id AND other.id = l.merge_id
        AND other.sequence < CAST(stretch.value ->> 2 AS bigint)`,
    [stretches],
  );
  return rows.map(({ organizationId, customerId, programId, at, sequence, mergeSequence, ...cells }) => ({
    organizationId,
    customerId,
    programId,
    at,
    sequence,
    mergeSequence,
    figures: mapFigures((figure) => BigInt(cells[figure])),
  }));
}
