import type { EntityManager } from 'typeorm';
import { tableNames } from './test-database.js';

/** Every row of the organization by its table, as text that is the same on every database. */
export async function organizationRows(
  manager: EntityManager,
  organizationId: string,
): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const table of await tableNames(manager)) {
    // The salts of clients' secrets are chance.
    if (['client', 'migration', 'organization'].includes(table)) continue;
    const found = await manager.query<object[]>(`SELECT * FROM ${table} WHERE organization_id = $1`, [organizationId]);
    rows[table] = found.map(rowText).sort();
  }
  return rows;
}

/** Without the merges' ids, which are chance, and with truth as SQLite has it. */
const rowText = (row: object): string =>
  JSON.stringify(row, (_key, value: unknown) => (typeof value === 'boolean' ? Number(value) : value)).replace(
    /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g,
    'a merge',
  );
