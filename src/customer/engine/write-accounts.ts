import type { EntityManager } from 'typeorm';
import { linkEvents, type AuditHead, type Linked } from '../../audit/audit-chain.js';
import { newSalts } from '../../audit/new-salts.js';
import { InTheWay } from '../../database/unavailable.js';
import type { LedgerEntry } from '../../points/ledger.js';
import type { Account } from '../account.js';
import { batchRows, logRows, newCustomerRows, type BatchChanges, type Row } from './batch-rows.js';
import { statementsOf } from './statements.js';
import { accountSteps, batchSteps, guardedSteps, isGuarded, logSteps, type BatchStep } from './write-statements.js';

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
 * whatever its size; its events at the ends of their organizations' audit logs. Throws StaleAccounts where an account is
 * no longer at the version that was loaded. Where heads have to be locked, that comes last, in an order that all keep to.
 */
export async function writeBatch(manager: EntityManager, changes: BatchChanges): Promise<void> {
  const { wholeBatch, lockHeads } = statementsOf(manager);
  const accountRows = batchRows(changes);
  if (wholeBatch !== null) {
    const rows = { ...accountRows, ...logRows(link(changes, changes.heads), changes.heads) };
    if (batchSteps.every((step) => rows[step].length === 0)) return;
    const parameters = batchSteps.map((step) => (rows[step].length === 0 ? null : JSON.stringify(rows[step])));
    await manager.query(wholeBatch.statement, parameters);
    return;
  }
  for (const step of accountSteps) await writeStep(manager, step, accountRows[step]);
  if (changes.events.length === 0) return;
  const heads = lockHeads === null ? changes.heads : await lockAndReadHeads(manager, lockHeads, changes);
  const rows = logRows(link(changes, heads), heads);
  for (const step of logSteps) await writeStep(manager, step, rows[step]);
}

const link = ({ events }: BatchChanges, heads: ReadonlyMap<string, AuditHead>): Linked =>
  linkEvents(events, heads, newSalts(events.length));

async function lockAndReadHeads(
  manager: EntityManager,
  lockHeads: string,
  { events }: BatchChanges,
): Promise<Map<string, AuditHead>> {
  const ids = [...new Set(events.map(({ organizationId }) => organizationId))];
  const rows = await manager.query<(AuditHead & { organizationId: string })[]>(lockHeads, [JSON.stringify(ids)]);
  return new Map(rows.map(({ organizationId, position, hash }) => [organizationId, { position, hash }]));
}

async function writeStep(manager: EntityManager, step: BatchStep, rows: readonly Row[]): Promise<void> {
  const written = await write(manager, statementsOf(manager)[step], rows);
  if (isGuarded(step) && written !== rows.length) throw new StaleAccounts(guardedSteps[step]);
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
