import type { EntityManager } from 'typeorm';

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
  readonly erasedAt: number | null;
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

const findMerges = (
  manager: EntityManager,
  organizationId: string,
  { customerId, from, until }: Stay,
): Promise<TracedMerge[]> =>
  manager.query<TracedMerge[]>(
    `SELECT m.id, m.survivor_id AS "survivorId", m.victim_id AS "victimId", m.sequence, m.erased_at AS "erasedAt",
            e.sequence AS "undoneSequence"
       FROM customer_merge AS m
       LEFT JOIN audit_event AS e ON e.organization_id = m.organization_id AND e.customer_id = m.survivor_id
        AND e.sequence > m.sequence AND e.merge_id = m.id AND e.action = 'MERGE_UNDONE'
      WHERE m.organization_id = $1 AND (m.survivor_id = $2 OR m.victim_id = $3) AND m.sequence BETWEEN $4 AND $5
      ORDER BY m.sequence, m.id`,
    [organizationId, customerId, customerId, from, until],
  );
