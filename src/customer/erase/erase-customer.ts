import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { ChangeOrigin } from '../../audit/audit-event.js';
import { findRevision } from '../../organization/organization.store.js';
import type { Instant } from '../../values/instant.js';
import type { Account } from '../account.js';
import { loadAccounts } from '../engine/load-accounts.js';
import { lockAndLoad } from '../engine/lock-accounts.js';
import { statementsOf } from '../engine/statements.js';
import { WorkingCopy } from '../engine/working-copy.js';
import { prepareWrites, writeBatch } from '../engine/write-accounts.js';
import { readCustomerId } from '../update/resolve-target.js';
import { eraseEventsOf } from './erase-events.js';
import { eraseMergesOf } from './erase-merges.js';
import { deleteRecordsOf, markErased } from './erase-rows.js';
import { planErasure, tellsPerson } from './plan-erasure.js';

/** Whoever is to be erased is not there, with one line that says so. */
export class EraseRefused extends Error {}

export interface Erased {
  /** The live customer, and those that were merged into it. */
  readonly customerIds: readonly number[];
  /** How many of each were there to erase. */
  readonly accounts: number;
  readonly events: number;
  readonly merges: number;
  readonly records: number;
}

/**
 * Removes a person's data inside the caller's transaction, under the same locks as an update: of the customer, or the one
 * that it was merged into, and of all that were merged into that one. Where there is nothing to erase, nothing is stored.
 * Throws EraseRefused where the organization has no such customer.
 */
export async function eraseCustomer(
  manager: EntityManager,
  organizationId: string,
  customerId: string,
  now: Instant,
): Promise<Erased> {
  await prepareWrites(manager);
  await takeTime(manager);
  const { live, merged, copy } = await loadPerson(manager, organizationId, customerId);
  const customerIds = [live.id, ...merged.map(({ id }) => id)];
  const person = { organizationId, customerIds };
  const accounts = [live, ...merged].filter(tellsPerson).length;
  const merges = await eraseMergesOf(manager, person, now);
  const events = merges.events + (await eraseEventsOf(manager, person));
  const records = merges.records + (await deleteRecordsOf(manager, person));
  const erased = { customerIds, accounts, events, merges: merges.merges, records };
  if (accounts + events + merges.merges + records === 0) return erased;
  await markErased(manager, person, now);
  copy.apply({ ...planErasure(live, merged, now), merges: [], ledger: [] }, organizationId, newOrigin(), now);
  await writeBatch(manager, copy.changes());
  return erased;
}

/** To read all keys of an organization may take longer than a statement of an update may. Only the person's accounts wait. */
async function takeTime(manager: EntityManager): Promise<void> {
  const { liftStatementTimeout } = statementsOf(manager);
  if (liftStatementTimeout !== null) await manager.query(liftStatementTimeout);
}

const newOrigin = (): ChangeOrigin => ({
  requestId: randomUUID(),
  client: 'erase command',
  tillCode: null,
  userContext: null,
});

interface Person {
  readonly live: Account;
  readonly merged: readonly Account[];
  readonly copy: WorkingCopy;
}

async function loadPerson(manager: EntityManager, organizationId: string, customerId: string): Promise<Person> {
  const id = readCustomerId(customerId);
  const ids = id === null ? [] : [[organizationId, id] as const];
  const locked = await lockAndLoad(manager, { ids, identifiers: [], records: [] });
  const live = locked.accounts.find(({ mergedInto }) => mergedInto === null);
  if (live === undefined) throw await refusal(manager, organizationId);
  // Those that were merged into it are locked too, and don't come along by themselves.
  const allIds = [live.id, ...live.mergedIds].map((one) => [organizationId, one] as const);
  const loaded = await loadAccounts(manager, { ids: allIds, identifiers: [], records: [] });
  const merged = loaded.accounts.filter(({ mergedInto }) => mergedInto !== null).sort((a, b) => a.id - b.id);
  return { live, merged, copy: new WorkingCopy(loaded) };
}

async function refusal(manager: EntityManager, organizationId: string): Promise<EraseRefused> {
  const isThere = (await findRevision(manager, organizationId)) !== null;
  return new EraseRefused(
    isThere
      ? `Organization ${organizationId} has no customer with this id`
      : `There is no organization ${organizationId}`,
  );
}
