import { type EntityManager, LessThan, LessThanOrEqual } from 'typeorm';
import type { Instant } from '../values/instant.js';
import { IdempotencyRecordRow } from './idempotency.entity.js';

const RECORDS_AT_ONCE = 1000;

/**
 * Forgets the oldest of the records that are older than `before`: a thousand, and those of the same millisecond as the last
 * of them. Answers whether more are left.
 */
export async function deleteRecordsBefore(manager: EntityManager, before: Instant): Promise<boolean> {
  const last = await manager
    .createQueryBuilder(IdempotencyRecordRow, 'record')
    .select('record.createdAt', 'createdAt')
    .where('record.createdAt < :before', { before })
    .orderBy('record.createdAt')
    .offset(RECORDS_AT_ONCE - 1)
    .limit(1)
    .getRawOne<{ createdAt: Instant }>();
  const createdAt = last === undefined ? LessThan(before) : LessThanOrEqual(last.createdAt);
  await manager.delete(IdempotencyRecordRow, { createdAt });
  return last !== undefined;
}
