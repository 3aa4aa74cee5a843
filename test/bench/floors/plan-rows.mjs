import { randomUUID } from 'node:crypto';
import { CLIENT, ORGANIZATION_ID, PROGRAM_ID } from '../world/shop.mjs';

// What the realistic update writes, row for row as the service does, but with nothing of its rules: it knows this one
// kind of update, of these customers. The benchmarks compare what it leaves in the database with what the service leaves.

const FIGURES = ['redeemed', 'expired', 'returned', 'adjusted', 'lifetimePoints', 'cumulativePurchases'];

/** Rows by table and kind of write, in the order in which they are written. */
export const emptyRows = () => ({
  deleteIdentifiers: [],
  updateCustomers: [],
  movePointers: [],
  insertIdentifiers: [],
  upsertFields: [],
  upsertSubscriptions: [],
  upsertSummaries: [],
  deleteSummaries: [],
  insertMerges: [],
  insertLedger: [],
  updateHeads: [],
  insertEvents: [],
});

/** Adds the rows of one update to `rows`; `contact` is the account to be merged into it, null where there is none. */
export function planRows(rows, input, target, contact, now) {
  const sequence = createSequence(now, target, contact);
  const before = target.customer.version;
  const version = 1 + Math.max(before, contact?.customer.version ?? 0);
  const merge = contact === null ? null : planMerge(rows, target, contact);
  const changes = applyInput(rows, input, target);
  if (merge !== null) addMerge(rows, merge, target, contact, version, sequence, now);
  rows.insertEvents.push(eventRow(target, 'UPDATED', version, changes, null, sequence(), now));
  if (merge !== null) addLedger(rows, merge, target, contact, sequence, now);
  const last = sequence() - 1;
  if (merge !== null) rows.updateCustomers.push(customerRow(contact, version, contact.customer.version, now, last));
  rows.updateCustomers.push(customerRow(target, version, before, now, last));
}

function createSequence(now, target, contact) {
  let last = Math.max(now * 1000, target.customer.last_sequence, contact?.customer.last_sequence ?? 0);
  return () => ++last;
}

// --- the request ---

function applyInput(rows, input, target) {
  const { customer } = target;
  const changes = [];
  const note = (field, previous, current) => {
    if (previous !== current) changes.push({ field, previous, current, rule: 'REQUEST' });
    return previous !== current;
  };
  if (note('firstname', customer.firstname, input.firstname)) customer.firstname = input.firstname;
  if (note('lastname', customer.lastname, input.lastname)) customer.lastname = input.lastname;
  for (const { name, value } of input.customFields) {
    const isChanged = note(`customFields.${name}`, target.fields.get(name)?.value ?? null, value);
    if (isChanged) rows.upsertFields.push([ORGANIZATION_ID, customer.id, 'CUSTOM', name, value]);
  }
  for (const { channel, priority, status } of input.subscriptions) {
    const previous = target.subscriptions.get(`${channel}.${priority}`)?.status ?? null;
    const isChanged = note(`subscriptions.${channel}.${priority}`, previous, status);
    if (isChanged) rows.upsertSubscriptions.push([ORGANIZATION_ID, customer.id, channel, priority, status, null]);
  }
  return changes;
}

function customerRow({ customer }, version, loadedVersion, now, lastSequence) {
  return [
    ORGANIZATION_ID,
    customer.id,
    version,
    customer.merged_into,
    customer.firstname,
    customer.lastname,
    customer.type,
    customer.fraud_status,
    customer.fraud_merge_id,
    customer.registered_on,
    customer.registered_till,
    customer.associated_with,
    customer.lifetime_purchases,
    now,
    lastSequence,
    loadedVersion,
  ];
}

const eventRow = ({ customer }, action, version, changes, mergeId, sequence, now) => [
  ORGANIZATION_ID,
  customer.id,
  sequence,
  now,
  action,
  version,
  randomUUID(),
  CLIENT.id,
  CLIENT.till,
  null,
  JSON.stringify(changes),
  mergeId,
];

// --- the merge ---

