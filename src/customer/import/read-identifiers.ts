import type { Organization } from '../../organization/organization.js';
import { identifierTypes, type IdentifierType } from '../../values/identifier-type.js';
import type { Account } from '../account.js';
import { identifierField } from '../customer-error.js';
import { canonicalEmail, canonicalExternalId, readMobile } from '../identifier.js';
import { readText, type JsonObject, type Note } from './record-values.js';

interface Reading {
  readonly read: (text: string) => string | null;
  readonly rule: string;
}
type Readings = Readonly<Record<IdentifierType, Reading>>;

const readingsOf = new WeakMap<Organization, Readings>();

/** A record's identifiers, canonical: one at least. A mobile is what it reads as; stored numbers do not count here. */
export function readIdentifiers(record: JsonObject, organization: Organization, note: Note): Account['identifiers'] {
  let readings = readingsOf.get(organization);
  if (readings === undefined) readingsOf.set(organization, (readings = readingsIn(organization)));
  if (identifierTypes.every((type) => (record[identifierField[type]] ?? null) === null)) {
    note('', `needs an identifier: one of ${Object.values(identifierField).join(', ')}`);
  }
  const { MOBILE, EMAIL, EXTERNAL_ID } = readings;
  return {
    MOBILE: readText(record, identifierField.MOBILE, identifierField.MOBILE, MOBILE.read, MOBILE.rule, note),
    EMAIL: readText(record, identifierField.EMAIL, identifierField.EMAIL, EMAIL.read, EMAIL.rule, note),
    EXTERNAL_ID: readText(
      record,
      identifierField.EXTERNAL_ID,
      identifierField.EXTERNAL_ID,
      EXTERNAL_ID.read,
      EXTERNAL_ID.rule,
      note,
    ),
  };
}

const readingsIn = ({ defaultCountry }: Organization): Readings => ({
  MOBILE: {
    read: (text) => readMobile(text, defaultCountry)?.reading ?? null,
    rule: `a phone number with its country code and a plus${defaultCountry === null ? '' : `, or one as it is dialled in ${defaultCountry}`}`,
  },
  EMAIL: {
    read: canonicalEmail,
    rule: 'an email address: ASCII, one @ with 1 to 64 characters before it, a domain with a dot after it, 254 at most',
  },
  EXTERNAL_ID: { read: canonicalExternalId, rule: '1 to 250 characters, without control characters' },
});
