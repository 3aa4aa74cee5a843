/**
 * What the model of the behaviour page knows: plain objects, nothing of the service's own code. Figures are BigInt
 * thousandths, instants milliseconds. `model.ts` says what the operations do to it.
 */

export const identifierTypes = ['MOBILE', 'EMAIL', 'EXTERNAL_ID'] as const;
export type IdentifierType = (typeof identifierTypes)[number];
export const identifierField = { MOBILE: 'mobile', EMAIL: 'email', EXTERNAL_ID: 'externalId' } as const;

export type Status = 'SUBSCRIBED' | 'UNSUBSCRIBED';
export type Loyalty = 'LOYALTY' | 'NON_LOYALTY';
export type Fraud = 'CONFIRMED' | 'NONE';
export type Rule =
  | 'REQUEST'
  | 'SIDE_EFFECT'
  | 'UNDO'
  | 'FILLED'
  | 'EARLIEST'
  | 'SUMMED'
  | 'HIGHER_SLAB'
  | 'OPT_OUT_WINS'
  | 'FRAUD_WINS'
  | 'OVERWRITTEN'
  | 'ALIAS';

/** In the enums' order: channel, then priority. */
export const subscriptionKeys = ['SMS.TRANS', 'SMS.BULK', 'EMAIL.TRANS', 'EMAIL.BULK'] as const;
export type SubscriptionKey = (typeof subscriptionKeys)[number];

/** The figures that are stored, in the schema's order. loyaltyPoints is worked out from them. */
export const figureNames = [
  'redeemed',
  'expired',
  'returned',
  'adjusted',
  'lifetimePoints',
  'cumulativePurchases',
] as const;
export type FigureName = (typeof figureNames)[number];
export type Figures = Record<FigureName, bigint>;

export interface Field {
  name: string;
  type: 'INTEGER' | 'STRING' | 'ENUM';
  options?: string[];
  maxLength?: number;
}

export interface Slab {
  serialNumber: number;
  name: string;
  description: string | null;
}

export interface Program {
  id: string;
  isDefault: boolean;
  /** Lowest first. */
  slabs: Slab[];
}

export interface RewardRule {
  name: string;
  programId: string;
  points: bigint;
  fields: string[];
}

/** An organization and its settings. Time zone UTC; a mobile is always given with its plus. */
export interface Organization {
  primary: IdentifierType;
  strict: boolean;
  mayUpdate: Record<IdentifierType, boolean>;
  required: Record<IdentifierType, boolean>;
  minRegistrationDate: number;
  policy: 'AUTOMATIC' | 'NON_LOYALTY_ONLY' | 'NEVER';
  /** Canonical, as each kind that they are valid for. */
  placeholders: Record<IdentifierType, string[]>;
  blockedOn: IdentifierType[];
  undoDays: number;
  overwriteExtended: boolean;
  skips: { customFields: boolean; extendedFields: boolean };
  customFields: Field[];
  extendedFields: Field[];
  tills: string[];
  /** In the order of the organization's file. */
  programs: Program[];
  rewardRules: RewardRule[];
}

export interface Caller {
  id: string;
  till: string | null;
  merge: boolean;
}

export interface Identifier {
  type: IdentifierType;
  value: string;
}

export interface Summary extends Figures {
  slabSNo: number | null;
  slabExpiryDate: number | null;
}

export interface Customer {
  id: string;
  version: number;
  updatedOn: number;
  /** Null for a live customer, else its survivor, which is live. */
  mergedInto: string | null;
  identifiers: Record<IdentifierType, string | null>;
  aliases: Identifier[];
  firstname: string | null;
  lastname: string | null;
  type: Loyalty;
  fraudStatus: Fraud;
  registeredOn: number | null;
  registeredTill: string | null;
  associatedWith: string | null;
  lifetimePurchases: bigint;
  customFields: Record<string, string>;
  extendedFields: Record<string, string>;
  subscriptions: Partial<Record<SubscriptionKey, Status>>;
  /** By program id. */
  summaries: Record<string, Summary>;
  rewardsHad: string[];
}

export interface Change {
  field: string;
  previous: string | null;
  current: string | null;
  rule: Rule;
}

/** A change before it is printed: `key` tells two aliases of one type apart. */
export interface KeyedChange extends Change {
  key: string;
}

export interface Balance {
  programId: string | null;
  figure: string;
  survivorBefore: string;
  victimBefore: string;
  after: string;
}

