/**
 * The behaviour page once more, as plainly as it can be written: one organization in memory, no cleverness. It is
 * compared with the service after every operation of thousands of histories. Where it and the service differ, the words
 * of the page decide, and they are quoted here where a rule is subtle.
 */
import {
  aliasKey,
  changesBetween,
  copyOf,
  decimalText,
  defaultProgram,
  figureNames,
  findById,
  findByIdentifier,
  has,
  identifierField,
  identifierTypes,
  instantText,
  loyaltyPoints,
  noFigures,
  orderedPrograms,
  programOf,
  shownChange,
  showCustomer,
  showMerge,
  storedValue,
  subscriptionKeys,
  zeroSummary,
  type AuditEvent,
  type Balance,
  type Caller,
  type Customer,
  type Fault,
  type Field,
  type Figures,
  type Fraud,
  type Identifier,
  type IdentifierType,
  type KeyedChange,
  type LedgerEntry,
  type Loyalty,
  type MergeRecord,
  type Organization,
  type Payload,
  type Rule,
  type SideEffect,
  type Status,
  type SubscriptionKey,
  type Summary,
  type UndoPayload,
  type World,
} from './world.js';

export interface UpdateInput {
  id?: string | null;
  mobile?: string | null;
  email?: string | null;
  externalId?: string | null;
  firstname?: string | null;
  lastname?: string | null;
  registeredOn?: string | null;
  registeredTill?: string | null;
  associatedWith?: string | null;
  type?: Loyalty | null;
  customFields?: FieldValueInput[] | null;
  extendedFields?: FieldValueInput[] | null;
  subscriptions?: { channel: 'SMS' | 'EMAIL'; priority: 'TRANS' | 'BULK'; status?: Status }[] | null;
  fraudStatus?: Fraud | null;
  expectedVersion?: number | null;
  expectedPlanHash?: string | null;
  idempotencyKey?: string | null;
  invalidFields?: 'REJECT' | 'SKIP' | null;
}

export interface FieldValueInput {
  name: string;
  value?: string | null;
}

/** Who asks, when, and under which request id. */
export interface Request {
  caller: Caller;
  now: number;
  requestId: string;
}

const day = 24 * 60 * 60 * 1000;
/** "Decimal: at most three places, between ±999,999,999,999.999." */
const greatestDecimal = 999_999_999_999_999n;

/** The schema's input fields, in order. */
const inputFields = [
  'id',
  'mobile',
  'email',
  'externalId',
  'firstname',
  'lastname',
  'registeredOn',
  'registeredTill',
  'associatedWith',
  'type',
  'customFields',
  'extendedFields',
  'subscriptions',
  'fraudStatus',
  'expectedVersion',
  'expectedPlanHash',
  'idempotencyKey',
];

// ---------------------------------------------------------------------------------------------------------- Operations

/** "updateCustomer, step by step, as if alone in one transaction". */
export function updateCustomer(world: World, request: Request, input: UpdateInput): Payload {
  return update(world, request, input, false);
}

/** "runs the same steps in the same code and stores nothing at all; ids that would be made are preview:<victimId>". */
export function previewCustomerUpdate(world: World, request: Request, input: UpdateInput): Payload {
  return update(copyOf(world), request, input, true);
}

/** "runs its items in order, each as if in its own transaction, each seeing what those before it did". */
export function updateCustomers(world: World, request: Request, inputs: UpdateInput[]) {
  const results = inputs.map((input) => updateCustomer(world, request, input));
  return { total: inputs.length, successCount: results.filter(({ success }) => success).length, results };
}

function update(world: World, request: Request, input: UpdateInput, isPreview: boolean): Payload {
  // 1. Replay
  const key = input.idempotencyKey ?? null;
  if (key !== null && (key.length < 1 || key.length > 255))
    return refused([fault('INVALID_INPUT', ['idempotencyKey'])]);
  const remembered = key === null ? undefined : world.keys[`${request.caller.id} ${key}`];
  if (remembered !== undefined) {
    if (remembered.input !== asParsed(input)) return refused([fault('IDEMPOTENCY_KEY_REUSED', ['idempotencyKey'])]);
    // "answers as before with `replayed: true` and the customer as it is now (its survivor, if it was merged since)"
    const customer = findById(world, remembered.customerId);
    if (customer === null) throw new Error('A customer is never lost');
    return { ...remembered.payload, customer: showCustomer(world, customer), replayed: true };
  }
  const next = copyOf(world);
  const payload = decide(next, request, input, isPreview);
  if (!payload.success) return payload;
  // "Every success is remembered, also one that changed nothing; a refusal is not."
  if (key !== null && payload.customer !== null) {
    next.keys[`${request.caller.id} ${key}`] = { input: asParsed(input), payload, customerId: payload.customer.userId };
  }
  Object.assign(world, next);
  return payload;
}

/** "the same input (equal as parsed, before any canonicalization, key aside)": with the schema's defaults filled in. */
function asParsed(input: UpdateInput): string {
  const parsed = {
    ...input,
    invalidFields: input.invalidFields === undefined ? 'REJECT' : input.invalidFields,
    subscriptions: input.subscriptions?.map((entry) => ({ ...entry, status: entry.status ?? 'SUBSCRIBED' })),
  };
  return JSON.stringify([...inputFields, 'invalidFields'].map((field) => [field, valueIn(parsed, field)]));
}

function valueIn(parsed: Record<string, unknown>, field: string): unknown {
  if (field === 'idempotencyKey') return 'aside';
  const value = parsed[field];
  return value === undefined ? 'omitted' : [value];
}

function refused(errors: Fault[]): Payload {
  return {
    success: false,
    total: 1,
    successCount: 0,
    customer: null,
    merges: [],
    changes: [],
    sideEffects: [],
    warnings: [],
    errors,
    planHash: null,
    replayed: false,
  };
}

function fault(code: string, field: string[]): Fault {
  return { code, field, legacyCode: legacyCode(code, field[0] ?? '') };
}

