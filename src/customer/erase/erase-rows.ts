import type { EntityManager } from 'typeorm';
import type { Instant } from '../../values/instant.js';
import type { PersonKey, Stay, TracedMerge } from './find-traces.js';

/** Removes the idempotency records of the accounts; answers how many there were. */
export const deleteRecordsOf = (manager: EntityManager, { organizationId, customerIds }: PersonKey): Promise<number> =>
  affectedBy(
    manager,
    `DELETE FROM idempotency_record WHERE organization_id = $1 AND customer_id IN (${customerIds.join(', ')})`,
    [organizationId],
  );

/** Removes the idempotency records whose answer tells of the merge; answers how many there were. */
export const deleteRecordsOfMerge = (
  manager: EntityManager,
  organizationId: string,
  { id, mergedAt }: Pick<TracedMerge, 'id' | 'mergedAt'>,
): Promise<number> =>
  // Such a record is as old, to the millisecond, as its merge: only so few are read through.
  affectedBy(
    manager,
    'DELETE FROM idempotency_record WHERE organization_id = $1 AND created_at = $2 AND answer LIKE $3',
    [organizationId, mergedAt, `%${id}%`],
  );

/** Removes the idempotency records of what was done to the account in that time; answers how many there were. */
export const deleteRecordsOfStay = (
  manager: EntityManager,
  organizationId: string,
  { customerId, from, until }: Stay,
): Promise<number> =>
  // By their age, not by events: an update that changed nothing has no event, but its record has a digest of its input.
  // CROSS JOIN and || '' have SQLite go by the index on age, and read no other records.
  affectedBy(
    manager,
    `DELETE FROM idempotency_record WHERE (organization_id, client_id, key) IN
      (SELECT r.organization_id, r.client_id, r.key
         FROM (SELECT organization_id, customer_id, min(at) AS earliest, max(at) AS latest
                 FROM audit_event
                WHERE organization_id = $1 AND customer_id = $2 AND sequence BETWEEN $3 AND $4
                GROUP BY organization_id, customer_id) AS stay
        CROSS JOIN idempotency_record AS r
        WHERE r.created_at BETWEEN stay.earliest AND stay.latest
          AND r.organization_id || '' = stay.organization_id AND r.customer_id = stay.customer_id)`,
    [organizationId, customerId, from, until],
  );

/** Says of each account when its data was erased. */
export const markErased = async (
  manager: EntityManager,
  { organizationId, customerIds }: PersonKey,
  now: Instant,
): Promise<void> => {
  await manager.query(
    `UPDATE customer SET erased_at = $1 WHERE organization_id = $2 AND id IN (${customerIds.join(', ')})`,
    [now, organizationId],
  );
};

async function affectedBy(manager: EntityManager, statement: string, parameters: unknown[]): Promise<number> {
  const result = await manager.queryRunner?.query(statement, parameters, true);
  return result?.affected ?? 0;
}
