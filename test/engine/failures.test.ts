import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/customer/engine/plan-item.js';
import { openDatabase } from '../../src/database/database.js';
import type { Organization } from '../../src/organization/organization.js';
import type { CustomerSetting } from '../support/settings.js';
import { databaseKind } from '../support/test-database.js';
import { createTrigger, dropTrigger } from '../support/triggers.js';
import {
  isWholeBatch,
  item,
  openEngineWorld,
  recordStatements,
  stepByStep,
  type EngineWorld,
  type Input,
  type Statement,
} from './world.js';

// "The failing of one item leaves the others; the failing of a write leaves nothing." The database fails by triggers
// that another connection puts there, so nothing of ours is replaced by anything.

let world: EngineWorld;
let organizations = 100;

beforeAll(async () => {
  world = await openEngineWorld();
});
afterAll(() => world.close());
afterEach(() => world.execute(dropTrigger('poison')));

const newOrganization = (customers: readonly CustomerSetting[]): Promise<Organization> =>
  world.organization(String((organizations += 1)), customers);

/** Makes the database refuse, for instance `UPDATE ON customer WHEN NEW.id = 3`. */
const poison = (what: string): Promise<void> =>
  // Before, not after: an upsert that finds a row inserts none, but tries to.
  world.execute(createTrigger('poison', `BEFORE ${what}`, 'fail'));

const isDone = (outcomes: readonly Outcome[]): boolean => outcomes.every(({ kind }) => kind === 'done');

async function expectNothingStored(work: () => Promise<unknown>): Promise<void> {
  const before = await world.snapshot();
  await work();
  expect(await world.snapshot()).toEqual(before);
}

// --- at each step of a write ---

const trio: readonly CustomerSetting[] = [
  {
    id: '1',
    mobile: '+447700900001',
    type: 'LOYALTY',
    customFields: { age: '46' },
    pointsSummaries: [{ programId: '1016', lifetimePoints: '100' }],
  },
  {
    id: '2',
    mobile: null,
    email: 'two@example.com',
    type: 'LOYALTY',
    lifetimePurchases: '20.5',
    subscriptions: [{ channel: 'EMAIL', priority: 'TRANS', status: 'UNSUBSCRIBED' }],
    pointsSummaries: [{ programId: '7', lifetimePoints: '10' }],
  },
  { id: '3', mobile: null, externalId: 'THREE' },
];

/** A merge of one whom another was merged into, which also sets, clears, is rewarded and has a key. */
const richMerge: Input = {
  mobile: '447700900001',
  email: 'two@example.com',
  firstname: 'Rita',
  customFields: [
    { name: 'nickname', value: 'R' },
    { name: 'age', value: null },
  ],
  subscriptions: [{ channel: 'SMS', priority: 'TRANS', status: 'SUBSCRIBED' }],
  idempotencyKey: 'k',
};

async function organizationOfThree(): Promise<Organization> {
  const organization = await newOrganization(trio);
  const earlier = { email: 'two@example.com', externalId: 'THREE' };
  expect(isDone(await world.engine.update([item(organization, earlier)]))).toBe(true);
  return organization;
}

interface MergedTrio {
  readonly organization: Organization;
  readonly undo: () => ReturnType<EngineWorld['engine']['undoMerge']>;
}

async function mergedTrio(): Promise<MergedTrio> {
  const organization = await organizationOfThree();
  const [outcome] = await world.engine.update([item(organization, richMerge)]);
  const mergeId = outcome?.kind === 'done' ? (outcome.merges[0]?.id ?? '') : '';
  return { organization, undo: () => world.engine.undoMerge({ ...item(organization, {}), mergeId }) };
}

/** What the statements write, as `INSERT ON customer`; a whole batch by the steps that it has rows for. */
async function stepsOf(work: () => Promise<void>): Promise<Set<string>> {
  const stop = recordStatements(await world.writer());
  await work();
  // A statement may have several, each at its beginning or where a part in parentheses begins or has ended.
  const written = stepByStep(stop()).flatMap(({ sql }) =>
    Array.from(
      sql.matchAll(/(?:^|[()])\s*(INSERT|UPDATE|DELETE) (?:INTO |FROM )?(\w+)/g),
      ([, verb, table]) => `${verb ?? ''} ON ${table ?? ''}`,
    ),
  );
  return new Set(written);
}
const withoutCondition = (steps: readonly string[]): Set<string> =>
  new Set(steps.map((step) => step.replace(/ WHEN .*/, '')));

