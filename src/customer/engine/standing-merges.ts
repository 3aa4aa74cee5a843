import type { EntityManager } from 'typeorm';
import { parseMergeAnswer, type MergeRecordJson } from '../merge/merge-record-json.js';
import type { FoundMerge } from './merges-by-id.js';
import { statementsOf } from './statements.js';

/** A customer whose merges are asked for, as they were up to a sequence. */
export interface MergesOf {
  readonly organizationId: string;
  readonly survivorId: number;
  readonly lastSequence: number;
  /** More than so many there are not. */
  readonly atMost: number;
}

type Row = Pick<FoundMerge, 'id' | 'survivorId' | 'victimId' | 'mergedAt'> &
  Pick<MergeRecordJson, 'matchedOn' | 'changes' | 'balances'> & { readonly position: number };

/** The merges of each survivor that stood then, newest first, in one statement for all of them. */
export async function findStandingMerges(manager: EntityManager, asked: readonly MergesOf[]): Promise<FoundMerge[][]> {
  const sought = asked.map((one, position) => [one.organizationId, one.survivorId, one.lastSequence, position]);
  const rows = await manager.query<Row[]>(statementsOf(manager).selectStandingMerges, [JSON.stringify(sought)]);
  const merges = asked.map((): FoundMerge[] => []);
  for (const { position, ...row } of rows) merges[position]?.push({ ...row, undoneAt: null, ...parseMergeAnswer(row) });
  return merges;
}
