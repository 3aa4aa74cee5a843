import type { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { Transactions } from './database.js';
import { TELL_LOG, type ToldLog } from './primary-log.js';
import { CommitUnknown, ConnectionLost, InTheWay } from './unavailable.js';

type Committed = (told: ToldLog) => void;
type Work<T> = (manager: EntityManager) => Promise<T>;

/** Where four processes want the same identifier at once, each of their batches makes all others begin anew. */
const TRIES = 20;
/** From the first try on; to wait for a connection may take much of it. */
const LONGEST_MS = 10_000;
const LONGEST_PAUSE_MS = 500;

// For the transaction only, and in its first message: behind PgBouncer the next one may have another connection.
const BEGIN = [
  'BEGIN ISOLATION LEVEL READ COMMITTED',
  `SET LOCAL lock_timeout = '5s'`,
  `SET LOCAL statement_timeout = '60s'`,
  `SET LOCAL idle_in_transaction_session_timeout = '60s'`,
  // COMMIT tells by a warning that the standbys may not have it, which a role's own setting would keep back.
  'SET LOCAL client_min_messages = warning',
  // Each statement looks up keys. By its estimates PostgreSQL would read small tables as a whole, ten times as long.
  'SET LOCAL enable_seqscan = off',
].join('; ');
/** In one message with it: to know where the log is after a commit costs no round trip. */
const COMMIT_AND_TELL = `COMMIT; ${TELL_LOG}`;
const BEGIN_SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0';

/** Not serializable, deadlock, unique: someone else was faster, and whoever looks again sees what he did. */
const overtaken = new Set(['40001', '40P01', '23505']);
/** Waited for a lock, or for a statement, as long as it may. */
const tookTooLong = new Set(['55P03', '57014']);
/** What a COMMIT may answer that has certainly stored nothing. */
const refusedCommit = /^(?:23...|40001|40002|40P01)$/;

/**
 * The one place that opens a transaction on PostgreSQL: any number of them, each on a connection of its own. One that was
 * overtaken by others, or lost its connection before it sent COMMIT, runs again, a bounded number of times. `committed` is
 * told where PostgreSQL's log is after each, before that is answered.
 */
export function createTransactions(dataSource: DataSource, committed?: Committed): Transactions {
  return async (work) => {
    const beginning = performance.now();
    for (let tries = 1; ; tries++) {
      try {
        return await run(dataSource, work, committed);
      } catch (error) {
        if (tookTooLong.has(codeOf(error)))
          throw new InTheWay('It had to wait for others for too long', { cause: error });
        const isOvertaken = error instanceof InTheWay || overtaken.has(codeOf(error));
        if (!isOvertaken && !(error instanceof ConnectionLost)) throw error;
        if (tries === TRIES || performance.now() - beginning > LONGEST_MS) {
          throw isOvertaken ? new InTheWay(`Overtaken by others ${tries} times`, { cause: error }) : error;
        }
        // By chance, so that two who met do not meet again.
        await sleep(Math.random() * Math.min(10 * 2 ** tries, LONGEST_PAUSE_MS));
      }
    }
  };
}

/** Reads on one snapshot, see `Database.snapshot`. */
export async function readSnapshot<T>(dataSource: DataSource, work: Work<T>): Promise<T> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    const result = await begun(queryRunner, BEGIN_SNAPSHOT, work);
    await queryRunner.query('ROLLBACK');
    return result;
  } finally {
    await queryRunner.release();
  }
}

async function run<T>(dataSource: DataSource, work: Work<T>, committed?: Committed): Promise<T> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    const result = await begun(queryRunner, BEGIN, work);
    await commit(queryRunner, committed);
    return result;
  } finally {
    await queryRunner.release();
  }
}

/** Begins, and works; where that fails, the transaction is over. */
async function begun<T>(queryRunner: QueryRunner, begin: string, work: Work<T>): Promise<T> {
  try {
    await queryRunner.query(begin);
    return await work(queryRunner.manager);
  } catch (error) {
    // Whoever can't roll back has no connection any more, and what he had begun is over with it.
    await queryRunner.query('ROLLBACK').catch(() => {
      throw new ConnectionLost(error);
    });
    throw error;
  }
}

/** What pg answers for one statement, or for several in one message. */
interface Answered {
  readonly command: string;
  readonly rows: readonly ToldLog[];
}
interface Notice {
  readonly code?: string;
}
/** The class of its codes. */
const WARNING = '01';
interface Client extends EventEmitter {
  query(sql: string): Promise<Answered | Answered[]>;
}

async function commit(queryRunner: QueryRunner, committed?: Committed): Promise<void> {
  if (queryRunner.isReleased) throw new ConnectionLost(null);
  // Past TypeORM, which does not tell what PostgreSQL has made of it: of a transaction that had failed, a ROLLBACK.
  const client = (await queryRunner.connect()) as Client;
  const warnings: Notice[] = [];
  const onNotice = (notice: Notice): void => {
    if (notice.code?.startsWith(WARNING) === true) warnings.push(notice);
  };
  client.on('notice', onNotice);
  const answered = await client
    .query(committed === undefined ? 'COMMIT' : COMMIT_AND_TELL)
    .catch((error: unknown) => {
      throw refusedCommit.test(codeOf(error)) ? error : new CommitUnknown(error);
    })
    .finally(() => client.off('notice', onNotice));
  const [ended, told] = [answered].flat();
  if (ended?.command !== 'COMMIT') throw new Error('A statement of the transaction had failed: nothing was stored');
  // Somebody has ended its wait for the standbys: it is stored here, and lost with this server.
  if (warnings.length > 0) throw new CommitUnknown(warnings[0]);
  const log = told?.rows[0];
  if (log !== undefined) committed?.(log);
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : '';
}
