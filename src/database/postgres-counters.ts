import type { DataSource } from 'typeorm';
import { SET_BACK_MS, type Counters } from './counters.js';

// By the server's clock: those of the processes may differ. A while that ends later than any that begins now was begun by a
// clock that was ahead, or a setting that was longer, and would keep the client out until then: a new one begins.
const isOpen = `counted.expire > excluded.expire - $4::bigint AND counted.expire <= excluded.expire + ${SET_BACK_MS}`;

// In one statement: what is taken first and then handed back keeps others out meanwhile. Behind a refusal the row is as it was
// before it, which is the while before this one where somebody else has begun this one just now.
const TAKE = `
  WITH clock AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now),
  taken AS (
    INSERT INTO rate_limit AS counted (key, points, expire) SELECT $1, $2::integer, now + $4::bigint FROM clock
    ON CONFLICT (key) DO UPDATE SET
      points = excluded.points + CASE WHEN ${isOpen} THEN counted.points ELSE 0 END,
      expire = CASE WHEN ${isOpen} THEN counted.expire ELSE excluded.expire END
    WHERE NOT (${isOpen}) OR counted.points::bigint + excluded.points <= $3::integer
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM taken) AS "isTaken",
         (SELECT expire - now FROM rate_limit, clock WHERE key = $1 AND expire > now) AS "msLeft"`;

interface Taken {
  readonly isTaken: boolean;
  readonly msLeft: number | null;
}

// Where the database's own default isolation is stricter than READ COMMITTED, whoever meets another has to look again; one of
// those who meet is done.
const OVERTAKEN = '40001';
const TRIES = 100;

/**
 * Counts in the table `rate_limit`, each statement a transaction of its own. By the reader's connections: those that write may
 * all be waiting for a lock.
 */
export const countersOn = (reader: DataSource): Counters => ({
  async take({ key, items, most, seconds }) {
    const ms = seconds * 1000;
    for (let tries = 1; ; tries += 1) {
      try {
        const [{ isTaken, msLeft }] = await reader.query<[Taken]>(TAKE, [key, items, most, ms]);
        return isTaken ? null : (msLeft ?? ms);
      } catch (error) {
        if ((error as { code?: unknown }).code !== OVERTAKEN || tries === TRIES) throw error;
      }
    }
  },
});
