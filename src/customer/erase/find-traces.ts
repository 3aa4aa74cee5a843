import type { EntityManager } from 'typeorm';
import type { Instant } from '../../values/instant.js';

/** The accounts that are one person. */
export interface PersonKey {
  readonly organizationId: string;
  readonly customerIds: readonly number[];
}

/** A time in which what is told of an account may be of the person: sequences of its audit events, both included. */
export interface Stay {
  readonly customerId: number;
  readonly from: number;
  readonly until: number;
}

export interface TracedMerge {
  readonly id: string;
  readonly survivorId: number;
  readonly victimId: number;
  readonly sequence: number;
  readonly mergedAt: Instant;
  readonly erasedAt: Instant | null;
  /** Null where the merge stands. */
  readonly undoneSequence: number | null;
}

export interface Traces {
  /** Those that have, or had, anything of the person in their record. */
  readonly merges: readonly TracedMerge[];
  /** The times in which somebody else's account had the person as a part of it. */
  readonly stays: readonly Stay[];
}

/** The stay of a person in an account of its own. */
export const always = (customerId: number): Stay => ({ customerId, from: 0, until: Number.MAX_SAFE_INTEGER });

/**
 * Where the person may be told of outside of its own accounts: one that was merged into somebody else's, and taken back,
 * was a part of that one meanwhile, and went with it wherever it was merged, which was taken back too.
 */
export async function findTraces(manager: EntityManager, { organizationId, customerIds }: PersonKey): Promise<Traces> {
  const merges = new Map<string, TracedMerge>();
  const stays: Stay[] = [];
  for (const stay of growing(customerIds.map(always), stays)) {
    for (const merge of await findMerges(manager, organizationId, stay)) {
      if (merges.has(merge.id)) continue;
      merges.set(merge.id, merge);
      const { survivorId, sequence, undoneSequence } = merge;
      if (survivorId === stay.customerId || customerIds.includes(survivorId) || undoneSequence === null) continue;
      stays.push({ customerId: survivorId, from: sequence, until: undoneSequence });
    }
  }
  return { merges: [...merges.values()], stays };
}

/** The first, then those that are put behind the others while they are walked. */
function* growing<Item>(first: readonly Item[], others: readonly Item[]): Generator<Item> {
  yield* first;
  yield* others;
}

// Not by OR: SQLite would read all merges of the organization. And the undo's event is looked for no further than to the
// first: an account may have had the person over and over.
const findMerges = (
  manager: EntityManager,
  organizationId: string,
  { customerId, from, until }: Stay,
): Promise<TracedMerge[]> =>
  manager.query<TracedMerge[]>(
    `SELECT m.id, m.survivor_id AS "survivorId", m.victim_id AS "victimId", m.sequence, m.merged_at AS "mergedAt",
            m.erased_at AS "erasedAt", CASE WHEN m.undone_at IS NOT NULL THEN (${UNDONE_SEQUENCE}) END AS "undoneSequence"
       FROM (SELECT * FROM customer_merge WHERE organization_id = $1 AND survivor_id = $2
             UNION ALL
             SELECT * FROM customer_merge WHERE organization_id = $3 AND victim_id = $4) AS m
      WHERE m.sequence BETWEEN $5 AND $6
      ORDER BY m.sequence, m.id`,
    [organizationId, customerId, organizationId, customerId, from, until],
  );

const UNDONE_SEQUENCE = `
  SELECT e.sequence FROM audit_event AS e
   WHERE e.organization_id = m.organization_id AND e.customer_id = m.survivor_id AND e.sequence > m.sequence
     AND e.merge_id = m.id AND e.action = 'MERGE_UNDONE'
   ORDER BY e.sequence LIMIT 1`;
