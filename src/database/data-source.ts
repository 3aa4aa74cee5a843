import { DataSource, type DataSourceOptions } from 'typeorm';
import sqlite3 from 'sqlite3';
import { entities } from './entities.js';
import { migrations } from './migrations/migrations.js';
import { ReusingDatabase } from './reusing-database.js';

/** TypeORM switches sqlite3's stack traces on, which cost a fifth of the time of every call; this keeps them off. */
const driver = {
  Database: ReusingDatabase,
  verbose: () => driver,
};

const common = { driver, entities, migrations, synchronize: false, migrationsTableName: 'migration' } as const;

/** The data source for all that writes; `database/transaction.ts` owns its one connection. */
export function sqliteWriterOptions(path: string): DataSourceOptions {
  return { ...common, type: 'sqlite', database: path, enableWAL: true, busyTimeout: 5000 };
}

/** A second connection, which can only read: it sees what is committed, never a transaction under way. */
export function sqliteReaderOptions(path: string): DataSourceOptions {
  return { ...common, type: 'sqlite', database: path, flags: sqlite3.OPEN_READONLY, busyTimeout: 5000 };
}

export function createDataSource(options: DataSourceOptions): DataSource {
  return new DataSource(options);
}
