import type { AuditHead } from '../../audit/audit-chain.js';
import type { AuditEvent } from '../../audit/audit-event.js';
import type { IdempotencyRecord } from '../../idempotency/idempotency-record.js';
import type { FieldKind } from '../../organization/organization.js';
import { figureNames, type Figures, type PointsSummary } from '../../points/figures.js';
import type { LedgerEntry } from '../../points/ledger.js';
import { identifierTypes, type IdentifierType } from '../../values/identifier-type.js';
import type { Account, SubscriptionKey, SubscriptionState } from '../account.js';
import { stringifyMergeRecord } from '../merge/merge-record-json.js';
import type { MergeRecord } from '../merge/merge-record.js';
import type { AccountStep, WriteStatements } from './write-statements.js';

type Cell = string | number | null;
/** The cells of a row, in the order of its statement's columns. */
export type Row = readonly Cell[];
type IdentifierRow = readonly [
  organizationId: string,
  type: IdentifierType,
  value: string,
  customerId: number,
  isAlias: 0 | 1,
];

/** A customer as it was loaded, and as it is to be stored. */
export interface AccountChange {
  readonly before: Account;
  readonly after: Account;
}

/** All that a batch stores, in one transaction. */
export interface BatchChanges {
  readonly accounts: readonly AccountChange[];
  readonly newMerges: readonly MergeRecord[];
  readonly undoneMerges: readonly MergeRecord[];
  readonly ledger: readonly LedgerEntry[];
  readonly events: readonly AuditEvent[];
  /** The ends of the organizations' audit logs, where they were loaded with the accounts. */
  readonly heads: ReadonlyMap<string, AuditHead>;
  readonly records: readonly IdempotencyRecord[];
}

/** What each step of a batch has to write, its log aside: the difference between what was loaded and what is to be. */
export const batchRows = ({ accounts, ...changes }: BatchChanges): Record<AccountStep, readonly Row[]> => ({
  deleteIdentifiers: accounts.flatMap(freedIdentifiers),
  updateCustomers: accounts.map(customerUpdate),
  movePointers: accounts.flatMap(movedPointers),
  insertIdentifiers: accounts.flatMap(takenIdentifiers),
  upsertFields: accounts.flatMap(setFields),
  deleteFields: accounts.flatMap(clearedFields),
  upsertSubscriptions: accounts.flatMap(setSubscriptions),
  deleteSubscriptions: accounts.flatMap(clearedSubscriptions),
  upsertSummaries: accounts.flatMap(setSummaries),
  deleteSummaries: accounts.flatMap(clearedSummaries),
  insertRewardsHad: accounts.flatMap(newRewards),
  insertMerges: changes.newMerges.map(mergeRow),
  undoMerges: changes.undoneMerges.map((merge) => [merge.organizationId, merge.id, merge.undoneAt]),
  insertLedger: changes.ledger.map(ledgerRow),
  insertRecords: changes.records.map(recordRow),
});

/** The rows of customers who are new, by the statements that write them, in order. */
export const newCustomerRows = (accounts: readonly Account[], ledger: readonly LedgerEntry[]) =>
  ({
    insertCustomers: accounts.map(customerRow),
    // In the order of their key, neighbours go to the same page while it is at hand.
    insertIdentifiers: accounts.flatMap(ownIdentifierRows).sort(byTypeAndValue),
    upsertFields: accounts.flatMap(fieldRows),
    upsertSubscriptions: accounts.flatMap(subscriptionRows),
    upsertSummaries: accounts.flatMap(summaryRows),
    insertLedger: ledger.map(ledgerRow),
  }) satisfies Partial<Record<keyof WriteStatements, readonly Row[]>>;

// --- customers ---

const customerRow = (account: Account): Row => [
  account.organizationId,
  account.id,
  account.version,
  account.mergedInto,
  account.firstname,
  account.lastname,
  account.type,
  account.fraudStatus,
  account.fraudMergeId,
  account.registeredOn,
  account.registeredTill,
  account.associatedWith,
  // Decimal's bounds keep every figure below 2^53, so a JSON number holds it exactly.
  Number(account.lifetimePurchases),
  account.updatedOn,
  account.lastSequence,
];

const customerUpdate = ({ before, after }: AccountChange): Row => [...customerRow(after), before.version];

function movedPointers({ before, after }: AccountChange): Row[] {
  if (after.mergedIds === before.mergedIds) return [];
  const had = new Set(before.mergedIds);
  return after.mergedIds.filter((id) => !had.has(id)).map((id) => [after.organizationId, id, after.id]);
}

// --- identifiers ---

function identifierRows(account: Account): Map<string, Row> {
  const rows = new Map<string, Row>();
  const add = (type: string, value: string, isAlias: 0 | 1) =>
    rows.set(`${type} ${isAlias} ${value}`, [account.organizationId, type, value, account.id, isAlias]);
  for (const type of identifierTypes) {
    const value = account.identifiers[type];
    if (value !== null) add(type, value, 0);
  }
  for (const { type, value } of account.aliases) add(type, value, 1);
  return rows;
}

