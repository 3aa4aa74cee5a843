import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntityManager } from 'typeorm';
import { inject } from 'vitest';
import { forDatabase } from '../../src/database/dialect.js';
import { readSettings, type DatabaseSettings } from '../../src/settings.js';
import { onServer, urlOf } from './postgres-server.js';

/** A database of a test's own, of the kind that the run is for. */
export interface TestDatabase {
  /** As DATABASE_URL has it. */
  readonly url: string;
  readonly settings: DatabaseSettings;
  remove(): Promise<void>;
}

/** The kind of database that the tests run on: each of vitest's projects has its own. */
export const databaseKind = (): DatabaseSettings['kind'] => (inject('postgres') === undefined ? 'sqlite' : 'postgres');

/** A database without rows; on PostgreSQL migrated already, which takes most of the time, unless it is to be empty. */
export async function createTestDatabase(as: 'migrated' | 'empty' = 'migrated'): Promise<TestDatabase> {
  const postgres = inject('postgres');
  if (postgres === undefined) return createFile();
  return createCopy(postgres.url, as === 'empty' ? 'template1' : postgres.template);
}

/** A SQLite file that is not there yet. */
export function createFile(): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'customers-'));
  return testDatabase(`sqlite:${join(folder, 'customers.sqlite')}`, () => {
    rmSync(folder, { recursive: true });
    return Promise.resolve();
  });
}

/** On the server of the URL, a database like another one of it, to which nobody may be connected. */
export async function createCopy(url: string, template: string): Promise<TestDatabase> {
  const name = `customers_${randomUUID().replaceAll('-', '')}`;
  await onServer(url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return testDatabase(urlOf(url, name), () => onServer(url, `DROP DATABASE ${name} WITH (FORCE)`));
}

const testDatabase = (url: string, remove: () => Promise<void>): TestDatabase => ({
  url,
  settings: readSettings({ DATABASE_URL: url }).database,
  remove,
});

/** Runs a statement of a test's own, which may have ? and ?1 for its parameters on every database. */
export function runStatement<Row>(
  manager: EntityManager,
  statement: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  let position = 0;
  const numbered = statement.replace(/\?(\d*)/g, (_, number: string) => `$${number || String((position += 1))}`);
  return manager.query<Row[]>(numbered, parameters);
}

/** The names of all tables, in alphabetical order. */
export async function tableNames(manager: EntityManager): Promise<string[]> {
  const tables = await manager.query<{ name: string }[]>(
    forDatabase(manager.connection, {
      sqlite: `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`,
      postgres: `SELECT relname AS name FROM pg_class
                  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname`,
    }),
  );
  return tables.map(({ name }) => name);
}
