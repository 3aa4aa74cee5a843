import type { Organization } from '../../organization/organization.js';
import { identifierTypes, type IdentifierType } from '../../values/identifier-type.js';
import { identifierCandidates } from '../identifier-candidates.js';

const placeholdersOf = new WeakMap<Organization, ReadonlySet<string>>();

const key = (type: IdentifierType, value: string): string => `${type} ${value}`;

/**
 * Whether the canonical identifier is one of the organization's MERGE_PLACEHOLDERS (a till's 9999999999, a shop's own
 * address), which stand for nobody in particular. A placeholder counts as each kind of identifier that it is valid for.
 */
export function isPlaceholder(type: IdentifierType, value: string | null, organization: Organization): boolean {
  if (value === null) return false;
  let placeholders = placeholdersOf.get(organization);
  if (placeholders === undefined) {
    placeholders = new Set(
      organization.rules.mergePlaceholders.flatMap((text) =>
        identifierTypes.flatMap((kind) =>
          identifierCandidates(kind, text, organization).map((form) => key(kind, form)),
        ),
      ),
    );
    placeholdersOf.set(organization, placeholders);
  }
  return placeholders.has(key(type, value));
}
