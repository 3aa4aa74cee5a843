import fc from 'fast-check';
import type { UpdateInput } from './model.js';
import {
  decimalText,
  identifierTypes,
  instantText,
  subscriptionKeys,
  type Caller,
  type Customer,
  type IdentifierType,
  type Organization,
  type Program,
  type Status,
  type Summary,
} from './world.js';

/** An update as it is generated: what only the history itself can know is filled in when its turn comes. */
export interface GeneratedInput {
  input: UpdateInput;
  /** Whose identifiers the input names besides: numbers of live customers, each with the one of its identifiers to take. */
  others: { customer: number; identifier: number }[];
  /** expectedVersion as the customer with the id `input.id` has it, or another. */
  version?: 'RIGHT' | 'WRONG' | undefined;
}

export type Operation =
  | { kind: 'UPDATE' | 'PREVIEW'; caller: number; update: GeneratedInput }
  | { kind: 'BATCH'; caller: number; updates: GeneratedInput[] }
  /** An input with a key once more, perhaps changed, perhaps by another client. */
  | { kind: 'RETRY'; caller: number; which: number; isChanged: boolean; as: 'UPDATE' | 'PREVIEW' | 'BATCH' }
  /** The input of an earlier preview, with its plan hash. */
  | { kind: 'COMMIT'; which: number; isPreview: boolean }
  /** `which` counts from the latest merge. */
  | { kind: 'UNDO'; caller: number; which: number };

export interface History {
  organization: Organization;
  customers: Customer[];
  operations: Operation[];
  /** How far the clock moves before each operation, in milliseconds. */
  ticks: number[];
}

// ------------------------------------------------------------------------------------------------------- Organizations

export const callers = (organizationId: string): Caller[] => [
  { id: `${organizationId}.till`, till: 'till.1', merge: true },
  { id: `${organizationId}.back-office`, till: null, merge: true },
  { id: `${organizationId}.kiosk`, till: 'till.2', merge: false },
];

const slabs = (...serialNumbers: number[]) =>
  serialNumbers.map((serialNumber) => ({
    serialNumber,
    name: `slab ${serialNumber}`,
    description: serialNumber === 2 ? null : `number ${serialNumber}`,
  }));

const first: Program = { id: '11', isDefault: false, slabs: slabs(1, 2, 3) };
const another: Program = { id: '22', isDefault: false, slabs: slabs(2, 5) };
const flat: Program = { id: '33', isDefault: false, slabs: [] };
const main = (program: Program): Program => ({ ...program, isDefault: true });

const allRules = [
  { name: 'names', points: 50_000n, fields: ['firstname', 'lastname'] },
  { name: 'reachable', points: 7_500n, fields: ['mobile', 'email'] },
  { name: 'profile', points: 100_000n, fields: ['customFields.age', 'extendedFields.gender', 'registeredOn'] },
  { name: 'at home', points: 1n, fields: ['registeredTill', 'associatedWith', 'externalId'] },
];

const placeholderTexts = ['+447911123499', 'shop@example.com', 'X0'];
const asPlaceholders: Record<IdentifierType, string[]> = {
  MOBILE: ['447911123499'],
  EMAIL: ['shop@example.com'],
  EXTERNAL_ID: placeholderTexts,
};
const noPlaceholders: Record<IdentifierType, string[]> = { MOBILE: [], EMAIL: [], EXTERNAL_ID: [] };

const rarely = (weight: number) => fc.integer({ min: 1, max: 100 }).map((percent) => percent > 100 - weight);
const mostly = (weight: number) => fc.integer({ min: 1, max: 100 }).map((percent) => percent <= weight);
const forEachType = (arbitrary: fc.Arbitrary<boolean>) =>
  fc.record({ MOBILE: arbitrary, EMAIL: arbitrary, EXTERNAL_ID: arbitrary });
const usually = <T>(value: T, weight: number, ...others: T[]) =>
  fc.oneof({ weight, arbitrary: fc.constant(value) }, { weight: 100 - weight, arbitrary: fc.constantFrom(...others) });

const programs: fc.Arbitrary<Program[]> = fc.constantFrom(
  [main(first)],
  [first, main(another)],
  [first, another, main(flat)],
  [another, flat],
  [],
);

