import type { EntityManager } from 'typeorm';
import type { Account } from '../account.js';
import { loadAccounts, type Loaded, type Sought } from './load-accounts.js';
import { statementsOf } from './statements.js';
import { StaleAccounts } from './write-accounts.js';

/**
 * What `loadAccounts` answers, as it stays until the transaction ends: the accounts, and those that were merged into them,
 * are locked first, in the order of their ids, then read. Throws StaleAccounts where one has come in between the two, by
 * an identifier or a merge: it would have to be locked out of order.
 */
export async function lockAndLoad(manager: EntityManager, sought: Sought): Promise<Loaded> {
  const { lockAccounts } = statementsOf(manager);
  if (lockAccounts === null) return loadAccounts(manager, sought);
  const rows = await manager.query<{ organization_id: string; id: number }[]>(lockAccounts, [
    JSON.stringify(sought.ids),
    JSON.stringify(sought.identifiers),
    JSON.stringify(sought.records),
  ]);
  const locked = new Set(rows.map(({ organization_id, id }) => accountKey(organization_id, id)));
  const loaded = await loadAccounts(manager, sought);
  const isLocked = ({ organizationId, id, mergedIds }: Account): boolean =>
    [id, ...mergedIds].every((one) => locked.has(accountKey(organizationId, one)));
  if (!loaded.accounts.every(isLocked)) throw new StaleAccounts('an account was not locked before it was read');
  return loaded;
}

const accountKey = (organizationId: string, id: number): string => `${organizationId} ${id}`;
