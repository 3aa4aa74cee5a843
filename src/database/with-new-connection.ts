import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from './unavailable.js';

const PAUSE_MS = 50;
/** From the first try on. */
const LONGEST_MS = 2000;

/**
 * Runs `read`, which only reads and is in no transaction, again where the connection was lost, which says nothing of the
 * database, since the next one is another, or where PostgreSQL ended it so that others could go on. A server that ends all
 * connections leaves several in the pool that are not seen to be gone yet, so it takes a few tries, for 2 seconds at most.
 * Throws what the last one has thrown.
 */
export async function withNewConnection<T>(read: () => Promise<T>): Promise<T> {
  const beginning = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (error) {
      if (performance.now() - beginning > LONGEST_MS || !isPassing(error)) throw error;
      await sleep(tries * PAUSE_MS);
    }
  }
}
