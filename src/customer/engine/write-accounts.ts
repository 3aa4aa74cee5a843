import type { EntityManager } from 'typeorm';
import { linkEvents, sealEvent } from '../../audit/audit-chain.js';
import { newSalt } from '../../audit/new-salt.js';
import { InTheWay, isConstraint } from '../../database/unavailable.js';
import type { LedgerEntry } from '../../points/ledger.js';
import type { Account } from '../account.js';
import { batchRows, newCustomerRows, type BatchChanges, type Row } from './batch-rows.js';
import { logRows, sealedRows } from './event-rows.js';
import { statementsOf, type Statements } from './statements.js';
import {
  accountSteps,
  batchSteps,
  guardedSteps,
  isGuarded,
  type AccountStep,
  type BatchStep,
} from './write-statements.js';

/** Another process changed an account after this batch had read it; the batch has to run again. */
export class StaleAccounts extends InTheWay {}

/** Whether `prepareWrites` has anything to make on a connection to this database. */
export const hasToPrepareWrites = (manager: EntityManager): boolean => statementsOf(manager).wholeBatch !== null;

/** Makes what `writeBatch` and `insertCustomers` need on the connection that writes: once, before the first of them. */
export async function prepareWrites(manager: EntityManager): Promise<void> {
  for (const statement of statementsOf(manager).wholeBatch?.schema ?? []) await manager.query(statement);
}

/**
 * Stores a batch inside the caller's transaction: in one statement, or in one for each kind of rows that it has,
 * whatever its size; its events at the ends of their organizations' audit logs. Throws StaleAccounts where an account is
 * no longer at the version that was loaded. Where heads have to be locked, that comes last, in an order that all keep to.
 */
export async function writeBatch(manager: EntityManager, changes: BatchChanges): Promise<void> {
  const { wholeBatch, appendEvents } = statementsOf(manager);
  const accountRows = batchRows(changes);
  const events = changes.events.map((event) => sealEvent(event, newSalt()));
  if (wholeBatch !== null) {
    await writeWhole(manager, wholeBatch, { ...accountRows, ...logRows(linkEvents(events, changes.heads), changes) });
    return;
  }
  for (const step of accountSteps) await writeStep(manager, step, accountRows[step]);
  if (events.length === 0 || appendEvents === null) return;
  const written = await write(manager, appendEvents, sealedRows(events));
  if (written !== events.length) throw new Error('The audit log of an organization has no head');
}

async function writeWhole(
  manager: EntityManager,
  { statement }: NonNullable<Statements['wholeBatch']>,
  rows: Partial<Record<BatchStep, readonly Row[]>>,
): Promise<void> {
  const parameters = batchSteps.map((step) => {
    const { [step]: ofStep = [] } = rows;
    return ofStep.length === 0 ? null : JSON.stringify(ofStep);
  });
  if (parameters.some((parameter) => parameter !== null)) await manager.query(statement, parameters);
}

async function writeStep(manager: EntityManager, step: AccountStep, rows: readonly Row[]): Promise<void> {
  const written = await write(manager, statementsOf(manager)[step], rows);
  if (isGuarded(step) && written !== rows.length) throw new StaleAccounts(guardedSteps[step]);
}

/** A customer whom the organization does not have yet, with the ledger entries that open the figures. */
export interface NewCustomer {
  readonly account: Account;
  readonly ledger: readonly LedgerEntry[];
}

/** Stores the customers inside the caller's transaction. */
export async function insertCustomers(manager: EntityManager, customers: readonly NewCustomer[]): Promise<void> {
  const { wholeBatch, ...sql } = statementsOf(manager);
  const rows = newCustomerRows(
    customers.map(({ account }) => account),
    customers.flatMap(({ ledger }) => ledger),
  );
  if (wholeBatch !== null) {
    await writeWhole(manager, wholeBatch, rows);
    return;
  }
  for (const step of Object.keys(rows) as (keyof typeof rows)[]) await write(manager, sql[step], rows[step]);
}

/**
 * Stores the customers, unless somebody has one of their ids or identifiers: then it stores nothing, and answers false. On
 * PostgreSQL it always does that: a statement that is refused would end the transaction.
 */
export async function insertIfNew(manager: EntityManager, customers: readonly NewCustomer[]): Promise<boolean> {
  if (statementsOf(manager).wholeBatch === null) return false;
  try {
    await insertCustomers(manager, customers);
    return true;
  } catch (error) {
    if (isConstraint(error)) return false;
    throw error;
  }
}

/** Runs one statement over all rows, which travel as one JSON parameter; answers how many rows it touched. */
async function write(manager: EntityManager, statement: string, rows: readonly unknown[]): Promise<number> {
  if (rows.length === 0) return 0;
  const result = await manager.queryRunner?.query(statement, [JSON.stringify(rows)], true);
  return result?.affected ?? 0;
}
