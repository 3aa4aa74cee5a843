import { isDeepStrictEqual } from 'node:util';
import { callers, organizationFile, type GeneratedInput, type History, type Operation } from './histories.js';
import {
  anyIdentifier,
  inFieldOrder,
  previewCustomerUpdate,
  undoCustomerMerge,
  undoRefusals,
  updateCustomer,
  updateCustomers,
  type Request,
  type UpdateInput,
} from './model.js';
import { BATCH, customersQuery, logsQuery, lookupQuery, mergesQuery, PREVIEW, UNDO, UPDATE } from './queries.js';
import type { Answer, Json, JsonObject, ServiceInProcess } from './service-in-process.js';
import {
  copyOf,
  figureNames,
  findById,
  findByIdentifier,
  identifierField,
  identifierTypes,
  noFigures,
  orderedPrograms,
  showAuditLog,
  showCustomer,
  showLedger,
  showMerge,
  type Caller,
  type Customer,
  type Fault,
  type Identifier,
  type IdentifierType,
  type MergeRecord,
  type Payload,
  type World,
} from './world.js';

/** A difference between the service and the model, with the history that led to it. */
export class Difference extends Error {
  override readonly name = 'Difference';
}

const day = 24 * 60 * 60 * 1000;

interface Connection {
  edges: { node: Json }[];
}

const nodesOf = ({ edges }: Connection): Json[] => edges.map(({ node }) => node);

/**
 * Newest first; but what happened to different customers in one and the same millisecond has no order on the page, so
 * that here it has one by customer.
 */
const settled = <T>(events: readonly T[]): T[] =>
  (events as (T & { at: string; customerId: string })[]).toSorted((one, other) =>
    one.at === other.at ? Number(one.customerId) - Number(other.customerId) : 0,
  );

/** "An update that changes nothing succeeds and stores nothing but its key." */
const isStored = ({ success, replayed, changes, merges }: Payload, { idempotencyKey }: UpdateInput): boolean =>
  success && !replayed && (changes.length > 0 || merges.length > 0 || typeof idempotencyKey === 'string');

interface Sent {
  caller: number;
  input: UpdateInput;
}

/** One history under way: the model's world, and what ties it to the service's. */
export class Run {
  private readonly world: World;
  private readonly callers: Caller[];
  /** What was asked so far, as GraphQL variables, for whoever reads a failure. */
  private readonly story: string[] = [];
  private readonly keyed: (Sent & { at: number })[] = [];
  private readonly previews: (Sent & { planHash: string })[] = [];
  /** The service's ids of merges and hashes of plans, by the model's. */
  private readonly mergeIds = new Map<string, string>();
  private readonly planHashes = new Map<string, string>();
  private requests = 0;
  /** How often what happened, so that a test can tell that something did. */
  readonly tally = new Map<string, number>();

  constructor(
    private readonly service: ServiceInProcess,
    readonly organizationId: string,
    readonly history: History,
    now: number,
  ) {
    this.callers = callers(organizationId);
    this.world = {
      organization: history.organization,
      customers: Object.fromEntries(
        history.customers.map((one) => [one.id, { ...structuredClone(one), updatedOn: now }]),
      ),
      merges: [],
      events: [],
      ledger: [],
      keys: {},
    };
    this.openLedger(now);
  }

  get file(): object {
    return organizationFile(this.organizationId, this.history.organization, this.history.customers);
  }

  /** The history so far, for people: the organization's file, and what was asked as GraphQL variables. */
  get described(): string[] {
    const story = this.story.map((line, index) => `${index + 1}. ${line}`);
    return ['Organization and customers:', JSON.stringify(this.file), 'History:', ...story];
  }

  get length(): number {
    return this.history.operations.length;
  }

  /**
   * Does the operation on both sides and compares: its answer, then every customer. `isAlone`: nothing else is stored
   * meanwhile, so that a refusal, a preview or an update that changes nothing can be seen to store nothing at all.
   */
  async step(index: number, now: number, isAlone: boolean): Promise<void> {
    const operation = this.history.operations[index];
    if (operation === undefined) return;
    const before = await this.service.dataVersion();
    const stores = await this.perform(operation, now);
    if (!isAlone) return this.compareCustomers();
    const hasStored = (await this.service.dataVersion()) !== before;
    this.compare('whether anything was stored', hasStored, stores);
    if (hasStored) await this.compareCustomers();
  }