/** Moves what the contact has to the target, both as loaded and as rows; answers what the record of it will say. */
function planMerge(rows, target, contact) {
  const id = randomUUID();
  const record = { id, survivorBefore: survivorJson(target, contact), victimBefore: victimJson(contact) };
  const changes = [];
  const note = (field, previous, current, rule) => changes.push({ field, previous, current, rule });
  const { customer } = target;

  const email = contact.identifiers.get('EMAIL').value;
  rows.deleteIdentifiers.push([ORGANIZATION_ID, 'EMAIL', email, contact.customer.id]);
  rows.insertIdentifiers.push([ORGANIZATION_ID, 'EMAIL', email, customer.id, 0]);
  rows.movePointers.push([ORGANIZATION_ID, contact.customer.id, customer.id]);
  note('email', null, email, 'FILLED');

  const purchases = customer.lifetime_purchases + contact.customer.lifetime_purchases;
  note('lifetimePurchases', decimal(customer.lifetime_purchases), decimal(purchases), 'SUMMED');
  const summary = target.summaries.get(PROGRAM_ID);
  const given = contact.summaries.get(PROGRAM_ID);
  const sums = FIGURES.map((figure) => summary[figure] + given[figure]);
  for (const [index, figure] of FIGURES.entries()) {
    const field = `pointsSummaries.${PROGRAM_ID}.${figure}`;
    if (given[figure] !== 0) note(field, decimal(summary[figure]), decimal(sums[index]), 'SUMMED');
  }
  // Of equal slabs the later expiry counts, and none is the latest.
  if (summary.slabExpiresOn !== null) {
    note(`pointsSummaries.${PROGRAM_ID}.slabExpiryDate`, instant(summary.slabExpiresOn), null, 'HIGHER_SLAB');
  }
  rows.upsertSummaries.push([ORGANIZATION_ID, customer.id, PROGRAM_ID, ...sums, summary.slabSerialNumber, null]);
  rows.deleteSummaries.push([ORGANIZATION_ID, contact.customer.id, PROGRAM_ID]);

  for (const [name, { value }] of contact.fields) {
    rows.upsertFields.push([ORGANIZATION_ID, customer.id, 'CUSTOM', name, value]);
    note(`customFields.${name}`, null, value, 'FILLED');
  }
  for (const [key, { status }] of contact.subscriptions) {
    const [channel, priority] = key.split('.');
    rows.upsertSubscriptions.push([ORGANIZATION_ID, customer.id, channel, priority, status, id]);
    note(`subscriptions.${key}`, target.subscriptions.get(key).status, status, 'OPT_OUT_WINS');
  }
  const balances = [
    balance(null, 'lifetimePurchases', customer.lifetime_purchases, contact.customer.lifetime_purchases),
    ...FIGURES.map((figure) => balance(PROGRAM_ID, figure, summary[figure], given[figure])),
  ];
  const moved = { purchases: contact.customer.lifetime_purchases, figures: FIGURES.map((figure) => given[figure]) };
  customer.lifetime_purchases = purchases;
  contact.customer.lifetime_purchases = 0;
  contact.customer.merged_into = customer.id;
  return { ...record, matchedOn: [{ type: 'EMAIL', value: email }], changes, balances, moved };
}

function addMerge(rows, merge, target, contact, version, sequence, now) {
  const mergedAt = sequence();
  rows.insertMerges.push([
    ORGANIZATION_ID,
    merge.id,
    target.customer.id,
    contact.customer.id,
    mergedAt,
    now,
    null,
    JSON.stringify(merge.matchedOn),
    JSON.stringify(merge.changes),
    JSON.stringify(merge.balances),
    merge.survivorBefore,
    merge.victimBefore,
  ]);
  rows.insertEvents.push(eventRow(target, 'MERGED', version, merge.changes, merge.id, mergedAt, now));
  rows.insertEvents.push(eventRow(contact, 'MERGED', version, [], merge.id, sequence(), now));
}

function addLedger(rows, { id, moved }, target, contact, sequence, now) {
  const add = (customer, kind, program, figures) =>
    rows.insertLedger.push([ORGANIZATION_ID, customer.id, sequence(), now, kind, program, ...figures, null, id]);
  const purchases = [0, 0, 0, 0, 0, moved.purchases];
  for (const [program, figures] of [
    [null, purchases],
    [PROGRAM_ID, moved.figures],
  ]) {
    add(
      contact.customer,
      'MERGE_OUT',
      program,
      figures.map((figure) => -figure),
    );
    add(target.customer, 'MERGE_IN', program, figures);
  }
}

const balance = (programId, figure, survivorBefore, victimBefore) => ({
  programId,
  figure,
  survivorBefore: String(survivorBefore),
  victimBefore: String(victimBefore),
  after: String(survivorBefore + victimBefore),
});

/** A figure is in thousandths. */
const decimal = (figure) => String(figure / 1000);
const instant = (milliseconds) => new Date(milliseconds).toISOString().replace('.000Z', 'Z');

/** What the service's record has of the target: only what this merge changes, which fills or overwrites no single value. */
const survivorJson = (target, contact) =>
  JSON.stringify({
    version: target.customer.version,
    lifetimePurchases: String(target.customer.lifetime_purchases),
    customFields: [],
    extendedFields: [],
    subscriptions: subscriptionsOf(target).filter(([key]) => contact.subscriptions.has(key)),
    summaries: summariesOf(target).filter(([program]) => contact.summaries.has(program)),
  });

function victimJson(contact) {
  const { customer, mergedIds, identifiers, fields } = contact;
  const own = (type) => identifiers.get(type)?.value ?? null;
  const namesOf = (kind) =>
    [...fields].filter(([, field]) => field.kind === kind).map(([name, { value }]) => [name, value]);
  return JSON.stringify({
    version: customer.version,
    mergedIds,
    identifiers: { MOBILE: own('MOBILE'), EMAIL: own('EMAIL'), EXTERNAL_ID: own('EXTERNAL_ID') },
    aliases: [],
    firstname: customer.firstname,
    lastname: customer.lastname,
    type: customer.type,
    fraudStatus: customer.fraud_status,
    fraudMergeId: customer.fraud_merge_id,
    registeredOn: customer.registered_on,
    registeredTill: customer.registered_till,
    associatedWith: customer.associated_with,
    lifetimePurchases: String(customer.lifetime_purchases),
    customFields: namesOf('CUSTOM'),
    extendedFields: namesOf('EXTENDED'),
    subscriptions: subscriptionsOf(contact),
    summaries: summariesOf(contact),
  });
}

const subscriptionsOf = ({ subscriptions }) =>
  [...subscriptions].map(([key, { status, mergeId }]) => [key, { status, mergeId }]);

const summariesOf = ({ summaries }) =>
  [...summaries].map(([program, { slabSerialNumber, slabExpiresOn, ...summary }]) => {
    const figures = Object.fromEntries(FIGURES.map((figure) => [figure, String(summary[figure])]));
    return [program, { ...figures, slabSerialNumber, slabExpiresOn }];
  });
