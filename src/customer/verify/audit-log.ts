import type { EntityManager } from 'typeorm';
import { firstHead, type AuditHead } from '../../audit/audit-chain.js';
import type { AuditEvent, UserContext } from '../../audit/audit-event.js';
import type { Breach } from './breach.js';
import type { CustomerKey } from './customer-range.js';
import { readChanges } from './event-pages.js';
import type { Truth } from './figure-columns.js';
import { LogWalk, type StoredEvent } from './log-walk.js';

// The hash chain over the audit events of each organization: none was changed, removed, inserted or moved.

/** A head of an organization's audit log that somebody has kept elsewhere. */
export interface KeptHead {
  readonly organizationId: string;
  readonly head: AuditHead;
}

/** Events that don't follow from those before, heads that are not their log's end, events outside of the chain. */
export async function* auditLogBreaches(manager: EntityManager, pageSize: number): AsyncGenerator<Breach> {
  let page: OrganizationHead[];
  let last: OrganizationHead | undefined;
  do {
    page = await findHeads(manager, last, pageSize);
    for (const organization of page) yield* brokenLinks(manager, organization, pageSize);
    last = page.at(-1);
  } while (page.length === pageSize);
  yield* unlinkedEvents(manager, pageSize);
}

/** Kept heads that are not in the log any more. */
export async function* lostHeads(manager: EntityManager, kept: readonly KeptHead[]): AsyncGenerator<Breach> {
  for (const { organizationId, head } of kept) {
    const { position } = head;
    const found =
      position === firstHead.position
        ? [firstHead]
        : await manager.query<{ hash: string | null }[]>(
            'SELECT hash FROM audit_event WHERE organization_id = $1 AND position = $2',
            [organizationId, position],
          );
    if (found.length === 1 && found[0]?.hash === head.hash) continue;
    const reason = found.length === 0 ? 'no event is there' : 'another event is there';
    yield { organizationId, position, reason: `not the audit log whose head was kept: ${reason}` };
  }
}

interface OrganizationHead {
  readonly organizationId: string;
  readonly position: number | null;
  readonly hash: string | null;
}

function findHeads(
  manager: EntityManager,
  after: OrganizationHead | undefined,
  pageSize: number,
): Promise<OrganizationHead[]> {
  return manager.query<OrganizationHead[]>(
    `SELECT o.id AS "organizationId", h.position, h.hash
       FROM organization AS o LEFT JOIN audit_head AS h ON h.organization_id = o.id
      WHERE ${after === undefined ? 'true' : 'o.id > $1'} ORDER BY o.id LIMIT ${pageSize}`,
    after === undefined ? [] : [after.organizationId],
  );
}

async function* brokenLinks(
  manager: EntityManager,
  { organizationId, position, hash }: OrganizationHead,
  pageSize: number,
): AsyncGenerator<Breach> {
  const walk = new LogWalk();
  let page: EventRow[];
  let last: EventRow | undefined;
  do {
    page = await findEvents(manager, organizationId, last, pageSize);
    for (const row of page) {
      const { customerId, sequence } = row;
      for (const reason of walk.add(readStored(organizationId, row))) {
        yield { organizationId, position: row.position, customerId, sequence, reason };
      }
    }
    last = page.at(-1);
  } while (page.length === pageSize);
  const head = position === null || hash === null ? null : { position, hash };
  for (const reason of walk.headReasons(head)) yield { organizationId, reason };
}

interface EventRow
  extends Omit<AuditEvent, 'organizationId' | 'userContext' | 'changes'>, Omit<StoredEvent, 'event' | 'mayBeErased'> {
  readonly userContext: string | null;
  readonly changes: string;
  readonly mayBeErased: Truth;
}

/** Where a chain begins: what is before it is in none, and no hash vouches for it. */
const FIRST = firstHead.position + 1;

/**
 * Whether the event is of a time in which somebody was merged into its customer who was erased since. It goes from each
 * undo to its merge, one by one: in a join, PostgreSQL might try all merges with all undos, for each event.
 */