/** The table "Codes". */
function legacyCode(code: string, field: string): number {
  const codes: Record<string, number | Record<string, number>> = {
    NO_IDENTIFIER: 1015,
    INVALID_MOBILE: 1001,
    INVALID_EMAIL: 1002,
    INVALID_EXTERNAL_ID: 1003,
    CUSTOMER_NOT_FOUND: 1011,
    PRIMARY_IDENTIFIER_MISMATCH: 1047,
    PRIMARY_IDENTIFIER_IMMUTABLE: 91005,
    IDENTIFIER_ALREADY_SET: 91006,
    IDENTIFIER_UPDATE_DISABLED: 91006,
    IDENTIFIER_TAKEN: 91007,
    LOYALTY_DOWNGRADE: 1046,
    LOYALTY_IDENTIFIER_REQUIRED: { email: 1048, externalId: 1049, mobile: 1006 },
    REGISTRATION_DATE_OUT_OF_RANGE: 1034,
    TILL_NOT_FOUND: { registeredTill: 91020, associatedWith: 91021 },
    CUSTOM_FIELD_INVALID: 1017,
    CUSTOM_FIELD_SKIPPED: 1017,
    EXTENDED_FIELD_INVALID: 91015,
    EXTENDED_FIELD_SKIPPED: 91015,
    RESOLVED_TO_SURVIVOR: 91009,
  };
  const known = codes[code] ?? 10002;
  return typeof known === 'number' ? known : (known[field] ?? 10002);
}

// ------------------------------------------------------------------------------------------------------ 2. Validation

/** The input once it is canonical. Undefined: omitted; null: to be cleared. */
interface Given {
  id: string | null;
  identifiers: Record<IdentifierType, string | null>;
  firstname: string | null | undefined;
  lastname: string | null | undefined;
  registeredOn: number | undefined;
  registeredTill: string | undefined;
  associatedWith: string | null | undefined;
  type: Loyalty | undefined;
  customFields: Record<string, string | null>;
  extendedFields: Record<string, string | null>;
  subscriptions: Partial<Record<SubscriptionKey, Status>>;
  fraudStatus: Fraud | undefined;
}

/** "all that the input and the organization's settings can tell"; faults "in the order of the schema's input fields". */
function readInput(input: UpdateInput, organization: Organization, now: number) {
  const errors: Fault[] = [];
  const warnings: Fault[] = [];

  function valid<T>(field: keyof UpdateInput, code: string, canonical: T | null): T | undefined {
    if (canonical === null) errors.push(fault(code, [field]));
    return canonical ?? undefined;
  }
  // "Null for an id or identifier … is the same as omitted."
  const identifier = (
    field: 'mobile' | 'email' | 'externalId',
    code: string,
    read: (text: string) => string | null,
  ) => {
    const text = input[field] ?? null;
    return text === null ? null : (valid(field, code, read(text)) ?? null);
  };
  // "Null: firstname, lastname, associatedWith and field values are cleared"
  const clearable = (
    field: 'firstname' | 'lastname' | 'associatedWith',
    code: string,
    read: (text: string) => string | null,
  ) => {
    const text = input[field];
    return text === undefined || text === null ? text : valid(field, code, read(text));
  };
  // "registeredOn, registeredTill, type and fraudStatus can't be: INVALID_INPUT"
  const unclearable = <K extends 'registeredOn' | 'registeredTill' | 'type' | 'fraudStatus'>(field: K) => {
    const value = input[field];
    return value === undefined ? undefined : valid(field, 'INVALID_INPUT', value);
  };
  const till = (code: string): string | null => (organization.tills.includes(code) ? code : null);

  const id = input.id ?? null;
  const mobile = identifier('mobile', 'INVALID_MOBILE', canonicalMobile);
  const email = identifier('email', 'INVALID_EMAIL', canonicalEmail);
  const externalId = identifier('externalId', 'INVALID_EXTERNAL_ID', canonicalExternalId);
  const firstname = clearable('firstname', 'INVALID_INPUT', canonicalName);
  const lastname = clearable('lastname', 'INVALID_INPUT', canonicalName);
  const registeredOn = unclearable('registeredOn');
  const registered = registeredOn === undefined ? undefined : instantOf(registeredOn);
  // "at most 24 hours ahead of now, not before CONF_MIN_REGISTRATION_DATE"
  if (registered !== undefined && (registered > now + day || registered < organization.minRegistrationDate)) {
    errors.push(fault('REGISTRATION_DATE_OUT_OF_RANGE', ['registeredOn']));
  }
  const tillCode = unclearable('registeredTill');
  const registeredTill = tillCode === undefined ? undefined : valid('registeredTill', 'TILL_NOT_FOUND', till(tillCode));
  const associatedWith = clearable('associatedWith', 'TILL_NOT_FOUND', till);
  const type = unclearable('type');
  const skip = input.invalidFields === 'SKIP';
  const customFields = readFields('customFields', input.customFields ?? [], organization.customFields);
  errors.push(...(skip ? [] : customFields.faults.map((path) => fault('CUSTOM_FIELD_INVALID', path))));
  warnings.push(...(skip ? customFields.faults.map((path) => fault('CUSTOM_FIELD_SKIPPED', path)) : []));
  const extendedFields = readFields('extendedFields', input.extendedFields ?? [], organization.extendedFields);
  errors.push(...(skip ? [] : extendedFields.faults.map((path) => fault('EXTENDED_FIELD_INVALID', path))));
  warnings.push(...(skip ? extendedFields.faults.map((path) => fault('EXTENDED_FIELD_SKIPPED', path)) : []));
  const subscriptions = readSubscriptions(input.subscriptions ?? [], errors);
  const fraudStatus = unclearable('fraudStatus');

  const given: Given = {
    id,
    identifiers: { MOBILE: mobile, EMAIL: email, EXTERNAL_ID: externalId },
    firstname,
    lastname,
    registeredOn: registered,
    registeredTill,
    associatedWith,
    type,
    customFields: customFields.values,
    extendedFields: extendedFields.values,
    subscriptions,
    fraudStatus,
  };
  return { given, errors, warnings };
}

// What is given here is canonical, or one of a few texts that are invalid everywhere.
const canonicalMobile = (text: string): string | null => (/^\+\d{8,15}$/.test(text) ? text.slice(1) : null);
const canonicalEmail = (text: string): string | null => (/^[a-z\d.]+@[a-z\d-]+(\.[a-z]+)+$/.test(text) ? text : null);
const canonicalExternalId = (text: string): string | null => (/^[\w+@.-]{1,250}$/.test(text) ? text : null);
const canonicalName = (text: string): string | null => (/^[A-Za-z]{1,100}$/.test(text) ? text : null);
const instantOf = (text: string): number => Date.parse(text.includes('T') ? text : `${text.replace(' ', 'T')}Z`);

function isFieldValue(text: string, field: Field): boolean {
  if (field.type === 'INTEGER') return /^(0|-?[1-9]\d{0,14})$/.test(text);
  if (field.type === 'ENUM') return (field.options ?? []).includes(text);
  return text.length > 0 && text.length <= (field.maxLength ?? 255);
}

