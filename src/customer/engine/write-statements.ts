/** A column, and the type of its cells. */
export type Column = readonly [name: string, type: 'text' | 'integer' | 'bigint' | 'boolean'];

/** A query of the rows that travel as the statement's parameter, each of them an array of cells in this order. */
export type RowsOf = (columns: readonly Column[]) => string;

const text = (name: string): Column => [name, 'text'];
const bigint = (name: string): Column => [name, 'bigint'];
const integer = (name: string): Column => [name, 'integer'];

const organizationId = text('organization_id');
const customerId = bigint('customer_id');

const customerKey = [organizationId, bigint('id')];
const customerColumns = [
  integer('version'),
  bigint('merged_into'),
  text('firstname'),
  text('lastname'),
  text('type'),
  text('fraud_status'),
  text('fraud_merge_id'),
  bigint('registered_on'),
  text('registered_till'),
  text('associated_with'),
  bigint('lifetime_purchases'),
  bigint('updated_on'),
  bigint('last_sequence'),
];
const identifierKey = [organizationId, text('type'), text('value')];
const fieldKey = [organizationId, customerId, text('kind'), text('name')];
const subscriptionKey = [organizationId, customerId, text('channel'), text('priority')];
const figureColumns = ['redeemed', 'expired', 'returned', 'adjusted', 'lifetime_points', 'cumulative_purchases'].map(
  bigint,
);
const summaryKey = [organizationId, customerId, text('program_id')];
const mergeKey = [organizationId, text('id')];
const mergeColumns = [
  bigint('survivor_id'),
  bigint('victim_id'),
  bigint('sequence'),
  bigint('merged_at'),
  bigint('undone_at'),
  text('matched_on'),
  text('changes'),
  text('balances'),
  text('survivor_before'),
  text('victim_before'),
];
const logKey = [organizationId, customerId, bigint('sequence')];
const ledgerColumns = [
  bigint('at'),
  text('kind'),
  text('program_id'),
  ...figureColumns,
  text('rule'),
  text('merge_id'),
];
const eventColumns = [
  bigint('at'),
  text('action'),
  integer('version'),
  text('request_id'),
  text('client'),
  text('till_code'),
  text('user_context'),
  text('changes'),
  text('merge_id'),
];
const linkColumns = [bigint('position'), text('hash'), text('salt')];
/** What an event has before it has its place in the log. */
export const eventCells: readonly Column[] = [...logKey, ...eventColumns, text('salt')];
const headColumns = [bigint('position'), text('hash')];
const recordKey = [organizationId, text('client_id'), text('key')];
const recordColumns = [text('input_hash'), customerId, text('answer'), bigint('created_at')];

/**
 * The kinds of rows that a batch may have to write, in the order in which they are written: identifiers are freed before
 * they are taken, customers stand before what points to them.
 */
export const accountSteps = [
  'deleteIdentifiers',
  'updateCustomers',
  'movePointers',
  'insertIdentifiers',
  'upsertFields',
  'deleteFields',
  'upsertSubscriptions',
  'deleteSubscriptions',
  'upsertSummaries',
  'deleteSummaries',
  'insertRewardsHad',
  'insertMerges',
  'undoMerges',
  'insertLedger',
  'insertRecords',
] as const satisfies readonly (keyof WriteStatements)[];

/** Those that come last: an organization's batches go through them one after the other. */
const logSteps = ['updateHeads', 'insertEvents'] as const satisfies readonly (keyof WriteStatements)[];

/** The steps of an update, and of an import, which has new customers. */
export const batchSteps = ['insertCustomers', ...accountSteps, ...logSteps] as const;

export type AccountStep = (typeof accountSteps)[number];
export type LogStep = (typeof logSteps)[number];
export type BatchStep = (typeof batchSteps)[number];

