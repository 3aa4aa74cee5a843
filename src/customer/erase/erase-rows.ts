import type { EntityManager } from 'typeorm';
import type { Instant } from '../../values/instant.js';
import type { PersonKey, Stay } from './find-traces.js';

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
  mergeId: string,
): Promise<number> =>
  affectedBy(manager, 'DELETE FROM idempotency_record WHERE organization_id = $1 AND answer LIKE $2', [
    organizationId,
    `%${mergeId}%`,
  ]);

/** Removes the idempotency records of what was done to the account in that time; answers how many there were. */
export const deleteRecordsOfStay = (
  manager: EntityManager,
  organizationId: string,
  { customerId, from, until }: Stay,
): Promise<number> =>
  // A record is as old, to the millisecond, as the event of its update.
  affectedBy(
    manager,
    `DELETE FROM idempotency_record WHERE organization_id = $1 AND customer_id = $2 AND created_at IN
      (SELECT at FROM audit_event
        WHERE organization_id = $3 AND customer_id = $4 AND sequence BETWEEN $5 AND $6 AND action = 'UPDATED')`,
    [organizationId, customerId, organizationId, customerId, from, until],
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
