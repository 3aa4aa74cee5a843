import { readFile } from 'node:fs/promises';
import { importOrganization, parseOrganizationFile } from '../customer/import/import-organization.js';
import type { Database } from '../database/database.js';
import { lockOrganization } from '../organization/lock-organization.js';
import { findClient, hasOrganizations } from '../organization/organization.store.js';
import type { OrganizationFile } from '../organization/organization-file.js';
import { hasSecret } from '../organization/secret.js';

/** Credentials to try the service with. They are in the repository: no secret at all. */
export interface DemoClient {
  readonly id: string;
  readonly secret: string;
}

/** From here, both as a source and built. */
const DEMO_FILE = new URL('../../demo/northwind.json', import.meta.url);

/**
 * Loads the demo organization into a database that has no organization at all. Answers the demo file's first client,
 * null where the database has no such client, or one with another secret.
 */
export async function loadDemo(database: Database): Promise<DemoClient | null> {
  const file = parseOrganizationFile(await readFile(DEMO_FILE, 'utf8'));
  // Beside a long import, which has the locks, a service still starts.
  if (!(await hasOrganizations(database.reader))) await loadAlone(database, file);
  const [client] = file.organization.clients;
  if (client === undefined) throw new Error('The demo organization has no client');
  const stored = await findClient(database.reader, client.id);
  const isDemo = stored?.organizationId === file.organization.id && hasSecret(stored, client.secret);
  return isDemo ? { id: client.id, secret: client.secret } : null;
}

/** Of several processes that start at the same time one loads it. */
const loadAlone = ({ transaction, reader }: Database, file: OrganizationFile): Promise<void> =>
  transaction(async (manager) => {
    await lockOrganization(manager, file.organization.id);
    if (await hasOrganizations(manager)) return;
    await importOrganization(manager, { file, now: Date.now(), committed: reader });
  });
