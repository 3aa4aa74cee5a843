import type { EntityManager } from 'typeorm';
import { statementsOf } from '../engine/statements.js';
import type { MergeRecordJson } from '../merge/merge-record-json.js';
import type { Breach } from './breach.js';

export interface MergeKey {
  readonly organizationId: string;
  readonly mergeId: string;
}

/** A merge record as it is stored. */
export interface StoredMerge extends MergeKey, MergeRecordJson {
  readonly survivorId: number;
  readonly victimId: number;
  readonly sequence: number;
  readonly undoneAt: number | null;
}

/** Tells what does not hold of some merges, which are few enough to be read at once. */
export type MergeCheck = (manager: EntityManager, merges: readonly StoredMerge[]) => AsyncIterable<Breach>;

/** All merges, standing and undone, in pages of at most `size`, by their keys. */
export async function* mergePages(manager: EntityManager, size: number): AsyncGenerator<readonly StoredMerge[]> {
  let page: StoredMerge[];
  let last: StoredMerge | undefined;
  do {
    page = await findPage(manager, last, size);
    if (page.length > 0) yield page;
    last = page.at(-1);
  } while (page.length === size);
}

function findPage(manager: EntityManager, after: MergeKey | undefined, size: number): Promise<StoredMerge[]> {
  return manager.query<StoredMerge[]>(
    `SELECT organization_id AS "organizationId", id AS "mergeId", survivor_id AS "survivorId",
            victim_id AS "victimId", sequence, undone_at AS "undoneAt", matched_on AS "matchedOn", changes, balances,
            survivor_before AS "survivorBefore", victim_before AS "victimBefore"
       FROM customer_merge
      WHERE ${after === undefined ? 'true' : '(organization_id, id) > ($1, $2)'}
      ORDER BY organization_id, id LIMIT ${size}`,
    after === undefined ? [] : [after.organizationId, after.mergeId],
  );
}

/** The page's keys as a statement's one parameter. */
export const keysOf = (merges: readonly MergeKey[]): string =>
  JSON.stringify(merges.map(({ organizationId, mergeId }) => [organizationId, mergeId]));

/** The page's merges as a statement's source m, looked up one by one: CROSS JOIN keeps SQLite from starting at the table. */
export const fromPage = (manager: EntityManager): string =>
  `FROM ${statementsOf(manager).rowsOfParameter} AS page CROSS JOIN customer_merge AS m`;

/** The condition that goes with it. */
export const onPage = 'm.organization_id = page.value ->> 0 AND m.id = page.value ->> 1';
