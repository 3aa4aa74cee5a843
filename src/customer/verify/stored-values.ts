import type { Account } from '../account.js';
import { accountChanges, type ValueOrder } from '../account-changes.js';
import { ruleKey } from '../merge/plan-merges.js';

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
} as const satisfies Partial<Account>;

/** What accountChanges does not tell, because the blank account has it too. */
const unchanged = [
  ['type', blank.type],
  ['fraudStatus', blank.fraudStatus],
  ['lifetimePurchases', '0'],
] as const;

/** All values of the account, in the words of its audit events, whatever its organization defines by now. */
export function storedValues(account: Account): StoredValues {
  const changes = accountChanges({ ...account, ...blank }, account, orderOf(account));
  const values = new Map<string, string>(unchanged);
  for (const change of changes) if (change.current !== null) values.set(ruleKey(change), change.current);
  return values;
}

function orderOf({ summaries, customFields, extendedFields }: Account): ValueOrder {
  const named = (values: Account['customFields']) => [...values.keys()].map((name) => ({ name }));
  return {
    programs: [...summaries.keys()].map((id) => ({ id })),
    customFields: named(customFields),
    extendedFields: named(extendedFields),
  };
}
