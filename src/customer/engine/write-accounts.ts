import type { EntityManager } from 'typeorm';
import { InTheWay } from '../../database/unavailable.js';
import type { LedgerEntry } from '../../points/ledger.js';
import type { Account } from '../account.js';
import { batchRows, newCustomerRows, type BatchChanges, type Row } from './batch-rows.js';
import { statementsOf } from './statements.js';
import { batchSteps } from './write-statements.js';

/** Another process changed an account after this batch had read it; the batch has to run again. */
export class StaleAccounts extends InTheWay {}

/** Whether `prepareWrites` has anything to make on a connection to this database. */
export const hasToPrepareWrites = (manager: EntityManager): boolean => statementsOf(manager).wholeBatch !== null;

/** Makes what `writeBatch` needs on the connection that writes: once, before the first batch. */
export async function prepareWrites(manager: EntityManager): Promise<void> {
  for (const statement of statementsOf(manager).wholeBatch?.schema ?? []) await manager.query(statement);
}

/**
 * Stores a batch inside the caller's transaction: in one statement, or in one for each kind of rows that it has,
 * whatever its size. Throws StaleAccounts where an account is no longer at the version that was loaded.
 */
export async function writeBatch(manager: EntityManager, changes: BatchChanges): Promise<void> {
  const rows = batchRows(changes);
  if (batchSteps.every((step) => rows[step].length === 0)) return;
  const sql = statementsOf(manager);
  if (sql.wholeBatch !== null) {
    const parameters = batchSteps.map((step) => (rows[step].length === 0 ? null : JSON.stringify(rows[step])));
    await manager.query(sql.wholeBatch.statement, parameters);
    return;
  }
  for (const step of batchSteps) {
    const written = await write(manager, sql[step], rows[step]);
    if (step === 'updateCustomers' && written !== rows[step].length) {
      throw new StaleAccounts('an account changed between load and write');
    }
  }
}

/** Stores customers that the organization does not have yet, with the ledger entries that open their figures. */
export async function insertAccounts(
  manager: EntityManager,
  accounts: readonly Account[],
  ledger: readonly LedgerEntry[],
): Promise<void> {
  const sql = statementsOf(manager);
  const rows = newCustomerRows(accounts, ledger);
  for (const step of Object.keys(rows) as (keyof typeof rows)[]) await write(manager, sql[step], rows[step]);
}

/** Runs one statement over all rows, which travel as one JSON parameter; answers how many rows it touched. */
async function write(manager: EntityManager, statement: string, rows: readonly Row[]): Promise<number> {
  if (rows.length === 0) return 0;
  const result = await manager.queryRunner?.query(statement, [JSON.stringify(rows)], true);
  return result?.affected ?? 0;
}
