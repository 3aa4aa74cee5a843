import { type EntityManager, LessThan } from 'typeorm';
import type { Instant } from '../values/instant.js';
import { IdempotencyRecordRow } from './idempotency.entity.js';

/** Forgets the records that are older than `before`. */
export async function deleteRecordsBefore(manager: EntityManager, before: Instant): Promise<void> {
  await manager.delete(IdempotencyRecordRow, { createdAt: LessThan(before) });
}