const ERASED_STAY = `
  SELECT 1 FROM audit_event AS undone
   WHERE undone.organization_id = e.organization_id AND undone.customer_id = e.customer_id
     AND undone.sequence > e.sequence AND undone.action = 'MERGE_UNDONE'
     AND (SELECT stay.survivor_id = e.customer_id AND stay.sequence < e.sequence AND stay.erased_at IS NOT NULL
            FROM customer_merge AS stay
           WHERE stay.organization_id = undone.organization_id AND stay.id = undone.merge_id)`;

// With the whole key behind the position: where the unique key is gone, several may have one.
function findEvents(
  manager: EntityManager,
  organizationId: string,
  after: EventRow | undefined,
  pageSize: number,
): Promise<EventRow[]> {
  return manager.query<EventRow[]>(
    `SELECT e.customer_id AS "customerId", e.sequence, e.at, e.action, e.version, e.request_id AS "requestId", e.client,
            e.till_code AS "tillCode", e.user_context AS "userContext", e.changes, e.merge_id AS "mergeId", e.position,
            e.hash, e.salt, e.values_digest AS "valuesDigest",
            (c.erased_at IS NOT NULL OR m.erased_at IS NOT NULL
              OR e.salt IS NULL AND EXISTS (${ERASED_STAY})) AS "mayBeErased"
       FROM audit_event AS e
       LEFT JOIN customer AS c ON c.organization_id = e.organization_id AND c.id = e.customer_id
       LEFT JOIN customer_merge AS m ON m.organization_id = e.organization_id AND m.id = e.merge_id
      WHERE e.organization_id = $1
        AND ${after === undefined ? `e.position >= ${FIRST}` : '(e.position, e.customer_id, e.sequence) > ($2, $3, $4)'}
      ORDER BY e.position, e.customer_id, e.sequence LIMIT ${pageSize}`,
    after === undefined ? [organizationId] : [organizationId, after.position, after.customerId, after.sequence],
  );
}

function readStored(organizationId: string, row: EventRow): StoredEvent {
  const { position, hash, salt, valuesDigest, mayBeErased, userContext, changes, ...cells } = row;
  return {
    position,
    hash,
    salt,
    valuesDigest,
    mayBeErased: Boolean(mayBeErased),
    event: readEvent({ ...cells, organizationId }, userContext, changes),
  };
}

function readEvent(
  cells: Omit<AuditEvent, 'userContext' | 'changes'>,
  userContext: string | null,
  changes: string,
): AuditEvent | null {
  const read = readChanges(changes);
  if (read === null) return null;
  try {
    return { ...cells, changes: read, userContext: userContext === null ? null : readContext(userContext) };
  } catch {
    return null;
  }
}

function readContext(text: string): UserContext {
  const context = JSON.parse(text) as UserContext | null;
  if (typeof context !== 'object' || context === null) throw new SyntaxError('no user context');
  return context;
}

type Unlinked = CustomerKey & { readonly sequence: number };

/** Events that no hash vouches for. */
async function* unlinkedEvents(manager: EntityManager, pageSize: number): AsyncGenerator<Breach> {
  let page: Unlinked[];
  let last: Unlinked | undefined;
  do {
    page = await findUnlinked(manager, last, pageSize);
    for (const key of page) yield { ...key, reason: 'event without a position in the audit log' };
    last = page.at(-1);
  } while (page.length === pageSize);
}

function findUnlinked(manager: EntityManager, after: Unlinked | undefined, pageSize: number): Promise<Unlinked[]> {
  return manager.query<Unlinked[]>(
    `SELECT organization_id AS "organizationId", customer_id AS "customerId", sequence FROM audit_event
      WHERE (position IS NULL OR position < ${FIRST})
        AND ${after === undefined ? 'true' : '(organization_id, customer_id, sequence) > ($1, $2, $3)'}
      ORDER BY organization_id, customer_id, sequence LIMIT ${pageSize}`,
    after === undefined ? [] : [after.organizationId, after.customerId, after.sequence],
  );
}
