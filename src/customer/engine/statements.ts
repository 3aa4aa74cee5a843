import type { EntityManager } from 'typeorm';
import { forDatabase } from '../../database/dialect.js';
import { postgresStatements } from './postgres-statements.js';
import { sqliteStatements } from './sqlite-statements.js';
import type { WriteStatements } from './write-statements.js';

/**
 * What is written for each database in its own words. Rows and lists travel as one JSON parameter: an array of arrays, in
 * the order of the columns.
 */
export interface Statements extends WriteStatements {
  /**
   * All the steps of a batch as one statement, with the rows of each as a parameter of its own, null where it has none;
   * `schema` is what it needs on its connection. Null where each step is sent by itself.
   */
  readonly wholeBatch: { readonly schema: readonly string[]; readonly statement: string } | null;
  /** Idempotency records, by [organization, client, key]. */
  readonly selectRecords: string;
  /** Accounts with what they have as JSON: by [organization, id], and by [organization, type, value]. */
  readonly selectAccounts: string;
  /**
   * Locks the live accounts that the lists of ids, identifiers and records lead to, and all that were merged into them,
   * in the order of their ids; answers which. Null where a transaction keeps all others from writing.
   */
  readonly lockAccounts: string | null;
  /**
   * Locks the heads of the audit logs of organizations, in the order of [organization, events], links the events to them,
   * and stores both; what it touched are the events. Null where events are linked before: the heads come with the accounts.
   */
  readonly appendEvents: string | null;
  /** The standing merges of survivors, newest first, by [organization, survivor, last sequence, position]. */
  readonly selectStandingMerges: string;
  /** The fields that requests have named in a customer's events after a sequence. */
  readonly selectFieldsRequested: string;
  /** Which of the ids (a list) customers of an organization have. */
  readonly selectStoredIds: string;
  /** Whom the identifiers, by [type, value], find in an organization. */
  readonly selectIdentifierOwners: string;
  /** The values of a field that standing merges have overwritten on their survivors, by list, organization and name. */
  readonly selectOverwritten: string;
  /** The unique keys of a table: columns as JSON, and whether it is for some rows only. */
  readonly selectUniqueKeys: string;
  /** Lets each later statement of the transaction take as long as it does. Null where nothing ends one. */
  readonly liftStatementTimeout: string | null;
  /** The rows of a JSON parameter as a source that has each as `value`. */
  readonly rowsOfParameter: string;
}

/** Those of the database that the manager is of. */
export const statementsOf = ({ connection }: EntityManager): Statements =>
  forDatabase<Statements>(connection, { sqlite: sqliteStatements, postgres: postgresStatements });
