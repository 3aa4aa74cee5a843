import type { EntityManager } from 'typeorm';
import { forDatabase } from '../database/dialect.js';

/**
 * Until the caller's transaction ends, whoever else calls it for this organization waits, be there such an organization
 * or not yet. On SQLite all that write wait for each other anyway.
 */
export async function lockOrganization(manager: EntityManager, id: string): Promise<void> {
  const statement = forDatabase(manager.connection, {
    sqlite: null,
    postgres: `SELECT pg_advisory_xact_lock(hashtextextended('organization ' || $1, 0))`,
  });
  if (statement !== null) await manager.query(statement, [id]);
}
