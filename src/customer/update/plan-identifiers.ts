import type { Organization } from '../../organization/organization.js';
import { identifierTypes, type IdentifierType } from '../../values/identifier-type.js';
import type { Account } from '../account.js';
import type { AccountView } from '../account-view.js';
import { customerError, identifierField, type CustomerError } from '../customer-error.js';
import { isPlaceholder } from '../merge/placeholders.js';
import type { ValidInput } from './validate-input.js';

export interface PlannedIdentifiers {
  /** The target with the identifiers that this request gives it. */
  readonly target: Account;
  readonly faults: readonly CustomerError[];
}

/** Step 5 of the behaviour page: what becomes of each identifier that the request gives. */
export function planIdentifiers(
  target: Account,
  input: ValidInput,
  organization: Organization,
  accounts: AccountView,
): PlannedIdentifiers {
  const faults: CustomerError[] = [];
  const identifiers = { ...target.identifiers };
  for (const type of identifierTypes) {
    const value = input.identifiers[type];
    if (value === null) continue;
    const owner = accounts.findByIdentifier(type, value);
    if (owner?.id === target.id) continue;
    const fault =
      owner === null ? settingFault(type, value, target, organization) : takenFault(type, value, organization);
    if (fault === null) identifiers[type] = value;
    else faults.push(fault);
  }
  return { target: faults.length === 0 ? { ...target, identifiers } : target, faults };
}

function takenFault(type: IdentifierType, value: string, organization: Organization): CustomerError {
  const field = identifierField[type];
  return isPlaceholder(type, value, organization)
    ? customerError('MERGE_BLOCKED', [field], `This ${field} is a placeholder, which stands for nobody in particular`)
    : customerError('IDENTIFIER_TAKEN', [field], `Another customer has this ${field}`);
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
