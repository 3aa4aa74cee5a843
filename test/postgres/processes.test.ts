import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { lostUpdates, setValue, type Acknowledged } from '../engine/lost-updates.js';
import { openEngineWorld, type EngineWorld } from '../engine/world.js';
import { ask, useWorkplace, type Service } from '../process/service.js';
import { clientId, SECRET, type CustomerSetting } from '../support/settings.js';

// "Four server processes, 64 clients, rings and crossing merges, 50 at once with one identifier: no error reaches a client,
// no deadlock is left, `verify` holds; one process killed with kill -9 and the database's connections terminated (57P01)
// under load: acknowledged work is there, the others go on."

const PROCESSES = 4;
const CLIENTS = 64;
const ROUNDS = 3;

const workplace = useWorkplace();
let world: EngineWorld;
let services: Service[];
let organizations = 100;

beforeAll(async () => {
  world = await openEngineWorld();
  services = await Promise.all(Array.from({ length: PROCESSES }, () => workplace.start(environment())));
});
afterAll(() => world.close());

const environment = () => ({ DATABASE_URL: world.url, DEMO_DATA: '0' });

const UPDATE = `mutation ($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) { success replayed customer { version } merges { id } errors { code } } }`;

interface Update {
  readonly success: boolean;
  readonly replayed: boolean;
  readonly customer: { readonly version: number } | null;
  readonly merges: readonly { readonly id: string }[];
}

/** Throws where the answer is anything but an update that is done. */
async function update(service: Service, organizationId: string, input: object): Promise<Update> {
  const answer = await ask(service, UPDATE, { input }, `${clientId('till', organizationId)}:${SECRET}`);
  const payload = answer.data?.['updateCustomer'] as Update | undefined;
  if (answer.errors.length > 0 || payload?.success !== true) throw new WrongAnswer(JSON.stringify(answer));
  return payload;
}

class WrongAnswer extends Error {}

const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const mobileOf = (index: number): string => `+4477009${String(index).padStart(5, '0')}`;
const emailOf = (index: number): string => `person-${index}@example.com`;

const people = (count: number, more: (index: number) => CustomerSetting): CustomerSetting[] =>
  indexes(count).map((index) => ({
    id: String(index + 1),
    mobile: mobileOf(index),
    type: 'LOYALTY',
    pointsSummaries: [{ programId: '1016', lifetimePoints: '10' }],
    ...more(index),
  }));

async function newOrganization(customers: readonly CustomerSetting[]): Promise<string> {
  const { id } = await world.organization(String((organizations += 1)), customers);
  return id;
}

/** Each client sends one input to one of the processes, all at once. */
const updateAtOnce = (organizationId: string, inputs: readonly object[]): Promise<Update[]> =>
  Promise.all(inputs.map((input, index) => update(serviceOf(index), organizationId, input)));

function serviceOf(client: number): Service {
  const running = services.filter(({ child }) => child.exitCode === null && child.signalCode === null);
  const service = running[client % running.length];
  if (service === undefined) throw new Error('No process is left');
  return service;
}

const count = async (statement: string, parameters: unknown[] = []): Promise<number> => {
  const [row] = await world.query<{ count: number }>(`SELECT count(*) AS count FROM ${statement}`, parameters);
  return row?.count ?? 0;
};
const live = (organizationId: string): Promise<number> =>
  count('customer WHERE organization_id = ? AND merged_into IS NULL', [organizationId]);

