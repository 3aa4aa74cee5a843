import type { Organization } from '../organization/organization.js';
import { assertUnreachable } from '../values/assert-unreachable.js';
import type { IdentifierType } from '../values/identifier-type.js';
import type { AccountView } from './account-view.js';
import { canonicalEmail, canonicalExternalId, readMobile } from './identifier.js';

/** Every canonical value that the text may stand for: more than one only for a mobile without a plus; none if it is none. */
export function identifierCandidates(type: IdentifierType, text: string | null, organization: Organization): string[] {
  if (text === null) return [];
  switch (type) {
    case 'MOBILE': {
      const mobile = readMobile(text, organization.defaultCountry);
      return [...new Set([mobile?.stored, mobile?.reading].filter((value) => typeof value === 'string'))];
    }
    case 'EMAIL':
      return [canonicalEmail(text)].filter((value) => value !== null);
    case 'EXTERNAL_ID':
      return [canonicalExternalId(text)].filter((value) => value !== null);
    default:
      return assertUnreachable(type);
  }
}

/**
 * The canonical identifier, null where it can't be one. Digits that are exactly a mobile or alias stored in the
 * organization are that one; what a candidate finds must have been loaded.
 */
export function canonicalIdentifier(
  type: IdentifierType,
  text: string,
  organization: Organization,
  accounts: AccountView,
): string | null {
  switch (type) {
    case 'MOBILE': {
      const mobile = readMobile(text, organization.defaultCountry);
      if (mobile === null) return null;
      const isStored = mobile.stored !== null && accounts.findByIdentifier(type, mobile.stored) !== null;
      return isStored ? mobile.stored : mobile.reading;
    }
    case 'EMAIL':
      return canonicalEmail(text);
    case 'EXTERNAL_ID':
      return canonicalExternalId(text);
    default:
      return assertUnreachable(type);
  }
}
