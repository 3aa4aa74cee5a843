import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from './unavailable.js';

const PAUSE_MS = 50;
/** From the first try on. */
const LONGEST_MS = 2000;

/**
 * Runs `read`, which only reads and is in no transaction, again where its connection was lost, or PostgreSQL ended it
 * to resolve a deadlock: the next try has another connection. When a server has ended all connections, several in the
 * pool are not yet seen to be gone, so it takes a few tries, for 2 seconds at most. Throws what the last try has
 * thrown.
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
