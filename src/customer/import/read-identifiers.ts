import type { Organization } from '../../organization/organization.js';
import { identifierTypes, type IdentifierType } from '../../values/identifier-type.js';
import type { Account } from '../account.js';
import { identifierField } from '../customer-error.js';
import { canonicalEmail, canonicalExternalId, readMobile } from '../identifier.js';
import { readText, type JsonObject, type Note } from './record-values.js';

/** A record's identifiers, canonical: one at least. A mobile is what it reads as; stored numbers do not count here. */
export function readIdentifiers(record: JsonObject, organization: Organization, note: Note): Account['identifiers'] {
  const { defaultCountry } = organization;
  const readers: Readonly<Record<IdentifierType, (text: string) => string | null>> = {
    MOBILE: (text) => readMobile(text, defaultCountry)?.reading ?? null,
    EMAIL: canonicalEmail,
    EXTERNAL_ID: canonicalExternalId,
  };
  const rules: Readonly<Record<IdentifierType, string>> = {
    MOBILE: `a phone number with its country code and a plus${defaultCountry === null ? '' : `, or one as it is dialled in ${defaultCountry}`}`,
    EMAIL:
      'an email address: ASCII, one @ with 1 to 64 characters before it, a domain with a dot after it, 254 at most',
    EXTERNAL_ID: '1 to 250 characters, without control characters',
  };
  if (identifierTypes.every((type) => (record[identifierField[type]] ?? null) === null)) {
    note('', `needs an identifier: one of ${Object.values(identifierField).join(', ')}`);
  }
  const read = (type: IdentifierType) =>
    readText(record, identifierField[type], identifierField[type], readers[type], rules[type], note);
  return { MOBILE: read('MOBILE'), EMAIL: read('EMAIL'), EXTERNAL_ID: read('EXTERNAL_ID') };
}
