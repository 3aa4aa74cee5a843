import type { DataSource, MigrationInterface } from 'typeorm';
import { DatabaseRefused } from './database-refused.js';

const nameOf = ({ name, constructor }: MigrationInterface): string => name ?? constructor.name;

/** Whether there is nothing to migrate, by the names of the migrations that have run. */
export const isUpToDate = ({ migrations }: DataSource, done: ReadonlySet<string>): boolean =>
  migrations.every((migration) => done.has(nameOf(migration)));

/** Throws DatabaseRefused where a migration has run that this code does not have. */
export function refuseNewer({ migrations }: DataSource, done: ReadonlySet<string>): void {
  const known = new Set(migrations.map(nameOf));
  if ([...done].every((name) => known.has(name))) return;
  throw new DatabaseRefused('The database was made by a newer version of this service; nothing was changed');
}

/** The migrations that have run, by their names; `tables` has rows where there is a table of them. */
export async function migrationsDone(
  query: (sql: string) => Promise<{ name: string }[]>,
  tables: string,
): Promise<Set<string>> {
  const exists = await query(tables);
  const rows = exists.length === 0 ? [] : await query('SELECT name FROM migration');
  return new Set(rows.map(({ name }) => name));
}