describe('a merge that fails', () => {
  const steps = [
    'DELETE ON customer_identifier',
    'UPDATE ON customer WHEN NEW.id = 1',
    'UPDATE ON customer WHEN NEW.id = 2',
    // The pointer of the one that was merged into the victim before.
    'UPDATE ON customer WHEN NEW.id = 3',
    'INSERT ON customer_identifier',
    'INSERT ON customer_field',
    'DELETE ON customer_field',
    'INSERT ON subscription',
    'INSERT ON points_summary',
    'DELETE ON points_summary',
    'INSERT ON reward_had',
    'INSERT ON customer_merge',
    'INSERT ON ledger_entry',
    'UPDATE ON audit_head',
    'INSERT ON audit_event',
    'INSERT ON idempotency_record',
  ];

  test.each(steps)('at %s leaves nothing, and succeeds when it is tried again', async (step) => {
    const organization = await organizationOfThree();
    await poison(step);
    await expectNothingStored(async () => {
      await expect(world.engine.update([item(organization, richMerge)])).rejects.toThrow('poison');
    });
    await world.execute(dropTrigger('poison'));
    const outcomes = await world.engine.update([item(organization, richMerge)]);
    expect(outcomes).toMatchObject([{ kind: 'done', replayed: false }]);
  });

  test('is failed at every step above: there are no others', async () => {
    const organization = await organizationOfThree();
    const written = await stepsOf(async () => {
      expect(isDone(await world.engine.update([item(organization, richMerge)]))).toBe(true);
    });
    expect(written).toEqual(withoutCondition(steps));
  });
});

describe('an undo that fails', () => {
  const steps = [
    'DELETE ON customer_identifier',
    'UPDATE ON customer WHEN NEW.id = 1',
    'UPDATE ON customer WHEN NEW.id = 2',
    'UPDATE ON customer WHEN NEW.id = 3',
    'INSERT ON customer_identifier',
    'INSERT ON subscription',
    'DELETE ON subscription',
    'INSERT ON points_summary',
    'DELETE ON points_summary',
    'INSERT ON reward_had',
    'UPDATE ON customer_merge',
    'INSERT ON ledger_entry',
    'UPDATE ON audit_head',
    'INSERT ON audit_event',
  ];

  test.each(steps)('at %s leaves nothing, and succeeds when it is tried again', async (step) => {
    const { undo } = await mergedTrio();
    await poison(step);
    await expectNothingStored(async () => {
      await expect(undo()).rejects.toThrow('poison');
    });
    await world.execute(dropTrigger('poison'));
    expect((await undo()).kind).toBe('undone');
  });

  test('is failed at every step above: there are no others', async () => {
    const { undo } = await mergedTrio();
    const written = await stepsOf(async () => {
      expect((await undo()).kind).toBe('undone');
    });
    expect(written).toEqual(withoutCondition(steps));
  });
});

// --- a batch of several requests ---

test('a batch whose very last row fails, leaves nothing of its first', async () => {
  const organization = await newOrganization(ten);
  // AFTER, and events are written last: all of the batch was there.
  await world.execute(createTrigger('poison', 'AFTER INSERT ON audit_event WHEN NEW.customer_id = 10', 'fail'));
  const inputs = ten.map(({ id = '' }, index): Input => {
    const idempotencyKey = index === ten.length - 1 ? 'last' : `key-${index}`;
    return {
      id,
      email: `person-${index}@example.com`,
      customFields: [{ name: 'nickname', value: 'R' }],
      idempotencyKey,
    };
  });
  await expectNothingStored(async () => {
    expect(await settle(organization, [inputs])).toEqual(['poison']);
  });
  await world.execute(dropTrigger('poison'));
  expect(await settle(organization, [inputs])).toEqual([Array(10).fill('done').join(' ')]);
});

const ten: readonly CustomerSetting[] = Array.from({ length: 10 }, (_, index) => ({
  id: String(index + 1),
  mobile: `+4477009000${String(index + 10)}`,
}));

/** Hands the requests over at once, so that all but the first share a batch; the answers, or why there is none. */
async function settle(organization: Organization, requests: readonly (readonly Input[])[]): Promise<string[]> {
  const answers = requests.map((inputs) => world.engine.update(inputs.map((input) => item(organization, input))));
  return (await Promise.allSettled(answers)).map((answer) =>
    answer.status === 'fulfilled' ? answer.value.map(({ kind }) => kind).join(' ') : reasonOf(answer.reason),
  );
}
const reasonOf = (error: unknown): string => {
  const { message, code } = error as Error & { code?: string };
  return message.includes('poison') ? 'poison' : (code ?? message);
};

