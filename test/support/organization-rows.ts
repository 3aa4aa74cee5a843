import type { EntityManager } from 'typeorm';
import { tableNames } from './test-database.js';

/** Every row of the organization by its table, as text that is the same on every database. */
export async function organizationRows(
  manager: EntityManager,
  organizationId: string,
): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const table of await tableNames(manager)) {
    // The salts of clients' secrets are chance; the others are of no organization.
    if (['client', 'migration', 'organization', 'rate_limit'].includes(table)) continue;
    const found = await manager.query<object[]>(`SELECT * FROM ${table} WHERE organization_id = $1`, [organizationId]);
    rows[table] = found.map(rowText).sort();
  }
  return rows;
}

const OF_CHANCE = new Set(['salt', 'hash', 'values_digest']);

/** Without the merges' ids and the chain's salts, which are chance, and with truth as SQLite has it. */
const rowText = (row: object): string =>
  JSON.stringify(row, (key, value: unknown) =>
    OF_CHANCE.has(key) ? typeof value : typeof value === 'boolean' ? Number(value) : value,
  ).replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'a merge');
