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
 * Where the person may be told of outside of its own accounts. An account that was merged into somebody else's, and
 * taken back, was a part of that one meanwhile, and of whatever that one was merged into and taken back from in that
 * time.
 */
export async function findTraces(manager: EntityManager, { organizationId, customerIds }: PersonKey): Promise<Traces> {
  const persons = new Set(customerIds);
  const findMerges = createMergeFinder(manager, organizationId);
  const merges = new Map<string, TracedMerge>();
  const stays: Stay[] = [];
  for (const stay of growing(customerIds.map(always), stays)) {
    for (const merge of await findMerges(stay)) {
      if (merges.has(merge.id)) continue;
      merges.set(merge.id, merge);
      const { survivorId, sequence, undoneSequence } = merge;
      if (survivorId === stay.customerId || persons.has(survivorId) || undoneSequence === null) continue;
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

/**
 * The merges of a stay, by their sequence. An account may have had the person over and over: its merges and undos are read
 * once, and not for each stay.
 */
function createMergeFinder(manager: EntityManager, organizationId: string): (stay: Stay) => Promise<TracedMerge[]> {
  const mergesOf = remembering((customerId) => findMerges(manager, organizationId, customerId));
  const undosOf = remembering((survivorId) => findUndos(manager, organizationId, survivorId));
  return async ({ customerId, from, until }) => {
    const merges = await mergesOf(customerId);
    const found: TracedMerge[] = [];
    for (let index = firstFrom(merges, from); index < merges.length; index += 1) {
      const merge = merges[index];
      if (merge === undefined || merge.sequence > until) break;
      const undos = merge.undoneAt === null ? null : await undosOf(merge.survivorId);
      found.push({ ...merge, undoneSequence: undos?.get(merge.id) ?? null });
    }
    return found;
  };
}

function remembering<Found>(find: (id: number) => Promise<Found>): (id: number) => Promise<Found> {
  const known = new Map<number, Promise<Found>>();
  return (id) => {
    const found = known.get(id) ?? find(id);
    known.set(id, found);
    return found;
  };
}

/** Where those of this sequence or a later one begin. */
function firstFrom(merges: readonly MergeRow[], sequence: number): number {
  let [low, high] = [0, merges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((merges[middle]?.sequence ?? sequence) < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface MergeRow extends Omit<TracedMerge, 'undoneSequence'> {
  readonly undoneAt: Instant | null;
}

// Not by OR: SQLite would read all merges of the organization.
const findMerges = (manager: EntityManager, organizationId: string, customerId: number): Promise<MergeRow[]> =>
  manager.query<MergeRow[]>(
    `SELECT m.id, m.survivor_id AS "survivorId", m.victim_id AS "victimId", m.sequence, m.merged_at AS "mergedAt",
            m.erased_at AS "erasedAt", m.undone_at AS "undoneAt"
       FROM (SELECT * FROM customer_merge WHERE organization_id = $1 AND survivor_id = $2
             UNION ALL
             SELECT * FROM customer_merge WHERE organization_id = $3 AND victim_id = $4) AS m
      ORDER BY m.sequence, m.id`,
    [organizationId, customerId, organizationId, customerId],
  );

/** When the merges into the account were undone, by their ids. */
async function findUndos(
  manager: EntityManager,
  organizationId: string,
  survivorId: number,
): Promise<ReadonlyMap<string, number>> {
  const undos = await manager.query<{ mergeId: string; sequence: number }[]>(
    `SELECT merge_id AS "mergeId", min(sequence) AS sequence FROM audit_event
      WHERE organization_id = $1 AND customer_id = $2 AND action = 'MERGE_UNDONE' AND merge_id IS NOT NULL
      GROUP BY merge_id`,
    [organizationId, survivorId],
  );
  return new Map(undos.map(({ mergeId, sequence }) => [mergeId, sequence]));
}
