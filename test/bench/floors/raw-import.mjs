import { performance } from 'node:perf_hooks';
import Database from 'better-sqlite3';
import { ORGANIZATION_ID, customerRecord, PROGRAM_ID } from '../world/shop.mjs';
import { pragmas, writes } from './statements.mjs';

// The floor of the import: the rows that it stores for each customer, in one transaction, without reading a file, checking
// anything or looking for what is there already.

const { database: path } = JSON.parse(process.argv[2]);
const database = new Database(path);
for (const pragma of pragmas) database.pragma(pragma);
const insertCustomer = database.prepare(
  `INSERT INTO customer (organization_id, id, version, firstname, lastname, type, fraud_status, registered_on,
    registered_till, lifetime_purchases, updated_on, last_sequence) VALUES (?, ?, 1, ?, ?, ?, 'NONE', ?, ?, ?, ?, ?)`,
);
const prepared = Object.fromEntries(Object.entries(writes).map(([name, sql]) => [name, database.prepare(sql)]));

process.on('message', ({ customers }) => {
  const startedAt = performance.now();
  database.transaction(() => {
    for (let number = 0; number < customers; number += 1) insert(customerRecord(number), Date.now());
  })();
  process.send({ elapsed: (performance.now() - startedAt) / 1000 });
});
process.send('ready');

function insert(record, now) {
  const key = [ORGANIZATION_ID, Number(record.id)];
  const { firstname, lastname, type, registeredTill } = record;
  const purchases = Number(record.lifetimePurchases) * 1000;
  const registeredOn = Date.parse(`${record.registeredOn}Z`);
  insertCustomer.run(...key, firstname, lastname, type, registeredOn, registeredTill, purchases, now, now * 1000 + 2);
  for (const [type, value] of [
    ['MOBILE', record.mobile.slice(1)],
    ['EMAIL', record.email],
    ['EXTERNAL_ID', record.externalId],
  ]) {
    prepared.insertIdentifiers.run(ORGANIZATION_ID, type, value, key[1], 0);
  }
  for (const [name, value] of Object.entries(record.customFields)) {
    prepared.upsertFields.run(...key, 'CUSTOM', name, value);
  }
  for (const [name, value] of Object.entries(record.extendedFields)) {
    prepared.upsertFields.run(...key, 'EXTENDED', name, value);
  }
  for (const { channel, priority, status } of record.subscriptions) {
    prepared.upsertSubscriptions.run(...key, channel, priority, status, null);
  }
  insertFigures(key, record.pointsSummaries[0], purchases, now);
}

function insertFigures(key, summary, purchases, now) {
  const thousandths = (text) => Number(text ?? 0) * 1000;
  const figures = [summary.redeemed, summary.expired, 0, 0, summary.lifetimePoints, summary.cumulativePurchases];
  const expires = Date.parse(`${summary.slabExpiryDate}Z`);
  const cells = figures.map(thousandths);
  prepared.upsertSummaries.run(...key, PROGRAM_ID, ...cells, summary.slabSNo, expires);
  prepared.insertLedger.run(...key, now * 1000 + 1, now, 'OPENING', PROGRAM_ID, ...cells, null, null);
  prepared.insertLedger.run(...key, now * 1000 + 2, now, 'OPENING', null, 0, 0, 0, 0, 0, purchases, null, null);
}
