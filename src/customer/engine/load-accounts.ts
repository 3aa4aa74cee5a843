import type { EntityManager } from 'typeorm';
import type { IdempotencyRecord } from '../../idempotency/idempotency-record.js';
import type { PointsSummary } from '../../points/figures.js';
import type { IdentifierType } from '../../values/identifier-type.js';
import type { Account, FraudStatus, LoyaltyType, SubscriptionKey, SubscriptionState } from '../account.js';
import { sortAliases } from '../account-changes.js';

/** What a batch has to have loaded; canonical values. */
export interface Sought {
  readonly ids: readonly (readonly [organizationId: string, id: number])[];
  readonly identifiers: readonly (readonly [organizationId: string, type: IdentifierType, value: string])[];
  readonly records: readonly (readonly [organizationId: string, clientId: string, key: string])[];
}

export interface Loaded {
  readonly accounts: readonly Account[];
  readonly records: readonly IdempotencyRecord[];
}

/**
 * Everything that the batch's ids, identifiers and idempotency keys touch, in two statements whatever its size: a
 * merged customer comes with its survivor, a record with its customer. On the reader, records are read first, so that
 * the accounts are never older than what a record tells of them.
 */
export async function loadAccounts(manager: EntityManager, sought: Sought): Promise<Loaded> {
  const records = sought.records.length === 0 ? [] : await findRecords(manager, sought.records);
  const ids = [...sought.ids, ...records.map(({ organizationId, customerId }) => [organizationId, customerId])];
  const rows = await manager.query<AccountRow[]>(selectAccounts, [
    JSON.stringify(ids),
    JSON.stringify(sought.identifiers),
  ]);
  return { accounts: rows.map(readAccount), records };
}

const selectRecords = `
  SELECT r.organization_id AS organizationId, r.client_id AS clientId, r.key, r.input_hash AS inputHash,
         r.customer_id AS customerId, r.answer, r.created_at AS createdAt
    FROM json_each(?) AS sought
    CROSS JOIN idempotency_record AS r
      ON r.organization_id = sought.value ->> 0 AND r.client_id = sought.value ->> 1 AND r.key = sought.value ->> 2`;

const findRecords = (manager: EntityManager, keys: Sought['records']): Promise<IdempotencyRecord[]> =>
  manager.query<IdempotencyRecord[]>(selectRecords, [JSON.stringify(keys)]);

// CROSS JOIN keeps SQLite from starting at the table: each row of the batch is one look-up of a key.
const selectAccounts = `
  WITH found AS (
    SELECT sought.value ->> 0 AS organization_id, sought.value ->> 1 AS id FROM json_each(?) AS sought
    UNION
    SELECT i.organization_id, i.customer_id
      FROM json_each(?) AS sought
      CROSS JOIN customer_identifier AS i
        ON i.organization_id = sought.value ->> 0 AND i.type = sought.value ->> 1 AND i.value = sought.value ->> 2
  ), involved AS (
    SELECT organization_id, id FROM found
    UNION
    SELECT c.organization_id, c.merged_into
      FROM found CROSS JOIN customer AS c ON c.organization_id = found.organization_id AND c.id = found.id
     WHERE c.merged_into IS NOT NULL
  )
  SELECT c.*,
    (SELECT json_group_array(m.id) FROM customer AS m
      WHERE m.organization_id = c.organization_id AND m.merged_into = c.id) AS merged_ids,
    (SELECT json_group_array(json_array(i.type, i.value, i.is_alias)) FROM customer_identifier AS i
      WHERE i.organization_id = c.organization_id AND i.customer_id = c.id) AS identifiers,
    (SELECT json_group_array(json_array(f.kind, f.name, f.value)) FROM customer_field AS f
      WHERE f.organization_id = c.organization_id AND f.customer_id = c.id) AS fields,
    (SELECT json_group_array(json_array(s.channel, s.priority, s.status, s.merge_id)) FROM subscription AS s
      WHERE s.organization_id = c.organization_id AND s.customer_id = c.id) AS subscriptions,
    (SELECT json_group_array(json_array(p.program_id, p.redeemed, p.expired, p.returned, p.adjusted,
        p.lifetime_points, p.cumulative_purchases, p.slab_serial_number, p.slab_expires_on)) FROM points_summary AS p
      WHERE p.organization_id = c.organization_id AND p.customer_id = c.id) AS summaries,
    (SELECT json_group_array(h.rule) FROM reward_had AS h
      WHERE h.organization_id = c.organization_id AND h.customer_id = c.id) AS rewards_had
  FROM involved CROSS JOIN customer AS c ON c.organization_id = involved.organization_id AND c.id = involved.id`;

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
}

type SummaryCells = [string, number, number, number, number, number, number, number | null, number | null];

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
