import type { EntityManager } from 'typeorm';
import { newestRows, type LogPart } from '../database/log-rows.js';
import { firstHead } from './audit-chain.js';
import type { LogPosition } from '../values/log-page.js';
import type { AuditAction, AuditEvent, UserContext } from './audit-event.js';
import { AuditHeadRow } from './audit.entity.js';

const columns = [
  'customer_id',
  'sequence',
  'at',
  'action',
  'version',
  'request_id',
  'client',
  'till_code',
  'user_context',
  'changes',
  'merge_id',
];

type Cells = readonly [
  customerId: number,
  sequence: number,
  at: number,
  action: AuditAction,
  version: number,
  requestId: string,
  client: string,
  tillCode: string | null,
  userContext: string | null,
  changes: string | null,
  mergeId: string | null,
];

/** Of a page, or a part of it. An event may have a change of every field that the organization has, and a page 500 events. */
export const MOST_BYTES_OF_CHANGES = 1024 * 1024;

/** An event as it is read back; whose organization's it is, whoever asks knows. */
export type FoundAuditEvent = Omit<AuditEvent, 'organizationId'>;

/** An event that is there, and was not read: those before it are large enough. */
export interface UnreadAuditEvent extends LogPosition {
  readonly isUnread: true;
}

/** The newest events of each part of the log, newest first, at most `limit` of each; those behind a megabyte of changes unread. */
export async function findAuditEvents(
  manager: EntityManager,
  parts: readonly LogPart[],
  limit: number,
): Promise<(FoundAuditEvent | UnreadAuditEvent)[][]> {
  const log = { table: 'audit_event', columns, long: { column: 'changes', mostBytes: MOST_BYTES_OF_CHANGES } };
  const found = await newestRows<Cells>(manager, log, parts, limit);
  return found.map((rows) => rows.map(readEvent));
}

/** Where an event stands, and how many bytes its changes take. */
export interface AuditEventSize extends LogPosition {
  readonly bytes: number;
}

/** Those of these events alone, unread. */
export async function findAuditEventSizes(
  manager: EntityManager,
  parts: readonly LogPart[],
  limit: number,
): Promise<AuditEventSize[][]> {
  const log = { table: 'audit_event', columns: ['customer_id', 'sequence', 'octet_length(changes)'] };
  const found = await newestRows<[customerId: number, sequence: number, bytes: number]>(manager, log, parts, limit);
  return found.map((rows) => rows.map(([customerId, sequence, bytes]) => ({ customerId, sequence, bytes })));
}

function readEvent([
  customerId,
  sequence,
  at,
  action,
  version,
  requestId,
  client,
  tillCode,
  userContext,
  changes,
  mergeId,
]: Cells): FoundAuditEvent | UnreadAuditEvent {
  if (changes === null) return { customerId, sequence, isUnread: true };
  return {
    customerId,
    sequence,
    at,
    action,
    version,
    requestId,
    client,
    tillCode,
    userContext: userContext === null ? null : (JSON.parse(userContext) as UserContext),
    changes: JSON.parse(changes) as FoundAuditEvent['changes'],
    mergeId,
  };
}

/** Begins the audit log of an organization that is new. */
export async function beginAuditLog(manager: EntityManager, organizationId: string): Promise<void> {
  await manager.insert(AuditHeadRow, { organizationId, ...firstHead });
}
