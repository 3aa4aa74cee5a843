import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type GraphqlAnswer, type Service } from '../process/service.js';
import { clientId, SECRET } from '../support/settings.js';
import { PAIRS, SINGLES, singleId, survivorId, victimEmail, victimId } from './customers.js';
import type { Operation, Outcome, Place, Write } from './history.js';
import { randomOf } from './random.js';
import { FIELD } from './read-logs.js';

export interface Load {
  readonly organizationId: string;
  readonly clients: number;
  readonly seed: number;
  /** A service to ask; null while there is none. */
  readonly service: (random: (below: number) => number) => Service | null;
  readonly isOver: () => boolean;
  /** By which operations begin and end. */
  readonly clock?: () => number;
}

export interface Recorded {
  readonly operations: Operation[];
  /** Answers that are none of what they should be. */
  readonly faults: string[];
}

/** Clients that update, read, merge and undo the same few customers at once; what they did and were told. */
export async function runClients(load: Load): Promise<Recorded> {
  const recorded: Recorded = { operations: [], faults: [] };
  const standing = Array.from({ length: PAIRS }, () => new Set<string>());
  const run = (client: number) => new Client(load, client, recorded, standing).run();
  await Promise.all(Array.from({ length: load.clients }, (_, client) => run(client)));
  return recorded;
}

interface Input {
  readonly id: string;
  readonly email?: string;
  readonly customFields: readonly { readonly name: string; readonly value: string }[];
  readonly idempotencyKey?: string;
  readonly expectedVersion?: number;
}

interface Payload {
  readonly success: boolean;
  readonly replayed: boolean;
  readonly customer: Answered | null;
  readonly merges: readonly { readonly id: string; readonly victimId: string }[];
  readonly errors: readonly { readonly code: string }[];
}

interface Answered {
  readonly userId: string;
  readonly version: number;
  readonly customFields: readonly { readonly name: string; readonly value: string }[];
}

interface UndoPayload {
  readonly success: boolean;
  readonly restored: Answered | null;
  readonly survivor: Answered | null;
  readonly errors: readonly { readonly code: string }[];
}

const PAYLOAD = 'success replayed customer { userId version } merges { id victimId } errors { code }';
const UPDATE = `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { ${PAYLOAD} } }`;
const UPDATES = `mutation ($inputs: [UpdateCustomerInput!]!) { updateCustomers(inputs: $inputs) { results { ${PAYLOAD} } } }`;
const UNDO = `mutation ($mergeId: ID!) { undoCustomerMerge(mergeId: $mergeId) {
  success restored { userId version } survivor { userId version } errors { code } } }`;
const READ = 'query ($id: ID!) { customer(id: $id) { userId version customFields { name value } } }';

/** A request that got no answer, or one that says that nobody knows; or one that has done nothing for sure. */
type Failure = { readonly kind: 'unknown' } | { readonly kind: 'refused'; readonly code: string };
type Sent = { readonly data: Readonly<Record<string, unknown>> } | Failure;

/** What a service says in place of its usual words where it has to leave open whether it has stored something. */
const MAY_BE_STORED = /may have stored it/;

class Client {
  private readonly random: (below: number) => number;
  private readonly seen = new Map<string, number>();
  private writes = 0;

  constructor(
    private readonly load: Load,
    private readonly client: number,
    private readonly recorded: Recorded,
    /** The merges of each pair that somebody was told of, and nobody has undone. */
    private readonly standing: readonly Set<string>[],
  ) {
    this.random = randomOf(load.seed * 1000 + client);
  }

  async run(): Promise<void> {
    while (!this.load.isOver()) {
      const chance = this.random(100);
      if (chance < 35) await this.update(this.anybody());
      else if (chance < 50) await this.expect(singleId(this.random(SINGLES)));
      else if (chance < 75) await this.read(this.anybody());
      else if (chance < 85) await this.batch();
      else if (chance < 93) await this.merge(this.random(PAIRS));
      else await this.undo(this.random(PAIRS));
    }
  }