  /** What is compared once, at the end: lookups by every identifier, merges, audit logs and ledgers. */
  async finish(): Promise<void> {
    this.story.push('at the end');
    await this.compareCustomers();
    await this.compareMerges();
    for (const type of identifierTypes) await this.compareLookups(type);
    await this.compareLogs();
  }

  private async compareMerges(): Promise<void> {
    const ids = [...this.mergeIds];
    if (ids.length === 0) return;
    const { data } = await this.ask(mergesQuery(ids.map(([, id]) => id)), {});
    for (const [index, [modelId]] of ids.entries()) {
      const record = this.world.merges.find(({ id }) => id === modelId);
      this.compare(`merge(${modelId})`, data?.[`a${index}`], record === undefined ? null : showMerge(record));
    }
  }

  private async compareLookups(type: IdentifierType): Promise<void> {
    const values = this.history.customers.flatMap(({ identifiers }) => identifiers[type] ?? []);
    if (values.length === 0) return;
    const { data } = await this.ask(lookupQuery(identifierField[type], values), {});
    for (const [index, value] of values.entries()) {
      const found = findByIdentifier(this.world, type, value);
      this.compare(`customer by ${value}`, data?.[`a${index}`], found === null ? null : { userId: found.id });
    }
  }

  private async compareLogs(): Promise<void> {
    const ids = this.history.customers.map(({ id }) => id);
    const { data } = await this.ask(logsQuery(ids), {});
    for (const [index, id] of ids.entries()) {
      const found = findById(this.world, id);
      if (found === null) throw new Error(`No customer ${id}`);
      const { auditLog, ledger } = data?.[`a${index}`] as unknown as { auditLog: Connection; ledger: Connection };
      this.compare(`audit log of ${id}`, settled(nodesOf(auditLog)), settled(showAuditLog(this.world, found)));
      this.compare(`ledger of ${id}`, nodesOf(ledger), showLedger(this.world, found));
    }
  }

  private async compareCustomers(): Promise<void> {
    const ids = this.history.customers.map(({ id }) => id);
    const { data } = await this.ask(customersQuery(ids), {});
    for (const [index, id] of ids.entries()) {
      const found = findById(this.world, id);
      this.compare(`customer ${id}`, data?.[`a${index}`], found === null ? null : showCustomer(this.world, found));
    }
  }

  /** Answers whether the model says that anything is stored. */
  private async perform(operation: Operation, now: number): Promise<boolean> {
    switch (operation.kind) {
      case 'UPDATE':
        return this.update({ caller: operation.caller, input: this.filled(operation.update, now) }, now);
      case 'PREVIEW':
        return this.preview({ caller: operation.caller, input: this.filled(operation.update, now) }, now);
      case 'BATCH':
        return this.batch(
          operation.caller,
          operation.updates.map((update) => this.filled(update, now)),
          now,
        );
      case 'RETRY': {
        // "Kept 7 days at least."
        const kept = this.keyed.filter(({ at }) => Math.abs(now - at) < 7 * day);
        const sent = kept[operation.which % Math.max(kept.length, 1)];
        if (sent === undefined) return false;
        const input = operation.isChanged ? { ...sent.input, lastname: 'Changed' } : sent.input;
        const again = { caller: operation.isChanged ? operation.caller : sent.caller, input };
        if (operation.as === 'BATCH') return this.batch(again.caller, [input, input], now);
        return operation.as === 'UPDATE' ? this.update(again, now) : this.preview(again, now);
      }
      case 'COMMIT': {
        const previewed = this.previews.at(-1 - operation.which);
        if (previewed === undefined) return false;
        const { caller, input, planHash } = previewed;
        const planned = { caller, input: { ...input, expectedPlanHash: planHash } };
        return operation.isPreview ? this.preview(planned, now) : this.update(planned, now);
      }
      case 'UNDO':
        return this.undo(operation.caller, operation.which, now);
    }
  }

