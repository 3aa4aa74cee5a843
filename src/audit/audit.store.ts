import type { EntityManager } from 'typeorm';
import type { Page } from '../values/log-page.js';
import { AuditEventRow } from './audit.entity.js';

/** The events of these customers up to a sequence, newest first: one more than the page holds where there are more. */
export function findAuditEvents(
  manager: EntityManager,
  organizationId: string,
  customerIds: readonly number[],
  lastSequence: number,
  { first, after }: Page,
): Promise<AuditEventRow[]> {
  const query = manager
    .createQueryBuilder(AuditEventRow, 'event')
    .where('event.organizationId = :organizationId', { organizationId })
    .andWhere('event.customerId IN (:...customerIds)', { customerIds })
    .andWhere('event.sequence <= :lastSequence', { lastSequence })
    .orderBy('event.sequence', 'DESC')
    .addOrderBy('event.customerId', 'DESC')
    .limit(first + 1);
  if (after !== null) {
    query.andWhere(
      '(event.sequence < :sequence OR (event.sequence = :sequence AND event.customerId < :customerId))',
      after,
    );
  }
  return query.getMany();
}