const organization: fc.Arbitrary<Organization> = programs.chain((chosen) =>
  fc.record({
    primary: fc.constantFrom(...identifierTypes),
    strict: rarely(20),
    mayUpdate: forEachType(mostly(75)),
    required: forEachType(rarely(25)),
    minRegistrationDate: usually(Date.parse('1900-01-01'), 70, Date.parse('2012-01-01')),
    policy: usually<Organization['policy']>('AUTOMATIC', 88, 'NON_LOYALTY_ONLY', 'NEVER'),
    placeholders: usually(noPlaceholders, 60, asPlaceholders),
    blockedOn: usually<IdentifierType[]>([], 75, ['EXTERNAL_ID'], ['MOBILE', 'EMAIL']),
    undoDays: usually(30, 80, 1),
    overwriteExtended: rarely(30),
    skips: fc.record({ customFields: rarely(15), extendedFields: rarely(15) }),
    customFields: fc.constant([
      { name: 'age', type: 'INTEGER' as const },
      { name: 'nick', type: 'STRING' as const, maxLength: 4 },
    ]),
    extendedFields: fc.constant([
      { name: 'gender', type: 'ENUM' as const, options: ['Male', 'Female', 'Other'] },
      { name: 'Note', type: 'STRING' as const },
    ]),
    tills: fc.constant(['till.1', 'till.2']),
    programs: fc.constant(chosen),
    rewardRules:
      chosen.length === 0
        ? fc.constant([])
        : fc
            .tuple(fc.subarray(allRules), fc.nat(chosen.length - 1))
            .map(([rules, from]) =>
              rules.map((rule, index) => ({ ...rule, programId: chosen[(from + index) % chosen.length]?.id ?? '' })),
            ),
  }),
);

/** The organization as its file. */
export function organizationFile(id: string, organization: Organization, customers: Customer[]): object {
  const flag = (value: boolean) => (value ? '1' : '0');
  const { mayUpdate, required, skips, placeholders } = organization;
  const skipped = [
    ...(skips.customFields ? ['CUSTOM_FIELDS'] : []),
    ...(skips.extendedFields ? ['EXTENDED_FIELDS'] : []),
  ];
  return {
    organization: {
      id,
      name: `Organization ${id}`,
      defaultCountry: 'GB',
      timeZone: 'UTC',
      configs: {
        CONF_REGISTRATION_PRIMARY_KEY: organization.primary,
        CONF_PRIMARY_IDENTIFIER_STRICT_CHECK: flag(organization.strict),
        CONF_ALLOW_MOBILE_UPDATE: flag(mayUpdate.MOBILE),
        CONF_ALLOW_EMAIL_UPDATE: flag(mayUpdate.EMAIL),
        CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: flag(mayUpdate.EXTERNAL_ID),
        CONF_USERS_IS_MOBILE_REQUIRED: flag(required.MOBILE),
        CONF_USERS_IS_EMAIL_REQUIRED: flag(required.EMAIL),
        CONF_USERS_IS_EXTERNAL_ID_REQUIRED: flag(required.EXTERNAL_ID),
        CONF_MIN_REGISTRATION_DATE: instantText(organization.minRegistrationDate).slice(0, 10),
        MERGE_POLICY: organization.policy,
        MERGE_PLACEHOLDERS: placeholders.EXTERNAL_ID.join(', '),
        MERGE_BLOCKED_ON: organization.blockedOn.join(','),
        MERGE_UNDO_DAYS: String(organization.undoDays),
        CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: flag(organization.overwriteExtended),
        CONF_SKIP_MERGE_HANDLER: skipped.join(','),
      },
      tills: organization.tills.map((code) => ({ code, name: code })),
      customFields: organization.customFields,
      extendedFields: organization.extendedFields,
      programs: organization.programs.map((program) => ({
        id: program.id,
        name: `Program ${program.id}`,
        default: program.isDefault,
        slabs: program.slabs,
      })),
      rewardRules: organization.rewardRules.map((rule) => ({ ...rule, points: decimalText(rule.points) })),
      accessGroups: [
        { name: 'tills', customer: 'WRITE' },
        { name: 'kiosks', customer: 'WRITE', merge: false },
      ],
      clients: callers(id).map((caller) => ({
        id: caller.id,
        secret: 'a secret of the model',
        accessGroup: caller.merge ? 'tills' : 'kiosks',
        till: caller.till,
      })),
    },
    customers: customers.map(customerRecord),
  };
}

