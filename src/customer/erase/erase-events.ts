import type { EntityManager } from 'typeorm';
import type { UserContext } from '../../audit/audit-event.js';
import { eraseEvent } from '../../audit/erase-event.js';
import type { FieldChange } from '../../audit/field-change.js';
import { newSalt } from '../../audit/new-salt.js';
import { always, type PersonKey, type Stay } from './find-traces.js';

const PAGE = 100;

/** Takes the values out of all audit events of the accounts; answers how many events had some. */
export async function eraseEventsOf(
  manager: EntityManager,
  { organizationId, customerIds }: PersonKey,
): Promise<number> {
  let count = 0;
  for (const customerId of customerIds) count += await eraseEvents(manager, organizationId, always(customerId));
  return count;
}

/** Takes the values out of the account's events of that time, all or those of a merge, a page at a time; answers how many there were. */
export async function eraseEvents(
  manager: EntityManager,
  organizationId: string,
  stay: Stay,
  mergeId: string | null = null,
): Promise<number> {
  const sought = { ...stay, organizationId, mergeId };
  let count = 0;
  let page: EventRow[];
  do {
    page = await findEvents(manager, sought);
    for (const row of page) await storeErased(manager, sought, row);
    count += page.length;
    sought.from = (page.at(-1)?.sequence ?? sought.until) + 1;
  } while (page.length === PAGE);
  return count;
}

interface EventsOf extends Stay {
  readonly organizationId: string;
  readonly mergeId: string | null;
}

interface EventRow {
  readonly sequence: number;
  readonly userContext: string | null;
  readonly changes: string;
  readonly salt: string | null;
}

// What tells of an erasure has no values.
function findEvents(
  manager: EntityManager,
  { organizationId, customerId, from, until, mergeId }: EventsOf,
): Promise<EventRow[]> {
  const time = [organizationId, customerId, from, until];
  return manager.query<EventRow[]>(
    `SELECT sequence, user_context AS "userContext", changes, salt FROM audit_event
      WHERE organization_id = $1 AND customer_id = $2 AND sequence BETWEEN $3 AND $4
        AND values_digest IS NULL AND action <> 'ERASED' ${mergeId === null ? '' : 'AND merge_id = $5'}
      ORDER BY sequence LIMIT ${PAGE}`,
    mergeId === null ? time : [...time, mergeId],
  );
}

async function storeErased(
  manager: EntityManager,
  { organizationId, customerId }: EventsOf,
  { sequence, userContext, changes, salt }: EventRow,
): Promise<void> {
  const event = {
    userContext: userContext === null ? null : (JSON.parse(userContext) as UserContext),
    changes: JSON.parse(changes) as FieldChange[],
  };
  // One that was put there by hand has no salt; without any, its digest could be guessed.
  const erased = eraseEvent(event, salt ?? newSalt());
  await manager.query(
    `UPDATE audit_event SET changes = $1, values_digest = $2, user_context = NULL, salt = NULL
      WHERE organization_id = $3 AND customer_id = $4 AND sequence = $5`,
    [JSON.stringify(erased.changes), erased.valuesDigest, organizationId, customerId, sequence],
  );
}
