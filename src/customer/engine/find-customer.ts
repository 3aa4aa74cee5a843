import type { EntityManager } from 'typeorm';
import type { Organization } from '../../organization/organization.js';
import type { IdentifierType } from '../../values/identifier-type.js';
import type { Account } from '../account.js';
import { canonicalIdentifier, identifierCandidates } from '../identifier-candidates.js';
import { loadAccounts } from './load-accounts.js';
import { WorkingCopy } from './working-copy.js';

/** The live customer that has the id, or is the survivor of the one that had it; null where there is none. */
export async function findCustomerById(
  manager: EntityManager,
  organizationId: string,
  id: number,
): Promise<Account | null> {
  const { accounts } = await loadAccounts(manager, { ids: [[organizationId, id]], identifiers: [], records: [] });
  const account = accounts.find((one) => one.id === id);
  return account?.mergedInto == null
    ? (account ?? null)
    : (accounts.find((one) => one.id === account.mergedInto) ?? null);
}

/** The live customer that the identifier finds, by its own value or an alias; 'invalid' where the text can be no such identifier. */
export async function findCustomerByIdentifier(
  manager: EntityManager,
  organization: Organization,
  type: IdentifierType,
  text: string,
): Promise<Account | null | 'invalid'> {
  const candidates = identifierCandidates(type, text, organization);
  const loaded = await loadAccounts(manager, {
    ids: [],
    identifiers: candidates.map((value) => [organization.id, type, value]),
    records: [],
  });
  const accounts = new WorkingCopy(loaded).view(organization.id);
  const value = canonicalIdentifier(type, text, organization, accounts);
  return value === null ? 'invalid' : accounts.findByIdentifier(type, value);
}