const ownIdentifierRows = ({ organizationId, id, identifiers }: Account): IdentifierRow[] =>
  identifierTypes.flatMap((type) => {
    const value = identifiers[type];
    return value === null ? [] : [[organizationId, type, value, id, 0] as const];
  });

function byTypeAndValue(a: IdentifierRow, b: IdentifierRow): number {
  if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  return a[2] < b[2] ? -1 : 1;
}

function onlyIn(one: Account, other: Account): Row[] {
  if (one.identifiers === other.identifiers && one.aliases === other.aliases) return [];
  const others = identifierRows(other);
  return [...identifierRows(one)].filter(([key]) => !others.has(key)).map(([, row]) => row);
}

const freedIdentifiers = ({ before, after }: AccountChange): Row[] =>
  onlyIn(before, after).map((row) => row.slice(0, 4));
const takenIdentifiers = ({ before, after }: AccountChange): Row[] => onlyIn(after, before);

// --- what a customer has: differences of maps ---

function setIn<K, V>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): [K, V][] {
  return after === before ? [] : [...after].filter(([key, value]) => before.get(key) !== value);
}

function clearedIn<K>(before: ReadonlyMap<K, unknown>, after: ReadonlyMap<K, unknown>): K[] {
  return after === before ? [] : [...before.keys()].filter((key) => !after.has(key));
}

const fieldRow = ({ organizationId, id }: Account, kind: FieldKind, [name, value]: [string, string]): Row => [
  organizationId,
  id,
  kind,
  name,
  value,
];
const fieldRows = (account: Account): Row[] => [
  ...Array.from(account.customFields, (field) => fieldRow(account, 'CUSTOM', field)),
  ...Array.from(account.extendedFields, (field) => fieldRow(account, 'EXTENDED', field)),
];
const setFields = ({ before, after }: AccountChange): Row[] => [
  ...setIn(before.customFields, after.customFields).map((field) => fieldRow(after, 'CUSTOM', field)),
  ...setIn(before.extendedFields, after.extendedFields).map((field) => fieldRow(after, 'EXTENDED', field)),
];
const clearedFields = ({ before, after }: AccountChange): Row[] => [
  ...clearedIn(before.customFields, after.customFields).map((name) => [after.organizationId, after.id, 'CUSTOM', name]),
  ...clearedIn(before.extendedFields, after.extendedFields).map((name) => [
    after.organizationId,
    after.id,
    'EXTENDED',
    name,
  ]),
];

const subscriptionRow = (
  { organizationId, id }: Account,
  [key, { status, mergeId }]: [SubscriptionKey, SubscriptionState],
): Row => [organizationId, id, ...key.split('.'), status, mergeId];
const subscriptionRows = (account: Account): Row[] =>
  Array.from(account.subscriptions, (subscription) => subscriptionRow(account, subscription));
const setSubscriptions = ({ before, after }: AccountChange): Row[] =>
  setIn(before.subscriptions, after.subscriptions).map((subscription) => subscriptionRow(after, subscription));
const clearedSubscriptions = ({ before, after }: AccountChange): Row[] =>
  clearedIn(before.subscriptions, after.subscriptions).map((key) => [
    after.organizationId,
    after.id,
    ...key.split('.'),
  ]);

// --- points ---

const figureCells = (figures: Figures): Row => figureNames.map((name) => Number(figures[name]));

const summaryRow = ({ organizationId, id }: Account, [programId, summary]: [string, PointsSummary]): Row => [
  organizationId,
  id,
  programId,
  ...figureCells(summary),
  summary.slabSerialNumber,
  summary.slabExpiresOn,
];
const summaryRows = (account: Account): Row[] =>
  Array.from(account.summaries, (summary) => summaryRow(account, summary));
const setSummaries = ({ before, after }: AccountChange): Row[] =>
  setIn(before.summaries, after.summaries).map((summary) => summaryRow(after, summary));
const clearedSummaries = ({ before, after }: AccountChange): Row[] =>
  clearedIn(before.summaries, after.summaries).map((programId) => [after.organizationId, after.id, programId]);

const newRewards = ({ before, after }: AccountChange): Row[] =>
  after.rewardsHad === before.rewardsHad
    ? []
    : [...after.rewardsHad]
        .filter((rule) => !before.rewardsHad.has(rule))
        .map((rule) => [after.organizationId, after.id, rule]);

const ledgerRow = (entry: LedgerEntry): Row => [
  entry.organizationId,
  entry.customerId,
  entry.sequence,
  entry.at,
  entry.kind,
  entry.programId,
  ...figureCells(entry),
  entry.rule,
  entry.mergeId,
];

// --- merges, audit, idempotency ---

function mergeRow(merge: MergeRecord): Row {
  const { matchedOn, changes, balances, survivorBefore, victimBefore } = stringifyMergeRecord(merge);
  return [
    merge.organizationId,
    merge.id,
    merge.survivorId,
    merge.victimId,
    merge.sequence,
    merge.mergedAt,
    merge.undoneAt,
    matchedOn,
    changes,
    balances,
    survivorBefore,
    victimBefore,
  ];
}

const recordRow = (record: IdempotencyRecord): Row => [
  record.organizationId,
  record.clientId,
  record.key,
  record.inputHash,
  record.customerId,
  record.answer,
  record.createdAt,
];