function customerRecord(customer: Customer): object {
  const { mobile, email, externalId } = {
    mobile: customer.identifiers.MOBILE,
    email: customer.identifiers.EMAIL,
    externalId: customer.identifiers.EXTERNAL_ID,
  };
  return {
    id: customer.id,
    mobile: mobile === null ? null : `+${mobile}`,
    email,
    externalId,
    firstname: customer.firstname,
    lastname: customer.lastname,
    type: customer.type,
    fraudStatus: customer.fraudStatus,
    registeredOn: customer.registeredOn === null ? null : instantText(customer.registeredOn),
    registeredTill: customer.registeredTill,
    associatedWith: customer.associatedWith,
    lifetimePurchases: decimalText(customer.lifetimePurchases),
    customFields: customer.customFields,
    extendedFields: customer.extendedFields,
    subscriptions: Object.entries(customer.subscriptions).map(([key, status]) => {
      const [channel, priority] = key.split('.');
      return { channel, priority, status };
    }),
    pointsSummaries: Object.entries(customer.summaries).map(([programId, summary]) => ({
      programId,
      redeemed: decimalText(summary.redeemed),
      expired: decimalText(summary.expired),
      returned: decimalText(summary.returned),
      adjusted: decimalText(summary.adjusted),
      lifetimePoints: decimalText(summary.lifetimePoints),
      cumulativePurchases: decimalText(summary.cumulativePurchases),
      slabSNo: summary.slabSNo,
      slabExpiryDate: summary.slabExpiryDate === null ? null : instantText(summary.slabExpiryDate),
    })),
  };
}

// ----------------------------------------------------------------------------------------------------------- Customers

const mobileOf = (index: number): string => `4479111234${String(index).padStart(2, '0')}`;
const identifierOf: Record<IdentifierType, (index: number) => string> = {
  MOBILE: mobileOf,
  EMAIL: (index) => `c${index}@example.com`,
  EXTERNAL_ID: (index) => `X${index}`,
};
const placeholderOf: Record<IdentifierType, string> = {
  MOBILE: mobileOf(99),
  EMAIL: 'shop@example.com',
  EXTERNAL_ID: 'X0',
};

const figure = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0n, 10_000n, 20_500n, 1n) },
  { weight: 1, arbitrary: fc.constantFrom(-15_000n, -1n) },
);

const summary = (program: Program): fc.Arbitrary<Summary> =>
  fc.record({
    redeemed: figure,
    expired: figure,
    returned: figure,
    adjusted: figure,
    lifetimePoints: figure,
    cumulativePurchases: figure,
    slabSNo: fc.constantFrom(...(program.slabs.length === 0 ? [null] : program.slabs.map((slab) => slab.serialNumber))),
    slabExpiryDate:
      program.slabs.length === 0
        ? fc.constant(null)
        : fc.constantFrom(null, Date.parse('2031-01-01T00:00:00Z'), Date.parse('2032-02-02T02:02:02.222Z')),
  });

const maybe = <T>(arbitrary: fc.Arbitrary<T>, weight = 50): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 100 - weight, arbitrary: fc.constant(undefined) }, { weight, arbitrary });

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;

const status = fc.constantFrom<Status>('SUBSCRIBED', 'UNSUBSCRIBED');

const customer = (index: number, { programs: known }: Organization): fc.Arbitrary<Customer> =>
  fc
    .record({
      has: forEachType(mostly(75)),
      hasPlaceholder: forEachType(rarely(4)),
      firstname: fc.constantFrom(null, 'Ann', 'Bob'),
      lastname: fc.constantFrom(null, 'Ash'),
      type: fc.constantFrom('LOYALTY' as const, 'NON_LOYALTY' as const),
      fraudStatus: usually<'CONFIRMED' | 'NONE'>('NONE', 75, 'CONFIRMED'),
      registeredOn: fc.constantFrom(null, Date.parse('2010-01-01T00:00:00Z'), Date.parse('2015-05-05T05:05:05.005Z')),
      registeredTill: fc.constantFrom(null, 'till.1', 'till.2'),
      associatedWith: fc.constantFrom(null, 'till.1', 'till.2'),
      lifetimePurchases: fc.oneof(
        { weight: 30, arbitrary: figure },
        { weight: 1, arbitrary: fc.constant(999_999_999_999_999n) },
      ),
      customFields: fc
        .record({ age: maybe(fc.constantFrom('30', '31')), nick: maybe(fc.constant('Al'), 20) })
        .map(withoutUndefined),
      extendedFields: fc
        .record({ gender: maybe(fc.constantFrom('Male', 'Female')), Note: maybe(fc.constant('a note'), 20) })
        .map(withoutUndefined),
      subscriptions: fc
        .record(Object.fromEntries(subscriptionKeys.map((key) => [key, maybe(status, 40)])))
        .map(withoutUndefined),
      summaries: fc
        .record(Object.fromEntries(known.map((program) => [program.id, maybe(summary(program), 60)])))
        .map(withoutUndefined),
    })
    .map(({ has, hasPlaceholder, ...rest }) => {
      const own = (type: IdentifierType) => (has[type] ? identifierOf[type](index) : null);
      const identifiers = { MOBILE: own('MOBILE'), EMAIL: own('EMAIL'), EXTERNAL_ID: own('EXTERNAL_ID') };
      for (const type of identifierTypes) {
        // Two customers can't both have one.
        if (hasPlaceholder[type] && index === 1) identifiers[type] = placeholderOf[type];
      }
      if (Object.values(identifiers).every((value) => value === null)) identifiers.MOBILE = mobileOf(index);
      return {
        ...rest,
        id: String(index),
        version: 1,
        updatedOn: 0,
        mergedInto: null,
        identifiers,
        aliases: [],
        summaries: rest.summaries as Customer['summaries'],
        customFields: rest.customFields as Customer['customFields'],
        extendedFields: rest.extendedFields as Customer['extendedFields'],
        rewardsHad: [],
      };
    });

