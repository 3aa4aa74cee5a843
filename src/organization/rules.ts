import { identifierTypes, type IdentifierType } from '../values/identifier-type.js';
import { startOfDay, type Instant } from '../values/instant.js';
import { canonicalText } from '../values/text.js';
import { mergePolicies, type OrganizationRules } from './organization.js';

export interface ConfigFault {
  readonly key: string;
  readonly reason: string;
}

export interface ReadRules {
  readonly rules: OrganizationRules;
  readonly faults: readonly ConfigFault[];
}

/** What a config's text means, null where the key does not take it; and what it takes, in words. */
interface ConfigKind<T> {
  readonly read: (text: string) => T | null;
  readonly takes: string;
}

const DEFAULT_UNDO_DAYS = 30;
const MOST_UNDO_DAYS = 36_500;
// The longest identifier of any kind is an email.
const MAX_PLACEHOLDER_LENGTH = 254;

/**
 * What the organization's configs mean. Keys that are not known are left alone; a known one with a value that it does
 * not take is a fault, and its default stands. Dates are days in `timeZone` (IANA).
 */
export function readRules(configs: ReadonlyMap<string, string>, timeZone: string): ReadRules {
  const faults: ConfigFault[] = [];

  function config<T>(key: string, fallback: T, { read, takes }: ConfigKind<T>): T {
    const text = configs.get(key);
    if (text === undefined) return fallback;
    const value = read(text);
    if (value !== null) return value;
    faults.push({ key, reason: `takes ${takes}` });
    return fallback;
  }

  const mergeSkips = config('CONF_SKIP_MERGE_HANDLER', [], listOf(choice(['CUSTOM_FIELDS', 'EXTENDED_FIELDS'])));
  const rules: OrganizationRules = {
    primaryIdentifier: config('CONF_REGISTRATION_PRIMARY_KEY', 'MOBILE', choice(identifierTypes)),
    strictPrimaryIdentifier: config('CONF_PRIMARY_IDENTIFIER_STRICT_CHECK', false, flag),
    identifierUpdateAllowed: {
      MOBILE: config('CONF_ALLOW_MOBILE_UPDATE', false, flag),
      EMAIL: config('CONF_ALLOW_EMAIL_UPDATE', false, flag),
      EXTERNAL_ID: config('CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE', false, flag),
    },
    requiredForLoyalty: {
      MOBILE: config('CONF_USERS_IS_MOBILE_REQUIRED', false, flag),
      EMAIL: config('CONF_USERS_IS_EMAIL_REQUIRED', false, flag),
      EXTERNAL_ID: config('CONF_USERS_IS_EXTERNAL_ID_REQUIRED', false, flag),
    },
    minRegistrationDate: config('CONF_MIN_REGISTRATION_DATE', firstOf1900(timeZone), day(timeZone)),
    mergePolicy: config('MERGE_POLICY', 'AUTOMATIC', choice(mergePolicies)),
    mergePlaceholders: config('MERGE_PLACEHOLDERS', [], listOf(placeholder)),
    mergeBlockedOn: config<readonly IdentifierType[]>('MERGE_BLOCKED_ON', [], listOf(choice(identifierTypes))),
    mergeUndoDays: config('MERGE_UNDO_DAYS', DEFAULT_UNDO_DAYS, undoDays),
    mergeOverwritesExtendedFields: config('CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE', false, flag),
    mergeSkips: {
      CUSTOM: mergeSkips.includes('CUSTOM_FIELDS'),
      EXTENDED: mergeSkips.includes('EXTENDED_FIELDS'),
    },
  };
  return { rules, faults };
}

function firstOf1900(timeZone: string): Instant {
  const instant = startOfDay('1900-01-01', timeZone);
  if (instant === null) throw new Error('1900-01-01 is a day of every calendar');
  return instant;
}

const flag: ConfigKind<boolean> = {
  read: (text) => (text === '1' ? true : text === '0' ? false : null),
  takes: '1 or 0',
};

const undoDays: ConfigKind<number> = {
  read: (text) => (/^\d{1,5}$/.test(text) && Number(text) <= MOST_UNDO_DAYS ? Number(text) : null),
  takes: `a whole number of days from 0 to ${MOST_UNDO_DAYS}`,
};

const placeholder: ConfigKind<string> = {
  read: (text) => canonicalText(text, MAX_PLACEHOLDER_LENGTH),
  takes: 'identifier values',
};

const day = (timeZone: string): ConfigKind<Instant> => ({
  read: (text) => startOfDay(text, timeZone),
  takes: 'a day such as 1990-01-31',
});

const choice = <T extends string>(choices: readonly T[]): ConfigKind<T> => ({
  read: (text) => choices.find((known) => known === text) ?? null,
  takes: choices.join(', '),
});

/** A comma-separated list, blanks around its parts allowed; an empty text is an empty list. */
const listOf = <T>({ read, takes }: ConfigKind<T>): ConfigKind<readonly T[]> => ({
  read: (text) => {
    if (text.trim() === '') return [];
    const parts = text.split(',').map((part) => read(part.trim()));
    const known = parts.filter((part) => part !== null);
    return known.length === parts.length ? known : null;
  },
  takes: `a comma-separated list of ${takes}`,
});