export interface MergeRecord {
  id: string;
  survivorId: string;
  victimId: string;
  matchedOn: Identifier[];
  changes: KeyedChange[];
  balances: Balance[];
  mergedAt: number;
  undoneAt: number | null;
  /** Both as they were just before this merge. */
  survivorBefore: Customer;
  victimBefore: Customer;
  /** Whose pointer to the victim moved to the survivor. */
  pointers: string[];
  /** The keys of changes that a request has changed or named since: "the request's for good". */
  requests: string[];
}

export interface AuditEvent {
  customerId: string;
  at: number;
  action: 'UPDATED' | 'MERGED' | 'MERGE_UNDONE';
  version: number;
  requestId: string;
  client: string;
  tillCode: string | null;
  changes: Change[];
  mergeId: string | null;
}

export interface LedgerEntry extends Figures {
  customerId: string;
  at: number;
  kind: 'OPENING' | 'AWARD' | 'MERGE_OUT' | 'MERGE_IN' | 'UNDO_OUT' | 'UNDO_IN';
  programId: string | null;
  rule: string | null;
  mergeId: string | null;
}

export interface Remembered {
  /** The input as parsed, its key aside. */
  input: string;
  payload: Payload;
  customerId: string;
}

export interface World {
  organization: Organization;
  customers: Record<string, Customer>;
  /** These three oldest first. */
  merges: MergeRecord[];
  events: AuditEvent[];
  ledger: LedgerEntry[];
  /** By client and idempotency key. */
  keys: Record<string, Remembered>;
}

export interface Fault {
  code: string;
  field: string[];
  legacyCode: number;
}

export interface SideEffect {
  type: 'POINTS';
  rule: string;
  programId: string;
  awardedPoints: string;
  totalPoints: string;
}

export interface Payload {
  success: boolean;
  total: number;
  successCount: number;
  customer: ShownCustomer | null;
  merges: ShownMerge[];
  changes: Change[];
  sideEffects: SideEffect[];
  warnings: Fault[];
  errors: Fault[];
  planHash: string | null;
  replayed: boolean;
}

export interface UndoPayload {
  success: boolean;
  restored: ShownCustomer | null;
  survivor: ShownCustomer | null;
  changes: Change[];
  kept: Change[];
  errors: Fault[];
}

/** Everything but the organization is copied. */
export function copyOf(world: World): World {
  const { organization, ...rest } = world;
  return { organization, ...structuredClone(rest) };
}

export const noFigures = (): Figures => ({
  redeemed: 0n,
  expired: 0n,
  returned: 0n,
  adjusted: 0n,
  lifetimePoints: 0n,
  cumulativePurchases: 0n,
});

/** "loyaltyPoints = lifetimePoints − redeemed − expired − returned + adjusted, always, in each program." */
export const loyaltyPoints = (figures: Figures): bigint =>
  figures.lifetimePoints - figures.redeemed - figures.expired - figures.returned + figures.adjusted;

/** "summaries default program first, then as in the organization"; without one marked default, the first is. */
export function orderedPrograms({ programs }: Organization): Program[] {
  const main = programs.find(({ isDefault }) => isDefault) ?? programs[0];
  return main === undefined ? [] : [main, ...programs.filter((program) => program !== main)];
}

export const defaultProgram = (organization: Organization): Program | undefined => orderedPrograms(organization)[0];

export const zeroSummary = (program: Program): Summary => ({
  ...noFigures(),
  slabSNo: program.slabs[0]?.serialNumber ?? null,
  slabExpiryDate: null,
});

export function programOf({ programs }: Organization, id: string): Program {
  const program = programs.find((one) => one.id === id);
  if (program === undefined) throw new Error(`No program ${id}`);
  return program;
}

/** The live customer that an id finds: "a merged customer's id finds its survivor". */
export function findById({ customers }: World, id: string): Customer | null {
  const customer = customers[id];
  if (customer === undefined) return null;
  return customer.mergedInto === null ? customer : (customers[customer.mergedInto] ?? null);
}

/** Whether the customer has the identifier, as its own or as an alias. */
export const has = (customer: Customer, type: IdentifierType, value: string): boolean =>
  customer.identifiers[type] === value ||
  customer.aliases.some((alias) => alias.type === type && alias.value === value);

export const findByIdentifier = ({ customers }: World, type: IdentifierType, value: string): Customer | null =>
  Object.values(customers).find((customer) => customer.mergedInto === null && has(customer, type, value)) ?? null;

export const instantText = (instant: number): string => new Date(instant).toISOString().replace('.000Z', 'Z');

export function decimalText(thousandths: bigint): string {
  const sign = thousandths < 0n ? '-' : '';
  const digits = String(thousandths < 0n ? -thousandths : thousandths).padStart(4, '0');
  return sign + `${digits.slice(0, -3)}.${digits.slice(-3)}`.replace(/\.?0+$/, '');
}

