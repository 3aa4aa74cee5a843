import { InvalidArgumentError, Option, type Command } from 'commander';
import type {
  Channel,
  FieldValueInput,
  FraudStatus,
  LoyaltyType,
  Priority,
  SubscriptionInput,
  SubscriptionStatus,
  UpdateCustomerInput,
} from './generated/graphql.js';
import { CustomerCommandFault } from './fault.js';

export interface Identifiers {
  readonly id?: string;
  readonly mobile?: string;
  readonly email?: string;
  readonly externalId?: string;
}

export interface InputOptions extends Identifiers {
  readonly firstname?: string;
  readonly lastname?: string;
  readonly registeredOn?: string;
  readonly registeredTill?: string;
  readonly associatedWith?: string;
  readonly type?: LoyaltyType;
  readonly customField?: readonly FieldValueInput[];
  readonly extendedField?: readonly FieldValueInput[];
  readonly clear?: readonly Cleared[];
  readonly subscribe?: readonly Pair[];
  readonly unsubscribe?: readonly Pair[];
  readonly fraud?: FraudStatus;
  readonly expectedVersion?: number;
  readonly expectedPlanHash?: string;
  readonly idempotencyKey?: string;
  readonly skipInvalidFields?: true;
}

type FieldKind = 'customFields' | 'extendedFields';

/** Of no kind: the input's own field of that name. */
interface Cleared {
  readonly kind: FieldKind | null;
  readonly name: string;
}

interface Pair {
  readonly channel: Channel;
  readonly priority: Priority;
}

export const addIdentifierOptions = (command: Command): Command =>
  command
    .option('--id <id>', "the customer's own number")
    .option('--mobile <number>', 'with country code, or as it is dialled in the default country')
    .option('--email <address>')
    .option('--external-id <id>');

export const addInputOptions = (command: Command): Command =>
  addIdentifierOptions(command)
    .option('--firstname <name>')
    .option('--lastname <name>')
    .option('--registered-on <instant>', 'such as 2016-09-11T11:11:11Z')
    .option('--registered-till <code>')
    .option('--associated-with <code>', "a till's code")
    .addOption(new Option('--type <type>', 'LOYALTY enrols').choices(['LOYALTY', 'NON_LOYALTY']))
    .option('--custom-field <name=value>', 'repeatable', collect(readField))
    .option('--extended-field <name=value>', 'repeatable', collect(readField))
    .option(
      '--clear <field>',
      'firstname, lastname, associatedWith, customFields.NAME or extendedFields.NAME; repeatable',
      collect(readCleared),
    )
    .option('--subscribe <channel.priority>', 'such as SMS.BULK; repeatable', collect(readPair))
    .option('--unsubscribe <channel.priority>', 'repeatable', collect(readPair))
    .addOption(new Option('--fraud <status>').choices(['CONFIRMED', 'NONE']))
    .option('--expected-version <version>', 'refused unless the customer still has it', readVersion)
    .option('--expected-plan-hash <hash>', "a preview's: refused unless it would do exactly that")
    .option('--idempotency-key <key>', 'a name for this update: sent again, it is done once')
    .option('--skip-invalid-fields', 'leave out custom and extended fields that are invalid, with a warning');

/** The API's input, with nothing in it that was not given. Throws CustomerCommandFault where a value is given and cleared at once. */
export function readInput(options: InputOptions): UpdateCustomerInput {
  const { clear = [], subscribe = [], unsubscribe = [], customField = [], extendedField = [] } = options;
  const { id, mobile, email, externalId, firstname, lastname, registeredOn, registeredTill, associatedWith } = options;
  const { type, fraud, expectedVersion, expectedPlanHash, idempotencyKey, skipInvalidFields } = options;
  refuseGivenAndCleared(options);
  const clearedOf = (kind: FieldKind): FieldValueInput[] =>
    clear.flatMap((field) => (field.kind === kind ? [{ name: field.name, value: null }] : []));
  return {
    ...{ id, mobile, email, externalId, firstname, lastname, registeredOn, registeredTill, associatedWith, type },
    ...Object.fromEntries(clear.flatMap((field) => (field.kind === null ? [[field.name, null]] : []))),
    customFields: orOmitted([...customField, ...clearedOf('customFields')]),
    extendedFields: orOmitted([...extendedField, ...clearedOf('extendedFields')]),
    subscriptions: orOmitted([...subscribe.map(as('SUBSCRIBED')), ...unsubscribe.map(as('UNSUBSCRIBED'))]),
    ...{ fraudStatus: fraud, expectedVersion, expectedPlanHash, idempotencyKey },
    invalidFields: skipInvalidFields === true ? 'SKIP' : undefined,
  };
}

/** Of fields the service says it: there each is an entry of its own. */
function refuseGivenAndCleared(options: InputOptions): void {
  const { clear = [], firstname, lastname, associatedWith } = options;
  const given: Readonly<Record<string, string | undefined>> = { firstname, lastname, associatedWith };
  const both = clear.filter(({ kind, name }) => kind === null && given[name] !== undefined);
  if (both.length > 0) throw new CustomerCommandFault(both.map(({ name }) => `${name} is given and cleared at once`));
}

const as =
  (status: SubscriptionStatus) =>
  (pair: Pair): SubscriptionInput => ({ ...pair, status });

const orOmitted = <Item>(items: Item[]): Item[] | undefined => (items.length === 0 ? undefined : items);

const collect =
  <Value>(read: (text: string) => Value) =>
  (text: string, before: readonly Value[] = []): readonly Value[] => [...before, read(text)];

function readField(text: string): FieldValueInput {
  const [, name, value] = /^([^=]+)=(.+)$/su.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('It takes NAME=VALUE; --clear takes a value away.');
  }
  return { name, value };
}

function readCleared(text: string): Cleared {
  if (/^(firstname|lastname|associatedWith)$/.test(text)) return { kind: null, name: text };
  const [, kind, name] = /^(customFields|extendedFields)\.(.+)$/su.exec(text) ?? [];
  if (kind === undefined || name === undefined) {
    throw new InvalidArgumentError(
      'It takes firstname, lastname, associatedWith, customFields.NAME or extendedFields.NAME.',
    );
  }
  return { kind: kind as FieldKind, name };
}

function readPair(text: string): Pair {
  const [, channel, priority] = /^(SMS|EMAIL)\.(TRANS|BULK)$/.exec(text.toUpperCase()) ?? [];
  if (channel === undefined) throw new InvalidArgumentError('It takes SMS.TRANS, SMS.BULK, EMAIL.TRANS or EMAIL.BULK.');
  return { channel: channel as Channel, priority: priority as Priority };
}

function readVersion(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}
