import type { EntityManager } from 'typeorm';
import { beginAuditLog } from '../../audit/audit.store.js';
import { referenceFaults } from '../../organization/organization-references.js';
import { readOrganizationFile, type OrganizationFile } from '../../organization/organization-file.js';
import {
  findAccessGroups,
  findClientOwners,
  findIssuerOwners,
  findOrganization,
} from '../../organization/organization.store.js';
import { formatPath, type FileFault } from '../../organization/file-fault.js';
import type { Organization } from '../../organization/organization.js';
import { lockOrganization } from '../../organization/lock-organization.js';
import { saveOrganization } from '../../organization/save-organization.js';
import type { Instant } from '../../values/instant.js';
import { listSource } from './customer-source.js';
import { DOUBLED, doubledKeys } from './doubled-keys.js';
import { importCustomers, type OnProgress } from './import-customers.js';
import { ImportRefused } from './import-refused.js';
import { placeOfJsonFault } from './json-fault.js';
import { settingsInUse } from './settings-in-use.js';

export interface OrganizationToImport {
  readonly file: OrganizationFile;
  readonly now: Instant;
  /** Sees what was committed before this import, and nothing of it. */
  readonly committed: EntityManager;
  readonly onProgress?: OnProgress | undefined;
}

/** The organization file that the text is. Throws ImportRefused with what is wrong in it. */
export function parseOrganizationFile(text: string): OrganizationFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ImportRefused([{ where: '', reason: `is not JSON: ${placeOfJsonFault(text)}` }]);
  }
  const doubled = doubledKeys(text, json).map((path) => ({ path, reason: DOUBLED }));
  const file = readOrganizationFile(json);
  if (!('organization' in file)) throw refused([...doubled, ...file]);
  if (doubled.length > 0) throw refused(doubled);
  return file;
}

/**
 * Stores an organization, or changes the one that exists, and imports the file's customers, inside the caller's
 * transaction; answers how many they were. Throws ImportRefused where there are faults: the transaction then has to be
 * rolled back.
 */
export async function importOrganization(
  manager: EntityManager,
  { file, now, committed, onProgress }: OrganizationToImport,
): Promise<number> {
  const { organization: settings, customers } = file;
  await lockOrganization(manager, settings.id);
  const existing = await findOrganization(manager, settings.id);
  const groups = await findAccessGroups(manager, settings.id);
  const faults = [
    ...referenceFaults(settings, existing, groups),
    ...(await clientFaults(manager, file)),
    ...(await issuerFaults(manager, file)),
    ...(existing === null ? [] : await settingsInUse(manager, settings, existing)),
  ];
  if (faults.length > 0) throw refused(faults);
  await saveOrganization(manager, settings, existing);
  if (existing === null) await beginAuditLog(manager, settings.id);
  return importCustomers(manager, {
    organization: await loadSaved(manager, settings.id),
    source: listSource(customers),
    now,
    committed,
    onProgress,
  });
}

async function clientFaults(manager: EntityManager, { organization }: OrganizationFile): Promise<FileFault[]> {
  const { id: organizationId, clients } = organization;
  const owners = await findClientOwners(
    manager,
    clients.map(({ id }) => id),
  );
  return clients.flatMap(({ id }, index) =>
    (owners.get(id) ?? organizationId) === organizationId
      ? []
      : [{ path: formatPath(['organization', 'clients', index, 'id']), reason: 'is that of another organization' }],
  );
}

async function issuerFaults(manager: EntityManager, { organization }: OrganizationFile): Promise<FileFault[]> {
  const { id: organizationId, issuers } = organization;
  const owners = await findIssuerOwners(
    manager,
    issuers.map(({ issuer }) => issuer),
  );
  return issuers.flatMap(({ issuer }, index) =>
    (owners.get(issuer) ?? organizationId) === organizationId
      ? []
      : [{ path: formatPath(['organization', 'issuers', index, 'issuer']), reason: 'is that of another organization' }],
  );
}

async function loadSaved(manager: EntityManager, id: string): Promise<Organization> {
  const organization = await findOrganization(manager, id);
  if (organization === null) throw new Error(`Organization ${id} was just saved`);
  return organization;
}

const refused = (faults: readonly FileFault[]): ImportRefused =>
  new ImportRefused(faults.map(({ path, reason }) => ({ where: path, reason })));
