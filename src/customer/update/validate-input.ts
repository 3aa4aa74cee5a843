import type { Organization } from '../../organization/organization.js';
import { readInstant, type Instant } from '../../values/instant.js';
import { identifierTypes, type IdentifierType } from '../../values/identifier-type.js';
import { canonicalName, codePointLength, hasForbiddenCharacters } from '../../values/text.js';
import type { AccountView } from '../account-view.js';
import type { FraudStatus, LoyaltyType, SubscriptionKey, SubscriptionStatus } from '../account.js';
import {
  NULL_CLEARS,
  customerError,
  identifierField,
  type CustomerError,
  type CustomerErrorCode,
  type CustomerWarning,
} from '../customer-error.js';
import { canonicalIdentifier } from '../identifier-candidates.js';
import { identifierRule } from '../identifier-rule.js';
import type { SubscriptionInput, UpdateCustomerInput } from './update.input.js';
import { validFields } from './validate-fields.js';

/** An input whose every value is canonical. A key that is not there leaves the value as it is; null clears it. */
export interface ValidInput {
  /** As given: one that is no number is one that is not found. */
  readonly id: string | null;
  readonly identifiers: Readonly<Record<IdentifierType, string | null>>;
  readonly firstname?: string | null;
  readonly lastname?: string | null;
  readonly registeredOn?: Instant;
  readonly registeredTill?: string;
  readonly associatedWith?: string | null;
  readonly type: LoyaltyType | null;
  readonly customFields: ReadonlyMap<string, string | null>;
  readonly extendedFields: ReadonlyMap<string, string | null>;
  readonly subscriptions: ReadonlyMap<SubscriptionKey, SubscriptionStatus>;
  readonly fraudStatus: FraudStatus | null;
  readonly expectedVersion: number | null;
  readonly expectedPlanHash: string | null;
}

export interface Validation {
  readonly input: ValidInput;
  readonly faults: readonly CustomerError[];
  readonly warnings: readonly CustomerWarning[];
}

/** What validation depends on beside the input and the accounts. */
export interface ValidationTerms {
  readonly organization: Organization;
  readonly now: Instant;
  /** The most entries that a list may have: a longer one is one fault, and none of its entries is looked at. */
  readonly listItems: number;
}

const dayInMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Step 2 of the behaviour page: all that the input and the organization's settings can tell, every fault at once, in the
 * order of the schema's input fields. Where there are faults, `input` is not to be used.
 * Of the accounts it asks only whether digits are exactly a stored mobile.
 */
export function validateInput(
  given: UpdateCustomerInput,
  accounts: AccountView,
  { organization, now, listItems }: ValidationTerms,
): Validation {
  const faults: CustomerError[] = [];
  const warnings: CustomerWarning[] = [];
  const refuse: Refuse = (code, field, message) => {
    faults.push(customerError(code, field, message));
  };

  if (typeof given.id === 'string') checkText(given.id, 'id', refuse);
  const identifiers = validIdentifiers(given, organization, accounts, refuse);
  const firstname = validName(given.firstname, 'firstname', refuse);
  const lastname = validName(given.lastname, 'lastname', refuse);
  const registeredOn = validRegisteredOn(given.registeredOn, organization, now, refuse);
  const registeredTill = validTill(
    refuseNull(given.registeredTill, 'registeredTill', refuse),
    'registeredTill',
    organization,
    refuse,
  );
  const associatedWith =
    given.associatedWith === null ? null : validTill(given.associatedWith, 'associatedWith', organization, refuse);
  const type = refuseNull(given.type, 'type', refuse) ?? null;
  const skip = given.invalidFields === 'SKIP' ? warnings : null;
  const customFields = validFields(
    boundedList(given.customFields, 'customFields', listItems, refuse),
    'CUSTOM',
    organization,
    faults,
    skip,
  );
  const extendedFields = validFields(
    boundedList(given.extendedFields, 'extendedFields', listItems, refuse),
    'EXTENDED',
    organization,
    faults,
    skip,
  );
  const subscriptions = validSubscriptions(
    boundedList(given.subscriptions, 'subscriptions', listItems, refuse),
    refuse,
  );
  const fraudStatus = refuseNull(given.fraudStatus, 'fraudStatus', refuse) ?? null;
  if (typeof given.expectedPlanHash === 'string') checkText(given.expectedPlanHash, 'expectedPlanHash', refuse);

  return {
    faults,
    warnings,
    input: {
      id: given.id ?? null,
      identifiers,
      ...(firstname === undefined ? {} : { firstname }),
      ...(lastname === undefined ? {} : { lastname }),
      ...(registeredOn === undefined ? {} : { registeredOn }),
      ...(registeredTill === undefined ? {} : { registeredTill }),
      ...(associatedWith === undefined ? {} : { associatedWith }),
      type,
      customFields,
      extendedFields,
      subscriptions,
      fraudStatus,
      expectedVersion: given.expectedVersion ?? null,
      expectedPlanHash: given.expectedPlanHash ?? null,
    },
  };
}

