import { ORGANIZATION_ID } from '../world/shop.mjs';
import { account } from './one-commit-each.mjs';
import { emptyRows, planRows } from './plan-rows.mjs';

/**
 * Many updates as the service's own statements, one a table, in one commit. The updates are of different customers.
 */
export async function updateSet(database, inputs) {
  const { statements: sql } = database;
  await database.exec(database.begin);
  const sought = JSON.stringify(identifiersOf(inputs));
  if (sql.lockAccounts !== null) await database.allSql(sql.lockAccounts, ['[]', sought, '[]']);
  const accounts = readAccounts(await database.allSql(sql.selectAccounts, ['[]', sought]));
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

const identifiersOf = (inputs) =>
  inputs.flatMap(({ mobile, email }) => [
    [ORGANIZATION_ID, 'MOBILE', mobile.slice(1)],
    ...(email === undefined ? [] : [[ORGANIZATION_ID, 'EMAIL', email]]),
  ]);

/** By mobile and by email. */
function readAccounts(rows) {
  const found = new Map();
  for (const row of rows) {
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
