import { eraseChanges } from '../../audit/erase-event.js';
import type { Account } from '../account.js';
import type { KeptParts } from './merge-record-json.js';

const noValues = {
  customFields: new Map(),
  extendedFields: new Map(),
  subscriptions: new Map(),
} satisfies Partial<Account>;

/** The record without a person's values: what changed and by which rule stays, and all of figures. Pure. */
export const eraseMergeRecord = ({ changes, balances, survivorBefore, victimBefore }: KeptParts): KeptParts => ({
  matchedOn: [],
  changes: eraseChanges(changes),
  balances,
  survivorBefore: {
    version: survivorBefore.version,
    lifetimePurchases: survivorBefore.lifetimePurchases,
    summaries: survivorBefore.summaries,
    ...noValues,
  },
  victimBefore: {
    version: victimBefore.version,
    mergedIds: victimBefore.mergedIds,
    type: victimBefore.type,
    fraudStatus: victimBefore.fraudStatus,
    fraudMergeId: victimBefore.fraudMergeId,
    lifetimePurchases: victimBefore.lifetimePurchases,
    summaries: victimBefore.summaries,
    identifiers: { MOBILE: null, EMAIL: null, EXTERNAL_ID: null },
    aliases: [],
    firstname: null,
    lastname: null,
    registeredOn: null,
    registeredTill: null,
    associatedWith: null,
    ...noValues,
  },
});