const namesOf = async ({ id }: Organization): Promise<(string | null)[]> => {
  const rows = await world.query<{ firstname: string | null }>(
    'SELECT firstname FROM customer WHERE organization_id = ? ORDER BY id',
    [id],
  );
  return rows.map(({ firstname }) => firstname);
};

/** How often a batch was tried: SQLite is asked for it in one statement, PostgreSQL in a transaction of several. */
const tries = (statements: readonly Statement[]): number =>
  statements.filter(
    (statement) => ({ sqlite: isWholeBatch(statement), postgres: statement.sql.startsWith('BEGIN') })[databaseKind()],
  ).length;

describe('a poisonous item', () => {
  test('fails its own request; the others of its batch are answered and stored', async () => {
    const organization = await newOrganization(ten);
    await poison(`UPDATE ON customer WHEN NEW.id = 5 AND NEW.organization_id = '${organization.id}'`);
    const stop = recordStatements(await world.writer());
    const answers = await settle(
      organization,
      ten.map(({ id = '' }) => [{ id, firstname: `Name${'x'.repeat(Number(id))}` }]),
    );
    const statements = stop();
    const isPoisoned = (id: string | undefined): boolean => id === '5';
    expect(answers).toEqual(ten.map(({ id }) => (isPoisoned(id) ? 'poison' : 'done')));
    expect(await namesOf(organization)).toEqual(
      ten.map(({ id = '' }) => (isPoisoned(id) ? null : `Name${'x'.repeat(Number(id))}`)),
    );
    // The first alone, the other nine together, and then those nine one by one. On PostgreSQL the first four alone. What
    // SQLite refuses may be another process's doing, so it is tried three times.
    expect(tries(statements)).toBe({ sqlite: 1 + 3 + (8 + 3), postgres: 4 + 1 + 6 }[databaseKind()]);
  });

  test('fails all items of its own request, also those before it', async () => {
    const organization = await newOrganization(ten);
    await poison(`UPDATE ON customer WHEN NEW.id = 5 AND NEW.organization_id = '${organization.id}'`);
    const answers = await settle(organization, [
      [{ id: '1', firstname: 'First' }],
      [{ id: '2', firstname: 'Second' }],
      [
        { id: '3', firstname: 'Third' },
        { id: '5', firstname: 'Fifth' },
        { id: '6', firstname: 'Sixth' },
      ],
      [{ id: '3', lastname: 'Other', firstname: 'Again' }],
    ]);
    expect(answers).toEqual(['done', 'done', 'poison', 'done']);
    expect((await namesOf(organization)).slice(0, 6)).toEqual(['First', 'Second', 'Again', null, null, null]);
  });

  test('leaves its idempotency key to whoever tries again', async () => {
    const organization = await newOrganization(ten);
    await poison(`INSERT ON audit_event WHEN NEW.organization_id = '${organization.id}'`);
    const update = () => world.engine.update([item(organization, { id: '1', firstname: 'Rita', idempotencyKey: 'k' })]);
    await expect(update()).rejects.toThrow('poison');
    await world.execute(dropTrigger('poison'));
    expect(await update()).toMatchObject([{ kind: 'done', replayed: false }]);
    expect(await update()).toMatchObject([{ kind: 'done', replayed: true }]);
  });
});

describe('a commit that fails', () => {
  const constraint = { sqlite: 'SQLITE_CONSTRAINT', postgres: '23503' }[databaseKind()];
  // A row that points to nobody, which a database notices at the commit only.
  beforeAll(() =>
    world.execute(
      'CREATE TABLE nobody (id INTEGER PRIMARY KEY)',
      'CREATE TABLE points_to_nobody (id INTEGER REFERENCES nobody (id) DEFERRABLE INITIALLY DEFERRED)',
    ),
  );
  const poisonCommit = (organization: Organization): Promise<void> =>
    world.execute(
      createTrigger(
        'poison',
        `AFTER UPDATE ON customer WHEN NEW.id = 5 AND NEW.organization_id = '${organization.id}'`,
        { run: 'INSERT INTO points_to_nobody VALUES (1)' },
      ),
    );

  test('leaves nothing, and the next transaction is not hurt by it', async () => {
    const organization = await newOrganization(ten);
    await poisonCommit(organization);
    const stop = recordStatements(await world.writer());
    await expectNothingStored(async () => {
      expect(await settle(organization, [[{ id: '5', firstname: 'Rita' }]])).toEqual([constraint]);
    });
    // It did get as far as that: what comes before the commit was done.
    const written = stepByStep(stop()).map(({ sql }) => sql);
    expect(written.join()).toContain('INSERT INTO audit_event');
    expect(await settle(organization, [[{ id: '6', firstname: 'Ruth' }]])).toEqual(['done']);
  });

  test('of an undo leaves nothing, and the next transaction is not hurt by it', async () => {
    const { undo, organization } = await mergedTrio();
    await world.execute(
      createTrigger('poison', `AFTER UPDATE ON customer_merge WHEN NEW.organization_id = '${organization.id}'`, {
        run: 'INSERT INTO points_to_nobody VALUES (1)',
      }),
    );
    await expectNothingStored(async () => {
      await expect(undo()).rejects.toMatchObject({ code: constraint });
    });
    await world.execute(dropTrigger('poison'));
    expect((await undo()).kind).toBe('undone');
  });

  test('fails only the request that it is about', async () => {
    const organization = await newOrganization(ten);
    await poisonCommit(organization);
    const requests = ['1', '2', '5', '6'].map((id) => [{ id, firstname: 'Rita' }]);
    expect(await settle(organization, requests)).toEqual(['done', 'done', constraint, 'done']);
    expect((await namesOf(organization)).slice(0, 6)).toEqual(['Rita', 'Rita', null, null, null, 'Rita']);
  });
});