/** "customFields: by exact name; extendedFields: by name in any case, answered in the defined one." */
function readFields(list: 'customFields' | 'extendedFields', entries: FieldValueInput[], fields: Field[]) {
  const values: Record<string, string | null> = {};
  const faults: string[][] = [];
  const named = new Set<string>();
  for (const [index, { name, value }] of entries.entries()) {
    const field = fields.find((one) =>
      list === 'customFields' ? one.name === name : one.name.toLowerCase() === name.toLowerCase(),
    );
    if (field === undefined) {
      faults.push([list, String(index), 'name']);
    } else if (named.has(field.name)) {
      // "Of a name given twice, every entry but the first is at fault."
      faults.push([list, String(index), 'name']);
    } else if (value === undefined || (value !== null && !isFieldValue(value, field))) {
      // "A field entry whose `value` is missing is invalid."
      faults.push([list, String(index), 'value']);
    } else {
      values[field.name] = value;
    }
    if (field !== undefined) named.add(field.name);
  }
  return { values, faults };
}

/** "Of a pair given twice, every entry but the first is INVALID_INPUT." */
function readSubscriptions(
  entries: NonNullable<UpdateInput['subscriptions']>,
  errors: Fault[],
): Given['subscriptions'] {
  const subscriptions: Given['subscriptions'] = {};
  for (const [index, { channel, priority, status }] of entries.entries()) {
    const key: SubscriptionKey = `${channel}.${priority}`;
    if (subscriptions[key] !== undefined) errors.push(fault('INVALID_INPUT', ['subscriptions', String(index)]));
    else subscriptions[key] = status ?? 'SUBSCRIBED';
  }
  return subscriptions;
}

// --------------------------------------------------------------------------------------------------- 3. to 10. Decision

/** Steps 2 to 10. Changes `world`, which is thrown away where this is refused. */
function decide(world: World, request: Request, input: UpdateInput, isPreview: boolean): Payload {
  const { organization } = world;
  // 2. Validate
  const { given, errors, warnings } = readInput(input, organization, request.now);
  if (errors.length > 0) return refused(errors);

  // 3. Resolve the target
  const target = resolveTarget(world, given);
  if ('code' in target) return refused([target]);
  if (given.id !== null && target.id !== given.id) warnings.unshift(fault('RESOLVED_TO_SURVIVOR', ['id']));

  // 4. expectedVersion
  if ((input.expectedVersion ?? target.version) !== target.version) {
    return refused([fault('VERSION_CONFLICT', ['expectedVersion'])]);
  }

  // 5. Every other given identifier
  const { toSet, others, faults } = readOtherIdentifiers(world, given, target);
  const accounts = [...new Set([target, ...others.map(({ owner }) => owner)])];
  faults.push(...mergeFaults(organization, request.caller, given, target, accounts, others));
  faults.push(...typeFaults(organization, given, target, accounts));
  if (isSumOutOfBounds(accounts)) faults.push(fault('MERGE_BLOCKED', [anyIdentifier]));
  if (faults.length > 0) return refused(inFieldOrder(faults));

  const survivor = whoSurvives(target, accounts);
  const victims = accounts.filter((account) => account !== survivor);
  const versionsBefore = accounts.map(({ id, version }) => `${id}:${version}`).sort();
  const version = 1 + Math.max(...accounts.map((account) => account.version));
  const ownValuesBefore = structuredClone(accounts);
  const before = structuredClone(survivor);
  /** "with the last rule that touched it" */
  const rules = new Map<string, Rule>();

  // 5. "The target has it before any merge"
  for (const { type, value } of toSet) {
    target.identifiers[type] = value;
    rules.set(identifierField[type], 'REQUEST');
  }

  // 6. Merge
  const records: MergeRecord[] = [];
  for (const victim of victims) {
    const record = merge(world, request, survivor, victim, given, isPreview);
    records.push(record);
    for (const { key, rule } of record.changes) rules.set(key, rule);
  }
  // What the merges alone made of the survivor: what the request has set in step 5 is the request's.
  const merged = structuredClone(survivor);
  if (survivor === target) for (const { type } of toSet) merged.identifiers[type] = null;

  // 7. Apply
  const unapplied = structuredClone(survivor);
  const named = apply(world, request.now, given, target, survivor, ownValuesBefore);
  const requested = changesBetween(unapplied, survivor, organization, everyRule('REQUEST'), named);
  for (const { key } of requested) {
    rules.set(key, 'REQUEST');
    makeTheRequests(world, survivor, key);
  }

  // 8. Side effects
  const unrewarded = structuredClone(survivor);
  const sideEffects = reward(world, request.now, before, survivor);
  for (const { key } of changesBetween(unrewarded, survivor, organization, everyRule('SIDE_EFFECT'))) {
    rules.set(key, 'SIDE_EFFECT');
  }

  const changes = changesBetween(before, survivor, organization, rules, named);
  // 9. expectedPlanHash
  const planHash = planText({ versionsBefore, warnings, records, changes, sideEffects, now: request.now });
  if ((input.expectedPlanHash ?? planHash) !== planHash) return refused([fault('PLAN_CHANGED', ['expectedPlanHash'])]);

  // 10. Store
  if (victims.length > 0) for (const account of accounts) account.version = version;
  else if (changes.length > 0) survivor.version += 1;
  if (victims.length > 0 || changes.length > 0) survivor.updatedOn = request.now;
  for (const record of records) addMergeEvents(world, request, record, version);
  // "then an UPDATED one for what the request and its side effects changed beyond"
  const beyond = changesBetween(merged, survivor, organization, rules, named);
  if (beyond.length > 0) {
    world.events.push({
      ...eventOf(request, survivor),
      action: 'UPDATED',
      changes: beyond.map(shownChange),
      mergeId: null,
    });
  }
  return {
    success: true,
    total: 1,
    successCount: 1,
    customer: showCustomer(world, survivor),
    merges: records.map(showMerge),
    changes: changes.map(shownChange),
    sideEffects,
    warnings,
    errors: [],
    planHash,
    replayed: false,
  };
}

/**
 * "`id`, then the primary identifier, then mobile, email, externalId: the first one given that finds a customer. None
 * given: NO_IDENTIFIER. None found, or an `id` that is not found: CUSTOMER_NOT_FOUND."
 */
