import type { EntityManager } from 'typeorm';
import type { Instant } from '../../values/instant.js';
import { eraseMergeRecord } from '../merge/erase-merge-record.js';
import { parseMergeRecord, stringifyMergeRecord, type MergeRecordJson } from '../merge/merge-record-json.js';
import { eraseEvents } from './erase-events.js';
import { deleteRecordsOfMerge, deleteRecordsOfStay } from './erase-rows.js';
import { findTraces, type PersonKey, type Stay, type TracedMerge } from './find-traces.js';

export interface ErasedMerges {
  readonly merges: number;
  /** Those of other people that tell of one of the merges, which was undone, or of what happened until it was. */
  readonly events: number;
  readonly records: number;
}

/**
 * Takes the values out of the records of all merges that an account of the person was a side of, undone ones too, and of
 * those that others were a side of while they had the person as a part of them; and out of what these keep of that time.
 */
export async function eraseMergesOf(manager: EntityManager, person: PersonKey, now: Instant): Promise<ErasedMerges> {
  const { organizationId } = person;
  const traces = await findTraces(manager, person);
  const unerased = traces.merges.filter(({ erasedAt }) => erasedAt === null);
  const erased = { merges: unerased.length, events: 0, records: 0 };
  for (const merge of unerased) {
    await eraseRecord(manager, organizationId, merge.id, now);
    const others = await eraseOfOthers(manager, person, merge);
    erased.events += others.events;
    erased.records += others.records;
  }
  for (const stay of traces.stays) {
    erased.records += await deleteRecordsOfStay(manager, organizationId, stay);
    erased.events += await eraseEvents(manager, organizationId, stay);
  }
  return erased;
}

async function eraseRecord(manager: EntityManager, organizationId: string, id: string, now: Instant): Promise<void> {
  const [row] = await manager.query<MergeRecordJson[]>(
    `SELECT matched_on AS "matchedOn", changes, balances, survivor_before AS "survivorBefore",
            victim_before AS "victimBefore"
       FROM customer_merge WHERE organization_id = $1 AND id = $2`,
    [organizationId, id],
  );
  if (row === undefined) throw new Error(`The merge ${id} is gone`);
  const { changes, matchedOn, survivorBefore, victimBefore } = stringifyMergeRecord(
    eraseMergeRecord(parseMergeRecord(row)),
  );
  await manager.query(
    `UPDATE customer_merge SET matched_on = $1, changes = $2, survivor_before = $3, victim_before = $4, erased_at = $5
      WHERE organization_id = $6 AND id = $7`,
    [matchedOn, changes, survivorBefore, victimBefore, now, organizationId, id],
  );
}

/** What the sides that are somebody else's have of the merge. */
async function eraseOfOthers(
  manager: EntityManager,
  { organizationId, customerIds }: PersonKey,
  merge: TracedMerge,
): Promise<Omit<ErasedMerges, 'merges'>> {
  const { id, survivorId, victimId } = merge;
  const others = [survivorId, victimId].filter((customerId) => !customerIds.includes(customerId));
  if (others.length === 0) return { events: 0, records: 0 };
  let events = 0;
  for (const customerId of others) {
    events += await eraseEvents(manager, organizationId, { customerId, ...timeOf(merge) }, id);
  }
  return { events, records: await deleteRecordsOfMerge(manager, organizationId, merge) };
}

// Only there: a side may have many other events. The victim's stands right behind the survivor's, of an undo too.
const timeOf = ({ sequence, undoneSequence }: TracedMerge): Pick<Stay, 'from' | 'until'> => ({
  from: sequence,
  until: undoneSequence === null ? Number.MAX_SAFE_INTEGER : undoneSequence + 1,
});
