import type { EntityManager } from 'typeorm';
import type { ChangeOrigin } from '../../audit/audit-event.js';
import type { Organization } from '../../organization/organization.js';
import { findMerge } from '../customer.store.js';
import type { MergeRecord } from '../merge/merge-record.js';
import type { UndoState } from '../merge/plan-undo.js';
import { loadAccounts } from './load-accounts.js';
import { WorkingCopy } from './working-copy.js';

export interface UndoItem {
  readonly organization: Organization;
  readonly origin: ChangeOrigin;
  readonly mergeId: string;
}

/** The merge, both of its sides, and what has happened to the survivor since, in a fixed number of statements. */
export async function loadUndo(
  manager: EntityManager,
  { organization, mergeId }: UndoItem,
): Promise<{ copy: WorkingCopy; state: UndoState }> {
  const merge = await findMerge(manager, organization.id, mergeId);
  const sides = merge === null ? [] : [merge.survivorId, merge.victimId];
  const copy = new WorkingCopy(
    await loadAccounts(manager, { ids: sides.map((id) => [organization.id, id]), identifiers: [], records: [] }),
  );
  const accounts = copy.view(organization.id);
  return {
    copy,
    state: {
      merge,
      survivor: merge === null ? null : accounts.findById(merge.survivorId),
      victim: merge === null ? null : accounts.findById(merge.victimId),
      hasLaterMerge: merge !== null && (await hasLaterMerge(manager, merge)),
      requestedSince: merge === null ? new Set() : await fieldsRequestedSince(manager, merge),
    },
  };
}

async function hasLaterMerge(
  manager: EntityManager,
  { organizationId, survivorId, sequence }: MergeRecord,
): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `SELECT 1 FROM customer_merge
      WHERE organization_id = ? AND survivor_id = ? AND undone_at IS NULL AND sequence > ? LIMIT 1`,
    [organizationId, survivorId, sequence],
  );
  return rows.length > 0;
}

async function fieldsRequestedSince(
  manager: EntityManager,
  { organizationId, survivorId, sequence }: MergeRecord,
): Promise<Set<string>> {
  const rows = await manager.query<{ field: string }[]>(
    `SELECT DISTINCT change.value ->> 'field' AS field
       FROM audit_event AS event CROSS JOIN json_each(event.changes) AS change
      WHERE event.organization_id = ? AND event.customer_id = ? AND event.sequence > ?
        AND change.value ->> 'rule' = 'REQUEST'`,
    [organizationId, survivorId, sequence],
  );
  return new Set(rows.map(({ field }) => field));
}
