import type { DataSource } from 'typeorm';
import { SET_BACK_MS, type Counters, type Taking } from './counters.js';
import { inTime } from './in-time.js';

// By the server's clock, since those of the processes may differ. A while that ends later than one that begins now
// would was begun by a clock that was ahead, or under a longer setting: it would keep the client out until then, so a
// new one begins.
const isOpen = `counted.expire > excluded.expire - $4::bigint AND counted.expire <= excluded.expire + ${SET_BACK_MS}`;

// In one statement: to count first, and then hand back what was too many, would keep others out meanwhile. What is
// refused is told of the row as it was before the statement: where somebody else has just begun this while, that is the
// one before, of which nothing is left.
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

// Where the database's own default isolation is stricter than READ COMMITTED, of two that meet one is done, and the
// other has to try again.
const OVERTAKEN = '40001';
const TRIES = 100;

/** As long as for who calls: then each process counts by itself. */
const LONGEST_MS = 5000;

/** Items that wait to be counted, and whom to tell what came of it. */
interface Asked {
  readonly items: number;
  readonly resolve: (msLeft: number | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Counts in the table `rate_limit`, each statement a transaction of its own, over the reader's connections: all that
 * write may be waiting for a lock. For each key one statement at a time, and what comes meanwhile is counted together:
 * a client that sends much, and is refused, must not hold all connections while others wait for one.
 */
export function countersOn(reader: DataSource): Counters {
  /** By key, where a statement is under way, what has come since. */
  const waiting = new Map<string, Asked[]>();

  async function takeNow({ key, items, most, seconds }: Taking): Promise<number | null> {
    const ms = seconds * 1000;
    for (let tries = 1; ; tries += 1) {
      try {
        const [{ isTaken, msLeft }] = await reader.query<[Taken]>(TAKE, [key, items, most, ms]);
        return isTaken ? null : (msLeft ?? ms);
      } catch (error) {
        if ((error as { code?: unknown }).code !== OVERTAKEN || tries === TRIES) throw error;
      }
    }
  }

  /** As if each were counted by itself, in their order: together where all of them fit, else in halves. */
  async function takeInOrder(taking: Taking, asked: Asked[]): Promise<void> {
    const left = [asked];
    let refused = { items: Infinity, msLeft: 0 };
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      // Nothing is handed back: where some were too many, as many or more are too.
      for (const { items, resolve } of next) if (items >= refused.items) resolve(refused.msLeft);
      const open = next.filter(({ items }) => items < refused.items);
      if (open.length === 0) continue;
      const items = open.reduce((sum, one) => sum + one.items, 0);
      const msLeft =
        items > taking.most ? taking.seconds * 1000 : await inTime(takeNow({ ...taking, items }), LONGEST_MS);
      if (msLeft === null) for (const { resolve } of open) resolve(null);
      else if (open.length > 1) left.push(open.splice(open.length / 2), open);
      else {
        refused = { items, msLeft };
        left.push(open);
      }
    }
  }

  async function takeAll(taking: Taking, first: Asked): Promise<void> {
    for (let asked = [first]; asked.length > 0; asked = waiting.get(taking.key) ?? []) {
      waiting.set(taking.key, []);
      await takeInOrder(taking, asked).catch((error: unknown) => {
        // Those that were told already stay so.
        for (const { reject } of asked) reject(error);
      });
    }
    waiting.delete(taking.key);
  }
  return {
    take: (taking) =>
      new Promise((resolve, reject) => {
        const asked = { items: taking.items, resolve, reject };
        const others = waiting.get(taking.key);
        if (others === undefined) void takeAll(taking, asked);
        else others.push(asked);
      }),
  };
}