/** Step 1's check of the key itself: 1 to 255 characters. */
export function idempotencyKeyFault(key: string): CustomerError | null {
  if (key !== '' && codePointLength(key) <= 255 && !hasForbiddenCharacters(key)) return null;
  return customerError(
    'INVALID_INPUT',
    ['idempotencyKey'],
    'idempotencyKey takes 1 to 255 characters, without control characters',
  );
}

type Refuse = (code: CustomerErrorCode, field: readonly string[], message: string) => void;

const identifierFault = {
  MOBILE: 'INVALID_MOBILE',
  EMAIL: 'INVALID_EMAIL',
  EXTERNAL_ID: 'INVALID_EXTERNAL_ID',
} as const satisfies Record<IdentifierType, CustomerErrorCode>;

function validIdentifiers(
  given: UpdateCustomerInput,
  organization: Organization,
  accounts: AccountView,
  refuse: Refuse,
): ValidInput['identifiers'] {
  const identifiers: Record<IdentifierType, string | null> = { MOBILE: null, EMAIL: null, EXTERNAL_ID: null };
  for (const type of identifierTypes) {
    const text = given[identifierField[type]] ?? null;
    if (text === null) continue;
    identifiers[type] = canonicalIdentifier(type, text, organization, accounts);
    if (identifiers[type] === null) {
      refuse(identifierFault[type], [identifierField[type]], identifierRule(type, organization));
    }
  }
  return identifiers;
}

function checkText(text: string, field: string, refuse: Refuse): void {
  if (text === '') refuse('INVALID_INPUT', [field], `${field} is empty: leave it out instead`);
  else if (hasForbiddenCharacters(text)) refuse('INVALID_INPUT', [field], `${field} holds control characters`);
}

function boundedList<Entry>(
  entries: readonly Entry[] | null | undefined,
  field: string,
  most: number,
  refuse: Refuse,
): readonly Entry[] {
  if (entries == null || entries.length <= most) return entries ?? [];
  refuse('INVALID_INPUT', [field], `${field} takes at most ${most} entries (MAX_LIST_ITEMS), not ${entries.length}`);
  return [];
}

function validName(
  text: string | null | undefined,
  field: 'firstname' | 'lastname',
  refuse: Refuse,
): string | null | undefined {
  if (text === null || text === undefined) return text;
  const name = canonicalName(text);
  if (name === null) {
    const takes = '1 to 100 letters, digits, blanks, hyphens, apostrophes and dots';
    refuse('INVALID_INPUT', [field], `${field} takes ${takes}${NULL_CLEARS}`);
  }
  return name ?? undefined;
}

function refuseNull<T>(value: T | null | undefined, field: string, refuse: Refuse): T | undefined {
  if (value === null) refuse('INVALID_INPUT', [field], `${field} cannot be cleared: leave it out instead`);
  return value ?? undefined;
}

function validRegisteredOn(
  text: string | null | undefined,
  organization: Organization,
  now: Instant,
  refuse: Refuse,
): Instant | undefined {
  const given = refuseNull(text, 'registeredOn', refuse);
  if (given === undefined) return undefined;
  const instant = readInstant(given, organization.timeZone);
  if (instant === null) {
    // The scalar has checked form and calendar: what is left is a local time whose UTC year has no four digits.
    refuse(outOfRange, ['registeredOn'], 'registeredOn is outside the years 0000 to 9999 in UTC');
  } else if (instant > now + dayInMilliseconds) {
    refuse(outOfRange, ['registeredOn'], 'registeredOn is more than 24 hours ahead of now');
  } else if (instant < organization.rules.minRegistrationDate) {
    const earliest = 'the earliest date that the organization accepts (CONF_MIN_REGISTRATION_DATE)';
    refuse(outOfRange, ['registeredOn'], `registeredOn is before ${earliest}`);
  }
  return instant ?? undefined;
}

const outOfRange = 'REGISTRATION_DATE_OUT_OF_RANGE';

function validTill(
  code: string | undefined,
  field: 'registeredTill' | 'associatedWith',
  organization: Organization,
  refuse: Refuse,
): string | undefined {
  if (code !== undefined && !organization.tills.has(code)) {
    refuse('TILL_NOT_FOUND', [field], `${field} is the code of none of the organization's tills`);
  }
  return code;
}

function validSubscriptions(
  entries: readonly SubscriptionInput[],
  refuse: Refuse,
): Map<SubscriptionKey, SubscriptionStatus> {
  const subscriptions = new Map<SubscriptionKey, SubscriptionStatus>();
  for (const [index, { channel, priority, status }] of entries.entries()) {
    const key: SubscriptionKey = `${channel}.${priority}`;
    if (subscriptions.has(key)) {
      refuse(
        'INVALID_INPUT',
        ['subscriptions', String(index)],
        `The subscription to ${channel} ${priority} is given more than once`,
      );
    } else {
      subscriptions.set(key, status);
    }
  }
  return subscriptions;
}
