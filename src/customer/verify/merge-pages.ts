import type { EntityManager } from 'typeorm';
import type { Instant } from '../../values/instant.js';
import { statementsOf } from '../engine/statements.js';
import type { MergeRecordJson } from '../merge/merge-record-json.js';
import type { Breach } from './breach.js';

export interface MergeKey {
  readonly organizationId: string;
  readonly mergeId: string;
}

/** The same text for the same merge. */
export const mergeText = ({ organizationId, mergeId }: MergeKey): string => `${organizationId} ${mergeId}`;

/** A merge record as it is stored. */
export interface StoredMerge extends MergeKey, MergeRecordJson {
  readonly survivorId: number;
  readonly victimId: number;
  readonly sequence: number;
  readonly mergedAt: Instant;
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
            victim_id AS "victimId", sequence, merged_at AS "mergedAt", undone_at AS "undoneAt",
            matched_on AS "matchedOn", changes, balances, survivor_before AS "survivorBefore", victim_before AS "victimBefore"
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

/** An account that is a side of merges of the page. */
export interface MergeSideKey {
  readonly organizationId: string;
  readonly customerId: number;
}

/** Both sides of each merge, as many as there are. */
export const sidesOf = ({ organizationId, survivorId, victimId }: StoredMerge): MergeSideKey[] =>
  [survivorId, victimId].map((customerId) => ({ organizationId, customerId }));

/** The same text for the same account. */
export const sideText = ({ organizationId, customerId }: MergeSideKey): string => `${organizationId} ${customerId}`;

/**
 * The accounts that are sides of the page's merges, each once, as a statement's first parameter: what these have is read
 * once for the page, since many of its merges may be of the same two. Its four others are the page's ends, see `isOfPage`.
 */
export function sideParameters(merges: readonly StoredMerge[]): [string, ...string[]] {
  const sides = new Map(merges.flatMap(sidesOf).map((side) => [sideText(side), side]));
  const ends = [merges[0], merges.at(-1)].flatMap((end) =>
    end === undefined ? [] : [end.organizationId, end.mergeId],
  );
  return [
    JSON.stringify([...sides.values()].map(({ organizationId, customerId }) => [organizationId, customerId])),
    ...ends,
  ];
}

/** Whether the merge that a row names is one of the page: that has all from its first to its last. */
export const isOfPage = (row: string): string =>
  `(${row}.organization_id, ${row}.merge_id) >= ($2, $3) AND (${row}.organization_id, ${row}.merge_id) <= ($4, $5)`;
