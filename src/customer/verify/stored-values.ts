import { accountChanges, type ComparedValues, type ValueOrder } from '../account-changes.js';
import type { SurvivorBefore } from '../merge/merge-record.js';
import { valueKey } from './value-key.js';

/** A customer's stored values by their keys: FieldChange.field, for an alias with its value. What is not there is null. */
export type StoredValues = ReadonlyMap<string, string>;

const blank = {
  type: 'NON_LOYALTY',
  fraudStatus: 'NONE',
  firstname: null,
  lastname: null,
  identifiers: { MOBILE: null, EMAIL: null, EXTERNAL_ID: null },
  aliases: [],
  registeredOn: null,
  registeredTill: null,
  associatedWith: null,
  lifetimePurchases: 0n,
  customFields: new Map(),
  extendedFields: new Map(),
  subscriptions: new Map(),
  summaries: new Map(),
} as const satisfies ComparedValues;

/** What accountChanges does not tell, because the blank account has it too. */
const unchanged = [
  ['type', blank.type],
  ['fraudStatus', blank.fraudStatus],
  ['lifetimePurchases', '0'],
] as const;

/** All values of the account, in the words of its audit events, whatever its organization defines by now. */
export const storedValues = (account: ComparedValues): StoredValues => new Map([...unchanged, ...valuesOf(account)]);

/** The values that a merge record has of its survivor, in the same words: of others it says nothing. */
export function survivorValues(before: SurvivorBefore): StoredValues {
  const always = unchanged.filter(([name]) => name in before);
  return new Map([...always, ...valuesOf({ ...blank, ...before })]);
}

function valuesOf(account: ComparedValues): [string, string][] {
  const changes = accountChanges(blank, account, orderOf(account));
  return changes.flatMap((change) => (change.current === null ? [] : [[valueKey(change), change.current]]));
}

function orderOf({ summaries, customFields, extendedFields }: ComparedValues): ValueOrder {
  const named = (values: ComparedValues['customFields']) => [...values.keys()].map((name) => ({ name }));
  return {
    programs: [...summaries.keys()].map((id) => ({ id })),
    customFields: named(customFields),
    extendedFields: named(extendedFields),
  };
}
