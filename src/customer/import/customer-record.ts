import type { Organization } from '../../organization/organization.js';
import type { LedgerEntry } from '../../points/ledger.js';
import { INSTANT_RULE, readInstant, type Instant } from '../../values/instant.js';
import { canonicalName } from '../../values/text.js';
import { FraudStatus, LoyaltyType, type Account } from '../account.js';
import { readCustomerId } from '../update/resolve-target.js';
import { openingEntries } from './opening-entries.js';
import { readFields } from './read-fields.js';
import { readIdentifiers } from './read-identifiers.js';
import { readSubscriptions } from './read-subscriptions.js';
import { readFigure, readSummaries } from './read-summaries.js';
import {
  isObject,
  noteUnknownKeys,
  readChoice,
  readText,
  textOrNumber,
  type JsonObject,
  type Note,
  type RecordFault,
} from './record-values.js';

const keys = new Set([
  'id',
  'mobile',
  'email',
  'externalId',
  'firstname',
  'lastname',
  'type',
  'fraudStatus',
  'registeredOn',
  'registeredTill',
  'associatedWith',
  'lifetimePurchases',
  'customFields',
  'extendedFields',
  'subscriptions',
  'pointsSummaries',
]);
const NAME_RULE = "a name of 1 to 100 letters, digits, spaces, - ' ’ and .";
const TILL_RULE = "the code of one of the organization's tills";

export interface ReadCustomer {
  /** Null where it has no id. Where there are faults, what was at fault is missing from it. */
  readonly account: Account | null;
  /** The entries that open its figures. */
  readonly ledger: readonly LedgerEntry[];
  readonly faults: readonly RecordFault[];
}

/** The id that a record gives itself: null where it leaves that to the import, undefined where it is none. */
export function givenId(record: unknown): number | null | undefined {
  if (!isObject(record)) return undefined;
  const id = record['id'] ?? null;
  if (id === null) return null;
  const text = textOrNumber(id);
  return (text === null ? null : readCustomerId(text)) ?? undefined;
}

/**
 * One customer's JSON as the account that is stored, by the organization's settings, with everything that is wrong in
 * it. `id` is its own or the one that the import gives it, null where it is none. History may be older than what
 * CONF_MIN_REGISTRATION_DATE lets an update set, so that does not apply here.
 */
export function readCustomerRecord(
  record: unknown,
  id: number | null,
  organization: Organization,
  now: Instant,
): ReadCustomer {
  const faults: RecordFault[] = [];
  const note: Note = (path, reason) => {
    faults.push({ path, reason });
    return null;
  };
  if (!isObject(record)) {
    note('', 'must be an object');
    return { account: null, ledger: [], faults };
  }
  noteUnknownKeys(record, keys, '', note);
  if (id === null) note('id', `must be digits, ${Number.MAX_SAFE_INTEGER} at most`);
  const account = readAccount(record, id ?? 0, organization, now, note);
  const ledger = openingEntries(account, organization);
  const lastSequence = ledger.at(-1)?.sequence ?? 0;
  return { account: id === null ? null : { ...account, lastSequence }, ledger, faults };
}

function readAccount(record: JsonObject, id: number, organization: Organization, now: Instant, note: Note): Account {
  const instant = (text: string) => readInstant(text, organization.timeZone);
  const till = (text: string) => (organization.tills.has(text) ? text : null);
  return {
    organizationId: organization.id,
    id,
    version: 1,
    mergedInto: null,
    mergedIds: [],
    identifiers: readIdentifiers(record, organization, note),
    aliases: [],
    firstname: readText(record, 'firstname', 'firstname', canonicalName, NAME_RULE, note),
    lastname: readText(record, 'lastname', 'lastname', canonicalName, NAME_RULE, note),
    type: readChoice(record, 'type', 'type', LoyaltyType, note) ?? LoyaltyType.NON_LOYALTY,
    fraudStatus: readChoice(record, 'fraudStatus', 'fraudStatus', FraudStatus, note) ?? FraudStatus.NONE,
    fraudMergeId: null,
    registeredOn: readText(record, 'registeredOn', 'registeredOn', instant, INSTANT_RULE, note),
    registeredTill: readText(record, 'registeredTill', 'registeredTill', till, TILL_RULE, note),
    associatedWith: readText(record, 'associatedWith', 'associatedWith', till, TILL_RULE, note),
    updatedOn: now,
    lifetimePurchases: readFigure(record, 'lifetimePurchases', 'lifetimePurchases', note),
    customFields: readFields(record, 'CUSTOM', organization, note),
    extendedFields: readFields(record, 'EXTENDED', organization, note),
    subscriptions: readSubscriptions(record, note),
    summaries: readSummaries(record, organization, note),
    rewardsHad: new Set(),
    lastSequence: 0,
  };
}
