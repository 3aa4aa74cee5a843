import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/customer/engine/engine.js';
import { createCustomerReads } from '../../src/customer/engine/customer-reads.js';
import type { Done, Outcome } from '../../src/customer/engine/plan-item.js';
import type { Database } from '../../src/database/database.js';
import type { Organization } from '../../src/organization/organization.js';
import { ServiceBusy } from '../../src/values/service-busy.js';
import { useWorld } from '../support/world.js';
import { createTrigger, dropTrigger } from '../support/triggers.js';
import { item, openEngineWorld, untilSent, type EngineWorld, type Input } from './world.js';

// Queries and previews "see only what is committed", and nobody is answered before the commit.

let world: EngineWorld;
let organizations = 100;

beforeAll(async () => {
  world = await openEngineWorld();
});
afterAll(() => world.close());
afterEach(() => world.execute(dropTrigger('slow'), dropTrigger('slowly_poison')));

interface Gate {
  readonly engine: Engine;
  /** Resolves when an undo has written all that it writes, and only its commit is left. */
  readonly written: Promise<void>;
  /** Lets it commit, or fail. */
  readonly open: (error?: Error) => void;
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly settle: (error?: Error) => void;
}

function deferred(): Deferred {
  let settle: Deferred['settle'] = () => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = (error) => {
      if (error === undefined) resolve();
      else reject(error);
    };
  });
  return { promise, settle };
}

/** An engine whose undos wait at the end of their transaction. */
async function gatedEngine(database: Database): Promise<Gate> {
  const written = deferred();
  const gate = deferred();
  let isGated = false;
  const engine = createEngine({
    ...database,
    transaction: (work) =>
      database.transaction(async (manager) => {
        const result = await work(manager);
        if (!isGated) return result;
        written.settle();
        await gate.promise;
        return result;
      }),
  });
  // What its writes need, it makes before the first of them.
  await engine.update([]);
  isGated = true;
  return { engine, written: written.promise, open: gate.settle };
}

const ofOrganization = ({ id }: Organization): string => `WHEN NEW.organization_id = '${id}'`;

/** The update's answer, on its way: all but its key is written, and that write, which is the last one, takes a while. */
async function updateSlowly(organization: Organization, input: Input): Promise<{ answer: Promise<Outcome[]> }> {
  await world.execute(
    createTrigger('slow', `AFTER INSERT ON idempotency_record ${ofOrganization(organization)}`, 'wait'),
  );
  const sent = untilSent(await world.writer(), /^INSERT INTO (batch|idempotency_record)/);
  const answer = world.engine.update([item(organization, input)]);
  answer.catch(() => undefined);
  await sent;
  // The writes before it are a matter of a few milliseconds.
  await sleep(30);
  return { answer };
}

const merge: Input = {
  mobile: '+447700900001',
  email: 'two@example.com',
  firstname: 'Rita',
  idempotencyKey: 'k',
};

const newOrganization = (): Promise<Organization> =>
  world.organization(String((organizations += 1)), [
    { id: '1', mobile: '+447700900001' },
    { id: '2', mobile: null, email: 'two@example.com' },
  ]);

/** What a query, the audit log and a preview of the same input show. */
async function seen(organization: Organization): Promise<object> {
  const { reader } = world.database;
  const customers = [];
  for (const [type, text] of [
    ['MOBILE', '+447700900001'],
    ['EMAIL', 'two@example.com'],
  ] as const) {
    const customer = await createCustomerReads(1)(reader).byIdentifier(organization, type, text);
    customers.push(customer === null || customer === 'invalid' ? customer : [customer.id, customer.version]);
  }
  const events = await reader.query<unknown[]>('SELECT 1 FROM audit_event WHERE organization_id = $1', [
    organization.id,
  ]);
  const preview = await world.engine.preview(item(organization, merge));
  return {
    customers,
    events: events.length,
    preview: preview.kind === 'done' ? [preview.customer.version, preview.replayed, preview.merges.length] : preview,
  };
}