/** The steps that must find each of their rows as it was loaded, and what has happened where they don't. */
export const guardedSteps = {
  updateCustomers: 'an account changed between load and write',
  updateHeads: 'the audit log went on between load and write',
} as const satisfies Partial<Record<BatchStep, string>>;
export type GuardedStep = keyof typeof guardedSteps;
export const isGuarded = (step: BatchStep): step is GuardedStep => step in guardedSteps;

export type WriteStatements = ReturnType<typeof writeStatements>;

/** The statements of write, which are the same on every database but for how rows are read out of their one parameter. */
export function writeStatements(rowsOf: RowsOf) {
  const insert = (table: string, columns: readonly Column[], ending = ''): string =>
    `INSERT INTO ${table} (${columns.map(nameOf).join(', ')}) ${rowsOf(columns)} WHERE true ${ending}`;
  // Whoever takes several keys takes them in one order: two who want the same ones don't wait for each other.
  const insertInOrder = (table: string, key: readonly Column[], columns: readonly Column[]): string =>
    insert(table, [...key, ...columns], `ORDER BY ${key.map((_, index) => index + 1).join(', ')}`);
  const upsert = (table: string, key: readonly Column[], columns: readonly Column[]): string =>
    insert(
      table,
      [...key, ...columns],
      `ON CONFLICT (${key.map(nameOf).join(', ')})
         DO UPDATE SET ${columns.map(([name]) => `${name} = excluded.${name}`).join(', ')}`,
    );
  // Behind the columns, a row that is guarded has the guard's value as it was loaded.
  const update = (table: string, key: readonly Column[], columns: readonly Column[], guard?: Column): string => {
    const [name, type] = guard ?? [];
    const loaded: Column[] = name === undefined || type === undefined ? [] : [[`loaded_${name}`, type]];
    return `UPDATE ${table} SET ${columns.map((column) => `${nameOf(column)} = new.${nameOf(column)}`).join(', ')}
       FROM (${rowsOf([...key, ...columns, ...loaded])}) AS new
      WHERE ${key.map((column) => `${table}.${nameOf(column)} = new.${nameOf(column)}`).join(' AND ')}
        ${name === undefined ? '' : `AND ${table}.${name} = new.loaded_${name}`}`;
  };
  const remove = (table: string, key: readonly Column[]): string =>
    `DELETE FROM ${table} WHERE (${key.map(nameOf).join(', ')}) IN (${rowsOf(key)})`;

  return {
    insertCustomers: insert('customer', [...customerKey, ...customerColumns]),
    updateCustomers: update('customer', customerKey, customerColumns, integer('version')),
    movePointers: update('customer', customerKey, [bigint('merged_into')]),
    deleteIdentifiers: remove('customer_identifier', [...identifierKey, customerId]),
    insertIdentifiers: insertInOrder('customer_identifier', identifierKey, [customerId, ['is_alias', 'boolean']]),
    upsertFields: upsert('customer_field', fieldKey, [text('value')]),
    deleteFields: remove('customer_field', fieldKey),
    upsertSubscriptions: upsert('subscription', subscriptionKey, [text('status'), text('merge_id')]),
    deleteSubscriptions: remove('subscription', subscriptionKey),
    upsertSummaries: upsert('points_summary', summaryKey, [
      ...figureColumns,
      integer('slab_serial_number'),
      bigint('slab_expires_on'),
    ]),
    deleteSummaries: remove('points_summary', summaryKey),
    insertRewardsHad: insert('reward_had', [organizationId, customerId, text('rule')]),
    insertMerges: insert('customer_merge', [...mergeKey, ...mergeColumns]),
    undoMerges: update('customer_merge', mergeKey, [bigint('undone_at')]),
    insertLedger: insert('ledger_entry', [...logKey, ...ledgerColumns]),
    updateHeads: update('audit_head', [organizationId], headColumns, bigint('position')),
    insertEvents: insert('audit_event', [...logKey, ...eventColumns, ...linkColumns]),
    insertRecords: insertInOrder('idempotency_record', recordKey, recordColumns),
  };
}

const nameOf = ([name]: Column): string => name;
