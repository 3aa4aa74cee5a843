import type { EntityManager } from 'typeorm';

/** Every row of every table, by table, in an order of its own: two of them are equal where nothing whatever differs. */
export type DatabaseSnapshot = Readonly<Record<string, readonly string[]>>;

export async function takeSnapshot(manager: EntityManager): Promise<DatabaseSnapshot> {
  const tables = await manager.query<{ name: string }[]>(
    `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`,
  );
  const snapshot: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await manager.query<object[]>(`SELECT * FROM "${name}"`);
    snapshot[name] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return snapshot;
}