const before = {
  customers: [
    [1, 1],
    [2, 1],
  ],
  events: 0,
  preview: [2, false, 1],
};
const after = {
  customers: [
    [1, 2],
    [1, 2],
  ],
  events: 3,
  preview: [2, true, 1],
};

const done = (outcome: Outcome | undefined): Done => {
  if (outcome?.kind !== 'done') throw new Error('refused');
  return outcome;
};
const mergeIdOf = (outcome: Outcome | undefined): string => done(outcome).merges[0]?.id ?? '';

describe('while a batch has written and not committed', () => {
  test('queries and previews see what was before it, and its request is not answered', async () => {
    const organization = await newOrganization();
    const { answer } = await updateSlowly(organization, merge);
    let isAnswered = false;
    void answer.then(() => {
      isAnswered = true;
    });
    expect(await seen(organization)).toEqual(before);
    expect(isAnswered).toBe(false);
    expect(await answer).toMatchObject([{ kind: 'done' }]);
    expect(await seen(organization)).toEqual(after);
  });

  test('and fails, nobody ever sees anything of it', async () => {
    const organization = await newOrganization();
    // By its name after the one that is slow: SQLite runs the newest first, PostgreSQL the first by name.
    await world.execute(
      createTrigger('slowly_poison', `AFTER INSERT ON idempotency_record ${ofOrganization(organization)}`, 'fail'),
    );
    const { answer } = await updateSlowly(organization, merge);
    expect(await seen(organization)).toEqual(before);
    await expect(answer).rejects.toThrow('poison');
    expect(await seen(organization)).toEqual(before);
  });

  test('other updates wait for it, and then see it', async () => {
    const organization = await newOrganization();
    const { answer } = await updateSlowly(organization, merge);
    const others = await Promise.all([
      createEngine(world.database).update([item(organization, { email: 'two@example.com', lastname: 'James' })]),
      world.engine.update([item(organization, { id: '2', lastname: 'Okafor' })]),
    ]);
    expect(await answer).toMatchObject([{ kind: 'done', customer: { id: 1, version: 2 } }]);
    const versions = others.flat().map((outcome) => [done(outcome).customer.id, done(outcome).customer.version]);
    expect(versions).toEqual(
      expect.arrayContaining([
        [1, 3],
        [1, 4],
      ]),
    );
  });

  test('an undo waits for it too', async () => {
    const organization = await newOrganization();
    const [merged] = await world.engine.update([item(organization, merge)]);
    const update = { email: 'two@example.com', lastname: 'James', idempotencyKey: 'later' };
    const { answer } = await updateSlowly(organization, update);
    const undone = await world.engine.undoMerge({ ...item(organization, {}), mergeId: mergeIdOf(merged) });
    expect(await answer).toMatchObject([{ kind: 'done', customer: { id: 1, version: 3 } }]);
    expect(undone).toMatchObject({ kind: 'undone', survivor: { version: 4, lastname: 'James' } });
  });
});

describe('while an undo has written and not committed', () => {
  async function undoing(): Promise<Gate & { organization: Organization; undo: ReturnType<Engine['undoMerge']> }> {
    const organization = await newOrganization();
    const [merged] = await world.engine.update([item(organization, merge)]);
    const gate = await gatedEngine(world.database);
    const undo = gate.engine.undoMerge({ ...item(organization, {}), mergeId: mergeIdOf(merged) });
    undo.catch(() => undefined);
    await gate.written;
    return { ...gate, organization, undo };
  }

  test('queries see what was before it', async () => {
    const { organization, undo, open } = await undoing();
    expect(await seen(organization)).toEqual(after);
    open();
    expect(await undo).toMatchObject({ kind: 'undone' });
    expect(await seen(organization)).toMatchObject({
      customers: [
        [1, 3],
        [2, expect.any(Number)],
      ],
    });
  });

  test('and fails, nobody ever sees anything of it', async () => {
    const { organization, undo, open } = await undoing();
    expect(await seen(organization)).toEqual(after);
    open(new Error('lost'));
    await expect(undo).rejects.toThrow('lost');
    expect(await seen(organization)).toEqual(after);
  });

  test('updates wait for it, and then see it', async () => {
    const { organization, undo, open } = await undoing();
    const update = world.engine.update([item(organization, { email: 'two@example.com', lastname: 'James' })]);
    await sleep(20);
    open();
    expect(await undo).toMatchObject({ kind: 'undone' });
    expect(await update).toMatchObject([{ kind: 'done', customer: { id: 2, lastname: 'James' } }]);
  });
});