/** Transactions that nobody ends, and locks that somebody waits for. */
const leftBehind = async (): Promise<number> =>
  (await count(`pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`)) +
  (await count(
    `pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  ));

// One database, which lives through all of it.
describe('four processes, and 64 clients over HTTP', () => {
  test('merge rings of customers, whoever begins where', async () => {
    const size = 16;
    for (let round = 0; round < ROUNDS; round += 1) {
      const organization = await newOrganization(people(CLIENTS, (index) => ({ email: emailOf(index) })));
      const ringOf = (index: number): number => size * Math.floor(index / size);
      const inputs = indexes(CLIENTS).map((index) => ({
        mobile: mobileOf(index),
        email: emailOf(ringOf(index) + ((index + 1) % size)),
      }));
      await updateAtOnce(organization, inputs);
      expect(await live(organization)).toBe(CLIENTS / size);
    }
    expect(await leftBehind()).toBe(0);
  });

  test('merge two customers once, from both sides at once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const organization = await newOrganization(people(CLIENTS, (index) => ({ email: emailOf(index) })));
      // The two sides of a pair are neighbours, whose clients talk to different processes.
      const inputs = indexes(CLIENTS).map((index) => ({ mobile: mobileOf(index), email: emailOf(index ^ 1) }));
      const updates = await updateAtOnce(organization, inputs);
      expect(updates.reduce((sum, { merges }) => sum + merges.length, 0)).toBe(CLIENTS / 2);
      expect(await live(organization)).toBe(CLIENTS / 2);
    }
    expect(await leftBehind()).toBe(0);
  });

  test('give an identifier that nobody has to one of fifty, and merge the others with him', async () => {
    const fifty = 50;
    for (let round = 0; round < ROUNDS; round += 1) {
      const organization = await newOrganization(people(fifty, () => ({})));
      const inputs = indexes(fifty).map((index) => ({ mobile: mobileOf(index), email: 'new@example.com' }));
      await updateAtOnce(organization, inputs);
      expect(await live(organization)).toBe(1);
    }
    expect(await leftBehind()).toBe(0);
  });

  test('go on where the database ends their connections: no client is told of it, and nothing is lost', async () => {
    const load = await newLoad();
    let [ended, next] = [0, 0];
    const ending = setInterval(() => {
      // On a slow machine nobody would be done in time: whoever is cut off without end has to be refused.
      if (load.done < next) return;
      next = load.done + CLIENTS;
      terminateAll().then(
        () => (ended += 1),
        () => undefined,
      );
    }, 400);
    await runClients(load, () => ended >= 7);
    clearInterval(ending);
    await expectKept(load);
  });

  test('go on where one of them is killed: its clients are served by the others, and nothing is lost', async () => {
    const load = await newLoad();
    const [first] = services;
    let doneBefore = Infinity;
    await runClients(load, () => {
      if (load.done > 300 && doneBefore === Infinity) {
        doneBefore = load.done;
        first?.child.kill('SIGKILL');
      }
      return load.done > doneBefore + 1000;
    });
    expect(await first?.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(load.broken).toBeGreaterThan(0);
    await expectKept(load);
  });

  test('leave no transaction open, have met no deadlock, and every invariant holds', async () => {
    // At the end of a connection, what it has counted is there.
    const others = services.slice(1);
    expect(await Promise.all(others.map((service) => service.stop()))).toMatchObject(
      others.map(() => ({ code: 0, stderr: '' })),
    );
    expect(await leftBehind()).toBe(0);
    expect(await world.query('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')).toEqual([
      { deadlocks: 0 },
    ]);
    const verified = await workplace.launch({ script: 'cli/verify', env: environment() }).exited;
    expect(verified).toMatchObject({ code: 0, stderr: '' });
  });
});

/** Ends all connections to the database but those of this one. */
const terminateAll = (): Promise<unknown> =>
  world.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );

/** What clients do to one organization, and were told. */
interface Load {
  readonly organization: string;
  readonly acknowledged: Map<number, Acknowledged[]>;
  /** Values that were answered as done before: which version they made, the answer does not say. */
  readonly replayed: string[];
  readonly merges: string[];
  /** Answers that are none of what they should be. */
  readonly faults: string[];
  done: number;
  /** Requests whose process was gone before it answered. */
  broken: number;
}

const SHARED = 1;
const MERGE_STEP = 5;
const ownOf = (client: number): number => 2 + client;
const contact = (client: number): CustomerSetting => ({ id: String(1000 + client), email: emailOf(client) });

/** A customer for each client, one for all of them, and one to be merged for each client. */
async function newLoad(): Promise<Load> {
  const customers = [...people(1 + CLIENTS, () => ({})), ...indexes(CLIENTS).map(contact)];
  return {
    organization: await newOrganization(customers),
    acknowledged: new Map(),
    replayed: [],
    merges: [],
    faults: [],
    done: 0,
    broken: 0,
  };
}

const runClients = (load: Load, isOver: () => boolean): Promise<unknown> =>
  Promise.all(indexes(CLIENTS).map((client) => runClient(load, client, isOver)));

/** Updates its own customer and the one that all share, and merges another into its own once, each with a key. */
async function runClient(load: Load, client: number, isOver: () => boolean): Promise<void> {
  for (let step = 0; step <= MERGE_STEP || !isOver(); step += 1) {
    const value = `${client}-${step}`;
    const id = step % 4 === 3 ? SHARED : ownOf(client);
    const isMerge = step === MERGE_STEP;
    const input = {
      id: String(isMerge ? ownOf(client) : id),
      ...(isMerge ? { email: emailOf(client) } : { customFields: setValue(value) }),
      idempotencyKey: value,
    };
    const answer = await sendUntilAnswered(load, client, input);
    if (answer === null) continue;
    load.done += 1;
    load.merges.push(...answer.merges.map((merge) => merge.id));
    if (isMerge) continue;
    if (answer.replayed) load.replayed.push(value);
    else
      load.acknowledged.set(id, [
        ...(load.acknowledged.get(id) ?? []),
        { version: answer.customer?.version ?? 0, value },
      ]);
  }
}

/** As a client behind a balancer does: whose process is gone asks another one, with the same key. */
async function sendUntilAnswered(load: Load, client: number, input: object): Promise<Update | null> {
  for (;;) {
    try {
      return await update(serviceOf(client), load.organization, input);
    } catch (error) {
      if (error instanceof WrongAnswer) {
        load.faults.push(error.message);
        return null;
      }
      load.broken += 1;
      await sleep(10);
    }
  }
}

async function expectKept(load: Load): Promise<void> {
  // Connections of this test's own that have been ended are seen to be gone: by now, or when they are asked.
  await vi.waitFor(() => Promise.all(indexes(20).map(() => world.query('SELECT 1'))), { timeout: 10_000 });
  expect(load.faults).toEqual([]);
  const lost: string[] = [];
  for (const [id, acknowledged] of load.acknowledged) {
    lost.push(...(await lostUpdates(world, load.organization, id, acknowledged)));
  }
  const changes = await world.query<{ changes: string }>('SELECT changes FROM audit_event WHERE organization_id = ?', [
    load.organization,
  ]);
  const log = changes.map((event) => event.changes).join('\n');
  lost.push(...load.replayed.filter((value) => !log.includes(`"current":"${value}"`)));
  const merges = await world.query<{ id: string }>('SELECT id FROM customer_merge WHERE organization_id = ?', [
    load.organization,
  ]);
  const stored = new Set(merges.map(({ id }) => id));
  lost.push(...load.merges.filter((id) => !stored.has(id)));
  expect(lost).toEqual([]);
  expect(load.merges).toHaveLength(CLIENTS);
  expect(await leftBehind()).toBe(0);
}
