import { ORGANIZATION_ID } from '../world/shop.mjs';
import { linkEvents } from './link-events.mjs';
import { emptyRows, planRows } from './plan-rows.mjs';
import { parameters } from './statements.mjs';

/**
 * One update in a transaction of its own, one row a statement. The database's `all`, `run` and `exec` answer at once or
 * with promises, as the driver does.
 */
export async function updateOne(database, input) {
  await database.exec(database.begin);
  const target = await readAccount(database, 'MOBILE', input.mobile.slice(1));
  const contact = input.email === undefined ? null : await readAccount(database, 'EMAIL', input.email);
  const rows = emptyRows();
  planRows(rows, input, target, contact, Date.now());
  const [head] = await database.all('head', [ORGANIZATION_ID]);
  linkEvents(rows, head);
  for (const [name, some] of Object.entries(rows)) {
    for (const row of some) {
      const touched = await database.run(name, parameters(name, row));
      if (touched !== 1) throw new Error(`${name} touched ${touched} rows`);
    }
  }
  await database.exec('COMMIT');
}

async function readAccount(database, type, value) {
  const [{ customer_id: id }] = await database.all('identifier', [ORGANIZATION_ID, type, value]);
  const key = [ORGANIZATION_ID, id];
  const [customer] = await database.all('customer', key);
  const mergedIds = await database.all('mergedIds', key);
  const identifiers = await database.all('identifiers', key);
  const fields = await database.all('fields', key);
  const subscriptions = await database.all('subscriptions', key);
  const summaries = await database.all('summaries', key);
  const rewards = await database.all('rewards', key);
  return account({
    customer,
    mergedIds: mergedIds.map((row) => row.id),
    identifiers: identifiers.map((row) => [row.type, row.value]),
    fields: fields.map((row) => [row.kind, row.name, row.value]),
    subscriptions: subscriptions.map((row) => [row.channel, row.priority, row.status, row.merge_id]),
    summaries: summaries.map((row) => Object.values(row)),
    rewards: rewards.map((row) => row.rule),
  });
}

/** The account's rows by what they are looked up by. */
export function account({ customer, mergedIds, identifiers, fields, subscriptions, summaries, rewards }) {
  return {
    customer,
    mergedIds,
    rewards,
    identifiers: new Map(identifiers.map(([type, value]) => [type, { value }])),
    fields: new Map(fields.map(([kind, name, value]) => [name, { kind, value }])),
    subscriptions: new Map(
      subscriptions.map(([channel, priority, status, mergeId]) => [`${channel}.${priority}`, { status, mergeId }]),
    ),
    summaries: new Map(summaries.map(([program, ...cells]) => [program, summary(cells)])),
  };
}

const summary = ([redeemed, expired, returned, adjusted, lifetimePoints, cumulativePurchases, serial, expires]) => ({
  redeemed,
  expired,
  returned,
  adjusted,
  lifetimePoints,
  cumulativePurchases,
  slabSerialNumber: serial,
  slabExpiresOn: expires,
});
