// One row a statement, as an ordinary program would write it; the columns are in the order of plan-rows.mjs.

const marks = (columns) => columns.map(() => '?').join(', ');
const insert = (table, columns) => `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks(columns)})`;
const upsert = (table, key, columns) =>
  `${insert(table, [...key, ...columns])} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${columns
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;

const FIGURES = ['redeemed', 'expired', 'returned', 'adjusted', 'lifetime_points', 'cumulative_purchases'];
const CUSTOMER = [
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

export const reads = {
  identifier: 'SELECT customer_id FROM customer_identifier WHERE organization_id = ? AND type = ? AND value = ?',
  customer: 'SELECT * FROM customer WHERE organization_id = ? AND id = ?',
  mergedIds: 'SELECT id FROM customer WHERE organization_id = ? AND merged_into = ?',
  identifiers: 'SELECT type, value, is_alias FROM customer_identifier WHERE organization_id = ? AND customer_id = ?',
  fields: 'SELECT kind, name, value FROM customer_field WHERE organization_id = ? AND customer_id = ?',
  subscriptions:
    'SELECT channel, priority, status, merge_id FROM subscription WHERE organization_id = ? AND customer_id = ?',
  summaries: `SELECT program_id, ${FIGURES.join(', ')}, slab_serial_number, slab_expires_on
    FROM points_summary WHERE organization_id = ? AND customer_id = ?`,
  head: 'SELECT position, hash FROM audit_head WHERE organization_id = ?',
  rewards: 'SELECT rule FROM reward_had WHERE organization_id = ? AND customer_id = ?',
};

export const writes = {
  deleteIdentifiers:
    'DELETE FROM customer_identifier WHERE organization_id = ? AND type = ? AND value = ? AND customer_id = ?',
  updateCustomers: `UPDATE customer SET ${CUSTOMER.map((column) => `${column} = ?`).join(', ')}
    WHERE organization_id = ? AND id = ? AND version = ?`,
  movePointers: 'UPDATE customer SET merged_into = ? WHERE organization_id = ? AND id = ?',
  insertIdentifiers: insert('customer_identifier', ['organization_id', 'type', 'value', 'customer_id', 'is_alias']),
  upsertFields: upsert('customer_field', ['organization_id', 'customer_id', 'kind', 'name'], ['value']),
  upsertSubscriptions: upsert(
    'subscription',
    ['organization_id', 'customer_id', 'channel', 'priority'],
    ['status', 'merge_id'],
  ),
  upsertSummaries: upsert(
    'points_summary',
    ['organization_id', 'customer_id', 'program_id'],
    [...FIGURES, 'slab_serial_number', 'slab_expires_on'],
  ),
  deleteSummaries: 'DELETE FROM points_summary WHERE organization_id = ? AND customer_id = ? AND program_id = ?',
  insertMerges: insert('customer_merge', [
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
  ]),
  insertLedger: insert('ledger_entry', [
    'organization_id',
    'customer_id',
    'sequence',
    'at',
    'kind',
    'program_id',
    ...FIGURES,
    'rule',
    'merge_id',
  ]),
  updateHeads: 'UPDATE audit_head SET position = ?, hash = ? WHERE organization_id = ? AND position = ?',
  insertEvents: insert('audit_event', [
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
    'position',
    'hash',
    'salt',
  ]),
};

/** The cells of a row as its statement takes them: an UPDATE has its key at the end. */
export function parameters(name, row) {
  if (name === 'updateCustomers') return [...row.slice(2, -1), row[0], row[1], row.at(-1)];
  if (name === 'movePointers') return [row[2], row[0], row[1]];
  if (name === 'updateHeads') return [row[1], row[2], row[0], row[3]];
  return row;
}

/** As the service sets its own connection. */
export const pragmas = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  'busy_timeout = 5000',
  'cache_size = -65536',
];
