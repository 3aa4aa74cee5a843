import type { EntityManager } from 'typeorm';
import type { DatabaseSettings } from '../settings.js';
import { openPostgres } from './postgres-database.js';
import { openSqlite } from './sqlite-database.js';

/**
 * Runs `work` in a transaction of its own; what it throws is thrown, and nothing is stored. Where other transactions
 * were in the way (see `InTheWay`) it may run again from its beginning: it must have no effect but in the database. Throws
 * CommitUnknown where nobody can say whether it is stored.
 */
export type Transactions = <T>(work: (manager: EntityManager) => Promise<T>) => Promise<T>;

export interface Database {
  readonly transaction: Transactions;
  /**
   * The same for work that reads, decides, and writes all in its last statement, which itself fails where somebody has
   * changed what was read. Where a statement is a transaction of its own, nothing has to be begun or committed then.
   */
  readonly batch: Transactions;
  /** How many batches do well at the same time. */
  readonly batchesAtOnce: number;
  /** For queries and previews: connections of their own that see what is committed, and nothing else. */
  readonly reader: EntityManager;
  /**
   * Runs `work` on one snapshot: all that it reads is as of its first statement, whatever is committed meanwhile. It
   * waits for nobody, and nobody waits for it.
   */
  readonly snapshot: Transactions;
  /** Whether it answers. */
  isReady(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the database, brings its schema up to date, and reads back what durability rests on.
 * Throws DatabaseRefused where it may not be served from.
 */
export function openDatabase(settings: DatabaseSettings): Promise<Database> {
  switch (settings.kind) {
    case 'sqlite':
      return openSqlite(settings.path);
    case 'postgres':
      return openPostgres(settings.url);
  }
}
