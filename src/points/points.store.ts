import type { EntityManager } from 'typeorm';
import type { Page } from '../values/log-page.js';
import { LedgerEntryRow } from './points.entity.js';

/** The customer's ledger entries up to a sequence, newest first: one more than the page holds where there are more. */
export function findLedgerEntries(
  manager: EntityManager,
  organizationId: string,
  customerId: number,
  lastSequence: number,
  { first, after }: Page,
): Promise<LedgerEntryRow[]> {
  const query = manager
    .createQueryBuilder(LedgerEntryRow, 'entry')
    .where('entry.organizationId = :organizationId', { organizationId })
    .andWhere('entry.customerId = :customerId', { customerId })
    .andWhere('entry.sequence <= :lastSequence', { lastSequence })
    .orderBy('entry.sequence', 'DESC')
    .limit(first + 1);
  if (after !== null) query.andWhere('entry.sequence < :sequence', { sequence: after.sequence });
  return query.getMany();
}
