import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/customer/engine/engine.js';
import type { Outcome } from '../../src/customer/engine/plan-item.js';
import { sqliteStatements } from '../../src/customer/engine/sqlite-statements.js';
import { eraseCustomer } from '../../src/customer/erase/erase-customer.js';
import { describeBreach } from '../../src/customer/verify/breach.js';
import { verify } from '../../src/customer/verify/verify.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import type { Organization } from '../../src/organization/organization.js';
import { lostUpdates, setValue, type Acknowledged } from './lost-updates.js';
import { isWholeBatch, item, openEngineWorld, type EngineWorld, type Input, type Statement } from './world.js';

// Two processes on one SQLite file: each has its connections and its queue, and nothing keeps the other one from writing
// between a batch's load and its write.

const TRIES = 3;

let world: EngineWorld;
/** The other process. */
let other: Database;
let otherEngine: Engine;
let organizations = 100;

beforeAll(async () => {
  world = await openEngineWorld();
  other = await openDatabase(world.settings);
  otherEngine = createEngine(other);
});
afterAll(async () => {
  await other.close();
  await world.close();
});

interface Overtaken {
  readonly engine: Engine;
  /** How often a batch was about to be written. */
  readonly tries: () => number;
}

/** An engine that is overtaken: `meanwhile` happens before each of its statements that `comes` chooses. */
function overtakenBefore(
  comes: (statement: Statement) => boolean,
  meanwhile: (tries: number, statement: Statement) => Promise<unknown>,
): Overtaken {
  let tries = 0;
  const slowly = (manager: EntityManager): EntityManager =>
    Object.assign(Object.create(manager) as EntityManager, {
      async query(sql: string, parameters: unknown[]) {
        if (comes({ sql, parameters })) await meanwhile((tries += 1), { sql, parameters });
        return manager.query<unknown>(sql, parameters);
      },
    });
  const { database } = world;
  const engine = createEngine({
    ...database,
    reader: slowly(database.reader),
    batch: (work) => database.batch((manager) => work(slowly(manager))),
  });
  return { engine, tries: () => tries };
}

/** One to which it happens whenever all is loaded and planned, and the write is next. */
const overtaken = (meanwhile: (tries: number, write: Statement) => Promise<unknown>): Overtaken =>
  overtakenBefore(isWholeBatch, meanwhile);

/** The first time only. */
const once =
  (work: () => Promise<unknown>) =>
  async (tries: number): Promise<void> => {
    if (tries === 1) await work();
  };

const newOrganization = (): Promise<Organization> =>
  world.organization(
    String((organizations += 1)),
    Array.from({ length: 5 }, (_, index) => ({
      id: String(index + 1),
      mobile: `+4477009000${String(index + 10)}`,
      email: index === 0 || index === 4 ? null : `person-${index + 1}@example.com`,
      type: 'LOYALTY',
      pointsSummaries: [{ programId: '1016', lifetimePoints: '10' }],
    })),
  );

async function update(engine: Engine, organization: Organization, ...inputs: Input[]): Promise<Outcome[]> {
  return engine.update(inputs.map((input) => item(organization, input)));
}

/** What the other process does, which is always done. */
const otherwise =
  (organization: Organization, ...inputs: Input[]) =>
  async (): Promise<void> => {
    const outcomes = await update(otherEngine, organization, ...inputs);
    expect(outcomes.map(({ kind }) => kind)).toEqual(inputs.map(() => 'done'));
  };

interface Stored {
  readonly id: number;
  readonly version: number;
  readonly firstname: string | null;
  readonly lastname: string | null;
}

const stored = ({ id }: Organization): Promise<Stored[]> =>
  world.query('SELECT id, version, firstname, lastname FROM customer WHERE organization_id = ? ORDER BY id', [id]);

/** The versions of a customer's events, in their order. */
async function versionsOf({ id }: Organization, customerId: number): Promise<number[]> {
  const rows = await world.query<{ version: number }>(
    'SELECT version FROM audit_event WHERE organization_id = ? AND customer_id = ? ORDER BY sequence',
    [id, customerId],
  );
  return rows.map(({ version }) => version);
}