// That it is a file, which can be full or another's.
describe.runIf(databaseKind() === 'sqlite')(
  'a database that cannot write (SQLite alone: its disk and its locks are at hand)',
  () => {
    test('because it is full fails the whole batch at once, stores none of it, and serves again when there is room', async () => {
      const organization = await newOrganization(ten);
      const requests = Array.from({ length: 40 }, (_, index) => [
        {
          id: String((index % 10) + 1),
          firstname: 'x'.repeat(index + 1),
          idempotencyKey: `${'k'.repeat(200)}${index}`,
        },
      ]);
      const pragma = (text: string): Promise<unknown> =>
        world.database.transaction((manager) => manager.query(`PRAGMA ${text}`));
      // No page more than there are: what fits into those still fits, 40 audit events do not.
      await pragma('max_page_count = 1');
      const before = await world.snapshot();
      const stop = recordStatements(await world.writer());
      const answers = await settle(organization, requests);
      const statements = stop();
      const stored = (await world.snapshot())['audit_event'] ?? [];
      await pragma('max_page_count = 4294967294');

      expect(new Set(answers)).toEqual(new Set(answers[0] === 'done' ? ['done', 'SQLITE_FULL'] : ['SQLITE_FULL']));
      expect(answers.slice(1)).toEqual(Array(39).fill('SQLITE_FULL'));
      expect(stored.length - (before['audit_event']?.length ?? 0)).toBe(answers[0] === 'done' ? 1 : 0);
      expect(tries(statements)).toBe(2);
      expect(await settle(organization, requests)).toEqual(Array(40).fill('done'));
    });

    test('because somebody else is writing fails the whole batch at once, and serves again afterwards', async () => {
      const organization = await newOrganization(ten);
      const requests = ['1', '2', '3', '4'].map((id) => [{ id, firstname: 'Rita' }]);
      const { undo } = await mergedTrio();
      const other = await openDatabase(world.settings);
      const connection = await world.writer();
      await connection.query('PRAGMA busy_timeout = 20');
      const stop = recordStatements(connection);
      const answers = await other.transaction(async () => {
        await expect(undo()).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
        return settle(organization, requests);
      });
      const statements = stop();
      await connection.query('PRAGMA busy_timeout = 5000');
      await other.close();

      expect(answers).toEqual(Array(4).fill('SQLITE_BUSY'));
      expect(tries(statements)).toBe(2);
      expect(await settle(organization, requests)).toEqual(Array(4).fill('done'));
      expect((await undo()).kind).toBe('undone');
    });

    test('at the very first batch, and later can: the batches after it are done', async () => {
      const fresh = await openEngineWorld();
      const organization = await fresh.organization('100', ten);
      const other = await openDatabase(fresh.settings);
      await (await fresh.writer()).query('PRAGMA busy_timeout = 20');
      const update = (id: string) => fresh.engine.update([item(organization, { id, firstname: 'Rita' })]);
      const answers = await other.transaction(() => Promise.allSettled([update('1'), update('2'), update('3')]));
      expect(answers).toMatchObject(Array(3).fill({ status: 'rejected', reason: { code: 'SQLITE_BUSY' } }));
      for (const id of ['1', '2', '3']) expect(await update(id)).toMatchObject([{ kind: 'done', replayed: false }]);
      const events = await fresh.query('SELECT 1 FROM audit_event WHERE organization_id = ?', [organization.id]);
      expect(events).toHaveLength(3);
      await other.close();
      await fresh.close();
    });
  },
);
