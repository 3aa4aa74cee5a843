import type { EntityManager } from 'typeorm';
import type { AuditHead } from '../../audit/audit-chain.js';
import type { IdempotencyRecord } from '../../idempotency/idempotency-record.js';
import type { PointsSummary } from '../../points/figures.js';
import type { IdentifierType } from '../../values/identifier-type.js';
import type { Account, FraudStatus, LoyaltyType, SubscriptionKey, SubscriptionState } from '../account.js';
import { sortAliases } from '../account-changes.js';
import { statementsOf } from './statements.js';

/** What a batch has to have loaded; canonical values. */
export interface Sought {
  readonly ids: readonly (readonly [organizationId: string, id: number])[];
  readonly identifiers: readonly (readonly [organizationId: string, type: IdentifierType, value: string])[];
  readonly records: readonly (readonly [organizationId: string, clientId: string, key: string])[];
}

export interface Loaded {
  readonly accounts: readonly Account[];
  readonly records: readonly IdempotencyRecord[];
  /** The ends of the audit logs of the accounts' organizations; none where they have to be locked first. */
  readonly heads: ReadonlyMap<string, AuditHead>;
}

/**
 * Everything that the batch's ids, identifiers and idempotency keys touch, in two statements whatever its size, and two
 * more where a key has a record: a merged customer comes with its survivor, a record with its customer. However others
 * write meanwhile, the accounts are never older than what a record tells of them, and never newer than what a key without
 * a record says: that nothing was done under it.
 */
export async function loadAccounts(manager: EntityManager, sought: Sought): Promise<Loaded> {
  let records: readonly IdempotencyRecord[] = [];
  for (;;) {
    const rows = await findAccounts(manager, sought, records);
    const found = sought.records.length === 0 ? [] : await findRecords(manager, sought.records);
    const known = new Set(records.map(recordOf));
    if (found.every((record) => known.has(recordOf(record)))) {
      return { accounts: rows.map(readAccount), records: found, heads: readHeads(rows) };
    }
    records = found;
  }
}

function findAccounts(
  manager: EntityManager,
  { ids, identifiers }: Sought,
  records: readonly IdempotencyRecord[],
): Promise<AccountRow[]> {
  const recorded = records.map(({ organizationId, customerId }) => [organizationId, customerId]);
  return manager.query<AccountRow[]>(statementsOf(manager).selectAccounts, [
    JSON.stringify([...ids, ...recorded]),
    JSON.stringify(identifiers),
  ]);
}

/** The same text for the same record: one that was forgotten and made anew is another one. */
const recordOf = ({ organizationId, clientId, key, createdAt }: IdempotencyRecord): string =>
  JSON.stringify([organizationId, clientId, key, createdAt]);

const findRecords = (manager: EntityManager, keys: Sought['records']): Promise<IdempotencyRecord[]> =>
  manager.query<IdempotencyRecord[]>(statementsOf(manager).selectRecords, [JSON.stringify(keys)]);

interface AccountRow {
  organization_id: string;
  id: number;
  version: number;
  merged_into: number | null;
  firstname: string | null;
  lastname: string | null;
  type: LoyaltyType;
  fraud_status: FraudStatus;
  fraud_merge_id: string | null;
  registered_on: number | null;
  registered_till: string | null;
  associated_with: string | null;
  lifetime_purchases: number;
  updated_on: number;
  last_sequence: number;
  merged_ids: string;
  identifiers: string;
  fields: string;
  subscriptions: string;
  summaries: string;
  rewards_had: string;
  audit_head?: string | null;
}

type SummaryCells = [string, number, number, number, number, number, number, number | null, number | null];

function readHeads(rows: readonly AccountRow[]): Map<string, AuditHead> {
  const heads = new Map<string, AuditHead>();
  for (const { organization_id, audit_head } of rows) {
    if (typeof audit_head !== 'string' || heads.has(organization_id)) continue;
    const [position, hash] = JSON.parse(audit_head) as [number, string];
    heads.set(organization_id, { position, hash });
  }
  return heads;
}

function readAccount(row: AccountRow): Account {
  const identifiers = JSON.parse(row.identifiers) as [IdentifierType, string, 0 | 1][];
  const fields = JSON.parse(row.fields) as ['CUSTOM' | 'EXTENDED', string, string][];
  const own: Record<IdentifierType, string | null> = { MOBILE: null, EMAIL: null, EXTERNAL_ID: null };
  for (const [type, value, isAlias] of identifiers) if (isAlias === 0) own[type] = value;
  return {
    organizationId: row.organization_id,
    id: row.id,
    version: row.version,
    mergedInto: row.merged_into,
    mergedIds: JSON.parse(row.merged_ids) as number[],
    identifiers: own,
    aliases: sortAliases(
      identifiers.filter(([, , isAlias]) => isAlias === 1).map(([type, value]) => ({ type, value })),
    ),
    firstname: row.firstname,
    lastname: row.lastname,
    type: row.type,
    fraudStatus: row.fraud_status,
    fraudMergeId: row.fraud_merge_id,
    registeredOn: row.registered_on,
    registeredTill: row.registered_till,
    associatedWith: row.associated_with,
    updatedOn: row.updated_on,
    lifetimePurchases: BigInt(row.lifetime_purchases),
    customFields: readFields(fields, 'CUSTOM'),
    extendedFields: readFields(fields, 'EXTENDED'),
    subscriptions: readSubscriptions(row.subscriptions),
    summaries: readSummaries(row.summaries),
    rewardsHad: new Set(JSON.parse(row.rewards_had) as string[]),
    lastSequence: row.last_sequence,
  };
}

const readFields = (fields: [string, string, string][], kind: 'CUSTOM' | 'EXTENDED'): Map<string, string> =>
  new Map(fields.filter(([of]) => of === kind).map(([, name, value]) => [name, value]));

function readSubscriptions(text: string): Map<SubscriptionKey, SubscriptionState> {
  const rows = JSON.parse(text) as [string, string, SubscriptionState['status'], string | null][];
  return new Map(
    rows.map(([channel, priority, status, mergeId]) => [
      `${channel}.${priority}` as SubscriptionKey,
      { status, mergeId },
    ]),
  );
}

function readSummaries(text: string): Map<string, PointsSummary> {
  return new Map(
    (JSON.parse(text) as SummaryCells[]).map(([programId, ...cells]) => [
      programId,
      {
        redeemed: BigInt(cells[0]),
        expired: BigInt(cells[1]),
        returned: BigInt(cells[2]),
        adjusted: BigInt(cells[3]),
        lifetimePoints: BigInt(cells[4]),
        cumulativePurchases: BigInt(cells[5]),
        slabSerialNumber: cells[6],
        slabExpiresOn: cells[7],
      },
    ]),
  );
}