const textOrNull = <T>(value: T | null | undefined, text: (value: T) => string = String): string | null =>
  value === null || value === undefined ? null : text(value);

const byTypeThenValue = (one: Identifier, other: Identifier): number =>
  identifierTypes.indexOf(one.type) - identifierTypes.indexOf(other.type) ||
  (one.value < other.value ? -1 : one.value > other.value ? 1 : 0);

export const aliasKey = ({ type, value }: Identifier): string => `aliases.${type}=${value}`;
const fieldOfKey = (key: string): string => key.split('=')[0] ?? key;

/**
 * Every stored value with the name that `changes` calls it by, "in the schema's field order, lists in the orders
 * above". Not "version, updatedOn or derived figures".
 */
function storedValues(
  customer: Customer,
  aliases: Identifier[],
  organization: Organization,
): [string, string | null][] {
  return [
    ['firstname', customer.firstname],
    ['lastname', customer.lastname],
    ['mobile', customer.identifiers.MOBILE],
    ['email', customer.identifiers.EMAIL],
    ['externalId', customer.identifiers.EXTERNAL_ID],
    ...aliases.map((alias): [string, string | null] => [
      aliasKey(alias),
      customer.aliases.some(({ type, value }) => type === alias.type && value === alias.value) ? alias.value : null,
    ]),
    ['type', customer.type],
    ['fraudStatus', customer.fraudStatus],
    ['registeredOn', textOrNull(customer.registeredOn, instantText)],
    ['registeredTill', customer.registeredTill],
    ['associatedWith', customer.associatedWith],
    ['lifetimePurchases', decimalText(customer.lifetimePurchases)],
    ...orderedPrograms(organization).flatMap(({ id }): [string, string | null][] => {
      const summary = customer.summaries[id];
      return [
        ...figureNames.map((name): [string, string | null] => [
          `pointsSummaries.${id}.${name}`,
          textOrNull(summary?.[name], decimalText),
        ]),
        [`pointsSummaries.${id}.slabSNo`, textOrNull(summary?.slabSNo)],
        [`pointsSummaries.${id}.slabExpiryDate`, textOrNull(summary?.slabExpiryDate, instantText)],
      ];
    }),
    ...organization.customFields.map(({ name }): [string, string | null] => [
      `customFields.${name}`,
      customer.customFields[name] ?? null,
    ]),
    ...organization.extendedFields.map(({ name }): [string, string | null] => [
      `extendedFields.${name}`,
      customer.extendedFields[name] ?? null,
    ]),
    ...subscriptionKeys.map((key): [string, string | null] => [
      `subscriptions.${key}`,
      customer.subscriptions[key] ?? null,
    ]),
  ];
}

/**
 * One entry for each stored value that differs, and for each of `named` also where it does not, in order, with the rule
 * that `rules` has for it.
 */
export function changesBetween(
  before: Customer,
  after: Customer,
  organization: Organization,
  rules: Map<string, Rule>,
  named: string[] = [],
): KeyedChange[] {
  const aliases = [...before.aliases];
  for (const alias of after.aliases) {
    if (!aliases.some((one) => aliasKey(one) === aliasKey(alias))) aliases.push(alias);
  }
  aliases.sort(byTypeThenValue);
  const previous = storedValues(before, aliases, organization);
  const current = storedValues(after, aliases, organization);
  const changes: KeyedChange[] = [];
  for (const [index, [key, value]] of current.entries()) {
    const old = previous[index]?.[1] ?? null;
    if (old === value && !named.includes(key)) continue;
    const rule = rules.get(key);
    if (rule === undefined) throw new Error(`Nothing says why ${key} changed`);
    changes.push({ key, field: fieldOfKey(key), previous: old, current: value, rule });
  }
  return changes;
}

/** The text of the stored value that a change is about. */
export function storedValue(customer: Customer, key: string, organization: Organization): string | null {
  return storedValues(customer, customer.aliases, organization).find(([name]) => name === key)?.[1] ?? null;
}

export const shownChange = ({ field, previous, current, rule }: Change): Change => ({ field, previous, current, rule });

export type ShownMerge = ReturnType<typeof showMerge>;

export const showMerge = (record: MergeRecord) => ({
  id: record.id,
  survivorId: record.survivorId,
  victimId: record.victimId,
  matchedOn: record.matchedOn,
  changes: record.changes.map(shownChange),
  balances: record.balances,
  mergedAt: instantText(record.mergedAt),
  undoneAt: textOrNull(record.undoneAt, instantText),
});

export type ShownCustomer = ReturnType<typeof showCustomer>;

