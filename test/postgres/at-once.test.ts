import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/customer/engine/engine.js';
import type { Outcome } from '../../src/customer/engine/plan-item.js';
import { StaleAccounts } from '../../src/customer/engine/write-accounts.js';
import { describeBreach } from '../../src/customer/verify/breach.js';
import { verify } from '../../src/customer/verify/verify.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import type { Organization } from '../../src/organization/organization.js';
import type { CustomerSetting } from '../support/settings.js';
import { item, openEngineWorld, recordStatements, type EngineWorld, type Input } from '../engine/world.js';

// Several services on one database, as processes of their own would be: each has its connections and its queue.

const SERVICES = 4;
const ROUNDS = 5;

let world: EngineWorld;
let databases: Database[];
let engines: Engine[];
let organizations = 100;

beforeAll(async () => {
  world = await openEngineWorld();
  databases = await Promise.all(Array.from({ length: SERVICES }, () => openDatabase(world.settings)));
  engines = databases.map((database) => createEngine(database));
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await world.close();
});

const newOrganization = (customers: readonly CustomerSetting[]): Promise<Organization> =>
  world.organization(String((organizations += 1)), customers);

/** Hands each input to the next one of the services, all at once. */
const updateAtOnce = async (organization: Organization, inputs: readonly Input[]): Promise<(Outcome | undefined)[]> =>
  Promise.all(
    inputs.map(async (input, index) => {
      const [outcome] = (await engines[index % SERVICES]?.update([item(organization, input)])) ?? [];
      return outcome;
    }),
  );

async function breaches(): Promise<string[]> {
  const found: string[] = [];
  await databases[0]?.snapshot((manager) =>
    verify(manager, { onBreach: (breach) => found.push(describeBreach(breach)) }),
  );
  return found;
}

const live = async ({ id }: Organization): Promise<number> => {
  const rows = await world.query<{ count: number }>(
    'SELECT count(*) AS count FROM customer WHERE organization_id = ? AND merged_into IS NULL',
    [id],
  );
  return rows[0]?.count ?? 0;
};

const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const mobileOf = (index: number): string => `+4477009${String(index).padStart(5, '0')}`;
const emailOf = (index: number): string => `person-${index}@example.com`;
const people = (count: number): CustomerSetting[] =>
  indexes(count).map((index) => ({
    id: String(index + 1),
    mobile: mobileOf(index),
    email: emailOf(index),
    type: 'LOYALTY',
    pointsSummaries: [{ programId: '1016', lifetimePoints: '10' }],
  }));

