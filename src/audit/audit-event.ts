import type { Instant } from '../values/instant.js';
import type { FieldChange } from './field-change.js';

export const AuditAction = {
  UPDATED: 'UPDATED',
  MERGED: 'MERGED',
  MERGE_UNDONE: 'MERGE_UNDONE',
  ERASED: 'ERASED',
} as const;
export type AuditAction = (typeof AuditAction)[keyof typeof AuditAction];

/** For whom a client says that it acts; taken from the request's headers. */
export interface UserContext {
  readonly entityType: string | null;
  readonly entityId: string | null;
  readonly source: string | null;
  readonly sourceId: string | null;
}

/** Who asked for a change: the same on each of its audit events. */
export interface ChangeOrigin {
  readonly requestId: string;
  readonly client: string;
  readonly tillCode: string | null;
  readonly userContext: UserContext | null;
}

/** One change of one customer. Sequences order the events of all customers that ever were one person. */
export interface AuditEvent extends ChangeOrigin {
  readonly organizationId: string;
  readonly customerId: number;
  readonly sequence: number;
  readonly at: Instant;
  readonly action: AuditAction;
  /** The customer's version that the event led to. */
  readonly version: number;
  readonly changes: readonly FieldChange[];
  readonly mergeId: string | null;
}