/** A customer as a query answers it. */
export function showCustomer(world: World, customer: Customer) {
  const { organization } = world;
  const programs = orderedPrograms(organization);
  const pointsSummaries = programs.flatMap((program) => {
    const summary = customer.summaries[program.id];
    return summary === undefined ? [] : [showSummary(summary, program)];
  });
  const summaries = Object.values(customer.summaries);
  const main = pointsSummaries.find(({ programId }) => programId === programs[0]?.id);
  return {
    userId: customer.id,
    version: customer.version,
    firstname: customer.firstname,
    lastname: customer.lastname,
    mobile: customer.identifiers.MOBILE,
    email: customer.identifiers.EMAIL,
    externalId: customer.identifiers.EXTERNAL_ID,
    aliases: [...customer.aliases].sort(byTypeThenValue),
    type: customer.type,
    fraudStatus: customer.fraudStatus,
    registeredOn: textOrNull(customer.registeredOn, instantText),
    registeredTill: customer.registeredTill,
    associatedWith: customer.associatedWith,
    updatedOn: instantText(customer.updatedOn),
    // "A customer's lifetimePoints and loyaltyPoints are the sums over programs; currentSlab and tierExpiryDate are
    // those of the default program."
    lifetimePoints: decimalText(summaries.reduce((sum, summary) => sum + summary.lifetimePoints, 0n)),
    loyaltyPoints: decimalText(summaries.reduce((sum, summary) => sum + loyaltyPoints(summary), 0n)),
    lifetimePurchases: decimalText(customer.lifetimePurchases),
    currentSlab: main?.currentSlab ?? null,
    tierExpiryDate: main?.slabExpiryDate ?? null,
    pointsSummaries,
    customFields: showFields(organization.customFields, customer.customFields),
    extendedFields: showFields(organization.extendedFields, customer.extendedFields),
    subscriptions: subscriptionKeys.flatMap((key) => {
      const [channel, priority] = key.split('.');
      const status = customer.subscriptions[key];
      return status === undefined ? [] : [{ channel, priority, status }];
    }),
    // "Customer.merges are the standing merges whose survivor it is", newest first.
    merges: world.merges
      .filter(({ survivorId, undoneAt }) => survivorId === customer.id && undoneAt === null)
      .reverse()
      .map(showMerge),
  };
}

function showSummary(summary: Summary, { id, slabs }: Program) {
  const current = slabs.find(({ serialNumber }) => serialNumber === summary.slabSNo);
  // "nextSlab… are those of the next serial number, null at the top."
  const next = slabs.find(({ serialNumber }) => summary.slabSNo !== null && serialNumber > summary.slabSNo);
  return {
    programId: id,
    redeemed: decimalText(summary.redeemed),
    expired: decimalText(summary.expired),
    returned: decimalText(summary.returned),
    adjusted: decimalText(summary.adjusted),
    lifetimePoints: decimalText(summary.lifetimePoints),
    loyaltyPoints: decimalText(loyaltyPoints(summary)),
    cumulativePurchases: decimalText(summary.cumulativePurchases),
    currentSlab: current?.name ?? null,
    slabSNo: summary.slabSNo,
    slabExpiryDate: textOrNull(summary.slabExpiryDate, instantText),
    nextSlab: next?.name ?? null,
    nextSlabSerialNumber: next?.serialNumber ?? null,
    nextSlabDescription: next?.description ?? null,
  };
}

const showFields = (fields: Field[], values: Record<string, string>): { name: string; value: string }[] =>
  fields.flatMap(({ name }) => {
    const value = values[name];
    return value === undefined ? [] : [{ name, value }];
  });

/** "A survivor's log includes its standing victims' events"; newest first. */
export function showAuditLog(world: World, customer: Customer) {
  return world.events
    .filter(({ customerId }) => customerId === customer.id || world.customers[customerId]?.mergedInto === customer.id)
    .reverse()
    .map((event) => ({ ...event, at: instantText(event.at) }));
}

/** A customer's own ledger, newest first. */
export function showLedger({ ledger }: World, customer: Customer) {
  return ledger
    .filter(({ customerId }) => customerId === customer.id)
    .reverse()
    .map(({ at, kind, programId, rule, mergeId, ...entry }) => ({
      at: instantText(at),
      kind,
      programId,
      lifetimePoints: decimalText(entry.lifetimePoints),
      redeemed: decimalText(entry.redeemed),
      expired: decimalText(entry.expired),
      returned: decimalText(entry.returned),
      adjusted: decimalText(entry.adjusted),
      cumulativePurchases: decimalText(entry.cumulativePurchases),
      rule,
      mergeId,
    }));
}
