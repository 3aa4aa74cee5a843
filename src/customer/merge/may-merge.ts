import type { Caller } from '../../organization/caller.js';
import type { Organization } from '../../organization/organization.js';
import { assertUnreachable } from '../../values/assert-unreachable.js';
import type { IdentifierType } from '../../values/identifier-type.js';
import type { Account } from '../account.js';
import { customerError, identifierField, type CustomerError } from '../customer-error.js';
import { isPlaceholder } from './placeholders.js';

/** Another account than the target, and the request's identifiers that belong to it. */
export interface Match {
  readonly account: Account;
  readonly types: readonly IdentifierType[];
}

/**
 * "May it?" of the behaviour page: why the accounts of a request may not become one; one error for each identifier that
 * belongs to another account than the target: the policy's, else the placeholder's, else the disagreement's.
 */
export function mergeFaults(
  target: Account,
  matches: readonly Match[],
  given: Readonly<Record<IdentifierType, string | null>>,
  organization: Organization,
  caller: Caller,
): CustomerError[] {
  const policyReason = refusedByPolicy(target, matches, organization, caller);
  return matches.flatMap(({ account, types }) =>
    types.flatMap((type) => {
      const field = identifierField[type];
      if (policyReason !== null) {
        return [customerError('IDENTIFIER_TAKEN', [field], `Another customer has this ${field}, and ${policyReason}`)];
      }
      if (isPlaceholder(type, given[type], organization)) {
        const reason = `This ${field} is a placeholder of the organization (MERGE_PLACEHOLDERS), which stands for nobody in particular`;
        return [customerError('MERGE_BLOCKED', [field], reason)];
      }
      const disagreement = disagreementOn(target, account, matches, given, organization);
      return disagreement === null ? [] : [customerError('MERGE_BLOCKED', [field], disagreement)];
    }),
  );
}

function refusedByPolicy(
  target: Account,
  matches: readonly Match[],
  { rules }: Organization,
  caller: Caller,
): string | null {
  if (!caller.mayMerge) return 'the access group of this client may not merge them';
  switch (rules.mergePolicy) {
    case 'AUTOMATIC':
      return null;
    case 'NEVER':
      return 'the organization never merges them (MERGE_POLICY)';
    case 'NON_LOYALTY_ONLY': {
      const accounts = [target, ...matches.map(({ account }) => account)];
      return accounts.filter(({ type }) => type === 'LOYALTY').length <= 1
        ? null
        : 'the organization does not merge two LOYALTY customers (MERGE_POLICY)';
    }
    default:
      return assertUnreachable(rules.mergePolicy);
  }
}

/** The first type of MERGE_BLOCKED_ON on which the victim, or the target, differs from another account or the request. */
function disagreementOn(
  target: Account,
  victim: Account,
  matches: readonly Match[],
  given: Readonly<Record<IdentifierType, string | null>>,
  organization: Organization,
): string | null {
  const type = organization.rules.mergeBlockedOn.find((blocked) => {
    const differ = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;
    const own = (account: Account): string | null => account.identifiers[blocked];
    return (
      differ(own(target), given[blocked]) ||
      [target, ...matches.map(({ account }) => account)].some((other) => differ(own(victim), own(other))) ||
      differ(own(victim), given[blocked])
    );
  });
  if (type === undefined) return null;
  return `The accounts have different values of ${identifierField[type]}, on which the organization lets no merge happen (MERGE_BLOCKED_ON)`;
}