describe('over the API', () => {
  const service = useWorld();
  afterEach(() => service.execute(dropTrigger('slow')));
  afterEach(() => service.execute(dropTrigger('poison')));

  // The service's own transaction: its first write takes as long as a million rows do, its last one fails. A query that
  // ran on the connection of the writer would come between the two and see what never was.
  test('queries during a long transaction that fails see nothing of it', async () => {
    const shop = await service.given.organization();
    const { id } = await service.given.customer(shop);
    const ofShop = `WHEN NEW.organization_id = '${shop.id}'`;
    await service.execute(createTrigger('slow', `AFTER UPDATE ON customer ${ofShop}`, 'wait'));
    await service.execute(createTrigger('poison', `AFTER INSERT ON audit_event ${ofShop}`, 'fail'));
    const state: { isAnswered: boolean } = { isAnswered: false };
    const update = shop.send('mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { success } }', {
      input: { id, firstname: 'Rita' },
    });
    void update.then(() => {
      state.isAnswered = true;
    });
    let queries = 0;
    while (!state.isAnswered) {
      const answers = await Promise.all(Array.from({ length: 5 }, () => shop.customer(id)));
      expect(answers.map(({ version, firstname }) => [version, firstname])).toEqual(Array(5).fill([1, null]));
      queries += answers.length;
    }
    expect((await update).errors.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(await shop.customer(id)).toMatchObject({ version: 1, firstname: null, auditLog: { edges: [] } });
    expect(queries).toBeGreaterThan(0);
  });
});

test('reads that would have to wait beside as many as may are refused, and those before them are done', async () => {
  const organization = await newOrganization();
  const gate = deferred();
  const { reader } = world.database;
  const slow = Object.assign(Object.create(reader) as typeof reader, {
    query: (sql: string, parameters?: unknown[]) => gate.promise.then(() => reader.query<unknown>(sql, parameters)),
  });
  const reads = createCustomerReads(1, { waitingItems: 2, waitingSeconds: 30 })(slow);
  const found = Array.from({ length: 3 }, () => reads.byId(organization.id, 1));
  await expect(reads.byId(organization.id, 1)).rejects.toThrow(ServiceBusy);
  gate.settle();
  expect((await Promise.all(found)).map((account) => account?.id)).toEqual([1, 1, 1]);
});

test('the merges of a customer who was read are those of then, though one is undone before they are read', async () => {
  const organization = await newOrganization();
  const reads = createCustomerReads(1)(world.database.reader);
  const standing = async (lastSequence: number) =>
    (await reads.standingMerges({ organizationId: organization.id, survivorId: 1, lastSequence, atMost: 1 })).map(
      ({ id }) => id,
    );
  const sequence = async () => (await reads.byId(organization.id, 1))?.lastSequence ?? 0;
  const [first] = await world.engine.update([item(organization, merge)]);
  const merged = await sequence();
  await world.engine.undoMerge({ ...item(organization, {}), mergeId: mergeIdOf(first) });
  const undone = await sequence();
  const [second] = await world.engine.update([item(organization, { ...merge, idempotencyKey: 'again' })]);
  expect(await standing(merged)).toEqual([mergeIdOf(first)]);
  expect(await standing(undone)).toEqual([]);
  expect(await standing(await sequence())).toEqual([mergeIdOf(second)]);
});