function resolveTarget(world: World, given: Given): Customer | Fault {
  const { organization } = world;
  const { primary, strict } = organization;
  const { id, identifiers } = given;
  const givenTypes = [primary, ...identifierTypes.filter((type) => type !== primary)].filter(
    (type) => identifiers[type] !== null,
  );
  if (id === null && givenTypes.length === 0) return fault('NO_IDENTIFIER', []);
  const byId = id === null ? null : findById(world, id);
  if (id !== null && byId === null) return fault('CUSTOMER_NOT_FOUND', ['id']);
  let target = byId;
  for (const type of givenTypes) {
    // "A placeholder (see Merge) beside another identifier or id finds no target."
    const isBeside = id !== null || givenTypes.length > 1;
    if (isBeside && isPlaceholder(organization, type, identifiers[type])) continue;
    target ??= ownerOf(world, given, type);
  }
  const first = givenTypes[0];
  if (target === null) return fault('CUSTOMER_NOT_FOUND', first === undefined ? [] : [identifierField[first]]);
  // "a given primary identifier that finds nobody while the id or another identifier does"
  if (strict && identifiers[primary] !== null && ownerOf(world, given, primary) === null) {
    return fault('PRIMARY_IDENTIFIER_MISMATCH', [identifierField[primary]]);
  }
  return target;
}

function ownerOf(world: World, { identifiers }: Given, type: IdentifierType): Customer | null {
  const value = identifiers[type];
  return value === null ? null : findByIdentifier(world, type, value);
}

const isPlaceholder = ({ placeholders }: Organization, type: IdentifierType, value: string | null): boolean =>
  value !== null && placeholders[type].includes(value);

interface Other extends Identifier {
  owner: Customer;
}

/** Step 5: which identifiers are to be set, and which belong to other accounts. */
function readOtherIdentifiers(world: World, given: Given, target: Customer) {
  const { organization } = world;
  const toSet: Identifier[] = [];
  const others: Other[] = [];
  const faults: Fault[] = [];
  for (const type of identifierTypes) {
    const value = given.identifiers[type];
    if (value === null) continue;
    const refuse = (code: string) => faults.push(fault(code, [identifierField[type]]));
    const owner = findByIdentifier(world, type, value);
    if (owner === target) {
      // "it finds the target, by its own value or an alias: nothing to do"
    } else if (owner !== null) {
      others.push({ type, value, owner });
    } else if (isPlaceholder(organization, type, value)) {
      // "A placeholder that nobody has is never set on another account: MERGE_BLOCKED too."
      refuse('MERGE_BLOCKED');
    } else if (target.identifiers[type] !== null) {
      // "nobody has it and the target has another one"
      refuse(type === organization.primary ? 'PRIMARY_IDENTIFIER_IMMUTABLE' : 'IDENTIFIER_ALREADY_SET');
    } else if (!organization.mayUpdate[type]) {
      refuse('IDENTIFIER_UPDATE_DISABLED');
    } else {
      toSet.push({ type, value });
    }
  }
  return { toSet, others, faults };
}

/** "May it?": "One error for an identifier, at its field: the policy's, else the placeholder's, else the disagreement's." */
function mergeFaults(
  organization: Organization,
  caller: Caller,
  given: Given,
  target: Customer,
  accounts: Customer[],
  others: Other[],
): Fault[] {
  const loyal = accounts.filter(({ type }) => type === 'LOYALTY').length;
  const isForbidden =
    !caller.merge ||
    organization.policy === 'NEVER' ||
    // "merges only where at most one of all accounts of the request is LOYALTY, before `type` is applied"
    (organization.policy === 'NON_LOYALTY_ONLY' && loyal > 1);
  return others.flatMap(({ type, value, owner }) => {
    const field = [identifierField[type]];
    if (isForbidden) return [fault('IDENTIFIER_TAKEN', field)];
    if (isPlaceholder(organization, type, value)) return [fault('MERGE_BLOCKED', field)];
    if (disagrees(organization, given, target, owner, accounts)) return [fault('MERGE_BLOCKED', field)];
    return [];
  });
}

/** The page does not say at which of the identifiers that ask for merges "a sum outside Decimal's bounds" is told. */
export const anyIdentifier = '*';

/**
 * "A sum outside Decimal's bounds refuses the update: MERGE_BLOCKED". Only lifetimePurchases ever come near them in these
 * histories; each merge adds to what those before it left, the target's first where it does not survive.
 */
function isSumOutOfBounds(accounts: Customer[]): boolean {
  const [target, ...others] = accounts;
  if (target === undefined) return false;
  const survivor = whoSurvives(target, accounts);
  let sum = survivor.lifetimePurchases;
  for (const { lifetimePurchases } of [target, ...others].filter((account) => account !== survivor)) {
    sum += lifetimePurchases;
    if (sum > greatestDecimal || sum < -greatestDecimal) return true;
  }
  return false;
}

/** "any two of the accounts, or one and the request, having different own values of that type" */
function disagrees(
  { blockedOn }: Organization,
  given: Given,
  target: Customer,
  owner: Customer,
  accounts: Customer[],
): boolean {
  return blockedOn.some((type) => {
    const own = owner.identifiers[type];
    const requested = given.identifiers[type];
    const targets = target.identifiers[type];
    const differs = (one: string | null, other: string | null) => one !== null && other !== null && one !== other;
    return (
      accounts.some((account) => differs(own, account.identifiers[type])) ||
      differs(own, requested) ||
      differs(targets, requested)
    );
  });
}

/** Step 7's faults of `type`, both judged against the target. */
function typeFaults(organization: Organization, given: Given, target: Customer, accounts: Customer[]): Fault[] {
  if (given.type === 'NON_LOYALTY' && target.type === 'LOYALTY') return [fault('LOYALTY_DOWNGRADE', ['type'])];
  // "LOYALTY for a NON_LOYALTY target enrols, if the survivor still is NON_LOYALTY"
  const enrols = given.type === 'LOYALTY' && accounts.every(({ type }) => type === 'NON_LOYALTY');
  if (!enrols) return [];
  return identifierTypes
    .filter((type) => type === organization.primary || organization.required[type])
    .filter(
      (type) => given.identifiers[type] === null && accounts.every(({ identifiers }) => identifiers[type] === null),
    )
    .map((type) => fault('LOYALTY_IDENTIFIER_REQUIRED', [identifierField[type]]));
}

export const inFieldOrder = (faults: Fault[]): Fault[] =>
  [...faults].sort((one, other) => inputFields.indexOf(one.field[0] ?? '') - inputFields.indexOf(other.field[0] ?? ''));