async function breaches(): Promise<string[]> {
  const found: string[] = [];
  await other.snapshot((manager) => verify(manager, { onBreach: (breach) => found.push(describeBreach(breach)) }));
  return found;
}

describe('where another process comes between the load and the write, the batch runs again', () => {
  test('and both changes of an account are stored, one after the other', async () => {
    const organization = await newOrganization();
    const { engine, tries } = overtaken(once(otherwise(organization, { id: '1', lastname: 'James' })));
    const [outcome] = await update(engine, organization, { id: '1', firstname: 'Rita' });
    expect(outcome).toMatchObject({ kind: 'done', customer: { version: 3, firstname: 'Rita', lastname: 'James' } });
    expect(tries()).toBe(2);
    expect((await stored(organization))[0]).toEqual({ id: 1, version: 3, firstname: 'Rita', lastname: 'James' });
    expect(await versionsOf(organization, 1)).toEqual([2, 3]);
    expect(await breaches()).toEqual([]);
  });

  test('and its events come behind those of another customer, which the audit log has by now', async () => {
    const organization = await newOrganization();
    const { engine, tries } = overtaken(once(otherwise(organization, { id: '2', lastname: 'James' })));
    const [outcome] = await update(engine, organization, { id: '1', firstname: 'Rita' });
    expect(outcome).toMatchObject({ kind: 'done', customer: { version: 2 } });
    expect(tries()).toBe(2);
    const rows = await world.query<{ customer: number; position: number }>(
      'SELECT customer_id AS customer, position FROM audit_event WHERE organization_id = ? ORDER BY position',
      [organization.id],
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(await breaches()).toEqual([]);
  });

  test('as a whole: of its first run nothing is stored, not even of accounts that nobody else touched', async () => {
    const organization = await newOrganization();
    const { engine } = overtaken(once(otherwise(organization, { id: '3', lastname: 'James' })));
    const names = ['1', '2', '3', '4', '5'].map((id) => ({ id, firstname: 'Rita' }));
    const outcomes = await update(engine, organization, ...names);
    expect(outcomes.map((outcome) => outcome.kind === 'done' && outcome.customer.version)).toEqual([2, 2, 3, 2, 2]);
    const events = await Promise.all([1, 2, 3, 4, 5].map((id) => versionsOf(organization, id)));
    expect(events).toEqual([[2], [2], [2, 3], [2], [2]]);
    expect(await breaches()).toEqual([]);
  });

  test('and an expected version that was right is none any more', async () => {
    const organization = await newOrganization();
    const { engine } = overtaken(once(otherwise(organization, { id: '1', lastname: 'James' })));
    const [outcome] = await update(engine, organization, { id: '1', firstname: 'Rita', expectedVersion: 1 });
    expect(outcome).toMatchObject({ kind: 'refused', errors: [{ code: 'VERSION_CONFLICT' }] });
    expect((await stored(organization))[0]).toMatchObject({ version: 2, firstname: null, lastname: 'James' });
  });

  test('and who has taken the identifier that nobody had is merged', async () => {
    const organization = await newOrganization();
    const email = 'new@example.com';
    const { engine, tries } = overtaken(once(otherwise(organization, { id: '5', email })));
    const [outcome] = await update(engine, organization, { mobile: '+447700900010', email });
    expect(outcome).toMatchObject({ kind: 'done', merges: [{ survivorId: 1, victimId: 5 }] });
    expect(tries()).toBe(2);
    expect(await breaches()).toEqual([]);
  });

  test('and a merge has what was changed of the victim', async () => {
    const organization = await newOrganization();
    const { engine } = overtaken(once(otherwise(organization, { id: '2', lastname: 'James' })));
    const [outcome] = await update(engine, organization, { mobile: '+447700900010', email: 'person-2@example.com' });
    expect(outcome).toMatchObject({ kind: 'done', customer: { id: 1, lastname: 'James' } });
    expect(await breaches()).toEqual([]);
  });

  test('and the survivor is updated in the place of one that was merged away', async () => {
    const organization = await newOrganization();
    const merge = { mobile: '+447700900010', email: 'person-2@example.com' };
    const { engine } = overtaken(once(otherwise(organization, merge)));
    const [outcome] = await update(engine, organization, { email: 'person-2@example.com', firstname: 'Rita' });
    expect(outcome).toMatchObject({ kind: 'done', customer: { id: 1, version: 3, firstname: 'Rita' } });
    expect(await breaches()).toEqual([]);
  });

  test('and the same update with the same key is done once', async () => {
    const organization = await newOrganization();
    const input = { id: '1', firstname: 'Rita', idempotencyKey: 'k' };
    const { engine } = overtaken(once(otherwise(organization, input)));
    expect(await update(engine, organization, input)).toMatchObject([{ kind: 'done', replayed: true }]);
    expect(await versionsOf(organization, 1)).toEqual([2]);
  });

  test('and a key that was taken for another account is refused', async () => {
    const organization = await newOrganization();
    const { engine } = overtaken(once(otherwise(organization, { id: '2', firstname: 'Rita', idempotencyKey: 'k' })));
    const [outcome] = await update(engine, organization, { id: '1', firstname: 'Rita', idempotencyKey: 'k' });
    expect(outcome).toMatchObject({ kind: 'refused', errors: [{ code: 'IDEMPOTENCY_KEY_REUSED' }] });
    expect((await stored(organization))[0]).toMatchObject({ version: 1, firstname: null });
  });

  test('and a key of somebody who has been erased is not kept, though nothing was to change', async () => {
    const organization = await newOrganization();
    const { engine } = overtaken(
      once(() => other.transaction((manager) => eraseCustomer(manager, organization.id, '1', Date.now()))),
    );
    const [outcome] = await update(engine, organization, { mobile: '+447700900010', idempotencyKey: 'k' });
    expect(outcome).toMatchObject({ kind: 'refused', errors: [{ code: 'CUSTOMER_NOT_FOUND' }] });
    const keys = 'SELECT key FROM idempotency_record WHERE organization_id = ?';
    expect(await world.query(keys, [organization.id])).toEqual([]);
  });
});

describe('where another process does the same update with the same key while the batch is loaded', () => {
  const key = { idempotencyKey: 'k' };
  /** One that would be refused where it is done already. */
  const input = { id: '1', firstname: 'Rita', expectedVersion: 1, ...key };
  /** Before the first of the statements that load, before the second, and so on. */
  const statements = [1, 2, 3, 4];
  const loads = ({ sql }: Statement): boolean =>
    sql === sqliteStatements.selectRecords || sql === sqliteStatements.selectAccounts;

  test.each(statements)('it is replayed, and not refused for what it has done itself: at statement %i', async (at) => {
    const organization = await newOrganization();
    const doIt = otherwise(organization, input);
    const { engine } = overtakenBefore(loads, async (count) => {
      if (count === at) await doIt();
    });
    const outcomes = await update(engine, organization, input);
    expect(outcomes).toMatchObject([{ kind: 'done', customer: { version: 2, firstname: 'Rita' } }]);
    expect(await versionsOf(organization, 1)).toEqual([2]);
    expect(await breaches()).toEqual([]);
  });

  test.each(statements)('its preview is the update’s or its replay: at statement %i', async (at) => {
    const organization = await newOrganization();
    const doIt = otherwise(organization, input);
    const { engine } = overtakenBefore(loads, async (count) => {
      if (count === at) await doIt();
    });
    const outcome = await engine.preview(item(organization, input));
    expect(outcome).toMatchObject({ kind: 'done', customer: { version: 2, firstname: 'Rita' } });
  });

  test.each(statements)('beside one that is replayed anyway: at statement %i', async (at) => {
    const organization = await newOrganization();
    const before = { id: '2', firstname: 'Rosa', idempotencyKey: 'before' };
    await otherwise(organization, before)();
    const doIt = otherwise(organization, input);
    const { engine } = overtakenBefore(loads, async (count) => {
      if (count === at) await doIt();
    });
    const outcomes = await update(engine, organization, before, input);
    expect(outcomes).toMatchObject([
      { kind: 'done', replayed: true },
      { kind: 'done', customer: { version: 2, firstname: 'Rita' } },
    ]);
  });
});

describe('where another process comes in between again and again', () => {
  const lastname = (tries: number): string => `J${'a'.repeat(tries)}`;
  const rename = (organization: Organization, id: string, tries: number): Promise<void> =>
    otherwise(organization, { id, lastname: lastname(tries) })();

  test.each([1, TRIES - 1])('%i times, the batch is done', async (times) => {
    const organization = await newOrganization();
    const { engine, tries } = overtaken(async (count) => {
      if (count <= times) await rename(organization, '1', count);
    });
    const outcomes = await update(engine, organization, { id: '1', firstname: 'Rita' });
    expect(outcomes).toMatchObject([{ kind: 'done', customer: { version: times + 2 } }]);
    expect(tries()).toBe(times + 1);
  });

  test('the last try keeps all others from writing: it is done, and they wait for it', async () => {
    const organization = await newOrganization();
    const waiting: Promise<void>[] = [];
    const { engine, tries } = overtaken(async (count) => {
      const renaming = rename(organization, '1', count);
      if (count < TRIES) await renaming;
      else waiting.push(renaming);
    });
    const inputs = ['2', '1', '3'].map((id) => ({ id, firstname: 'Rita', idempotencyKey: `k${id}` }));
    const outcomes = await update(engine, organization, ...inputs);
    expect(outcomes).toMatchObject([
      { customer: { version: 2 } },
      { customer: { version: 4 } },
      { customer: { version: 2 } },
    ]);
    expect(tries()).toBe(TRIES);
    await Promise.all(waiting);
    const rows = await stored(organization);
    expect(rows[0]).toMatchObject({ version: 5, firstname: 'Rita', lastname: lastname(TRIES) });
    expect(await versionsOf(organization, 1)).toEqual([2, 3, 4, 5]);
    expect(await breaches()).toEqual([]);
  });
});

describe('two processes that update at once', () => {
  const UPDATES = 100;
  /** As many as each process has under way: few, so that there are many batches to come in between of one another. */
  const FEW = 4;

  interface Answers {
    readonly acknowledged: ReadonlyMap<number, Acknowledged[]>;
    readonly errors: readonly string[];
  }

  /** The updates of both, a hundred each. */
  async function updateByBoth(organization: Organization, toId: (index: number) => number): Promise<Answers> {
    const acknowledged = new Map<number, Acknowledged[]>([1, 2, 3, 4, 5].map((id) => [id, []]));
    const errors: string[] = [];
    const updateOne = async (engine: Engine, id: number, value: string): Promise<void> => {
      const [outcome] = await update(engine, organization, { id: String(id), customFields: setValue(value) });
      if (outcome?.kind !== 'done') throw new Error('refused');
      acknowledged.get(id)?.push({ version: outcome.customer.version, value });
    };
    const work = async (engine: Engine, name: string): Promise<void> => {
      for (let index = 0; index < UPDATES / FEW; index += 1) {
        await updateOne(engine, toId(index), `${name}-${index}`).catch((error: unknown) => {
          errors.push((error as Error).message);
        });
      }
    };
    await Promise.all(
      [world.engine, otherEngine].flatMap((engine, process) =>
        Array.from({ length: FEW }, (_, worker) => work(engine, `${process}-${worker}`)),
      ),
    );
    return { acknowledged, errors };
  }

  test.each([
    ['one customer', () => 1],
    ['five customers', (index: number) => (index % 5) + 1],
  ])('%s: no update is lost, and versions are in one order', async (_, toId) => {
    const organization = await newOrganization();
    const { acknowledged, errors } = await updateByBoth(organization, toId);
    for (const [id, updates] of acknowledged) {
      expect(await lostUpdates(world, organization.id, id, updates)).toEqual([]);
      // What was answered as an error is nowhere, what was answered as done is there once.
      const versions = updates.map(({ version }) => version).toSorted((a, b) => a - b);
      expect(versions).toEqual(await versionsOf(organization, id));
    }
    expect(errors).toEqual([]);
    expect(await breaches()).toEqual([]);
  });
});
