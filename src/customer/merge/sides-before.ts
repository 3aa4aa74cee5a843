import type { Account } from '../account.js';
import { singleValues, type SingleValue, type SurvivorBefore, type VictimBefore } from './merge-record.js';

/** What the record keeps of the survivor, which became `merged` when it took the victim in. Pure. */
export function survivorBefore(survivor: Account, merged: Account, victim: Account): SurvivorBefore {
  const changed = singleValues.filter((name) => survivor[name] !== merged[name]);
  return {
    version: survivor.version,
    ...(Object.fromEntries(changed.map((name) => [name, survivor[name]])) as Partial<Pick<Account, SingleValue>>),
    lifetimePurchases: survivor.lifetimePurchases,
    customFields: replaced(survivor.customFields, merged.customFields),
    extendedFields: replaced(survivor.extendedFields, merged.extendedFields),
    subscriptions: replaced(survivor.subscriptions, merged.subscriptions),
    summaries: new Map([...survivor.summaries].filter(([programId]) => victim.summaries.has(programId))),
  };
}

/** What the record keeps of the victim. Pure. */
export const victimBefore = (victim: Account): VictimBefore => ({
  version: victim.version,
  mergedIds: victim.mergedIds,
  identifiers: victim.identifiers,
  aliases: victim.aliases,
  firstname: victim.firstname,
  lastname: victim.lastname,
  type: victim.type,
  fraudStatus: victim.fraudStatus,
  fraudMergeId: victim.fraudMergeId,
  registeredOn: victim.registeredOn,
  registeredTill: victim.registeredTill,
  associatedWith: victim.associatedWith,
  lifetimePurchases: victim.lifetimePurchases,
  customFields: victim.customFields,
  extendedFields: victim.extendedFields,
  subscriptions: victim.subscriptions,
  summaries: victim.summaries,
});

/** The entries that another map has with another value. */
const replaced = <K, V>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): ReadonlyMap<K, V> =>
  new Map([...before].filter(([key, value]) => after.get(key) !== value));