  /** With identifiers of others as they are now, and the expectedVersion that the customer of `id` has, or has not. */
  private filled({ input, others, version }: GeneratedInput, now: number): UpdateInput {
    const filled = { ...input };
    // A key that may have been forgotten is never used again.
    if (typeof filled.idempotencyKey === 'string') filled.idempotencyKey += ` of week ${Math.floor(now / day / 7)}`;
    const living = Object.values(this.world.customers).filter(({ mergedInto }) => mergedInto === null);
    for (const other of others) {
      const customer = living[other.customer % living.length];
      if (customer === undefined) continue;
      const known = identifiersOf(customer).filter(({ type }) => filled[identifierField[type]] === undefined);
      const identifier = known[other.identifier % Math.max(known.length, 1)];
      if (identifier === undefined) continue;
      const { type, value } = identifier;
      filled[identifierField[type]] = type === 'MOBILE' ? `+${value}` : value;
    }
    if (version === undefined) return filled;
    const current = findById(this.world, input.id ?? '1')?.version ?? 1;
    return { ...filled, expectedVersion: version === 'RIGHT' ? current : current + 1 };
  }

  private async update(sent: Sent, now: number): Promise<boolean> {
    this.remember([sent], now);
    const input = this.serviceInput(sent.input);
    this.tell('updateCustomer', sent.caller, input);
    const { answer, request } = await this.request(UPDATE, { input }, sent.caller, now);
    const expected = updateCustomer(this.world, request, sent.input);
    this.learnMerges(answer, expected);
    this.comparePayload('updateCustomer', answer, expected, sent.input);
    return isStored(expected, sent.input);
  }

  private async preview(sent: Sent, now: number): Promise<boolean> {
    const input = this.serviceInput(sent.input);
    this.tell('previewCustomerUpdate', sent.caller, input);
    const { answer, request } = await this.request(PREVIEW, { input }, sent.caller, now);
    const expected = previewCustomerUpdate(this.world, request, sent.input);
    this.comparePayload('previewCustomerUpdate', answer, expected, sent.input);
    if (expected.planHash !== null && !expected.replayed) {
      this.previews.push({ ...sent, planHash: expected.planHash });
    }
    return false;
  }

  private async batch(caller: number, inputs: UpdateInput[], now: number): Promise<boolean> {
    this.remember(
      inputs.map((input) => ({ caller, input })),
      now,
    );
    const variables = { inputs: inputs.map((input) => this.serviceInput(input)) };
    this.tell('updateCustomers', caller, variables.inputs);
    const { answer, request } = await this.request(BATCH, variables, caller, now);
    const expected = updateCustomers(this.world, request, inputs);
    const results = Array.isArray(answer['results']) ? (answer['results'] as JsonObject[]) : [];
    for (const [index, result] of results.entries()) this.learnMerges(result, expected.results[index]);
    this.compare('total', answer['total'], expected.total);
    this.compare('successCount', answer['successCount'], expected.successCount);
    this.compare('number of results', results.length, expected.results.length);
    for (const [index, input] of inputs.entries()) {
      const result = expected.results[index];
      if (result !== undefined)
        this.comparePayload(`updateCustomers, result ${index}`, results[index] ?? {}, result, input);
    }
    return expected.results.some((result, index) => isStored(result, inputs[index] ?? {}));
  }

  private async undo(callerIndex: number, which: number, now: number): Promise<boolean> {
    const record = this.mergeToUndo(which);
    if (record === undefined && which <= 5) return false;
    const modelId = record?.id ?? 'no merge';
    const mergeId = this.mergeIds.get(modelId) ?? modelId;
    this.tell('undoCustomerMerge', callerIndex, record === undefined ? mergeId : `${modelId} (of ${record.victimId})`);
    const caller = this.caller(callerIndex);
    const request = { caller, now, requestId: this.nextRequestId() };
    const { data, errors } = await this.ask(UNDO, { mergeId }, caller, request.requestId);
    if (!caller.merge) {
      this.compare('undoCustomerMerge without merge', errors, ['FORBIDDEN']);
      return false;
    }
    this.compare('undoCustomerMerge, GraphQL errors', errors, []);
    const answer = data?.['answer'] as JsonObject;
    const before = copyOf(this.world);
    const expected = undoCustomerMerge(this.world, request, modelId);
    const isConflict = record !== undefined && record.undoneAt === null;
    const reasons = isConflict ? undoRefusals(before, now, record).join(', ') : '';
    this.compare(`undoCustomerMerge ${reasons}`, withoutMessages(answer), expected);
    this.count(
      expected.success ? 'UNDONE' : 'UNDO_REFUSED',
      ...(expected.kept.length > 0 ? ['KEPT'] : []),
      ...expected.errors.map(({ code }) => code),
      ...reasons.split(', ').filter((reason) => reason !== ''),
    );
    return expected.success;
  }

