import type { EntityManager } from 'typeorm';
import { formatHead, type AuditHead } from '../../audit/audit-chain.js';
import { statementsOf } from './statements.js';

/** A merge whose place in the audit log is asked for. */
export interface MergeSought {
  readonly organizationId: string;
  readonly mergeId: string;
}

type Row = MergeSought & AuditHead;

/**
 * The heads of the audit logs right after the merges, as they are kept elsewhere: at the victim's MERGED event, which
 * comes right behind its survivor's. Null where there is no such merge. One statement for all of them.
 */
export async function findMergeHeads(
  manager: EntityManager,
  asked: readonly MergeSought[],
): Promise<(string | null)[]> {
  const rows = await manager.query<Row[]>(
    `SELECT m.organization_id AS "organizationId", m.id AS "mergeId", e.position, e.hash
       FROM ${statementsOf(manager).rowsOfParameter} AS sought
       CROSS JOIN customer_merge AS m CROSS JOIN audit_event AS e
      WHERE m.organization_id = sought.value ->> 0 AND m.id = sought.value ->> 1
        AND e.organization_id = m.organization_id AND e.customer_id = m.victim_id AND e.sequence = m.sequence + 1`,
    [JSON.stringify(asked.map(({ organizationId, mergeId }) => [organizationId, mergeId]))],
  );
  const heads = new Map(rows.map((row) => [keyOf(row), formatHead(row)]));
  return asked.map((merge) => heads.get(keyOf(merge)) ?? null);
}

const keyOf = ({ organizationId, mergeId }: MergeSought): string => `${organizationId} ${mergeId}`;