/** "The target, unless it is NON_LOYALTY and a victim is LOYALTY: then the first such, in the order mobile, email, externalId." */
function whoSurvives(target: Customer, accounts: Customer[]): Customer {
  if (target.type === 'LOYALTY') return target;
  return accounts.find(({ type }) => type === 'LOYALTY') ?? target;
}

/** The same rule for every change of one kind. */
function everyRule(rule: Rule): Map<string, Rule> {
  const rules = new Map<string, Rule>();
  rules.get = () => rule;
  return rules;
}

/** "A subscription or fraud status … becomes the request's", and so does every other value that a request changes. */
function makeTheRequests(world: World, survivor: Customer, key: string): void {
  for (const record of world.merges) {
    if (record.survivorId === survivor.id && record.undoneAt === null) record.requests.push(key);
  }
}

/** Whether the value is what a standing merge into this customer set, and no request has changed or named since. */
const isOfAMerge = ({ merges }: World, customer: Customer, key: string): boolean =>
  merges.some(
    (record) =>
      record.survivorId === customer.id &&
      record.undoneAt === null &&
      record.changes.some((change) => change.key === key) &&
      !record.requests.includes(key),
  );

/**
 * Step 7: applies the input to the survivor. Answers the keys of what was named while it was a standing merge's, "even
 * with the same value". `accounts` are all of the request as they were before it.
 */
function apply(
  world: World,
  now: number,
  given: Given,
  target: Customer,
  survivor: Customer,
  accounts: Customer[],
): string[] {
  const { organization } = world;
  const others = accounts.filter(({ id }) => id !== target.id);
  const named: string[] = [];
  const name = (key: string) => {
    if (isOfAMerge(world, survivor, key)) named.push(key);
  };
  if (given.firstname !== undefined) survivor.firstname = given.firstname;
  if (given.lastname !== undefined) survivor.lastname = given.lastname;
  if (given.registeredOn !== undefined) survivor.registeredOn = given.registeredOn;
  if (given.registeredTill !== undefined) survivor.registeredTill = given.registeredTill;
  if (given.associatedWith !== undefined) survivor.associatedWith = given.associatedWith;
  if (given.type === 'LOYALTY' && target.type === 'NON_LOYALTY' && survivor.type === 'NON_LOYALTY') {
    survivor.type = 'LOYALTY';
    survivor.registeredOn ??= now;
    const main = defaultProgram(organization);
    if (main !== undefined) survivor.summaries[main.id] ??= zeroSummary(main);
  }
  for (const [field, value] of Object.entries(given.customFields)) setField(survivor.customFields, field, value);
  for (const [field, value] of Object.entries(given.extendedFields)) setField(survivor.extendedFields, field, value);
  // "A request's SUBSCRIBED or NONE (fraud) counts against the target's own value, never against a victim's opt-out or
  // CONFIRMED." Where the target does not survive, the survivor's are not the target's own either.
  for (const key of subscriptionKeys) {
    const status = given.subscriptions[key];
    if (status === undefined) continue;
    const lost = status === 'SUBSCRIBED' && others.some(({ subscriptions }) => subscriptions[key] === 'UNSUBSCRIBED');
    if (lost) continue;
    name(`subscriptions.${key}`);
    survivor.subscriptions[key] = status;
  }
  const isOthersFraud = others.some(({ fraudStatus }) => fraudStatus === 'CONFIRMED');
  if (given.fraudStatus !== undefined && !(given.fraudStatus === 'NONE' && isOthersFraud)) {
    name('fraudStatus');
    survivor.fraudStatus = given.fraudStatus;
  }
  return named;
}

function setField(values: Record<string, string>, name: string, value: string | null): void {
  if (value === null) Reflect.deleteProperty(values, name);
  else values[name] = value;
}

/**
 * Step 8: "each reward rule of the organization, in its order, whose fields are all filled after the update and one of
 * whose fields this update changed, by the request or by a merge in it, for a LOYALTY customer who has not had it (nor
 * has an account merged into it)".
 */
function reward(world: World, now: number, before: Customer, survivor: Customer): SideEffect[] {
  const { organization } = world;
  if (survivor.type !== 'LOYALTY') return [];
  const updated = structuredClone(survivor);
  const sideEffects: SideEffect[] = [];
  for (const { name, programId, points, fields } of organization.rewardRules) {
    const isFilled = fields.every((field) => rewardField(updated, field, organization) !== null);
    const isChanged = fields.some(
      (field) => rewardField(updated, field, organization) !== rewardField(before, field, organization),
    );
    if (!isFilled || !isChanged || survivor.rewardsHad.includes(name)) continue;
    const summary = (survivor.summaries[programId] ??= zeroSummary(programOf(organization, programId)));
    summary.lifetimePoints += points;
    survivor.rewardsHad.push(name);
    enter(world, now, survivor, 'AWARD', programId, { ...noFigures(), lifetimePoints: points }, name, null);
    sideEffects.push({
      type: 'POINTS',
      rule: name,
      programId,
      awardedPoints: decimalText(points),
      totalPoints: decimalText(loyaltyPoints(summary)),
    });
  }
  return sideEffects;
}

const rewardField = (customer: Customer, field: string, organization: Organization): string | null =>
  storedValue(customer, field, organization);

/** "each change of a figure is an entry; a zero change has no entry" */
function enter(
  world: World,
  at: number,
  customer: Customer,
  kind: LedgerEntry['kind'],
  programId: string | null,
  figures: Figures,
  rule: string | null,
  mergeId: string | null,
): void {
  if (figureNames.every((name) => figures[name] === 0n)) return;
  const { redeemed, expired, returned, adjusted, lifetimePoints, cumulativePurchases } = figures;
  const own = { redeemed, expired, returned, adjusted, lifetimePoints, cumulativePurchases };
  world.ledger.push({ customerId: customer.id, at, kind, programId, ...own, rule, mergeId });
}

function enterAll(
  world: World,
  at: number,
  customer: Customer,
  kind: LedgerEntry['kind'],
  of: Customer,
  sign: bigint,
  mergeId: string,
): void {
  const purchases = { ...noFigures(), cumulativePurchases: sign * of.lifetimePurchases };
  enter(world, at, customer, kind, null, purchases, null, mergeId);
  for (const { id } of orderedPrograms(world.organization)) {
    const summary = of.summaries[id];
    if (summary === undefined) continue;
    const figures = noFigures();
    for (const name of figureNames) figures[name] = sign * summary[name];
    enter(world, at, customer, kind, id, figures, null, mergeId);
  }
}

