import type { EntityManager } from 'typeorm';
import { hasForbiddenCharacters } from '../values/text.js';
import { CustomerMergeRow } from './customer.entity.js';
import { parseMergeRecord } from './merge/merge-record-json.js';
import type { MergeRecord } from './merge/merge-record.js';

/** The merge, standing or undone; null where the organization has none of that id. */
export async function findMerge(
  manager: EntityManager,
  organizationId: string,
  id: string,
): Promise<MergeRecord | null> {
  // PostgreSQL takes no U+0000 at all, not even to look for.
  if (hasForbiddenCharacters(id)) return null;
  const row = await manager.findOneBy(CustomerMergeRow, { organizationId, id });
  return row === null ? null : readMerge(row);
}

const readMerge = (row: CustomerMergeRow): MergeRecord => ({
  organizationId: row.organizationId,
  id: row.id,
  survivorId: row.survivorId,
  victimId: row.victimId,
  sequence: row.sequence,
  mergedAt: row.mergedAt,
  undoneAt: row.undoneAt,
  erasedAt: row.erasedAt,
  ...parseMergeRecord(row),
});
