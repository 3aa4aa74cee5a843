import { type DataSource, MigrationExecutor } from 'typeorm';
import { createDataSource, postgresOptions } from './data-source.js';
import { DatabaseRefused } from './database-refused.js';
import type { Database, OpenOptions, TellReplica } from './database.js';
import { isUpToDate, migrationsDone, refuseNewer } from './migrate.js';
import { compact } from './postgres-compaction.js';
import { countersOn } from './postgres-counters.js';
import { openReplicas } from './postgres-replicas.js';
import { createTransactions, readSnapshot } from './postgres-transaction.js';
import { readsFrom } from './reads.js';
import { refuseWithoutRights } from './refuse-without-rights.js';

/** More gain nothing: a batch takes all that has come in meanwhile. */
const BATCHES_AT_ONCE = 4;
/** Beside the batches: undos, imports, and what was begun while all were waiting for a lock. */
const WRITER_CONNECTIONS = 2 * BATCHES_AT_ONCE;
const READER_CONNECTIONS = 8;
const LEAST_VERSION = 14;

/** Opens a PostgreSQL database as `openDatabase` does. Any number of processes may do so at the same time. */
export async function openPostgres(
  url: string,
  { replicaUrls = [], tellReplica, isServed = false }: Omit<OpenOptions, 'isChecked'>,
): Promise<Database> {
  const writer = await openPool(url, WRITER_CONNECTIONS, async (dataSource) => {
    await refuseUnfit(dataSource);
    await migrate(dataSource);
    if (isServed) await refuseWithoutRights(dataSource);
  });
  const reader = await openPool(url, READER_CONNECTIONS, () => Promise.resolve()).catch(async (error: unknown) => {
    await writer.destroy();
    throw error;
  });
  const close = async (): Promise<void> => {
    await reader.destroy();
    await writer.destroy();
  };
  try {
    return await withReplicas({ writer, reader, close }, replicaUrls, tellReplica);
  } catch (error) {
    await close();
    throw error;
  }
}

interface Pools {
  readonly writer: DataSource;
  readonly reader: DataSource;
  readonly close: () => Promise<void>;
}

async function withReplicas(
  { writer, reader, close }: Pools,
  urls: readonly string[],
  tellReplica?: TellReplica,
): Promise<Database> {
  const replicas = urls.length === 0 ? null : await openReplicas(urls, reader, tellReplica);
  const transaction = createTransactions(writer, replicas?.committed);
  const reads = readsFrom(reader.manager);
  return {
    transaction,
    batch: transaction,
    batchesAtOnce: BATCHES_AT_ONCE,
    reader: reader.manager,
    readsAfter: replicas?.readsAfter ?? (() => reads),
    lastCommit: replicas?.lastCommit ?? null,
    snapshot: (work) => readSnapshot(reader, work),
    counters: countersOn(reader),
    compact: () => compact(writer),
    async isReady() {
      const [{ readOnly }] = await reader.query<[Pick<Facts, 'readOnly'>]>(
        `SELECT current_setting('transaction_read_only') AS "readOnly"`,
      );
      return readOnly === 'off';
    },
    async close() {
      await replicas?.close();
      await close();
    },
  };
}

async function openPool(
  url: string,
  connections: number,
  prepare: (dataSource: DataSource) => Promise<void>,
): Promise<DataSource> {
  const dataSource = createDataSource(postgresOptions(url, connections));
  try {
    await dataSource.initialize();
    await prepare(dataSource);
    return dataSource;
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    if (error instanceof DatabaseRefused || !(error instanceof Error)) throw error;
    // Of a host with several addresses, Node says only in a code that none of them answers.
    const reason = error.message === '' ? (error as { code?: string }).code : error.message;
    throw new DatabaseRefused(`DATABASE_URL: PostgreSQL can't be served from: ${reason ?? error.name}`, {
      cause: error,
    });
  }
}

interface Facts {
  readonly version: number;
  readonly encoding: string;
  readonly durability: string;
  readonly readOnly: string;
}

async function refuseUnfit(dataSource: DataSource): Promise<void> {
  const [facts] = await dataSource.query<[Facts]>(
    `SELECT current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding,
            current_setting('synchronous_commit') AS durability, current_setting('transaction_read_only') AS "readOnly"`,
  );
  const version = Math.floor(facts.version / 10_000);
  if (version < LEAST_VERSION) {
    throw new DatabaseRefused(`DATABASE_URL: PostgreSQL ${version} is too old; at least ${LEAST_VERSION} is needed`);
  }
  if (facts.encoding !== 'UTF8') {
    throw new DatabaseRefused(`DATABASE_URL: the database's encoding is ${facts.encoding}; UTF8 is needed`);
  }
  if (facts.durability === 'off') {
    throw new DatabaseRefused("DATABASE_URL: PostgreSQL's synchronous_commit is off: not safe to serve");
  }
  // What has nothing to migrate would start, and say that it is ready, and refuse every update.
  if (facts.readOnly === 'on') {
    throw new DatabaseRefused('DATABASE_URL: PostgreSQL only reads there: a standby, or set to be read-only');
  }
  refuseNewer(dataSource, await done(dataSource));
}

/** Any number; the same in all processes that use one database. */
const MIGRATION_LOCK = 1_795_300_000_000;

/** One process migrates, in one transaction; others that start meanwhile wait, and find nothing left to do. */
async function migrate(dataSource: DataSource): Promise<void> {
  if (isUpToDate(dataSource, await done(dataSource))) return;
  await refuseElsewhere(dataSource);
  await createTransactions(dataSource)(async (manager) => {
    await manager.query('SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0');
    await manager.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    const executor = new MigrationExecutor(dataSource, manager.queryRunner);
    executor.transaction = 'none';
    await executor.executePendingMigrations();
  });
}

/** Where search_path finds the tables in one schema and makes new ones in another, all would be made anew there, without a row. */
async function refuseElsewhere(dataSource: DataSource): Promise<void> {
  const [found] = await dataSource.query<{ home: string; first: string }[]>(
    `SELECT nspname AS home, current_schema() AS first FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE pg_class.oid = to_regclass('migration') AND nspname <> current_schema()`,
  );
  if (found === undefined) return;
  const { home, first } = found;
  throw new DatabaseRefused(
    `DATABASE_URL: the tables are in the schema ${home}, and new ones would be made in ${first}: put ${home} first in search_path`,
  );
}

const done = (database: DataSource): Promise<Set<string>> =>
  migrationsDone((sql) => database.query(sql), `SELECT 1 AS name WHERE to_regclass('migration') IS NOT NULL`);
