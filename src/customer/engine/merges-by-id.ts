import type { EntityManager } from 'typeorm';
import { parseMergeAnswer, type MergeRecordJson } from '../merge/merge-record-json.js';
import type { MergeRecord } from '../merge/merge-record.js';
import type { MergeSought } from './merge-heads.js';
import { statementsOf } from './statements.js';

/** A merge, without what only an undo needs. */
export type FoundMerge = Omit<
  MergeRecord,
  'organizationId' | 'sequence' | 'erasedAt' | 'survivorBefore' | 'victimBefore'
>;

type Row = Pick<FoundMerge, 'id' | 'survivorId' | 'victimId' | 'mergedAt' | 'undoneAt'> &
  Pick<MergeRecordJson, 'matchedOn' | 'changes' | 'balances'> & { readonly organizationId: string };

/** The merges of these ids, standing or undone, in one statement for all of them; null where the organization has none of that id. */
export async function findMergesById(
  manager: EntityManager,
  asked: readonly MergeSought[],
): Promise<(FoundMerge | null)[]> {
  const rows = await manager.query<Row[]>(
    `SELECT m.organization_id AS "organizationId", m.id, m.survivor_id AS "survivorId", m.victim_id AS "victimId",
            m.merged_at AS "mergedAt", m.undone_at AS "undoneAt", m.matched_on AS "matchedOn", m.changes, m.balances
       FROM ${statementsOf(manager).rowsOfParameter} AS sought CROSS JOIN customer_merge AS m
      WHERE m.organization_id = sought.value ->> 0 AND m.id = sought.value ->> 1`,
    [JSON.stringify(asked.map(({ organizationId, mergeId }) => [organizationId, mergeId]))],
  );
  const merges = new Map(
    rows.map(({ organizationId, ...row }) => [
      `${organizationId} ${row.id}`,
      { ...row, ...parseMergeAnswer(row) } satisfies FoundMerge,
    ]),
  );
  return asked.map(({ organizationId, mergeId }) => merges.get(`${organizationId} ${mergeId}`) ?? null);
}
