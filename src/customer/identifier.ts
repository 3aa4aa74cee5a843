import { isSupportedCountry, parseDigits, parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/max';
import { canonicalText, hasForbiddenCharacters } from '../values/text.js';

/**
 * What a text may mean as a mobile. `stored` counts where the organization has exactly those digits as a mobile or
 * alias; else `reading` counts; where that is null, the text is no mobile (`INVALID_MOBILE`). Both are digits with
 * country code, without a plus. At import `stored` does not count.
 */
export interface MobileReading {
  readonly stored: string | null;
  readonly reading: string | null;
}

// Room for 20 digits with any punctuation that a person writes. The library's limit of 250 lets a hostile text take
// milliseconds.
const MAX_MOBILE_LENGTH = 100;
const MAX_EMAIL_LENGTH = 254;
const MAX_EXTERNAL_ID_LENGTH = 250;

// The digits that the phone library reads: ASCII, full-width, Arabic-Indic and its eastern form. Canonical digits start
// with a country code, which never starts with 0, and have 20 digits at most (3 of it, and 17): nothing else is stored.
const DIGITS = /^[0-9\uFF10-\uFF19\u0660-\u0669\u06F0-\u06F9]{1,20}$/;
const STORED_DIGITS = /^[1-9]/;

const EMAIL = /^[!-?A-~]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

/**
 * Reads a mobile by the order of the behaviour page ("mobile"); null where it can be none in any organization.
 * `defaultCountry` is ISO 3166 alpha-2; one without telephone numbers of its own (AQ) is as good as none.
 */
export function readMobile(text: string, defaultCountry: string | null): MobileReading | null {
  const key = `${defaultCountry ?? ''} ${text}`;
  const known = recentReadings.get(key);
  if (known !== undefined) return known;
  const mobile = readAnew(text, defaultCountry);
  if (text.length <= MAX_MOBILE_LENGTH) {
    if (recentReadings.size >= RECENT_READINGS) recentReadings.clear();
    recentReadings.set(key, mobile);
  }
  return mobile;
}

// An update reads its mobile three times, to load it, to check it and to find it; the library takes longer for it than
// the planner for everything else.
const recentReadings = new Map<string, MobileReading | null>();
const RECENT_READINGS = 1000;

function readAnew(text: string, defaultCountry: string | null): MobileReading | null {
  if (hasForbiddenCharacters(text)) return null;
  // The library's reader of country codes does not know the full-width plus that its form check allows.
  const written = text.trim().replace(/^\uFF0B/, '+');
  if (written.length > MAX_MOBILE_LENGTH) return null;
  const stored = storedDigits(written);
  const reading = written.startsWith('+') ? internationalReading(written) : localReading(written, defaultCountry);
  return stored === null && reading === null ? null : { stored, reading };
}

/** An email, canonical ("email"): trimmed, ASCII, lower case; null where it is none. */
export function canonicalEmail(text: string): string | null {
  if (hasForbiddenCharacters(text)) return null;
  const trimmed = text.trim();
  // Checked as it came: NFC and lower case both turn U+212A, the Kelvin sign, into an ASCII letter.
  return trimmed.length <= MAX_EMAIL_LENGTH && EMAIL.test(trimmed) ? trimmed.toLowerCase() : null;
}

/** An external id, canonical ("externalId"): NFC, trimmed, 1 to 250 code points, case kept; null where it is none. */
export function canonicalExternalId(text: string): string | null {
  return canonicalText(text, MAX_EXTERNAL_ID_LENGTH);
}

function storedDigits(text: string): string | null {
  const digits = DIGITS.test(text) ? parseDigits(text) : '';
  return STORED_DIGITS.test(digits) ? digits : null;
}

function internationalReading(text: string): string | null {
  const number = parse(text, null);
  return number?.isPossible() === true ? canonicalDigits(number) : null;
}

function localReading(text: string, defaultCountry: string | null): string | null {
  const national = defaultCountry === null ? null : parse(text, defaultCountry);
  if (national?.isValid() === true) return canonicalDigits(national);
  const international = parse(`+${text}`, null);
  if (international?.isValid() === true) return canonicalDigits(international);
  return national?.isPossible() === true ? canonicalDigits(national) : null;
}

// The whole text is the number. The library also takes `tel:` with its parameters, which all start with a semicolon,
// and leaves out what it does not use of them.
function parse(text: string, country: string | null): PhoneNumber | null {
  if (text.includes(';')) return null;
  const defaultCountry = country !== null && isSupportedCountry(country) ? { defaultCountry: country } : {};
  const number = parsePhoneNumberFromString(text, { extract: false, ...defaultCountry });
  return number === undefined || number.ext !== undefined ? null : number;
}

function canonicalDigits(number: PhoneNumber): string {
  return number.number.slice('+'.length);
}
