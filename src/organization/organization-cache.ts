import type { EntityManager } from 'typeorm';
import { inTime } from '../database/in-time.js';
import { withNewConnection } from '../database/with-new-connection.js';
import { hasForbiddenCharacters } from '../values/text.js';
import type { AccessGroup, ClientRecord } from './caller.js';
import type { Issuer } from './issuer.js';
import { findAccessGroups, findClient, findIssuer, findOrganization, findRevision } from './organization.store.js';
import type { Organization } from './organization.js';

/** Each throws InTheWay where the database does not answer for 5 seconds. */
export interface OrganizationCache {
  /** Throws where there is no such organization: whoever asks has the id from a row that points to it. */
  organization(id: string): Promise<Organization>;
  /** Null where no organization has such a client. */
  client(id: string): Promise<ClientRecord | null>;
  /** Null where no organization trusts such an issuer. */
  issuer(issuer: string): Promise<Issuer | null>;
  /** By name; empty where there is no such organization. */
  accessGroups(organizationId: string): Promise<ReadonlyMap<string, AccessGroup>>;
}

/** How long a setting may be out of date: well below the 10 seconds that are promised. */
const FRESH_MS = 3000;
/**
 * How long an organization is believed for its revision alone. In a database that was put back to an earlier state, another
 * import may get the same one; and beside a restore that is under way, only half of an organization may be there to read.
 */
const BELIEVED_MS = 60_000;
/** How long whoever asks waits for a database that stands still: all requests do, and nothing bounds how many. */
const LONGEST_MS = 5000;
/** Ids that nobody has are remembered too, so that guessing does not cost a query each; only so many of them. */
const MAX_UNKNOWN = 1000;
/** More than 255 code points ever are. */
const MAX_ID_LENGTH = 510;

/** Whether a client or issuer may have the id: others are neither asked for, nor remembered. U+0000 PostgreSQL does not even take. */
const mayBeId = (text: string): boolean => text.length <= MAX_ID_LENGTH && !hasForbiddenCharacters(text);

interface Loaded {
  readonly revision: number;
  readonly organization: Organization;
  readonly loadedAt: number;
}

/**
 * Settings of organizations and of those who may call, for a running service. What `organization` answers is the identical object
 * until an import changes it, for a minute at most, so that others can keep what they work out of it.
 */
export function createOrganizationCache(reader: EntityManager, now: () => number = Date.now): OrganizationCache {
  const organizations = refreshed<Loaded>(now, (id, known) => loadOrganization(reader, id, known, now()));
  const clients = refreshed<ClientRecord | null>(
    now,
    (id) => findClient(reader, id),
    (client) => client === null,
  );
  const issuers = refreshed<Issuer | null>(
    now,
    (issuer) => findIssuer(reader, issuer),
    (issuer) => issuer === null,
  );
  const accessGroups = refreshed(now, (organizationId) => findAccessGroups(reader, organizationId));
  return {
    organization: async (id) => (await organizations(id)).organization,
    client: async (id) => (mayBeId(id) ? clients(id) : null),
    issuer: async (issuer) => (mayBeId(issuer) ? issuers(issuer) : null),
    accessGroups,
  };
}

async function loadOrganization(
  reader: EntityManager,
  id: string,
  known: Loaded | null,
  loadedAt: number,
): Promise<Loaded> {
  let revision = await findRevision(reader, id);
  const isBelieved = known !== null && Math.abs(loadedAt - known.loadedAt) < BELIEVED_MS;
  if (isBelieved && known.revision === revision) return known;
  for (;;) {
    const organization = await findOrganization(reader, id);
    const before = revision;
    revision = await findRevision(reader, id);
    if (organization === null || revision === null) throw new Error(`There is no organization ${id}`);
    // An import may have committed between the statements: then they read from two organizations.
    if (before === revision) return { revision, organization, loadedAt };
  }
}

interface Entry<T> {
  known: { readonly value: T; readonly checkedAt: number } | null;
  loading: Promise<T> | null;
}

/** Loads by key, again when what is known is no longer fresh; whoever asks while a key is loading waits for that. */
function refreshed<T>(
  now: () => number,
  load: (key: string, known: T | null) => Promise<T>,
  isUnknown: (value: T) => boolean = () => false,
): (key: string) => Promise<T> {
  const entries = new Map<string, Entry<T>>();
  const unknown = new Set<string>();

  async function reload(key: string, entry: Entry<T>): Promise<T> {
    try {
      return await inTime(loadInto(key, entry), LONGEST_MS);
    } finally {
      entry.loading = null;
    }
  }

  /**
   * Keeps what it loads, even where it comes too late for all who have asked: else what takes longer would never be
   * known.
   */
  async function loadInto(key: string, entry: Entry<T>): Promise<T> {
    const checkedAt = now();
    const before = entry.known;
    try {
      const value = await withNewConnection(() => load(key, before?.value ?? null));
      if (entry.known !== before) return value;
      entry.known = { value, checkedAt };
      if (isUnknown(value)) remember(key);
      else unknown.delete(key);
      return value;
    } catch (error) {
      // What was known stays for the next one who asks to compare with, but is not answered.
      if (entry.known === null) entries.delete(key);
      throw error;
    }
  }

  function remember(key: string): void {
    unknown.delete(key);
    unknown.add(key);
    const [oldest] = unknown;
    if (unknown.size <= MAX_UNKNOWN || oldest === undefined) return;
    unknown.delete(oldest);
    entries.delete(oldest);
  }

  return async (key) => {
    const entry = entries.get(key) ?? { known: null, loading: null };
    entries.set(key, entry);
    if (entry.loading !== null) return entry.loading;
    // A clock that was set back must not make what is known fresh for longer.
    if (entry.known !== null && Math.abs(now() - entry.known.checkedAt) < FRESH_MS) return entry.known.value;
    entry.loading = reload(key, entry);
    return entry.loading;
  };
}
