import type { EventEmitter } from 'node:events';
import { DataSource, type DataSourceOptions } from 'typeorm';
import sqlite3 from 'sqlite3';
import { entities } from './entities.js';
import { migrations } from './migrations/migrations.js';
import { endWhenForgotten, type Connected } from './postgres-silence.js';
import { ReusingDatabase } from './reusing-database.js';

/** TypeORM switches sqlite3's stack traces on, which cost a fifth of the time of every call; this keeps them off. */
const driver = {
  Database: ReusingDatabase,
  verbose: () => driver,
};

const common = { driver, entities, migrations, synchronize: false, migrationsTableName: 'migration' } as const;

/** The data source for all that writes; `database/sqlite-transaction.ts` owns its one connection. */
export function sqliteWriterOptions(path: string): DataSourceOptions {
  return { ...common, type: 'sqlite', database: path, enableWAL: true, busyTimeout: 5000 };
}

/** A second connection, which can only read: it sees what is committed, never a transaction under way. */
export function sqliteReaderOptions(path: string): DataSourceOptions {
  return { ...common, type: 'sqlite', database: path, flags: sqlite3.OPEN_READONLY, busyTimeout: 5000 };
}

/** What is different about connections that nobody may wait for, as to a replica. */
export interface HastyOptions {
  readonly connectMs: number;
  /** How long a statement may take. */
  readonly queryMs: number;
  /** Called where an idle connection is lost. */
  mistrust(): void;
  /** Called for each connection. */
  connected?(client: Connected): void;
}

/** One pool of connections to PostgreSQL. Nothing of it is a session's own, for which PgBouncer has no place. */
export const postgresOptions = (url: string, connections: number, hasty?: HastyOptions): DataSourceOptions => ({
  type: 'postgres',
  url,
  entities,
  migrations,
  migrationsTableName: 'migration',
  synchronize: false,
  installExtensions: false,
  // Whatever is stored is below 2^53.
  parseInt8: true,
  poolSize: connections,
  connectTimeoutMS: hasty?.connectMs ?? 5000,
  // An idle connection that is lost is none that anybody misses: the pool makes another one.
  poolErrorHandler: () => hasty?.mistrust(),
  extra: {
    keepAlive: true,
    onConnect: (client: EventEmitter & Connected) => {
      outliveTheServer(client);
      hasty?.connected?.(client);
      endWhenForgotten(client, (connected) =>
        createDataSource(postgresOptions(url, 1, { ...IN_A_MOMENT, connected })).initialize(),
      );
    },
    query_timeout: hasty?.queryMs,
  },
});

/** To be told by a server that answers. */
const IN_A_MOMENT: HastyOptions = { connectMs: 5000, queryMs: 5000, mistrust: () => undefined };

/**
 * What ends a connection in the message that opens it finds neither pg-pool's listener nor TypeORM's yet, and Node ends
 * a process over an error event that nobody hears. Whoever has the connection is told by his first statement.
 */
function outliveTheServer(client: EventEmitter): void {
  client.on('error', () => undefined);
}

export function createDataSource(options: DataSourceOptions): DataSource {
  return new DataSource(options);
}
