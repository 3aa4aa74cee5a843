import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/customer/engine/engine.js';
import { findCustomerByIdentifier } from '../../src/customer/engine/find-customer.js';
import type { Database } from '../../src/database/database.js';
import type { Organization } from '../../src/organization/organization.js';
import { useWorld } from '../support/world.js';
import { createTrigger, dropTrigger } from '../support/triggers.js';
import { item, openEngineWorld, type EngineWorld, type Input } from './world.js';

// Queries and previews "see only what is committed", and nobody is answered before the commit.

let world: EngineWorld;
let organizations = 100;

beforeAll(async () => {
  world = await openEngineWorld();
});
afterAll(() => world.close());

interface Gate {
  readonly engine: Engine;
  /** Resolves when a transaction has written all that it writes, and only its commit is left. */
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

/** An engine whose transactions wait at their end. */
function gatedEngine(database: Database): Gate {
  const written = deferred();
  const gate = deferred();
  const engine = createEngine({
    ...database,
    transaction: (work) =>
      database.transaction(async (manager) => {
        const result = await work(manager);
        written.settle();
        await gate.promise;
        return result;
      }),
  });
  return { engine, written: written.promise, open: gate.settle };
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
    const customer = await findCustomerByIdentifier(reader, organization, type, text);
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

describe('while a transaction has written and not committed', () => {
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

  test('queries and previews see what was before it, and its request is not answered', async () => {
    const organization = await newOrganization();
    const { engine, written, open } = gatedEngine(world.database);
    let isAnswered = false;
    const answer = engine.update([item(organization, merge)]).then((outcomes) => {
      isAnswered = true;
      return outcomes;
    });
    await written;
    expect(await seen(organization)).toEqual(before);
    expect(isAnswered).toBe(false);
    open();
    expect(await answer).toMatchObject([{ kind: 'done' }]);
    expect(await seen(organization)).toEqual(after);
  });

  test('and fails, nobody ever sees anything of it', async () => {
    const organization = await newOrganization();
    const { engine, written, open } = gatedEngine(world.database);
    const answer = engine.update([item(organization, merge)]);
    await written;
    expect(await seen(organization)).toEqual(before);
    open(new Error('lost'));
    await expect(answer).rejects.toThrow('lost');
    expect(await seen(organization)).toEqual(before);
  });

  test('other updates wait for it, and then see it', async () => {
    const organization = await newOrganization();
    const { engine, written, open } = gatedEngine(world.database);
    const first = engine.update([item(organization, merge)]);
    await written;
    const others = [
      world.engine.update([item(organization, { email: 'two@example.com', lastname: 'James' })]),
      engine.update([item(organization, { id: '2', lastname: 'Okafor' })]),
    ];
    open();
    expect(await first).toMatchObject([{ kind: 'done', customer: { id: 1, version: 2 } }]);
    const versions = (await Promise.all(others)).flat().map((outcome) => {
      if (outcome.kind !== 'done') throw new Error('refused');
      return [outcome.customer.id, outcome.customer.version];
    });
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
    const mergeId = merged?.kind === 'done' ? (merged.merges[0]?.id ?? '') : '';
    const { engine, written, open } = gatedEngine(world.database);
    const update = engine.update([item(organization, { email: 'two@example.com', lastname: 'James' })]);
    await written;
    const undo = world.engine.undoMerge({ ...item(organization, {}), mergeId });
    open();
    expect(await update).toMatchObject([{ kind: 'done', customer: { id: 1, version: 3 } }]);
    expect(await undo).toMatchObject({ kind: 'undone', survivor: { version: 4, lastname: 'James' } });
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
