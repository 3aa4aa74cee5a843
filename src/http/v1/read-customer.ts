import { Channel, FraudStatus, LoyaltyType, Priority, SubscriptionStatus } from '../../customer/account.js';
import { customerError, type CustomerError } from '../../customer/customer-error.js';
import type { FieldValueInput, SubscriptionInput, UpdateCustomerInput } from '../../customer/update/update.input.js';
import { readInstant } from '../../values/instant.js';
import { given, givenList, givenText, isObject, NO_ID, NO_TEXT, textOf } from './given.js';

/** A customer of a request as an item of a batch, with what the item can't say. */
export interface ReadCustomer {
  readonly input: UpdateCustomerInput;
  readonly faults: readonly CustomerError[];
}

type Refuse = (field: readonly string[], legacyCode: number, message: string) => void;

/** Translates one customer of a v1.1 request. Local times are read in `timeZone`, as the planner does. */
export function readCustomer(customer: unknown, timeZone: string): ReadCustomer {
  const faults: CustomerError[] = [];
  const refuse: Refuse = (field, legacyCode, message) => {
    faults.push({ ...customerError('INVALID_INPUT', field, message), legacyCode });
  };
  if (customer !== '' && customer !== null && !isObject(customer)) refuse([], invalid, 'A customer is an object');
  const input = withoutUndefined({
    id: readId(customer),
    mobile: givenText(customer, 'mobile'),
    email: givenText(customer, 'email'),
    externalId: givenText(customer, 'external_id'),
    firstname: givenText(customer, 'firstname'),
    lastname: givenText(customer, 'lastname'),
    registeredOn: readDate(customer, timeZone, refuse),
    registeredTill: givenText(customer, 'registered_till'),
    associatedWith: givenText(customer, 'associated_with'),
    type: readType(customer, refuse),
    customFields: readFields(entriesOf(customer, 'custom_fields', 'field', 'customFields', refuse), oldForm),
    extendedFields: readFields(
      entriesOf(customer, 'extended_fields', 'field', 'extendedFields', refuse),
      (value) => value,
    ),
    subscriptions: readSubscriptions(customer, refuse),
    fraudStatus: readFraudStatus(customer, refuse),
  });
  return { input: { ...input, invalidFields: 'SKIP' }, faults };
}

const invalid = 10002;

type Given<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** To the planner a key that is there is a value that is given. */
function withoutUndefined<T extends object>(object: T): Partial<Given<T>> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<Given<T>>;
}

function readId(customer: unknown): string | undefined {
  const text = givenText(customer, 'id');
  return text === NO_TEXT ? NO_ID : text;
}

function readDate(customer: unknown, timeZone: string, refuse: Refuse): string | undefined {
  const text = givenText(customer, 'registered_on');
  if (text === undefined || readInstant(text, timeZone) !== null) return text;
  refuse(['registeredOn'], 1034, 'registered_on is no time that there is: give it as 2016-09-11 11:11:11');
  return undefined;
}

function readType(customer: unknown, refuse: Refuse): LoyaltyType | undefined {
  const text = givenText(customer, 'type');
  return oneOf(LoyaltyType, text, () => {
    refuse(['type'], invalid, 'type is LOYALTY or NON_LOYALTY');
  });
}

function readFraudStatus(customer: unknown, refuse: Refuse): FraudStatus | undefined {
  const fraud = given(customer, 'fraud_status');
  const refuseIt = () => {
    refuse(['fraudStatus'], invalid, 'fraud_status has a status, CONFIRMED or NONE');
  };
  if (fraud === undefined) return undefined;
  if (isObject(fraud)) return oneOf(FraudStatus, givenText(fraud, 'status'), refuseIt);
  refuseIt();
  return undefined;
}

/** The entries of a list within its wrapper: those that give nothing are none. */
function entriesOf(customer: unknown, wrapper: string, key: string, field: string, refuse: Refuse): readonly unknown[] {
  const wrapped = given(customer, wrapper);
  if (wrapped !== undefined && !isObject(wrapped)) refuse([field], invalid, `${wrapper} is an object with a ${key}`);
  return givenList(wrapped, key).filter((entry) => entry !== '' && entry !== null);
}

function readFields(entries: readonly unknown[], read: (value: unknown) => unknown): FieldValueInput[] | undefined {
  const fields = entries.flatMap((entry): FieldValueInput[] => {
    const name = givenText(entry, 'name');
    const value = read(given(entry, 'value'));
    if (name === undefined && value === undefined && isObject(entry)) return [];
    // Without a name it is a field that there is not; a key without a value says that there is none.
    return [{ name: name ?? '', ...(value === undefined ? {} : { value: textOf(value) }) }];
  });
  return fields.length === 0 ? undefined : fields;
}

/** The value of a custom field, which old clients send as the one entry of a list, mostly in a string: `["46"]`. */
function oldForm(value: unknown): unknown {
  const list = typeof value === 'string' && value.startsWith('[') ? parsed(value) : value;
  if (!Array.isArray(list) || list.length > 1) return value;
  const [only] = list as readonly unknown[];
  return only === '' || only === null ? undefined : only;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readSubscriptions(customer: unknown, refuse: Refuse): SubscriptionInput[] | undefined {
  const entries = entriesOf(customer, 'subscriptions', 'subscription', 'subscriptions', refuse);
  // Those that give nothing are no entries: what is refused has the place that it would have among the others.
  const subscriptions = entries.filter(givesAnything).flatMap((entry, index) => {
    const subscription = readSubscription(entry, (key, legacyCode, message) => {
      refuse(['subscriptions', String(index), ...key], legacyCode, message);
    });
    return subscription === null ? [] : [subscription];
  });
  return subscriptions.length === 0 ? undefined : subscriptions;
}

const subscriptionKeys = ['channel', 'priority', 'scope', 'is_subscribed'];

const givesAnything = (entry: unknown): boolean =>
  !isObject(entry) || subscriptionKeys.some((key) => given(entry, key) !== undefined);

function readSubscription(entry: unknown, refuse: Refuse): SubscriptionInput | null {
  if (!isObject(entry)) {
    refuse([], invalid, 'A subscription is an object');
    return null;
  }
  const channel = oneOf(Channel, givenText(entry, 'channel') ?? 'none', () => {
    refuse(['channel'], 1101, 'channel is sms or email');
  });
  const priority = oneOf(Priority, givenText(entry, 'priority') ?? 'none', () => {
    refuse(['priority'], 1102, 'priority is TRANS or BULK');
  });
  oneOf({ ALL: 'ALL' }, givenText(entry, 'scope'), () => {
    refuse(['scope'], 1103, 'scope is all');
  });
  const isSubscribed = oneOf({ 0: '0', 1: '1' }, givenText(entry, 'is_subscribed') ?? '1', () => {
    refuse(['is_subscribed'], 1106, 'is_subscribed is 0 or 1');
  });
  if (channel === undefined || priority === undefined) return null;
  const status = isSubscribed === '0' ? SubscriptionStatus.UNSUBSCRIBED : SubscriptionStatus.SUBSCRIBED;
  return { channel, priority, status };
}

/** The word that the text is, in any case; undefined where none is given, or it is another one, which is refused. */
function oneOf<Word extends string>(
  words: Readonly<Record<string, Word>>,
  text: string | undefined,
  refuseIt: () => void,
): Word | undefined {
  if (text === undefined) return undefined;
  // ASCII alone: what other letters become in capitals must not count.
  const capitals = text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  const word = Object.values(words).find((one) => one === capitals);
  if (word === undefined) refuseIt();
  return word;
}
