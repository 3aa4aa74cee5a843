import type { Caller } from '../../organization/caller.js';
import type { Organization } from '../../organization/organization.js';
import { identifierTypes, type IdentifierType } from '../../values/identifier-type.js';
import type { Account } from '../account.js';
import type { AccountView } from '../account-view.js';
import { customerError, identifierField, type CustomerError } from '../customer-error.js';
import { mergeFaults, type Match } from '../merge/may-merge.js';
import { isPlaceholder } from '../merge/placeholders.js';

export interface PlannedIdentifiers {
  /** The target with the identifiers that this request gives it. */
  readonly target: Account;
  /** The other accounts that the request's identifiers belong to, in the order mobile, email, externalId. */
  readonly matches: readonly Match[];
  readonly faults: readonly CustomerError[];
}

/** Step 5 of the behaviour page: what becomes of each identifier that the request gives, and whether a merge may be. */
export function planIdentifiers(
  target: Account,
  given: Readonly<Record<IdentifierType, string | null>>,
  organization: Organization,
  caller: Caller,
  accounts: AccountView,
): PlannedIdentifiers {
  const faults: CustomerError[] = [];
  const identifiers = { ...target.identifiers };
  const typesByOwner = new Map<Account, IdentifierType[]>();
  for (const type of identifierTypes) {
    const value = given[type];
    if (value === null) continue;
    const owner = accounts.findByIdentifier(type, value);
    if (owner === null) {
      const fault = settingFault(type, value, target, organization);
      if (fault === null) identifiers[type] = value;
      else faults.push(fault);
    } else if (owner.id !== target.id) {
      typesByOwner.set(owner, [...(typesByOwner.get(owner) ?? []), type]);
    }
  }
  const matches = [...typesByOwner].map(([account, types]): Match => ({ account, types }));
  return {
    target: { ...target, identifiers },
    matches,
    faults: [...faults, ...mergeFaults(target, matches, given, organization, caller)],
  };
}

/** Why an identifier that nobody has can't be the target's; null where it can. */
function settingFault(
  type: IdentifierType,
  value: string,
  target: Account,
  organization: Organization,
): CustomerError | null {
  const { rules } = organization;
  const field = identifierField[type];
  if (isPlaceholder(type, value, organization)) {
    return customerError('MERGE_BLOCKED', [field], `This ${field} is a placeholder: it is never set on a customer`);
  }
  if (target.identifiers[type] !== null) {
    return type === rules.primaryIdentifier
      ? customerError('PRIMARY_IDENTIFIER_IMMUTABLE', [field], `The customer has another ${field}, which never changes`)
      : customerError('IDENTIFIER_ALREADY_SET', [field], `The customer has another ${field}, which never changes here`);
  }
  if (!rules.identifierUpdateAllowed[type]) {
    return customerError(
      'IDENTIFIER_UPDATE_DISABLED',
      [field],
      `The organization does not let this call set ${field} (${updateConfig[type]})`,
    );
  }
  return null;
}

const updateConfig = {
  MOBILE: 'CONF_ALLOW_MOBILE_UPDATE',
  EMAIL: 'CONF_ALLOW_EMAIL_UPDATE',
  EXTERNAL_ID: 'CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE',
} as const satisfies Record<IdentifierType, string>;