/** What a hash covers: "the ids and versions of all accounts involved and everything that the steps above decided". */
function planText(plan: {
  versionsBefore: string[];
  warnings: Fault[];
  records: MergeRecord[];
  changes: KeyedChange[];
  sideEffects: SideEffect[];
  now: number;
}): string {
  const { versionsBefore, warnings, records, sideEffects, now } = plan;
  const merges = records.map(({ survivorId, victimId, matchedOn, changes, balances }) => ({
    survivorId,
    victimId,
    matchedOn,
    changes,
    balances,
  }));
  // "What comes from the clock enters as the word `now`": the registration of one who enrols.
  const changes = plan.changes.map((change) =>
    change.field === 'registeredOn' && change.current === instantText(now) ? { ...change, current: 'now' } : change,
  );
  return JSON.stringify({ versionsBefore, warnings, merges, changes, sideEffects });
}

const eventOf = (
  { caller, now, requestId }: Request,
  customer: Customer,
): Pick<AuditEvent, 'customerId' | 'at' | 'version' | 'requestId' | 'client' | 'tillCode'> => ({
  customerId: customer.id,
  at: now,
  version: customer.version,
  requestId,
  client: caller.id,
  tillCode: caller.till,
});

/** "for each victim a MERGED event on both sides"; "the victim's MERGED and MERGE_UNDONE have no changes". */
function addMergeEvents(world: World, request: Request, record: MergeRecord, version: number): void {
  const { id: mergeId, survivorId, victimId, changes } = record;
  const survivor = customerOf(world, survivorId);
  const victim = customerOf(world, victimId);
  world.events.push({
    ...eventOf(request, survivor),
    version,
    action: 'MERGED',
    changes: changes.map(shownChange),
    mergeId,
  });
  world.events.push({ ...eventOf(request, victim), version, action: 'MERGED', changes: [], mergeId });
}

function customerOf({ customers }: World, id: string): Customer {
  const customer = customers[id];
  if (customer === undefined) throw new Error(`No customer ${id}`);
  return customer;
}

// --------------------------------------------------------------------------------------------------------------- Merge

/** One merge, "planned on the state that the one before it left". */
function merge(
  world: World,
  { now }: Request,
  survivor: Customer,
  victim: Customer,
  given: Given,
  isPreview: boolean,
): MergeRecord {
  const { organization } = world;
  const survivorBefore = structuredClone(survivor);
  const victimBefore = structuredClone(victim);
  const rules = mergeValues(survivor, victim, organization);
  for (const name of victim.rewardsHad) if (!survivor.rewardsHad.includes(name)) survivor.rewardsHad.push(name);

  const record: MergeRecord = {
    id: isPreview ? `preview:${victim.id}` : `merge:${world.merges.length}`,
    survivorId: survivor.id,
    victimId: victim.id,
    // "`matchedOn` of a victim are the request's identifiers that it had"
    matchedOn: identifierTypes.flatMap((type) => {
      const value = given.identifiers[type];
      return value !== null && has(victimBefore, type, value) ? [{ type, value }] : [];
    }),
    changes: changesBetween(survivorBefore, survivor, organization, rules),
    balances: balancesOf(organization, survivorBefore, victimBefore, survivor),
    mergedAt: now,
    undoneAt: null,
    survivorBefore,
    victimBefore,
    // "a survivor that is merged later takes its victims' pointers along"
    pointers: Object.values(world.customers)
      .filter(({ mergedInto }) => mergedInto === victim.id)
      .map(({ id }) => id),
    requests: [],
  };
  world.merges.push(record);
  enterAll(world, now, victim, 'MERGE_OUT', victimBefore, -1n, record.id);
  enterAll(world, now, survivor, 'MERGE_IN', victimBefore, 1n, record.id);
  // "The victim stays as a tombstone: no identifiers, no balances, a pointer to its survivor"
  victim.identifiers = { MOBILE: null, EMAIL: null, EXTERNAL_ID: null };
  victim.aliases = [];
  victim.summaries = {};
  victim.lifetimePurchases = 0n;
  victim.mergedInto = survivor.id;
  for (const id of record.pointers) customerOf(world, id).mergedInto = survivor.id;
  return record;
}

/** The rule table, row by row. Answers by which rule each value of the survivor was touched. */
function mergeValues(survivor: Customer, victim: Customer, organization: Organization): Map<string, Rule> {
  const rules = new Map<string, Rule>();

  // mobile, email, externalId: its own; where it has none, the victim's. The victim's others and aliases: aliases.
  for (const type of identifierTypes) {
    const value = victim.identifiers[type];
    if (value === null) continue;
    if (survivor.identifiers[type] === null) {
      survivor.identifiers[type] = value;
      rules.set(identifierField[type], 'FILLED');
    } else {
      survivor.aliases.push({ type, value });
      rules.set(aliasKey({ type, value }), 'ALIAS');
    }
  }
  for (const alias of victim.aliases) {
    survivor.aliases.push({ ...alias });
    rules.set(aliasKey(alias), 'ALIAS');
  }

  // firstname, lastname, associatedWith: its own; where it has none, the victim's
  for (const field of ['firstname', 'lastname', 'associatedWith'] as const) {
    if (survivor[field] !== null || victim[field] === null) continue;
    survivor[field] = victim[field];
    rules.set(field, 'FILLED');
  }

  mergeRegistration(survivor, victim, rules);

  // type: it follows from who survives. fraudStatus: CONFIRMED if either is
  if (victim.fraudStatus === 'CONFIRMED' && survivor.fraudStatus === 'NONE') {
    survivor.fraudStatus = 'CONFIRMED';
    rules.set('fraudStatus', 'FRAUD_WINS');
  }

  // customFields, extendedFields: both; on the same name its own
  for (const list of ['customFields', 'extendedFields'] as const) {
    if (organization.skips[list]) continue;
    for (const [name, value] of Object.entries(victim[list])) {
      const own = survivor[list][name];
      if (own === undefined) {
        survivor[list][name] = value;
        rules.set(`${list}.${name}`, 'FILLED');
      } else if (list === 'extendedFields' && organization.overwriteExtended && own !== value) {
        survivor[list][name] = value;
        rules.set(`${list}.${name}`, 'OVERWRITTEN');
      }
    }
  }

  // subscriptions: UNSUBSCRIBED if either says so, else what either says
  for (const key of subscriptionKeys) {
    const theirs = victim.subscriptions[key];
    if (theirs === 'UNSUBSCRIBED' && survivor.subscriptions[key] !== 'UNSUBSCRIBED') {
      survivor.subscriptions[key] = 'UNSUBSCRIBED';
      rules.set(`subscriptions.${key}`, 'OPT_OUT_WINS');
    } else if (theirs !== undefined && survivor.subscriptions[key] === undefined) {
      survivor.subscriptions[key] = theirs;
      rules.set(`subscriptions.${key}`, 'FILLED');
    }
  }

  for (const [programId, theirs] of Object.entries(victim.summaries)) {
    const own = survivor.summaries[programId];
    if (own === undefined) {
      // "a program that only the victim has comes over whole (FILLED)"
      survivor.summaries[programId] = { ...theirs };
      for (const name of [...figureNames, 'slabSNo', 'slabExpiryDate']) {
        rules.set(`pointsSummaries.${programId}.${name}`, 'FILLED');
      }
    } else {
      mergeSummary(own, theirs, programId, rules);
    }
  }

  // lifetimePurchases: the sum
  survivor.lifetimePurchases += victim.lifetimePurchases;
  rules.set('lifetimePurchases', 'SUMMED');
  return rules;
}

