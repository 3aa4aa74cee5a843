import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DataSource, EntityManager, MigrationInterface } from 'typeorm';
import type { DatabaseSettings } from '../settings.js';
import { createDataSource, sqliteReaderOptions, sqliteWriterOptions } from './data-source.js';
import { createTransactions, type Transactions } from './transaction.js';

/** A database that cannot be served from, with one line that says why. */
export class DatabaseRefused extends Error {}

export interface Database {
  /** Runs `work` in a transaction of its own; what it throws is thrown, and nothing is stored. */
  readonly transaction: Transactions;
  /** For queries and previews: a read-only connection that sees what is committed, and nothing else. */
  readonly reader: EntityManager;
  /** Whether it answers. */
  isReady(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the database, brings its schema up to date, and reads back what durability rests on.
 * Throws DatabaseRefused where it may not be served from.
 */
export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
  if (settings.kind !== 'sqlite') {
    throw new DatabaseRefused('DATABASE_URL: PostgreSQL is not supported yet, use sqlite:PATH');
  }
  const writer = await orRefused(settings.path, async () => {
    mkdirSync(dirname(settings.path), { recursive: true });
    if (existsSync(settings.path)) await refuseUnfit(settings.path);
    const dataSource = await createDataSource(sqliteWriterOptions(settings.path)).initialize();
    await migrate(dataSource);
    // Last: what is read back is what serves.
    await settle(dataSource);
    return dataSource;
  });
  const reader = await createDataSource(sqliteReaderOptions(settings.path)).initialize();
  await reader.query('PRAGMA cache_size = -65536');
  return {
    transaction: createTransactions(writer),
    reader: reader.manager,
    async isReady() {
      await reader.query('SELECT 1');
      return true;
    },
    async close() {
      await reader.destroy();
      await writer.destroy();
    },
  };
}

/** What SQLite or the file system says, with the variable and the file that it is about. */
async function orRefused<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DatabaseRefused || !(error instanceof Error)) throw error;
    throw new DatabaseRefused(`DATABASE_URL: ${path} can't be served from: ${error.message}`, { cause: error });
  }
}

/** Before anything of the file changes, its journal mode included. */
async function refuseUnfit(path: string): Promise<void> {
  accessSync(path, constants.R_OK | constants.W_OK);
  const reader = await createDataSource(sqliteReaderOptions(path)).initialize();
  try {
    await refuseNewer(reader);
  } finally {
    await reader.destroy();
  }
}

const wanted = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1, busy_timeout: 5000 } as const;

async function settle(writer: DataSource): Promise<void> {
  await writer.query('PRAGMA synchronous = FULL');
  await writer.query('PRAGMA cache_size = -65536');
  for (const [name, value] of Object.entries(wanted)) {
    const rows = await writer.query<Record<string, unknown>[]>(`PRAGMA ${name}`);
    const found = Object.values(rows[0] ?? {})[0];
    if (found !== value)
      throw new DatabaseRefused(`SQLite's ${name} is ${String(found)}, not ${value}: not safe to serve`);
  }
  const [{ version }] = await writer.query<[{ version: string }]>('SELECT sqlite_version() AS version');
  if (!atLeast(version, [3, 51, 3])) {
    throw new DatabaseRefused(`SQLite ${version} has a WAL bug that can corrupt a database; at least 3.51.3 is needed`);
  }
}

function atLeast(version: string, least: readonly [number, number, number]): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, floor] of least.entries()) {
    const part = parts[index] ?? 0;
    if (part !== floor) return part > floor;
  }
  return true;
}

/** Takes the write lock only where there is something to do: beside a long import, a command still starts. */
async function migrate(writer: DataSource): Promise<void> {
  const done = await migrationsDone(writer);
  if (writer.migrations.every((migration) => done.has(nameOf(migration)))) return;
  // Outside the transaction, where alone it works: a migration may have to rebuild a table that others point to.
  await writer.query('PRAGMA foreign_keys = OFF');
  await createTransactions(writer)(() => writer.runMigrations({ transaction: 'none' }));
  await writer.query('PRAGMA foreign_keys = ON');
}

async function refuseNewer(database: DataSource): Promise<void> {
  const known = new Set(database.migrations.map(nameOf));
  for (const name of await migrationsDone(database)) {
    if (!known.has(name)) {
      throw new DatabaseRefused('The database was made by a newer version of this service; nothing was changed');
    }
  }
}

const nameOf = ({ name, constructor }: MigrationInterface): string => name ?? constructor.name;

async function migrationsDone(database: DataSource): Promise<Set<string>> {
  const exists = await database.query<unknown[]>(`SELECT 1 FROM sqlite_master WHERE name = 'migration'`);
  const rows = exists.length === 0 ? [] : await database.query<{ name: string }[]>('SELECT name FROM migration');
  return new Set(rows.map(({ name }) => name));
}
