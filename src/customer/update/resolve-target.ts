import type { Organization } from '../../organization/organization.js';
import { identifierTypes, type IdentifierType } from '../../values/identifier-type.js';
import type { Account } from '../account.js';
import type { AccountView } from '../account-view.js';
import {
  customerError,
  customerWarning,
  identifierField,
  type CustomerError,
  type CustomerWarning,
} from '../customer-error.js';
import { isPlaceholder } from '../merge/placeholders.js';
import type { ValidInput } from './validate-input.js';

export interface Resolution {
  readonly target: Account;
  readonly warnings: readonly CustomerWarning[];
}

/** Steps 3 and 4 of the behaviour page: the customer that the request identifies, at the version that it expects. */
export function resolveTarget(
  input: ValidInput,
  organization: Organization,
  accounts: AccountView,
): Resolution | CustomerError {
  const given = identifierTypes.filter((type) => input.identifiers[type] !== null);
  if (input.id === null && given.length === 0) {
    return customerError('NO_IDENTIFIER', [], 'Give one of id, mobile, email and externalId, to say which customer');
  }
  const isAlone = (input.id === null ? 0 : 1) + given.length === 1;
  const primary = organization.rules.primaryIdentifier;
  const inOrder = [primary, ...identifierTypes.filter((type) => type !== primary)];
  const found = inOrder
    .filter((type) => isAlone || !isPlaceholder(type, input.identifiers[type], organization))
    .map((type) => find(type, input, accounts))
    .find((account) => account !== null);

  const byId = input.id === null ? null : findLive(input.id, accounts);
  if (input.id !== null && byId === null) {
    return customerError('CUSTOMER_NOT_FOUND', ['id'], 'The organization has no customer with this id');
  }
  const target = byId ?? found;
  if (target === undefined) {
    const first = inOrder.find((type) => input.identifiers[type] !== null) ?? primary;
    return customerError(
      'CUSTOMER_NOT_FOUND',
      [identifierField[first]],
      `The organization has no customer with ${given.length === 1 ? 'this' : 'any of these'} ${given.map((type) => identifierField[type]).join(', ')}`,
    );
  }
  if (
    organization.rules.strictPrimaryIdentifier &&
    input.identifiers[primary] !== null &&
    find(primary, input, accounts) === null
  ) {
    return customerError(
      'PRIMARY_IDENTIFIER_MISMATCH',
      [identifierField[primary]],
      `No customer has this ${identifierField[primary]}, while another identifier finds one (CONF_PRIMARY_IDENTIFIER_STRICT_CHECK)`,
    );
  }
  if (input.expectedVersion !== null && input.expectedVersion !== target.version) {
    return customerError(
      'VERSION_CONFLICT',
      ['expectedVersion'],
      `The customer is at version ${target.version}: read it again before changing it`,
    );
  }
  return { target, warnings: survivorWarning(input, target) };
}

function find(type: IdentifierType, input: ValidInput, accounts: AccountView): Account | null {
  const value = input.identifiers[type];
  return value === null ? null : accounts.findByIdentifier(type, value);
}

/** An id is digits, up to 2^53 - 1; null for what is none, and for one that nobody has. */
export function readCustomerId(text: string): number | null {
  if (!/^\d{1,16}$/.test(text)) return null;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : null;
}

function findLive(text: string, accounts: AccountView): Account | null {
  const id = readCustomerId(text);
  const account = id === null ? null : accounts.findById(id);
  return account?.mergedInto == null ? account : accounts.findById(account.mergedInto);
}

function survivorWarning(input: ValidInput, target: Account): CustomerWarning[] {
  if (input.id === null || readCustomerId(input.id) === target.id) return [];
  return [
    customerWarning(
      'RESOLVED_TO_SURVIVOR',
      ['id'],
      `The customer with this id was merged; its survivor ${target.id} stands for it`,
    ),
  ];
}