  /** Mostly the latest that stands; else any, counted from the latest; else none at all. */
  private mergeToUndo(which: number): MergeRecord | undefined {
    const { merges } = this.world;
    if (which === 0) return merges.findLast(({ undoneAt }) => undoneAt === null);
    return which > 5 ? undefined : merges.at(-((which - 1) % Math.max(merges.length, 1)) - 1);
  }

  private remember(sent: Sent[], at: number): void {
    const keyed = sent.filter(({ input }) => typeof input.idempotencyKey === 'string');
    this.keyed.push(...keyed.map((one) => ({ ...one, at })));
  }

  /** The model's plan hash is the plan itself. The service is asked with the hash that it gave for it. */
  private serviceInput(input: UpdateInput): JsonObject {
    const { expectedPlanHash } = input;
    if (expectedPlanHash === undefined || expectedPlanHash === null) return input as JsonObject;
    return {
      ...(input as JsonObject),
      expectedPlanHash: this.planHashes.get(planKey(input, expectedPlanHash)) ?? 'unknown',
    };
  }

  private learnMerges(answer: JsonObject, expected: Payload | undefined): void {
    const merges = (answer['merges'] ?? []) as { id: string }[];
    for (const [index, { id }] of merges.entries()) {
      const record = expected?.merges[index];
      if (record !== undefined && !this.mergeIds.has(record.id)) this.mergeIds.set(record.id, id);
    }
  }

  private comparePayload(what: string, answer: JsonObject, expected: Payload, input: UpdateInput): void {
    const { planHash = null, ...rest } = withoutMessages(answer);
    const { planHash: plan, ...expectedRest } = withFields(expected, rest);
    this.compare(what, rest, expectedRest);
    this.count(...tallied(what, expected));
    if (plan === null) this.compare(`${what}: planHash`, planHash, null);
    else if (typeof planHash !== 'string') this.fail(`${what}: planHash`, planHash, 'a hash');
    else this.comparePlanHash(what, planHash, planKey(input, plan));
  }

  /** "the same for a preview and for the update that follows it, different as soon as anything … differs" */
  private comparePlanHash(what: string, planHash: string, key: string): void {
    const known = this.planHashes.get(key);
    if (known !== undefined && known !== planHash)
      this.fail(`${what}: another planHash for the same plan`, planHash, known);
    const plan = planOf(key);
    for (const [other, hash] of this.planHashes) {
      if (hash === planHash && planOf(other) !== plan)
        this.fail(`${what}: the planHash of another plan`, plan, planOf(other));
    }
    this.planHashes.set(key, planHash);
  }

  private async request(query: string, variables: JsonObject, callerIndex: number, now: number) {
    const caller = this.caller(callerIndex);
    const request: Request = { caller, now, requestId: this.nextRequestId() };
    const { data, errors } = await this.ask(query, variables, caller, request.requestId);
    this.compare('GraphQL errors', errors, []);
    return { answer: data?.['answer'] as JsonObject, request };
  }

  private ask(query: string, variables: JsonObject, caller = this.caller(0), requestId = 'reading'): Promise<Answer> {
    return this.service.ask(query, variables, this.organizationId, caller, requestId);
  }

  private caller(index: number): Caller {
    const caller = this.callers[index];
    if (caller === undefined) throw new Error(`No caller ${index}`);
    return caller;
  }

  private nextRequestId(): string {
    this.requests += 1;
    return `request-${this.requests}`;
  }

  /** "OPENING at import": one entry for each program with figures that are not all zero, and for lifetimePurchases. */
  private openLedger(at: number): void {
    for (const { id: customerId, summaries, lifetimePurchases } of this.history.customers) {
      const rest = { customerId, at, kind: 'OPENING' as const, rule: null, mergeId: null };
      for (const { id: programId } of orderedPrograms(this.history.organization)) {
        const figures = noFigures();
        for (const name of figureNames) figures[name] = summaries[programId]?.[name] ?? 0n;
        if (figureNames.some((name) => figures[name] !== 0n))
          this.world.ledger.push({ ...rest, ...figures, programId });
      }
      if (lifetimePurchases !== 0n) {
        this.world.ledger.push({ ...rest, ...noFigures(), cumulativePurchases: lifetimePurchases, programId: null });
      }
    }
  }

  private count(...names: string[]): void {
    for (const name of names) this.tally.set(name, (this.tally.get(name) ?? 0) + 1);
  }

