import type { Linked, LinkedEvent, SealedEvent } from '../../audit/audit-chain.js';
import type { AuditEvent } from '../../audit/audit-event.js';
import type { BatchChanges, Row } from './batch-rows.js';
import type { LogStep } from './write-statements.js';

/**
 * The rows of the audit logs: the linked events, and the heads that they end in. Where an idempotency key is stored,
 * its organization's head is written too, even unchanged: the write then fails where another process has moved that
 * head, as it does when it erases the key's customer.
 */
export function logRows(
  { events, heads }: Linked,
  { heads: loaded, records }: Pick<BatchChanges, 'heads' | 'records'>,
): Record<LogStep, readonly Row[]> {
  const withKeys = new Set(records.map(({ organizationId }) => organizationId));
  const asLoaded = [...loaded].filter(([organizationId]) => withKeys.has(organizationId));
  return {
    updateHeads: Array.from(new Map([...asLoaded, ...heads]), ([organizationId, { position, hash }]) => [
      organizationId,
      position,
      hash,
      loaded.get(organizationId)?.position ?? 0,
    ]),
    insertEvents: events.map(eventRow),
  };
}

/** The events of each organization, where the database links them: with what they are linked by, at the end. */
export function sealedRows(events: readonly SealedEvent[]): (readonly [organizationId: string, rows: Row[]])[] {
  const byOrganization = new Map<string, Row[]>();
  for (const event of events) {
    const rows = byOrganization.get(event.organizationId) ?? [];
    rows.push([...eventCells(event), event.salt, event.body]);
    byOrganization.set(event.organizationId, rows);
  }
  return [...byOrganization];
}

const eventRow = (event: LinkedEvent): Row => [...eventCells(event), event.position, event.hash, event.salt];

const eventCells = (event: AuditEvent): Row => [
  event.organizationId,
  event.customerId,
  event.sequence,
  event.at,
  event.action,
  event.version,
  event.requestId,
  event.client,
  event.tillCode,
  event.userContext === null ? null : JSON.stringify(event.userContext),
  JSON.stringify(event.changes),
  event.mergeId,
];