// ---------------------------------------------------------------------------------------------------------- Operations

/** One of `people`, one that nobody has, rarely a placeholder or something else. */
const identifier = (type: IdentifierType, people: number, invalid: string): fc.Arbitrary<string | null> => {
  const text = (value: string) => (type === 'MOBILE' ? `+${value}` : value);
  return fc.oneof(
    { weight: 30, arbitrary: fc.integer({ min: 1, max: people }).map((index) => text(identifierOf[type](index))) },
    { weight: 3, arbitrary: fc.constantFrom(7, 8).map((index) => text(identifierOf[type](index))) },
    { weight: 1, arbitrary: fc.constant(text(placeholderOf[type])) },
    { weight: 1, arbitrary: fc.constantFrom(invalid, null) },
  );
};

/** Entries of fields that are defined, with values that they take; one in ten is at fault, or may be. */
const fieldEntries = (right: [string, string | null][], wrong: [string, string][]) =>
  fc
    .array(
      fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...right) },
        { weight: 1, arbitrary: fc.constantFrom(...wrong) },
      ),
      { minLength: 1, maxLength: 2 },
    )
    .map((entries) => entries.map(([name, value]) => (value === 'missing' ? { name } : { name, value })));

const customEntries = fieldEntries(
  [
    ['age', '30'],
    ['age', '31'],
    ['nick', 'Al'],
    ['age', null],
  ],
  [
    ['age', 'Al'],
    ['AGE', '30'],
    ['nick', 'too long'],
    ['nick', 'missing'],
  ],
);

const extendedEntries = fieldEntries(
  [
    ['gender', 'Male'],
    ['gender', 'Female'],
    ['GENDER', 'Other'],
    ['Note', 'a note'],
    ['NOTE', null],
  ],
  [
    ['gender', 'Neither'],
    ['shoe', '44'],
    ['note', 'missing'],
    ['Note', ''],
  ],
);

const subscriptionEntry = fc
  .record({
    channel: fc.constantFrom('SMS' as const, 'EMAIL' as const),
    priority: fc.constantFrom('TRANS' as const, 'BULK' as const),
    status: maybe(status, 80),
  })
  .map(withoutUndefined);

const subscriptionEntries = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.uniqueArray(subscriptionEntry, {
      minLength: 1,
      maxLength: 3,
      selector: ({ channel, priority }) => `${channel}.${priority}`,
    }),
  },
  { weight: 1, arbitrary: fc.array(subscriptionEntry, { minLength: 1, maxLength: 3 }) },
);

