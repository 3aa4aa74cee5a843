import type { DataSource, EntityManager } from 'typeorm';
import type { Database } from './database.js';
import { CommitUnknown, isConstraint } from './unavailable.js';

/** Of a batch that others have overtaken, who can only be other processes; the last one keeps them from writing. */
const TRIES = 3;

/**
 * The one place that opens a transaction on SQLite. TypeORM's driver has one connection, on which overlapping
 * transactions would join and be lost together, so they run strictly one after the other, batches too. BEGIN IMMEDIATE
 * takes the write lock before anything is read: what was read is still so when it is written. A batch begins nothing: its
 * one statement that writes fails where another process has changed what was read, and then it runs again. Nothing is begun
 * where `check` throws.
 */
export function createTransactions(
  dataSource: DataSource,
  check: () => void = () => undefined,
): Pick<Database, 'transaction' | 'batch'> {
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = last.then(() => {
      check();
      return run();
    });
    last = mine.catch(() => undefined);
    return mine;
  }

  async function runTransaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.query('BEGIN IMMEDIATE');
    try {
      const result = await work(queryRunner.manager);
      await queryRunner.query('COMMIT');
      return result;
    } catch (error) {
      // SQLite itself rolls back on some faults (a full disk, an I/O error); then there is nothing left to roll back.
      await queryRunner.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async function runBatch<T>(work: (manager: EntityManager) => Promise<T>, tries = TRIES): Promise<T> {
    if (tries === 1) return runTransaction(work);
    try {
      return await work(dataSource.createQueryRunner().manager);
    } catch (error) {
      if (!isConstraint(error)) throw error;
      return runBatch(work, tries - 1);
    }
  }

  return {
    transaction: (work) => inTurn(() => runTransaction(work).catch(refuseToGuess)),
    batch: (work) => inTurn(() => runBatch(work).catch(refuseToGuess)),
  };
}

/**
 * Where a sync fails, all has been written: this process sees nothing of it, and writes over it next, but one that reads
 * the log anew before that, after a crash, finds it whole. SQLite's code is the same for all I/O errors but a full disk.
 */
function refuseToGuess(error: unknown): never {
  const { code, query } = error as { code?: unknown; query?: unknown };
  const hasOnlyRead = typeof query === 'string' && /^\s*(SELECT|WITH|BEGIN)\b/.test(query);
  throw code === 'SQLITE_IOERR' && !hasOnlyRead ? new CommitUnknown(error) : error;
}

/**
 * Runs `work` on one snapshot: all that it reads is as of its first statement, whatever is committed meanwhile. It waits
 * for nobody, and nobody waits for it. The data source has to be read-only and the caller's alone: whatever else reads
 * on its one connection reads the same snapshot. Until it ends, SQLite's log keeps all that is written after it.
 */
export async function readSnapshot<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const queryRunner = dataSource.createQueryRunner();
  await queryRunner.query('BEGIN DEFERRED');
  try {
    return await work(queryRunner.manager);
  } finally {
    // There is nothing to undo; where SQLite has ended the transaction itself, there is none to end either.
    await queryRunner.query('ROLLBACK').catch(() => undefined);
  }
}
