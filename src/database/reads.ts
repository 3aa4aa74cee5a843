import type { EntityManager } from 'typeorm';
import { withNewConnection } from './with-new-connection.js';

/** By what one request reads: from one server only, so that what it reads later is never older than what it has read. */
export interface Reads {
  /**
   * Runs `work`, which only reads. Where a replica fails, it runs once more, on the primary; where the connection to the
   * primary is lost, a few times more. Where more waits for the server than may, it throws ServiceBusy.
   */
  read<T>(work: (reader: EntityManager) => Promise<T>): Promise<T>;
  /** From now on the primary is read, for a request that has written, or read, there. */
  pinToPrimary(): void;
}

/** The reads of all requests where there is one server. */
export const readsFrom = (reader: EntityManager): Reads => ({
  read: (work) => withNewConnection(() => work(reader)),
  pinToPrimary: () => undefined,
});
