import type { EntityManager } from 'typeorm';
import type { Organization } from '../organization/organization.js';
import type { Account } from './account.js';
import { CustomerMergeRow, CustomerRow } from './customer.entity.js';
import { loadAccounts } from './engine/load-accounts.js';
import { WorkingCopy } from './engine/working-copy.js';
import { canonicalIdentifier, identifierCandidates } from './identifier-candidates.js';
import { parseMergeRecord } from './merge/merge-record-json.js';
import type { MergeRecord } from './merge/merge-record.js';
import type { IdentifierType } from '../values/identifier-type.js';

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

/** The ids of the accounts that are merged into the customer. */
export async function findMergedIds(manager: EntityManager, organizationId: string, id: number): Promise<number[]> {
  const rows = await manager.find(CustomerRow, { select: { id: true }, where: { organizationId, mergedInto: id } });
  return rows.map((row) => row.id);
}

/** The merge, standing or undone; null where the organization has none of that id. */
export async function findMerge(
  manager: EntityManager,
  organizationId: string,
  id: string,
): Promise<MergeRecord | null> {
  const row = await manager.findOneBy(CustomerMergeRow, { organizationId, id });
  return row === null ? null : readMerge(row);
}

/** The standing merges whose survivor the customer is, newest first. */
export async function findStandingMerges(
  manager: EntityManager,
  organizationId: string,
  survivorId: number,
): Promise<MergeRecord[]> {
  const rows = await manager
    .createQueryBuilder(CustomerMergeRow, 'merge')
    .where('merge.organizationId = :organizationId', { organizationId })
    .andWhere('merge.survivorId = :survivorId', { survivorId })
    .andWhere('merge.undoneAt IS NULL')
    .orderBy('merge.sequence', 'DESC')
    .getMany();
  return rows.map(readMerge);
}

const readMerge = (row: CustomerMergeRow): MergeRecord => ({ ...row, ...parseMergeRecord(row) });
