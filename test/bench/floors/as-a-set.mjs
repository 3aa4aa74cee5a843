import { ORGANIZATION_ID } from '../world/shop.mjs';
import { account } from './one-commit-each.mjs';
import { linkEvents, sealedEvents } from './link-events.mjs';
import { emptyRows, planRows } from './plan-rows.mjs';

/**
 * Many updates as the service's own statements, one a table, in one commit. The updates are of different customers.
 */
export async function updateSet(database, inputs) {
  const { statements: sql } = database;
  await database.exec(database.begin);
  const sought = JSON.stringify(identifiersOf(inputs));
  if (sql.lockAccounts !== null) await database.allSql(sql.lockAccounts, ['[]', sought, '[]']);
  const loaded = await database.allSql(sql.selectAccounts, ['[]', sought]);
  const accounts = readAccounts(loaded);
  const rows = emptyRows();
  const now = Date.now();
  for (const input of inputs) {
    const contact = input.email === undefined ? null : accounts.get(input.email);
    planRows(rows, input, accounts.get(input.mobile.slice(1)), contact, now);
  }
  const { insertEvents, ...others } = rows;
  if (sql.appendEvents === null) linkEvents(rows, headOf(loaded[0]));
  for (const [name, some] of Object.entries(sql.appendEvents === null ? rows : others)) {
    if (some.length > 0) await database.runSql(sql[name], [JSON.stringify(some)]);
  }
  if (sql.appendEvents !== null) await database.runSql(sql.appendEvents, [JSON.stringify(sealedEvents(insertEvents))]);
  await database.exec('COMMIT');
}

function headOf({ audit_head: text }) {
  const [position, hash] = JSON.parse(text);
  return { position, hash };
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
