import type { EntityManager } from 'typeorm';
import { parseMergeAnswer, type MergeRecordJson } from '../merge/merge-record-json.js';
import type { MergeRecord } from '../merge/merge-record.js';
import { statementsOf } from './statements.js';

/** A customer whose merges are asked for, as they were up to a sequence. */
export interface MergesOf {
  readonly organizationId: string;
  readonly survivorId: number;
  readonly lastSequence: number;
  /** More than so many there are not. */
  readonly atMost: number;
}

/** A merge that had not been undone by then, without what only an undo needs. */
export type StandingMerge = Omit<
  MergeRecord,
  'organizationId' | 'sequence' | 'erasedAt' | 'survivorBefore' | 'victimBefore'
>;

type Row = Pick<StandingMerge, 'id' | 'survivorId' | 'victimId' | 'mergedAt'> &
  Pick<MergeRecordJson, 'matchedOn' | 'changes' | 'balances'> & { readonly position: number };

/** The merges of each survivor that stood then, newest first, in one statement for all of them. */
export async function findStandingMerges(
  manager: EntityManager,
  asked: readonly MergesOf[],
): Promise<StandingMerge[][]> {
  const sought = asked.map((one, position) => [one.organizationId, one.survivorId, one.lastSequence, position]);
  const rows = await manager.query<Row[]>(statementsOf(manager).selectStandingMerges, [JSON.stringify(sought)]);
  const merges = asked.map((): StandingMerge[] => []);
  for (const { position, ...row } of rows) merges[position]?.push({ ...row, undoneAt: null, ...parseMergeAnswer(row) });
  return merges;
}