  private now(): number {
    return (this.load.clock ?? (() => performance.now()))();
  }

  private anybody(): string {
    const chance = this.random(SINGLES + 2 * PAIRS);
    if (chance < SINGLES) return singleId(chance);
    const pair = (chance - SINGLES) >> 1;
    return chance % 2 === 0 ? survivorId(pair) : victimId(pair);
  }

  private input(id: string, more: Partial<Input> = {}): Input {
    const value = `${this.client}-${(this.writes += 1)}`;
    const key = this.random(2) === 0 ? {} : { idempotencyKey: `key-${value}` };
    return { id, customFields: [{ name: FIELD, value }], ...key, ...more };
  }

  private update(id: string): Promise<void> {
    return this.send([this.input(id)]);
  }

  private expect(id: string): Promise<void> {
    return this.send([this.input(id, { expectedVersion: this.seen.get(id) ?? 1 })]);
  }

  private merge(pair: number): Promise<void> {
    return this.send([this.input(survivorId(pair), { email: victimEmail(pair) })]);
  }

  private batch(): Promise<void> {
    const count = 2 + this.random(2);
    return this.send(Array.from({ length: count }, () => this.input(this.anybody())));
  }

  /** Sends one update, or several in one request, until somebody answers where each of them has a key. */
  private async send(inputs: readonly Input[]): Promise<void> {
    const began = this.now();
    const [first] = inputs;
    const isBatch = inputs.length > 1;
    const mayRepeat = inputs.every(({ idempotencyKey }) => idempotencyKey !== undefined);
    const variables = isBatch ? { inputs } : { input: first };
    const sent = await this.post(isBatch ? UPDATES : UPDATE, variables, mayRepeat);
    const ended = this.now();
    const batch = isBatch ? randomUUID() : null;
    const payloads = 'kind' in sent ? null : payloadsOf(sent.data);
    for (const [index, input] of inputs.entries()) {
      const outcome = 'kind' in sent ? sent : this.outcomeOf(input, payloads?.[index]);
      const tag = input.customFields[0]?.value ?? '';
      this.write(
        { tag, customer: input.id, began, ended, outcome },
        input.expectedVersion,
        batch && { id: batch, index },
      );
    }
  }

  private outcomeOf(input: Input, payload: Payload | undefined): Outcome {
    const [error] = payload?.errors ?? [];
    const isConflict = error?.code === 'VERSION_CONFLICT' && input.expectedVersion !== undefined;
    if (payload?.success === false && isConflict) {
      // What is expected next is what was there: else nobody who was overtaken once would get on.
      this.seen.delete(input.id);
      return { kind: 'refused', code: error.code };
    }
    if (payload?.success !== true || payload.customer === null) return this.fault(payload);
    const { replayed, merges, customer } = payload;
    const { userId, version } = customer;
    this.saw(userId, version);
    for (const { id, victimId: victim } of merges) this.standing[pairOf(victim)]?.add(id);
    const victims = replayed ? [] : merges.map((merge) => ({ customer: merge.victimId, version }));
    return { kind: 'done', replayed, places: [{ customer: userId, version }, ...victims] };
  }

  private async undo(pair: number): Promise<void> {
    const [mergeId] = this.standing[pair] ?? [];
    if (mergeId === undefined) return;
    const began = this.now();
    const sent = await this.post(UNDO, { mergeId }, false);
    const ended = this.now();
    const outcome = 'kind' in sent ? sent : this.undoOutcome(sent.data['undoCustomerMerge'] as UndoPayload);
    if (outcome.kind !== 'unknown') this.standing[pair]?.delete(mergeId);
    this.write({ tag: `undo:${mergeId}`, customer: survivorId(pair), began, ended, outcome });
  }