const someId = (people: number) =>
  fc.oneof(
    { weight: 60, arbitrary: fc.integer({ min: 1, max: people }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom('99', 'nobody', null) },
  );

const generatedInput = (people: number): fc.Arbitrary<GeneratedInput> =>
  fc
    .record({
      id: someId(people),
      isById: mostly(65),
      others: usually<'NONE' | 'SOME'>('NONE', 70, 'SOME').chain((some) =>
        some === 'NONE'
          ? fc.constant<GeneratedInput['others']>([])
          : fc.array(fc.record({ customer: fc.nat(people - 1), identifier: fc.nat(3) }), {
              minLength: 1,
              maxLength: 3,
            }),
      ),
      mobile: maybe(identifier('MOBILE', people, 'no number'), 35),
      email: maybe(identifier('EMAIL', people, 'no.address'), 35),
      externalId: maybe(identifier('EXTERNAL_ID', people, ''), 35),
      firstname: maybe(usually<string | null>('Ann', 40, 'Bob', 'Bob', 'Cy', 'Cy', 'R!ta', null, null, null), 20),
      lastname: maybe(usually<string | null>('Ash', 50, 'Birch', null), 20),
      registeredOn: maybe(
        usually<string | null>(
          '2013-03-03T03:03:03Z',
          70,
          '2014-04-04 04:04:04',
          '2016-06-06T06:06:06.660Z',
          '2011-11-11T11:11:11.110Z',
          '1850-01-01T00:00:00Z',
          '2199-01-01T00:00:00Z',
          null,
        ),
        15,
      ),
      registeredTill: maybe(usually<string | null>('till.1', 45, 'till.2', 'till.2', 'till.2', 'till.3', null), 15),
      associatedWith: maybe(usually<string | null>('till.1', 45, 'till.2', 'till.2', null, null, 'till.3'), 15),
      type: maybe(usually<'LOYALTY' | 'NON_LOYALTY' | null>('LOYALTY', 90, 'NON_LOYALTY', 'NON_LOYALTY', null), 20),
      customFields: maybe(customEntries, 20),
      extendedFields: maybe(extendedEntries, 20),
      subscriptions: maybe(subscriptionEntries, 35),
      fraudStatus: maybe(
        usually<'CONFIRMED' | 'NONE' | null>('NONE', 60, 'CONFIRMED', 'CONFIRMED', 'CONFIRMED', null),
        20,
      ),
      idempotencyKey: maybe(fc.constantFrom('key 1', 'key 2', 'key 3', 'key 4', 'key 5'), 20),
      invalidFields: maybe(fc.constantFrom('SKIP' as const, 'REJECT' as const), 40),
      version: maybe(usually<'RIGHT' | 'WRONG'>('RIGHT', 80, 'WRONG'), 10),
    })
    .map(({ version, isById, id, others, ...rest }) => {
      const isOtherwise = [rest.mobile, rest.email, rest.externalId].some((value) => value !== undefined);
      const input = isById || !isOtherwise ? { id, ...rest } : rest;
      return { input: withoutUndefined<object>(input), others, version };
    });

const aCaller = fc.oneof(
  { weight: 10, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(2) },
);

const operation = (people: number): fc.Arbitrary<Operation> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({ kind: fc.constant('UPDATE' as const), caller: aCaller, update: generatedInput(people) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('PREVIEW' as const), caller: aCaller, update: generatedInput(people) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('BATCH' as const),
        caller: aCaller,
        updates: fc.array(generatedInput(people), { maxLength: 4 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('RETRY' as const),
        caller: aCaller,
        which: fc.nat(5),
        isChanged: rarely(25),
        as: fc.constantFrom('UPDATE' as const, 'PREVIEW' as const, 'BATCH' as const),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('COMMIT' as const), which: fc.nat(3), isPreview: rarely(15) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('UNDO' as const),
        caller: aCaller,
        which: usually(0, 60, 1, 2, 3, 4, 5, 6),
      }),
    },
  );

const second = 1000;
const day = 24 * 60 * 60 * second;

const tick = fc.oneof(
  { weight: 20, arbitrary: fc.constant(second) },
  { weight: 5, arbitrary: fc.constantFrom(0, 0, 1, 2 * day, 31 * day) },
);

/** An organization with 3 to 6 customers; `settings` win over what is generated. */
export const shop = (
  settings: Partial<Organization>,
): fc.Arbitrary<{ organization: Organization; customers: Customer[] }> =>
  fc.tuple(organization, fc.integer({ min: 3, max: 6 })).chain(([generated, people]) => {
    const chosen = { ...generated, ...settings };
    return fc.record({
      organization: fc.constant(chosen),
      customers: fc.tuple(...Array.from({ length: people }, (_, index) => customer(index + 1, chosen))),
    });
  });

/** Inputs as the histories have them, of those customers; without keys, expected versions and things that are invalid. */
export const inputs = (people: number): fc.Arbitrary<UpdateInput> =>
  generatedInput(people).map(({ input }) => ({ ...input, idempotencyKey: null, invalidFields: 'SKIP' }));

/** Random histories of up to `longest` operations over 3 to 6 customers. */
export const history = (longest: number): fc.Arbitrary<History> =>
  fc.tuple(organization, fc.integer({ min: 3, max: 6 })).chain(([chosen, people]) =>
    fc.record({
      organization: fc.constant(chosen),
      customers: fc.tuple(...Array.from({ length: people }, (_, index) => customer(index + 1, chosen))),
      operations: fc.array(operation(people), { minLength: 1, maxLength: longest, size: 'max' }),
      ticks: fc.array(tick, { minLength: longest, maxLength: longest }),
    }),
  );