  private tell(what: string, caller: number, variables: Json): void {
    this.story.push(`${what} by ${this.caller(caller).id}: ${JSON.stringify(variables)}`);
  }

  private compare(what: string, actual: unknown, expected: unknown): void {
    const found = this.inModelIds(actual);
    if (!isDeepStrictEqual(found, JSON.parse(JSON.stringify(expected)))) this.fail(what, found, expected);
  }

  private inModelIds(actual: unknown): unknown {
    let text = JSON.stringify(actual ?? null);
    for (const [modelId, id] of this.mergeIds) text = text.replaceAll(JSON.stringify(id), JSON.stringify(modelId));
    return JSON.parse(text);
  }

  private fail(what: string, actual: unknown, expected: unknown): never {
    throw new Difference(
      [
        `The service and the model differ: ${what}`,
        ...differences(actual, JSON.parse(JSON.stringify(expected)), '').slice(0, 20),
        ...this.described,
      ].join('\n'),
    );
  }
}

function tallied(
  what: string,
  { success, merges, changes, sideEffects, warnings, errors, replayed }: Payload,
): string[] {
  const rules = new Set([...changes, ...merges.flatMap((one) => one.changes)].map(({ rule }) => rule));
  return [
    success ? 'SUCCESS' : 'REFUSED',
    ...(replayed ? ['REPLAYED'] : []),
    ...(what === 'previewCustomerUpdate' ? ['PREVIEWED'] : []),
    ...(merges.length > 0 ? [`${merges.length} MERGED`] : []),
    ...(sideEffects.length > 0 ? ['REWARDED'] : []),
    ...[...rules],
    ...[...warnings, ...errors].map(({ code }) => code),
  ];
}

/** A plan of the model, by the input that it was made for: "expected…, key … do not enter". */
function planKey(input: UpdateInput, plan: string): string {
  const aside = ['expectedVersion', 'expectedPlanHash', 'idempotencyKey'];
  return `${JSON.stringify(Object.entries(input).filter(([name]) => !aside.includes(name)))}\n${plan}`;
}
const planOf = (key: string): string => key.slice(key.indexOf('\n'));

const identifiersOf = ({ identifiers, aliases }: Customer): Identifier[] => [
  ...identifierTypes.flatMap((type) => (identifiers[type] === null ? [] : [{ type, value: identifiers[type] }])),
  ...aliases,
];

/** Where the page leaves open at which identifiers a fault is told, those that the service tells it at, one at least. */
function withFields(expected: Payload, answer: JsonObject): Payload {
  const errors = expected.errors.filter(({ field }) => field[0] !== anyIdentifier);
  if (errors.length === expected.errors.length) return expected;
  const told = (answer['errors'] ?? []) as unknown as Fault[];
  const open = told.filter(
    ({ code, field }) => code === 'MERGE_BLOCKED' && !errors.some((error) => error.field[0] === field[0]),
  );
  // Beside a fault that refuses the merge itself there may be no sum to speak of.
  if (open.length === 0 && errors.length === 0) return expected;
  return { ...expected, errors: inFieldOrder([...errors, ...open]) };
}

/** Errors and warnings without their messages, which are the project's own words; but there has to be one. */
function withoutMessages(answer: JsonObject): JsonObject {
  const strip = (list: Json | undefined): Json =>
    ((list ?? []) as JsonObject[]).map(({ message, ...rest }) =>
      typeof message === 'string' && message !== '' ? rest : { ...rest, message: 'is missing' },
    );
  const stripped: JsonObject = { ...answer, errors: strip(answer['errors']) };
  if (answer['warnings'] !== undefined) stripped['warnings'] = strip(answer['warnings']);
  return stripped;
}

/** Where two JSON values differ, a line for each place. */
function differences(actual: unknown, expected: unknown, path: string): string[] {
  if (isDeepStrictEqual(actual, expected)) return [];
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  const isLeaf = !isObject(actual) || !isObject(expected) || Array.isArray(actual) !== Array.isArray(expected);
  const isOtherList = Array.isArray(actual) && Array.isArray(expected) && actual.length !== expected.length;
  if (isLeaf || isOtherList) {
    return [`  at ${path}\n    service: ${JSON.stringify(actual)}\n    model:   ${JSON.stringify(expected)}`];
  }
  const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  return [...keys].flatMap((key) => differences(actual[key], expected[key], `${path}/${key}`));
}