  private undoOutcome(payload: UndoPayload): Outcome {
    const { success, restored, survivor, errors } = payload;
    if (success && restored !== null && survivor !== null) {
      const places = [restored, survivor].map(({ userId, version }): Place => ({ customer: userId, version }));
      return { kind: 'done', replayed: false, places };
    }
    const [error] = errors;
    return error?.code === 'MERGE_ALREADY_UNDONE' ? { kind: 'refused', code: error.code } : this.fault(payload);
  }

  private async read(id: string): Promise<void> {
    const began = this.now();
    const sent = await this.post(READ, { id }, false);
    const ended = this.now();
    if ('kind' in sent) return;
    const customer = sent.data['customer'] as Answered | null;
    if (customer === null) {
      this.fault(`there is no customer ${id}`);
      return;
    }
    const { userId, version, customFields } = customer;
    this.saw(userId, version);
    const value = customFields.find(({ name }) => name === FIELD)?.value ?? null;
    this.recorded.operations.push({ kind: 'read', customer: userId, version, value, began, ended });
  }

  private saw(customer: string, version: number): void {
    this.seen.set(customer, Math.max(version, this.seen.get(customer) ?? 0));
  }

  private write(
    write: Omit<Write, 'kind' | 'expectedVersion' | 'batch'>,
    expectedVersion: number | null = null,
    batch: Write['batch'] = null,
  ): void {
    this.recorded.operations.push({ kind: 'write', ...write, expectedVersion, batch });
  }

  private fault(answer: unknown): Outcome {
    this.recorded.faults.push(JSON.stringify(answer));
    return { kind: 'unknown' };
  }

  /** What came back. `mayRepeat`: where it got no answer, or was refused for now, it is sent again, until the end. */
  private async post(query: string, variables: object, mayRepeat: boolean): Promise<Sent> {
    const credentials = `${clientId('till', this.load.organizationId)}:${SECRET}`;
    let isUnknown = false;
    for (;;) {
      const service = this.load.service(this.random);
      // Now and then a client gives up before it is answered. With a key it asks again.
      const patience = mayRepeat && this.random(4) === 0 ? AbortSignal.timeout(this.random(30)) : undefined;
      const sent = service === null ? UNAVAILABLE : await post(service, { query, variables, credentials, patience });
      if (!('kind' in sent)) return sent;
      if (sent.kind === 'refused' && sent.code !== UNAVAILABLE.code) this.fault(sent);
      // Once nobody knows whether it is stored, being refused later does not tell.
      isUnknown ||= sent.kind === 'unknown';
      await sleep(5);
      if (!mayRepeat || this.load.isOver()) return isUnknown ? { kind: 'unknown' } : sent;
    }
  }
}

const UNAVAILABLE = { kind: 'refused', code: 'SERVICE_UNAVAILABLE' } as const;

interface Request {
  readonly query: string;
  readonly variables: object;
  readonly credentials: string;
  readonly patience: AbortSignal | undefined;
}

async function post(service: Service, { query, variables, credentials, patience }: Request): Promise<Sent> {
  let answer: GraphqlAnswer;
  try {
    answer = await ask(service, query, variables, credentials, patience);
  } catch (error) {
    // Who never was connected has sent nothing.
    return codeOf(error) === 'ECONNREFUSED' ? UNAVAILABLE : { kind: 'unknown' };
  }
  const [error] = answer.errors;
  if (error === undefined && answer.data !== null) return { data: answer.data };
  if (error !== undefined && MAY_BE_STORED.test(error.message)) return { kind: 'unknown' };
  return { kind: 'refused', code: error?.extensions.code ?? `status ${answer.status}` };
}

const codeOf = (error: unknown): unknown => (error as { cause?: { code?: unknown } }).cause?.code;

const payloadsOf = (data: Readonly<Record<string, unknown>>): readonly Payload[] =>
  'updateCustomer' in data
    ? [data['updateCustomer'] as Payload]
    : (data['updateCustomers'] as { results: readonly Payload[] }).results;

const pairOf = (victim: string): number => Number(victim) - Number(victimId(0));
