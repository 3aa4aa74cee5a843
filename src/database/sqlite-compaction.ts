import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

const LONGEST_MS = 60_000;
const PAUSE_MS = 200;
/** While a checkpoint waits for those who read, nobody writes: beside a long reader, updates would be refused. */
const CHECKPOINT_WAIT_MS = 500;

/**
 * Rewrites the file, in which pages that are free, or partly so, keep what was in them, and empties the log, which has
 * every page as it was written. Each waits for those who write and read; false where they were there for all that time.
 */
export async function compact(writer: DataSource, longestMs = LONGEST_MS): Promise<boolean> {
  const end = performance.now() + longestMs;
  const isDone = async (work: () => Promise<boolean>): Promise<boolean> => {
    while (!(await work())) {
      if (performance.now() > end) return false;
      await sleep(PAUSE_MS);
    }
    return true;
  };
  return (await isDone(() => vacuum(writer))) && (await isDone(() => emptyLog(writer)));
}

async function vacuum(writer: DataSource): Promise<boolean> {
  try {
    // Whole keys, to plan by, where somebody has run ANALYZE with a SQLite that takes them. This one does not read it.
    await writer.query('DROP TABLE IF EXISTS sqlite_stat4');
    await writer.query('VACUUM');
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return false;
    throw error;
  }
}

async function emptyLog(writer: DataSource): Promise<boolean> {
  const [{ timeout }] = await writer.query<[{ timeout: number }]>('PRAGMA busy_timeout');
  await writer.query(`PRAGMA busy_timeout = ${CHECKPOINT_WAIT_MS}`);
  try {
    const [{ busy }] = await writer.query<[{ busy: number }]>('PRAGMA wal_checkpoint(TRUNCATE)');
    return busy === 0;
  } finally {
    await writer.query(`PRAGMA busy_timeout = ${timeout}`);
  }
}
