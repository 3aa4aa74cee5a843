import type { EntityManager } from 'typeorm';
import type { ChangeOrigin } from '../../audit/audit-event.js';
import type { Organization } from '../../organization/organization.js';
import { findMerge } from '../customer.store.js';
import type { MergeRecord } from '../merge/merge-record.js';
import type { UndoState } from '../merge/plan-undo.js';
import { lockAndLoad } from './lock-accounts.js';
import { statementsOf } from './statements.js';
import { WorkingCopy } from './working-copy.js';

export interface UndoItem {
  readonly organization: Organization;
  readonly origin: ChangeOrigin;
  readonly mergeId: string;
}

/**
 * The merge, both of its sides, and what has happened to the survivor since, in a fixed number of statements; all of it
 * under the lock of the sides, until the transaction ends.
 */
export async function loadUndo(
  manager: EntityManager,
  { organization, mergeId }: UndoItem,
): Promise<{ copy: WorkingCopy; state: UndoState }> {
  const found = await findMerge(manager, organization.id, mergeId);
  const sides = found === null ? [] : [found.survivorId, found.victimId];
  const copy = new WorkingCopy(
    await lockAndLoad(manager, { ids: sides.map((id) => [organization.id, id]), identifiers: [], records: [] }),
  );
  // Once more, under the lock: somebody else may have undone it meanwhile.
  const merge = await findMerge(manager, organization.id, mergeId);
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
      WHERE organization_id = $1 AND survivor_id = $2 AND undone_at IS NULL AND sequence > $3 LIMIT 1`,
    [organizationId, survivorId, sequence],
  );
  return rows.length > 0;
}

async function fieldsRequestedSince(
  manager: EntityManager,
  { organizationId, survivorId, sequence }: MergeRecord,
): Promise<Set<string>> {
  const rows = await manager.query<{ field: string }[]>(statementsOf(manager).selectFieldsRequested, [
    organizationId,
    survivorId,
    sequence,
  ]);
  return new Set(rows.map(({ field }) => field));
}
