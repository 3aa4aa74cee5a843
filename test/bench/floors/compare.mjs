import Database from 'better-sqlite3';
import { floorContestant, serviceContestant } from '../processes/contestants.mjs';
import { copyDatabase, makeDatabase } from '../world/database.mjs';
import { pairsFor } from '../world/updates.mjs';

// A floor that wrote less than the service would flatter nobody but itself: before anything is measured, each does the
// same updates on the same database, and what they leave must be the same but for times and ids that are made.

const UPDATES = 400;
const world = { customers: 300, pairs: pairsFor(UPDATES), seed: 7 };

const rows = {
  customer: `SELECT id, version, merged_into, firstname, lastname, type, fraud_status, registered_on, registered_till,
    lifetime_purchases FROM customer ORDER BY id`,
  customer_identifier: 'SELECT * FROM customer_identifier',
  customer_field: 'SELECT * FROM customer_field',
  subscription: 'SELECT customer_id, channel, priority, status, merge_id IS NULL FROM subscription',
  points_summary: 'SELECT * FROM points_summary',
  customer_merge: `SELECT survivor_id, victim_id, matched_on, changes, balances, survivor_before, victim_before
    FROM customer_merge ORDER BY sequence`,
  ledger_entry: `SELECT customer_id, kind, program_id, lifetime_points, redeemed, expired, returned, adjusted,
    cumulative_purchases, rule, merge_id IS NULL FROM ledger_entry ORDER BY customer_id, sequence`,
  audit_event: `SELECT customer_id, action, version, length(request_id), client, till_code, user_context, changes,
    merge_id IS NULL FROM audit_event ORDER BY customer_id, sequence`,
  reward_had: 'SELECT * FROM reward_had',
  idempotency_record: 'SELECT * FROM idempotency_record',
};

/** Throws where a floor leaves other rows than the service. */
export async function compareFloors(folder) {
  const imported = await makeDatabase(folder, 'compared', world);
  const service = await copyDatabase(imported, 'compared-service');
  await leave(await serviceContestant(service, world), { connections: 1, amount: UPDATES });
  const wanted = contents(service);
  for (const floor of [{ driver: 'sqlite3' }, { driver: 'sqlite3', isSet: true }, { driver: 'better-sqlite3' }]) {
    const database = await copyDatabase(imported, `compared-${floor.driver}${floor.isSet ? '-set' : ''}`);
    await leave(await floorContestant({ ...floor, ...world, database }), { amount: UPDATES });
    const found = contents(database);
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

function contents(path) {
  const database = new Database(path, { readonly: true });
  const found = new Map(
    Object.entries(rows).map(([table, sql]) => {
      const lines = database.prepare(sql).raw().all();
      return [table, lines.map((line) => JSON.stringify(line)).join('\n')];
    }),
  );
  database.close();
  return found;
}

function difference(wanted, found) {
  const lines = found.split('\n');
  const at = wanted.split('\n').findIndex((line, index) => line !== lines[index]);
  return `the service has ${wanted.split('\n')[at]}, the floor ${lines[at]}`;
}
