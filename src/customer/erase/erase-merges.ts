import type { EntityManager } from 'typeorm';
import type { Instant } from '../../values/instant.js';
import { eraseMergeRecord } from '../merge/erase-merge-record.js';
import { parseMergeRecord, stringifyMergeRecord, type MergeRecordJson } from '../merge/merge-record-json.js';
import { eraseEvents, type PersonKey } from './erase-events.js';
import { deleteRecordsOfMerge } from './erase-rows.js';

const PAGE = 100;

export interface ErasedMerges {
  readonly merges: number;
  /** Those of another person that tell of one of the merges, which was undone. */
  readonly events: number;
  readonly records: number;
}

interface MergeRow extends MergeRecordJson {
  readonly id: string;
  readonly survivorId: number;
  readonly victimId: number;
}

/**
 * Takes the values out of the records of all merges that an account of the person was a side of, undone ones too, and out
 * of what the other side of an undone one keeps of it.
 */
export async function eraseMergesOf(manager: EntityManager, person: PersonKey, now: Instant): Promise<ErasedMerges> {
  const erased = { merges: 0, events: 0, records: 0 };
  for (const customerId of person.customerIds) {
    for (;;) {
      const page = await findMerges(manager, person.organizationId, customerId);
      if (page.length === 0) break;
      for (const merge of page) {
        const others = await eraseMerge(manager, person, merge, now);
        erased.events += others.events;
        erased.records += others.records;
      }
      erased.merges += page.length;
    }
  }
  return erased;
}

const findMerges = (manager: EntityManager, organizationId: string, customerId: number): Promise<MergeRow[]> =>
  manager.query<MergeRow[]>(
    `SELECT id, survivor_id AS "survivorId", victim_id AS "victimId", matched_on AS "matchedOn", changes, balances,
            survivor_before AS "survivorBefore", victim_before AS "victimBefore"
       FROM customer_merge
      WHERE organization_id = $1 AND erased_at IS NULL AND (survivor_id = $2 OR victim_id = $3)
      ORDER BY id LIMIT ${PAGE}`,
    [organizationId, customerId, customerId],
  );

async function eraseMerge(
  manager: EntityManager,
  { organizationId, customerIds }: PersonKey,
  merge: MergeRow,
  now: Instant,
): Promise<Omit<ErasedMerges, 'merges'>> {
  const { changes, matchedOn, survivorBefore, victimBefore } = stringifyMergeRecord(
    eraseMergeRecord(parseMergeRecord(merge)),
  );
  await manager.query(
    `UPDATE customer_merge SET matched_on = $1, changes = $2, survivor_before = $3, victim_before = $4, erased_at = $5
      WHERE organization_id = $6 AND id = $7`,
    [matchedOn, changes, survivorBefore, victimBefore, now, organizationId, merge.id],
  );
  const others = { events: 0, records: 0 };
  for (const customerId of [merge.survivorId, merge.victimId]) {
    if (customerIds.includes(customerId)) continue;
    others.events += await eraseEvents(manager, { organizationId, customerId, mergeId: merge.id });
    others.records += await deleteRecordsOfMerge(manager, organizationId, merge.id);
  }
  return others;
}
