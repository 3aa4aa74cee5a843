import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { DataSource } from 'typeorm';
import { createDataSource, sqliteReaderOptions, sqliteWriterOptions } from './data-source.js';
import { DatabaseRefused } from './database-refused.js';
import type { Database } from './database.js';
import { compact } from './sqlite-compaction.js';
import { isUpToDate, migrationsDone, refuseNewer } from './migrate.js';
import { readsFrom } from './reads.js';
import { isMountedAlone, watchFiles } from './sqlite-files.js';
import { createTransactions, readSnapshot } from './sqlite-transaction.js';

/**
 * Opens a SQLite file as `openDatabase` does; makes the file and its folder where there is none. `isChecked`: reads all of
 * it first, for damage.
 */
export async function openSqlite(path: string, isChecked: boolean): Promise<Database> {
  const writer = await orRefused(path, async () => {
    if (existsSync(path)) await refuseUnfit(path, isChecked);
    else createFile(path);
    const dataSource = await createDataSource(sqliteWriterOptions(path)).initialize();
    await migrate(dataSource);
    // Last: what is read back is what serves.
    await settle(dataSource);
    return dataSource;
  });
  const reader = await createDataSource(sqliteReaderOptions(path)).initialize();
  await reader.query('PRAGMA cache_size = -65536');
  const reads = readsFrom(reader.manager);
  const checkFiles = watchFiles(path);
  return {
    ...createTransactions(writer, checkFiles),
    batchesAtOnce: 1,
    reader: reader.manager,
    readsAfter: () => reads,
    lastCommit: null,
    counters: null,
    snapshot: (work) => readSnapshot(reader, work),
    compact: () => compact(writer),
    async isReady() {
      checkFiles();
      await reader.query('SELECT 1');
      return true;
    },
    async close() {
      await reader.destroy();
      await writer.destroy();
    },
  };
}

/** People's data are for nobody else on the machine. SQLite gives its -wal and -shm the mode of their database. */
const FOR_THE_OWNER = { folder: 0o700, file: 0o600 } as const;

// The modes are set once more: some umasks take from the owner too. SQLite itself would make the file readable for everybody.
function createFile(path: string): void {
  createFolder(dirname(path));
  const file = openSync(path, 'a', FOR_THE_OWNER.file);
  fchmodSync(file, FOR_THE_OWNER.file);
  closeSync(file);
}

/** With those above it, where they are not there; one that is keeps its mode. */
function createFolder(path: string): void {
  if (existsSync(path)) return;
  createFolder(dirname(path));
  try {
    // Not `recursive`: where a folder can't be made although the one above it is there, as in /proc, that never ends.
    mkdirSync(path, FOR_THE_OWNER.folder);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(path)) throw error;
  }
  chmodSync(path, FOR_THE_OWNER.folder);
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
async function refuseUnfit(path: string, isChecked: boolean): Promise<void> {
  accessSync(path, constants.R_OK | constants.W_OK);
  const file = statSync(path);
  // Of a pipe SQLite would wait for its first page without end.
  if (!file.isFile()) throw new DatabaseRefused(`DATABASE_URL: ${path} is no file`);
  // SQLite's log is beside the name that it is opened by: two processes would write over what each other has stored.
  if (file.nlink > 1) {
    throw new DatabaseRefused(
      `DATABASE_URL: ${path} has another name (a hard link), by which its log would be another one: remove that`,
    );
  }
  if (isMountedAlone(path)) {
    throw new DatabaseRefused(
      `DATABASE_URL: ${path} is mounted without its folder, and its log would stay behind: mount the folder`,
    );
  }
  const reader = await createDataSource(sqliteReaderOptions(path)).initialize();
  try {
    // First: another process that starts may make the tables between the two.
    const isEmpty = await hasNoTables(reader);
    const migrations = await done(reader);
    refuseNewer(reader, migrations);
    if (migrations.size === 0 && !isEmpty) {
      throw new DatabaseRefused(`DATABASE_URL: ${path} is another program's database; nothing was changed`);
    }
    if (isChecked) await refuseDamaged(path, reader);
  } finally {
    await reader.destroy();
  }
}

async function hasNoTables(reader: DataSource): Promise<boolean> {
  const tables = await reader.query<unknown[]>(
    `SELECT 1 FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~' LIMIT 1`,
  );
  return tables.length === 0;
}

async function refuseDamaged(path: string, reader: DataSource): Promise<void> {
  const [row] = await reader.query<{ quick_check: string }[]>('PRAGMA quick_check(1)');
  if (row?.quick_check === 'ok') return;
  const [first = ''] = (row?.quick_check ?? '').replace(/^\*+.*\*+\n/, '').split('\n');
  throw new DatabaseRefused(`DATABASE_URL: ${path} is damaged (${first}): restore it from a copy`);
}

const wanted = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1, busy_timeout: 5000 } as const;

/** To which a log that had to grow is cut: several times what it has else, so that it is not cut under load. */
const LARGEST_LOG_BYTES = 64 * 2 ** 20;

async function settle(writer: DataSource): Promise<void> {
  await writer.query('PRAGMA synchronous = FULL');
  await writer.query('PRAGMA cache_size = -65536');
  // Pages. What many batches change, a checkpoint copies once; more would be a longer wait for whoever it falls to.
  await writer.query('PRAGMA wal_autocheckpoint = 4000');
  // Whoever reads for long, and a long import, have the log grow; without a limit it would stay so until the service ends.
  await writer.query(`PRAGMA journal_size_limit = ${LARGEST_LOG_BYTES}`);
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
  if (isUpToDate(writer, await done(writer))) return;
  // Outside the transaction, where alone it works: a migration may have to rebuild a table that others point to.
  await writer.query('PRAGMA foreign_keys = OFF');
  const { transaction } = createTransactions(writer);
  await transaction(() => writer.runMigrations({ transaction: 'none' }));
  await writer.query('PRAGMA foreign_keys = ON');
}

const done = (database: DataSource): Promise<Set<string>> =>
  migrationsDone((sql) => database.query(sql), `SELECT name FROM sqlite_master WHERE name = 'migration'`);