function mergeRegistration(survivor: Customer, victim: Customer, rules: Map<string, Rule>): void {
  // "the earlier; of one alone, that (FILLED); of equal ones, or where neither has one, the survivor's counts as the earlier"
  const isVictimsEarlier =
    victim.registeredOn !== null && (survivor.registeredOn === null || victim.registeredOn < survivor.registeredOn);
  // "that of the earlier registration if it has one, else its own, else the victim's (FILLED)"
  if (isVictimsEarlier && victim.registeredTill !== null) {
    survivor.registeredTill = victim.registeredTill;
    rules.set('registeredTill', 'EARLIEST');
  } else if (survivor.registeredTill === null && victim.registeredTill !== null) {
    survivor.registeredTill = victim.registeredTill;
    rules.set('registeredTill', 'FILLED');
  }
  if (isVictimsEarlier) {
    rules.set('registeredOn', survivor.registeredOn === null ? 'FILLED' : 'EARLIEST');
    survivor.registeredOn = victim.registeredOn;
  }
}

function mergeSummary(own: Summary, theirs: Summary, programId: string, rules: Map<string, Rule>): void {
  for (const name of figureNames) {
    own[name] += theirs[name];
    rules.set(`pointsSummaries.${programId}.${name}`, 'SUMMED');
  }
  // "slab, with its expiry: the higher; of equal ones the later expiry (none is the latest)"
  const ownSlab = own.slabSNo ?? 0;
  const theirSlab = theirs.slabSNo ?? 0;
  const isTheirsHigher =
    theirSlab > ownSlab ||
    (theirSlab === ownSlab && (theirs.slabExpiryDate ?? Infinity) > (own.slabExpiryDate ?? Infinity));
  if (!isTheirsHigher) return;
  own.slabSNo = theirs.slabSNo;
  own.slabExpiryDate = theirs.slabExpiryDate;
  rules.set(`pointsSummaries.${programId}.slabSNo`, 'HIGHER_SLAB');
  rules.set(`pointsSummaries.${programId}.slabExpiryDate`, 'HIGHER_SLAB');
}

/** "For each program and figure: both sides before, and the survivor after", in the order of changes. */
function balancesOf(organization: Organization, survivor: Customer, victim: Customer, after: Customer): Balance[] {
  const balance = (programId: string | null, figure: string, one: bigint, other: bigint, sum: bigint): Balance => ({
    programId,
    figure,
    survivorBefore: decimalText(one),
    victimBefore: decimalText(other),
    after: decimalText(sum),
  });
  const balances = [
    balance(null, 'lifetimePurchases', survivor.lifetimePurchases, victim.lifetimePurchases, after.lifetimePurchases),
  ];
  for (const { id } of orderedPrograms(organization)) {
    const sum = after.summaries[id];
    if (sum === undefined) continue;
    const one = survivor.summaries[id] ?? noFigures();
    const other = victim.summaries[id] ?? noFigures();
    for (const name of figureNames) {
      balances.push(balance(id, name, one[name], other[name], sum[name]));
    }
  }
  return balances;
}

// ---------------------------------------------------------------------------------------------------------------- Undo

/** Why an undo is refused with MERGE_UNDO_CONFLICT or MERGE_UNDO_EXPIRED, "with one error for each reason". */
export type UndoRefusal = 'FIGURE' | 'MERGED_AWAY' | 'LATER_MERGE' | 'BEYOND_DECIMAL' | 'EXPIRED';

const undoFault = (code: string): Fault => fault(code, ['mergeId']);

export function undoCustomerMerge(world: World, request: Request, mergeId: string): UndoPayload {
  const record = world.merges.find(({ id }) => id === mergeId);
  // "Alone: MERGE_NOT_FOUND, MERGE_ALREADY_UNDONE."
  if (record === undefined) return undoRefused([undoFault('MERGE_NOT_FOUND')]);
  if (record.undoneAt !== null) return undoRefused([undoFault('MERGE_ALREADY_UNDONE')]);
  const refusals = undoRefusals(world, request.now, record);
  if (refusals.length > 0) {
    return undoRefused(
      refusals.map((reason) => undoFault(reason === 'EXPIRED' ? 'MERGE_UNDO_EXPIRED' : 'MERGE_UNDO_CONFLICT')),
    );
  }
  return undo(world, request, record);
}

const undoRefused = (errors: Fault[]): UndoPayload => ({
  success: false,
  restored: null,
  survivor: null,
  changes: [],
  kept: [],
  errors,
});

export function undoRefusals(world: World, now: number, record: MergeRecord): UndoRefusal[] {
  const { organization } = world;
  const survivor = customerOf(world, record.survivorId);
  const refusals: UndoRefusal[] = [];
  if (survivor.mergedInto === null) {
    if (figuresAfterUndo(survivor, record).some(({ after, before }) => after < 0n && before >= 0n)) {
      refusals.push('FIGURE');
    }
  } else {
    // Its figures and identifiers, and with them the victim's, are its own survivor's now: one reason, not three.
    refusals.push('MERGED_AWAY');
  }
  // "a later merge (by sequence) into it stands: undo that first"
  const later = world.merges.slice(world.merges.indexOf(record) + 1);
  if (later.some(({ survivorId, undoneAt }) => survivorId === survivor.id && undoneAt === null)) {
    refusals.push('LATER_MERGE');
  }
  // The page has no such reason; but no figure may be answered that is no Decimal. Points never come near it here.
  const purchases = survivor.lifetimePurchases - record.victimBefore.lifetimePurchases;
  if (refusals.length === 0 && purchases > greatestDecimal) refusals.push('BEYOND_DECIMAL');
  if (now > record.mergedAt + organization.undoDays * day) refusals.push('EXPIRED');
  return refusals;
}

