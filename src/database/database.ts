import type { EntityManager } from 'typeorm';
import type { DatabaseSettings } from '../settings.js';
import type { Counters } from './counters.js';
import { openPostgres } from './postgres-database.js';
import type { Reads } from './reads.js';
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
  /** Connections of their own that see what is committed, and nothing else; those of the primary, where there are replicas. */
  readonly reader: EntityManager;
  /**
   * By what one request reads. `after` is what `lastCommit` answered, of this process or another, or several of these,
   * comma-separated: a replica is read only where it has all that. Null: one that is a few seconds behind at most. Any other
   * text: the primary.
   */
  readonly readsAfter: (after: string | null) => Reads;
  /** A place in the database's history where all is that this process has committed; null where nobody needs to know. */
  readonly lastCommit: (() => string) | null;
  /**
   * Runs `work` on one snapshot: all that it reads is as of its first statement, whatever is committed meanwhile. It
   * waits for nobody, and nobody waits for it.
   */
  readonly snapshot: Transactions;
  /** Null where each process counts by itself. */
  readonly counters: Counters | null;
  /**
   * Rewrites what is stored without the bytes of what was deleted or changed. Beside others who use the database it may
   * take some tries; false where they have kept it from being done for a minute, or PostgreSQL's role may not.
   */
  compact(): Promise<boolean>;
  /** Whether it answers. */
  isReady(): Promise<boolean>;
  close(): Promise<void>;
}

/** Whether the replica, by its host and port, is there; if not, why: a code of PostgreSQL's or of the network, or words. */
export type TellReplica = (replica: string, absence: string | null) => void;

export interface OpenOptions {
  /** Of PostgreSQL only; they may be down. */
  readonly replicaUrls?: readonly string[];
  /** Told of each replica whether it is there, and again whenever that changes. */
  readonly tellReplica?: TellReplica;
  /** Whether a SQLite file is read as a whole first, for damage. */
  readonly isChecked?: boolean;
  /** Whether PostgreSQL's role has to have all rights that updates need; who only verifies may do with reading. */
  readonly isServed?: boolean;
}

/**
 * Opens the database, brings its schema up to date, and reads back what durability rests on.
 * Throws DatabaseRefused where it may not be served from.
 */
export function openDatabase(
  settings: DatabaseSettings,
  { isChecked = false, ...options }: OpenOptions = {},
): Promise<Database> {
  switch (settings.kind) {
    case 'sqlite':
      return openSqlite(settings.path, isChecked);
    case 'postgres':
      return openPostgres(settings.url, options);
  }
}
