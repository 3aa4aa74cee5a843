import type { FieldChange } from '../../audit/field-change.js';
import type { Instant } from '../../values/instant.js';
import type { Account } from '../account.js';
import { accountChanges } from '../account-changes.js';
import type { EventDraft } from '../plan.js';

/** What an erasure makes of a person's accounts. */
export interface Erasure {
  /** The accounts that are stored anew, the live one first. */
  readonly accounts: readonly Account[];
  readonly events: readonly EventDraft[];
}

/**
 * The live customer and those that were merged into it, without what tells who the person is. Figures, subscriptions, type
 * and fraud mark stay. The event says which fields were removed of the live one, and no value. Pure.
 */
export function planErasure(live: Account, merged: readonly Account[], now: Instant): Erasure {
  const erased: Account = { ...withoutPerson(live), version: live.version + 1, updatedOn: now };
  const changes = removedFields(live, erased);
  return {
    accounts: [erased, ...merged.filter(tellsPerson).map(withoutPerson)],
    events: [{ customerId: live.id, action: 'ERASED', version: erased.version, changes, mergeId: null }],
  };
}

/** Whether anything is there that an erasure takes. */
export const tellsPerson = (account: Account): boolean => removedFields(account, withoutPerson(account)).length > 0;

const withoutPerson = (account: Account): Account => ({
  ...account,
  identifiers: { MOBILE: null, EMAIL: null, EXTERNAL_ID: null },
  aliases: [],
  firstname: null,
  lastname: null,
  registeredOn: null,
  registeredTill: null,
  associatedWith: null,
  customFields: new Map(),
  extendedFields: new Map(),
});

function removedFields(before: Account, after: Account): FieldChange[] {
  const named = (values: Account['customFields']) => Array.from(values.keys(), (name) => ({ name }));
  const order = {
    programs: [],
    customFields: named(before.customFields),
    extendedFields: named(before.extendedFields),
  };
  const fields = new Set(accountChanges(before, after, order).map(({ field }) => field));
  return Array.from(fields, (field) => ({ field, previous: null, current: null, rule: 'ERASED' }));
}
