import type { Organization } from '../organization/organization.js';
import { assertUnreachable } from '../values/assert-unreachable.js';
import type { IdentifierType } from '../values/identifier-type.js';

/** What is wrong with a text that can be no identifier of the type, in a sentence that says what can. */
export function identifierRule(type: IdentifierType, { defaultCountry }: Organization): string {
  switch (type) {
    case 'MOBILE':
      return defaultCountry === null
        ? 'mobile is no phone number: give it with its country code, such as +447700900111'
        : `mobile is no phone number: give it with its country code, such as +447700900111, or as it is dialled in ${defaultCountry}`;
    case 'EMAIL':
      return 'email is no e-mail address: one @, 1 to 64 ASCII characters before it, a domain with a dot after it, 254 at most in all';
    case 'EXTERNAL_ID':
      return 'externalId takes 1 to 250 characters, without control characters';
    default:
      return assertUnreachable(type);
  }
}
