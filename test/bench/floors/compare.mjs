import Database from 'better-sqlite3';
import pg from 'pg';
import { floorContestant, serviceContestant } from '../processes/contestants.mjs';
import { copyDatabase, makeDatabase } from '../world/database.mjs';
import { pairsFor } from '../world/updates.mjs';

// A floor that wrote less than the service would flatter nobody but itself: before anything is measured, each does the
// same updates on the same database, and what they leave must be the same but for times, ids and hashes that are made.

const UPDATES = 400;
const world = { customers: 300, pairs: pairsFor(UPDATES), seed: 7 };

const rows = {
  customer: `SELECT id, version, merged_into, firstname, lastname, type, fraud_status, registered_on, registered_till,
    lifetime_purchases FROM customer ORDER BY id`,
  customer_identifier: 'SELECT * FROM customer_identifier ORDER BY type, value',
  customer_field: 'SELECT * FROM customer_field ORDER BY customer_id, kind, name',
  subscription: `SELECT customer_id, channel, priority, status, merge_id IS NULL FROM subscription
    ORDER BY customer_id, channel, priority`,
  points_summary: 'SELECT * FROM points_summary ORDER BY customer_id, program_id',
  customer_merge: `SELECT survivor_id, victim_id, matched_on, changes, balances, survivor_before, victim_before
    FROM customer_merge ORDER BY sequence`,
  ledger_entry: `SELECT customer_id, kind, program_id, lifetime_points, redeemed, expired, returned, adjusted,
    cumulative_purchases, rule, merge_id IS NULL FROM ledger_entry ORDER BY customer_id, sequence`,
  audit_event: `SELECT customer_id, action, version, length(request_id), client, till_code, user_context, changes,
    merge_id IS NULL, position, length(hash), length(salt), values_digest FROM audit_event ORDER BY customer_id, sequence`,
  audit_head: 'SELECT organization_id, position, length(hash) FROM audit_head ORDER BY organization_id',
  reward_had: 'SELECT * FROM reward_had ORDER BY customer_id, rule',
  idempotency_record: 'SELECT * FROM idempotency_record ORDER BY client_id, key',
};

/** Throws where a floor on SQLite leaves other rows than the service. */
export const compareFloors = (folder) =>
  compare({
    make: () => makeDatabase(folder, 'compared', world),
    copy: copyDatabase,
    contents: contentsOfFile,
    floors: [
      { driver: 'sqlite3' },
      { driver: 'sqlite3', isSet: true },
      { driver: 'better-sqlite3' },
      { driver: 'repositories' },
    ],
  });

/** The same on PostgreSQL. */
export const comparePostgresFloors = (server) =>
  compare({
    make: () => server.make('compared', world),
    copy: (database, name) => server.copy(database, name),
    contents: contentsOfDatabase,
    floors: [{ driver: 'postgres' }, { driver: 'postgres', isSet: true }],
  });

async function compare({ make, copy, contents, floors }) {
  const imported = await make();
  const service = await copy(imported, 'compared_service');
  await leave(await serviceContestant(service, world), { connections: 1, amount: UPDATES });
  const wanted = await contents(service);
  for (const [index, floor] of floors.entries()) {
    const database = await copy(imported, `compared_${index}`);
    await leave(await floorContestant({ ...floor, ...world, database }), { amount: UPDATES });
    const found = await contents(database);
    for (const [table, text] of wanted) {
      if (found.get(table) !== text)
        throw new Error(`${JSON.stringify(floor)} leaves another ${table}: ${difference(text, found.get(table))}`);
    }
  }
}

async function leave(contestant, how) {
  await contestant.update(how);
  await contestant.stop();
}

async function contentsOfFile(path) {
  const database = new Database(path, { readonly: true });
  const found = await contents((sql) => database.prepare(sql).raw().all());
  database.close();
  return found;
}

async function contentsOfDatabase(url) {
  const client = new pg.Client(url);
  await client.connect();
  const found = await contents(async (text) => (await client.query({ text, rowMode: 'array' })).rows);
  await client.end();
  return found;
}

/** The rows of each table as lines of text. */
async function contents(query) {
  const found = new Map();
  for (const [table, sql] of Object.entries(rows)) {
    const lines = await query(sql);
    found.set(table, lines.map((line) => JSON.stringify(line)).join('\n'));
  }
  return found;
}

function difference(wanted, found) {
  const lines = found.split('\n');
  const at = wanted.split('\n').findIndex((line, index) => line !== lines[index]);
  return `the service has ${wanted.split('\n')[at]}, the floor ${lines[at]}`;
}