describe('services on one database', () => {
  test('merge a ring of customers into one, whoever begins where', async () => {
    for (const round of indexes(ROUNDS)) {
      const count = 12;
      const organization = await newOrganization(people(count));
      const inputs = indexes(count).map((index) => ({
        mobile: mobileOf(index),
        email: emailOf((index + 1 + (round % 2)) % count),
      }));
      const outcomes = await updateAtOnce(organization, inputs);
      expect(outcomes.map((outcome) => outcome?.kind)).toEqual(Array(count).fill('done'));
      expect(await live(organization)).toBe(round % 2 === 0 ? 1 : 2);
    }
    expect(await breaches()).toEqual([]);
  });

  test('merge two customers once, from both sides at once', async () => {
    const organization = await newOrganization(people(40));
    const inputs = indexes(20).flatMap((pair) => [
      { mobile: mobileOf(2 * pair), email: emailOf(2 * pair + 1) },
      { mobile: mobileOf(2 * pair + 1), email: emailOf(2 * pair) },
    ]);
    const outcomes = await updateAtOnce(organization, inputs);
    const merges = outcomes.map((outcome) => (outcome?.kind === 'done' ? outcome.merges.length : -1));
    expect(indexes(20).map((pair) => (merges[2 * pair] ?? 0) + (merges[2 * pair + 1] ?? 0))).toEqual(Array(20).fill(1));
    expect(await live(organization)).toBe(20);
    expect(await breaches()).toEqual([]);
  });

  test('give an identifier that nobody has to one of fifty, and merge the others with him', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const count = 50;
      const organization = await newOrganization(
        indexes(count).map((index) => ({ id: String(index + 1), mobile: mobileOf(index) })),
      );
      const inputs = indexes(count).map((index) => ({ mobile: mobileOf(index), email: 'new@example.com' }));
      const outcomes = await updateAtOnce(organization, inputs);
      expect(outcomes.map((outcome) => outcome?.kind)).toEqual(Array(count).fill('done'));
      expect(await live(organization)).toBe(1);
    }
    expect(await breaches()).toEqual([]);
  });

  test('give new identifiers in crossing order, and nobody fails', async () => {
    const count = 40;
    const organization = await newOrganization(
      indexes(count).map((index) => ({ id: String(index + 1), mobile: mobileOf(index) })),
    );
    const inputs = indexes(count).map((index) => ({
      id: String(index + 1),
      email: emailOf(index % 7),
      externalId: `X${(index * 3) % 5}`,
    }));
    const outcomes = await updateAtOnce(organization, inputs);
    expect(outcomes.filter((outcome) => outcome?.kind !== 'done' && outcome?.kind !== 'refused')).toEqual([]);
    expect(await breaches()).toEqual([]);
  });

  test('do an update with one key once, and replay it for the others', async () => {
    const organization = await newOrganization(people(1));
    const input = { mobile: mobileOf(0), firstname: 'Rita', idempotencyKey: 'k' };
    const outcomes = await updateAtOnce(organization, Array<Input>(40).fill(input));
    const replayed = outcomes.filter((outcome) => outcome?.kind === 'done' && outcome.replayed);
    expect(replayed).toHaveLength(39);
    expect(await world.query('SELECT version FROM customer WHERE organization_id = ?', [organization.id])).toEqual([
      { version: 2 },
    ]);
  });

  test('give a key to one of several inputs, though no lock of an account sees to that', async () => {
    const organization = await newOrganization(people(40));
    // Each key for ten inputs: the first has it, the others are refused.
    const inputs = indexes(40).map((index) => ({ mobile: mobileOf(index), idempotencyKey: `k${index % 4}` }));
    const outcomes = await updateAtOnce(organization, inputs);
    const done = outcomes.filter((outcome) => outcome?.kind === 'done');
    expect(done).toHaveLength(4);
    expect(outcomes.filter((outcome) => outcome?.kind === 'refused')).toHaveLength(36);
  });

  test('wait for whoever has the account: what was read under its lock need not be read again', async () => {
    const organization = await newOrganization(people(1));
    const [holder, other] = databases;
    if (holder === undefined || other === undefined) throw new Error('There are several services');
    let hold = (): void => undefined;
    const held = new Promise<void>((resolve) => (hold = resolve));
    const slow = createEngine({
      ...holder,
      batch: (work) =>
        holder.batch(async (manager) => {
          const result = await work(manager);
          hold();
          await new Promise((resolve) => setTimeout(resolve, 200));
          return result;
        }),
    });
    const holding = slow.update([item(organization, { id: '1', lastname: 'James' })]);
    await held;
    const connection = await other.transaction((manager) => Promise.resolve(manager.connection));
    const stop = recordStatements(connection);
    const [outcome] = (await engines[1]?.update([item(organization, { id: '1', firstname: 'Rita' })])) ?? [];
    const begins = stop().filter(({ sql }) => sql.startsWith('BEGIN'));
    await holding;
    expect(outcome).toMatchObject({ kind: 'done', customer: { version: 3 } });
    expect(begins).toHaveLength(1);
  });

  test('go on where others overtake one again and again', async () => {
    let overtaken = 0;
    const work = (): Promise<string> => {
      if (overtaken === 12) return Promise.resolve('done');
      overtaken += 1;
      return Promise.reject(new StaleAccounts('an account was not locked before it was read'));
    };
    expect(await world.database.transaction(work)).toBe('done');
  });

  test('award a reward once', async () => {
    const organization = await newOrganization(people(1));
    const values = indexes(40).map((index) => `n${index}`);
    await updateAtOnce(
      organization,
      values.map((value) => ({
        mobile: mobileOf(0),
        firstname: 'Rita',
        customFields: [{ name: 'nickname', value }],
      })),
    );
    const awards = await world.query('SELECT 1 FROM ledger_entry WHERE organization_id = ? AND kind = ?', [
      organization.id,
      'AWARD',
    ]);
    expect(awards).toHaveLength(1);
    expect(await breaches()).toEqual([]);
  });

  test('take a merge back once, while others update both sides', async () => {
    const organization = await newOrganization(people(2));
    const [merged] = await updateAtOnce(organization, [{ mobile: mobileOf(0), email: emailOf(1) }]);
    const mergeId = merged?.kind === 'done' ? (merged.merges[0]?.id ?? '') : '';
    const undos = engines.map((engine) => engine.undoMerge({ ...item(organization, {}), mergeId }));
    const updates = updateAtOnce(
      organization,
      indexes(40).map((index) => ({ id: String((index % 2) + 1), lastname: index % 3 === 0 ? 'James' : 'Okafor' })),
    );
    const kinds = (await Promise.all(undos)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'undone')).toHaveLength(1);
    expect((await updates).map((outcome) => outcome?.kind)).toEqual(Array(40).fill('done'));
    expect(await breaches()).toEqual([]);
  });
});
