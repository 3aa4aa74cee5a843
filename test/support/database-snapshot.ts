import type { EntityManager } from 'typeorm';
import { tableNames } from './test-database.js';

/** Every row of every table, by table, in an order of its own: two of them are equal where nothing whatever differs. */
export type DatabaseSnapshot = Readonly<Record<string, readonly string[]>>;

export async function takeSnapshot(manager: EntityManager): Promise<DatabaseSnapshot> {
  const snapshot: Record<string, string[]> = {};
  for (const name of await tableNames(manager)) {
    const rows = await manager.query<object[]>(`SELECT * FROM "${name}"`);
    snapshot[name] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return snapshot;
}
