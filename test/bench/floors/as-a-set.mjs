import * as sql from '../../../dist/customer/engine/sqlite-statements.js';
import { ORGANIZATION_ID } from '../world/shop.mjs';
import { account } from './one-commit-each.mjs';
import { emptyRows, planRows } from './plan-rows.mjs';

/**
 * Many updates as the service's own statements, one a table, in one commit. The updates are of different customers.
 */
export async function updateSet(database, inputs) {
  await database.exec('BEGIN IMMEDIATE');
  const accounts = await readAccounts(database, inputs);
  const rows = emptyRows();
  const now = Date.now();
  for (const input of inputs) {
    const contact = input.email === undefined ? null : accounts.get(input.email);
    planRows(rows, input, accounts.get(input.mobile.slice(1)), contact, now);
  }
  for (const [name, some] of Object.entries(rows)) {
    if (some.length > 0) await database.runSql(sql[name], [JSON.stringify(some)]);
  }
  await database.exec('COMMIT');
}

/** By mobile and by email. */
async function readAccounts(database, inputs) {
  const sought = inputs.flatMap(({ mobile, email }) => [
    [ORGANIZATION_ID, 'MOBILE', mobile.slice(1)],
    ...(email === undefined ? [] : [[ORGANIZATION_ID, 'EMAIL', email]]),
  ]);
  const found = new Map();
  for (const row of await database.allSql(sql.selectAccounts, ['[]', JSON.stringify(sought)])) {
    const one = account({
      customer: row,
      mergedIds: JSON.parse(row.merged_ids),
      identifiers: JSON.parse(row.identifiers),
      fields: JSON.parse(row.fields),
      subscriptions: JSON.parse(row.subscriptions),
      summaries: JSON.parse(row.summaries),
      rewards: JSON.parse(row.rewards_had),
    });
    for (const { value } of one.identifiers.values()) found.set(value, one);
  }
  return found;
}
