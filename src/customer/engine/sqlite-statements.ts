/**
 * The statements of load and write, for SQLite. Each takes all the rows of a batch as one JSON parameter: an array of
 * arrays, in the order of the columns.
 */

export const selectRecords = `
  SELECT r.organization_id AS organizationId, r.client_id AS clientId, r.key, r.input_hash AS inputHash,
         r.customer_id AS customerId, r.answer, r.created_at AS createdAt
    FROM json_each(?) AS sought
    CROSS JOIN idempotency_record AS r
      ON r.organization_id = sought.value ->> 0 AND r.client_id = sought.value ->> 1 AND r.key = sought.value ->> 2`;

// CROSS JOIN keeps SQLite from starting at the table: each row of the batch is one look-up of a key.
export const selectAccounts = `
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

const cells = (columns: readonly string[]): string =>
  columns.map((column, index) => `value ->> ${index} AS ${column}`).join(', ');

// jsonb_each hands each row on in binary: json_each would write it as text, and each cell would parse it anew.
const insert = (table: string, columns: readonly string[], onConflict = ''): string =>
  `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${cells(columns)} FROM jsonb_each(?) WHERE true ${onConflict}`;

const upsert = (table: string, key: readonly string[], columns: readonly string[]): string =>
  insert(
    table,
    [...key, ...columns],
    `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
  );

const remove = (table: string, key: readonly string[]): string =>
  `DELETE FROM ${table} WHERE (${key.join(', ')}) IN (SELECT ${cells(key)} FROM json_each(?))`;

const customerKey = ['organization_id', 'id'];
const customerColumns = [
  'version',
  'merged_into',
  'firstname',
  'lastname',
  'type',
  'fraud_status',
  'fraud_merge_id',
  'registered_on',
  'registered_till',
  'associated_with',
  'lifetime_purchases',
  'updated_on',
  'last_sequence',
];
const identifierKey = ['organization_id', 'type', 'value'];
const fieldKey = ['organization_id', 'customer_id', 'kind', 'name'];
const subscriptionKey = ['organization_id', 'customer_id', 'channel', 'priority'];
const figureColumns = ['redeemed', 'expired', 'returned', 'adjusted', 'lifetime_points', 'cumulative_purchases'];
const summaryKey = ['organization_id', 'customer_id', 'program_id'];

export const insertCustomers = insert('customer', [...customerKey, ...customerColumns]);

export const updateCustomers = `UPDATE customer SET ${customerColumns.map((column) => `${column} = new.${column}`).join(', ')}
  FROM (SELECT ${cells([...customerKey, ...customerColumns, 'loaded_version'])} FROM json_each(?)) AS new
  WHERE customer.organization_id = new.organization_id AND customer.id = new.id AND customer.version = new.loaded_version`;

export const movePointers = `UPDATE customer SET merged_into = new.merged_into
  FROM (SELECT ${cells([...customerKey, 'merged_into'])} FROM json_each(?)) AS new
  WHERE customer.organization_id = new.organization_id AND customer.id = new.id`;

export const deleteIdentifiers = remove('customer_identifier', [...identifierKey, 'customer_id']);

export const insertIdentifiers = insert('customer_identifier', [...identifierKey, 'customer_id', 'is_alias']);

export const upsertFields = upsert('customer_field', fieldKey, ['value']);

export const deleteFields = remove('customer_field', fieldKey);

export const upsertSubscriptions = upsert('subscription', subscriptionKey, ['status', 'merge_id']);

export const deleteSubscriptions = remove('subscription', subscriptionKey);

export const upsertSummaries = upsert('points_summary', summaryKey, [
  ...figureColumns,
  'slab_serial_number',
  'slab_expires_on',
]);

export const deleteSummaries = remove('points_summary', summaryKey);

export const insertRewardsHad = insert('reward_had', ['organization_id', 'customer_id', 'rule']);

export const insertMerges = insert('customer_merge', [
  'organization_id',
  'id',
  'survivor_id',
  'victim_id',
  'sequence',
  'merged_at',
  'undone_at',
  'matched_on',
  'changes',
  'balances',
  'survivor_before',
  'victim_before',
]);

export const undoMerges = `UPDATE customer_merge SET undone_at = new.undone_at
  FROM (SELECT ${cells(['organization_id', 'id', 'undone_at'])} FROM json_each(?)) AS new
  WHERE customer_merge.organization_id = new.organization_id AND customer_merge.id = new.id`;

export const insertLedger = insert('ledger_entry', [
  'organization_id',
  'customer_id',
  'sequence',
  'at',
  'kind',
  'program_id',
  ...figureColumns,
  'rule',
  'merge_id',
]);

export const insertEvents = insert('audit_event', [
  'organization_id',
  'customer_id',
  'sequence',
  'at',
  'action',
  'version',
  'request_id',
  'client',
  'till_code',
  'user_context',
  'changes',
  'merge_id',
]);

export const insertRecords = insert('idempotency_record', [
  'organization_id',
  'client_id',
  'key',
  'input_hash',
  'customer_id',
  'answer',
  'created_at',
]);