/** "a figure other than adjusted": what it would be, and what it was on the survivor before the merge. */
function figuresAfterUndo(survivor: Customer, { survivorBefore, victimBefore }: MergeRecord) {
  const figures = [
    {
      after: survivor.lifetimePurchases - victimBefore.lifetimePurchases,
      before: survivorBefore.lifetimePurchases,
    },
  ];
  for (const [programId, theirs] of Object.entries(victimBefore.summaries)) {
    const now = survivor.summaries[programId] ?? noFigures();
    const before = survivorBefore.summaries[programId] ?? noFigures();
    for (const name of figureNames) {
      if (name !== 'adjusted') figures.push({ after: now[name] - theirs[name], before: before[name] });
    }
    figures.push({ after: loyaltyPoints(now) - loyaltyPoints(theirs), before: loyaltyPoints(before) });
  }
  return figures;
}

function undo(world: World, request: Request, record: MergeRecord): UndoPayload {
  const { organization } = world;
  const survivor = customerOf(world, record.survivorId);
  const tombstone = customerOf(world, record.victimId);
  const version = 1 + Math.max(survivor.version, tombstone.version);
  const before = structuredClone(survivor);

  // "brings the victim back as it was when it was merged, with the pointers that it had"
  const restored = structuredClone(record.victimBefore);
  world.customers[restored.id] = restored;
  for (const id of record.pointers) customerOf(world, id).mergedInto = restored.id;

  // "takes from the survivor what the merge brought"
  const kept: KeyedChange[] = [];
  for (const change of record.changes) {
    if (isFigure(change.key)) continue;
    if (isTheRequests(record, change.key)) {
      kept.push({ ...change, current: storedValue(survivor, change.key, organization) });
    } else {
      putBack(survivor, record, change.key);
    }
  }
  takeFigures(survivor, record, organization);
  enterAll(world, request.now, survivor, 'UNDO_OUT', record.victimBefore, -1n, record.id);
  enterAll(world, request.now, restored, 'UNDO_IN', record.victimBefore, 1n, record.id);

  // "a reward that either side has had by then counts as had by both"
  const had = [...new Set([...survivor.rewardsHad, ...restored.rewardsHad])];
  survivor.rewardsHad = [...had];
  restored.rewardsHad = [...had];

  record.undoneAt = request.now;
  for (const customer of [survivor, restored]) {
    customer.version = version;
    customer.updatedOn = request.now;
  }
  const changes = changesBetween(before, survivor, organization, everyRule('UNDO'));
  const mergeId = record.id;
  world.events.push({
    ...eventOf(request, survivor),
    action: 'MERGE_UNDONE',
    changes: changes.map(shownChange),
    mergeId,
  });
  world.events.push({ ...eventOf(request, restored), action: 'MERGE_UNDONE', changes: [], mergeId });
  return {
    success: true,
    restored: showCustomer(world, restored),
    survivor: showCustomer(world, survivor),
    changes: changes.map(shownChange),
    kept: kept.map(shownChange),
    errors: [],
  };
}

const isFigure = (key: string): boolean =>
  key === 'lifetimePurchases' ||
  figureNames.some((name) => key.startsWith('pointsSummaries.') && key.endsWith(`.${name}`));

/** "till with date and expiry with slab, as pairs, whole or not at all". No request changes a slab. */
function isTheRequests({ requests }: MergeRecord, key: string): boolean {
  const pair = ['registeredOn', 'registeredTill'];
  return pair.includes(key) ? pair.some((one) => requests.includes(one)) : requests.includes(key);
}

/** One value of the survivor as it was before the merge. Slabs go with their figures. */
function putBack(survivor: Customer, { survivorBefore }: MergeRecord, key: string): void {
  const [name = '', ...rest] = key.split('.');
  const part = rest.join('.');
  switch (name) {
    case 'mobile':
      survivor.identifiers.MOBILE = survivorBefore.identifiers.MOBILE;
      break;
    case 'email':
      survivor.identifiers.EMAIL = survivorBefore.identifiers.EMAIL;
      break;
    case 'externalId':
      survivor.identifiers.EXTERNAL_ID = survivorBefore.identifiers.EXTERNAL_ID;
      break;
    case 'aliases':
      survivor.aliases = survivor.aliases.filter((alias) => aliasKey(alias) !== key);
      break;
    case 'firstname':
    case 'lastname':
    case 'registeredTill':
    case 'associatedWith':
      survivor[name] = survivorBefore[name];
      break;
    case 'fraudStatus':
      survivor.fraudStatus = survivorBefore.fraudStatus;
      break;
    case 'registeredOn':
      survivor.registeredOn = survivorBefore.registeredOn;
      break;
    case 'customFields':
    case 'extendedFields':
      setField(survivor[name], part, survivorBefore[name][part] ?? null);
      break;
    case 'subscriptions': {
      const status = survivorBefore.subscriptions[part as SubscriptionKey];
      if (status === undefined) Reflect.deleteProperty(survivor.subscriptions, part);
      else survivor.subscriptions[part as SubscriptionKey] = status;
      break;
    }
    case 'pointsSummaries':
      break;
    default:
      throw new Error(`A merge does not change ${key}`);
  }
}

/** "figures are subtracted" */
function takeFigures(survivor: Customer, record: MergeRecord, organization: Organization): void {
  const { survivorBefore, victimBefore } = record;
  survivor.lifetimePurchases -= victimBefore.lifetimePurchases;
  for (const [programId, theirs] of Object.entries(victimBefore.summaries)) {
    const summary = survivor.summaries[programId];
    if (summary === undefined) throw new Error('A summary that was merged stays');
    for (const name of figureNames) summary[name] -= theirs[name];
    const own = survivorBefore.summaries[programId];
    if (own !== undefined) {
      summary.slabSNo = own.slabSNo;
      summary.slabExpiryDate = own.slabExpiryDate;
    } else if (figureNames.every((name) => summary[name] === 0n)) {
      // "a summary that the merge made goes if nothing is left in it"
      Reflect.deleteProperty(survivor.summaries, programId);
    } else {
      // "else it stands in the lowest slab without expiry"
      survivor.summaries[programId] = { ...summary, ...onlySlab(zeroSummary(programOf(organization, programId))) };
    }
  }
}

const onlySlab = ({ slabSNo, slabExpiryDate }: Summary) => ({ slabSNo, slabExpiryDate });
