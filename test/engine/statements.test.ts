import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCustomerReads } from '../../src/customer/engine/customer-reads.js';
import { CustomerResolver } from '../../src/customer/customer.resolver.js';
import type { Outcome } from '../../src/customer/engine/plan-item.js';
import { MergeResolver } from '../../src/customer/merge/merge.resolver.js';
import { UpdateResolver } from '../../src/customer/update/update.resolver.js';
import { createSchema, type ResolverClass } from '../../src/graphql/schema.js';
import type { RequestContext } from '../../src/http/request-context.js';
import type { Organization } from '../../src/organization/organization.js';
import { OrganizationResolver } from '../../src/organization/organization.resolver.js';
import { documents } from '../support/documents.js';
import type { CustomerSetting } from '../support/settings.js';
import { item, openEngineWorld, recordStatements, type EngineWorld, type Input, type Statement } from './world.js';

// "A fixed number of statements, whatever the size of the batch": counted on the one connection that writes.

/** BEGIN, the two loads, one statement for each of the 16 kinds of rows, COMMIT: more there are not. */
const MOST_STATEMENTS = 20;
/** BEGIN, load accounts, write customers, fields, subscriptions and events, COMMIT. */
const MOST_OF_PLAIN_UPDATES = 7;
/** The same with the look-up and the storing of idempotency keys. */
const MOST_WITH_KEYS = MOST_OF_PLAIN_UPDATES + 2;
/** BEGIN, four statements that load, a write for each kind of rows, COMMIT. */
const MOST_OF_AN_UNDO = 20;

const sizes = [1, 10, 100];

let world: EngineWorld;
let organizations = 100;

beforeAll(async () => {
  world = await openEngineWorld();
});
afterAll(() => world.close());

const mobileOf = (index: number): string => `4477009${String(index).padStart(5, '0')}`;
const emailOf = (index: number): string => `person-${index}@example.com`;
const externalIdOf = (index: number): string => `VICTIM-${index}`;

/**
 * So many trios: a survivor by its mobile; a victim by its email, whom somebody with an external id was merged into
 * already. Each has all that a customer can have.
 */
function trios(count: number): CustomerSetting[] {
  return Array.from({ length: count }, (_, index) => index).flatMap((index): CustomerSetting[] => [
    {
      id: String(1000 + index),
      mobile: `+${mobileOf(index)}`,
      type: 'LOYALTY',
      customFields: { age: '46', birthday: '1998-12-01' },
      subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' }],
      pointsSummaries: [{ programId: '1016', lifetimePoints: '100', slabSNo: 1 }],
    },
    {
      id: String(2000 + index),
      email: emailOf(index),
      type: 'LOYALTY',
      lifetimePurchases: '20.5',
      customFields: { shoeSize: '9.5' },
      extendedFields: { city: 'Leeds' },
      subscriptions: [{ channel: 'EMAIL', priority: 'TRANS', status: 'UNSUBSCRIBED' }],
      pointsSummaries: [{ programId: '7', lifetimePoints: '10', slabSNo: 1 }],
    },
    { id: String(3000 + index), externalId: externalIdOf(index), firstname: 'Rita' },
  ]);
}

async function organizationOfTrios(count: number): Promise<Organization> {
  const organization = await world.organization(String((organizations += 1)), trios(count));
  const earlierMerges = indexes(count).map((index) => ({ email: emailOf(index), externalId: externalIdOf(index) }));
  expect(await updateAll(organization, earlierMerges)).toEqual(Array(count).fill('done'));
  return organization;
}

const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

async function updateAll(organization: Organization, inputs: Input[]): Promise<Outcome['kind'][]> {
  const outcomes = await world.engine.update(inputs.map((input) => item(organization, input)));
  return outcomes.map(({ kind }) => kind);
}

/** The statements of one batch of these inputs, each of which must succeed. */
async function statementsOf(organization: Organization, inputs: Input[]): Promise<Statement[]> {
  const stop = recordStatements(await world.writer());
  const kinds = await updateAll(organization, inputs);
  const statements = stop();
  expect(kinds).toEqual(Array(inputs.length).fill('done'));
  return statements;
}

const plainUpdate = (index: number): Input => ({
  mobile: mobileOf(index),
  lastname: 'James',
  customFields: [{ name: 'isStudent', value: 'true' }],
  subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
});

/** Merges, sets, clears, is rewarded and has a key: as much as an update can touch. */
const everything = (index: number): Input => ({
  mobile: mobileOf(index),
  email: emailOf(index),
  firstname: 'Rita',
  customFields: [
    { name: 'nickname', value: 'R' },
    { name: 'age', value: null },
  ],
  subscriptions: [{ channel: 'SMS', priority: 'TRANS', status: 'SUBSCRIBED' }],
  idempotencyKey: `everything-${index}`,
});

describe('a batch takes the same statements for 1, 10 and 100 items', () => {
  const kinds: { what: string; most: number; input: (index: number) => Input }[] = [
    { what: 'updates', most: MOST_OF_PLAIN_UPDATES, input: plainUpdate },
    {
      what: 'updates with idempotency keys',
      most: MOST_WITH_KEYS,
      input: (index) => ({ ...plainUpdate(index), idempotencyKey: `key-${index}` }),
    },
    {
      what: 'merges of customers whom others were merged into',
      most: MOST_STATEMENTS,
      input: (index) => ({ mobile: mobileOf(index), email: emailOf(index) }),
    },
    { what: 'updates that do all of it at once', most: MOST_STATEMENTS, input: everything },
    { what: 'updates that change nothing', most: 3, input: (index) => ({ mobile: mobileOf(index) }) },
  ];
  for (const { what, most, input } of kinds) {
    test(what, async () => {
      const runs: string[][] = [];
      for (const size of sizes) {
        const organization = await organizationOfTrios(size);
        runs.push((await statementsOf(organization, indexes(size).map(input))).map(({ sql }) => sql));
      }
      const [one, ten, hundred] = runs;
      expect(ten).toEqual(one);
      expect(hundred).toEqual(one);
      expect(one?.at(0)).toMatch(/^BEGIN/);
      expect(one?.at(-1)).toBe('COMMIT');
      expect(one?.length).toBeLessThanOrEqual(most);
    });
  }

  test('items that touch one another, too', async () => {
    const inputs = (size: number): Input[] =>
      indexes(size).map((index) => ({
        mobile: mobileOf(0),
        email: emailOf(index),
        customFields: [{ name: 'nickname', value: `N${index}` }],
      }));
    const one = await statementsOf(await organizationOfTrios(1), inputs(1));
    const hundred = await statementsOf(await organizationOfTrios(100), inputs(100));
    expect(hundred.map(({ sql }) => sql)).toEqual(one.map(({ sql }) => sql));
  });

  test('requests that gather while a batch runs share the next one', async () => {
    const organization = await organizationOfTrios(100);
    const stop = recordStatements(await world.writer());
    const answers = await Promise.all(
      indexes(100).map((index) => world.engine.update([item(organization, plainUpdate(index))])),
    );
    const statements = stop();
    expect(answers.flat().map(({ kind }) => kind)).toEqual(Array(100).fill('done'));
    // The first found the engine idle, the other 99 waited for it.
    expect(statements.filter(({ sql }) => sql === 'COMMIT')).toHaveLength(2);
    expect(statements.length).toBeLessThanOrEqual(2 * MOST_OF_PLAIN_UPDATES);
  });

  test('an undo has a fixed number, whatever was merged', async () => {
    const organization = await organizationOfTrios(2);
    const counts: number[] = [];
    for (const input of [{ mobile: mobileOf(0), email: emailOf(0) }, everything(1)]) {
      const [outcome] = await world.engine.update([item(organization, input)]);
      const mergeId = outcome?.kind === 'done' ? outcome.merges[0]?.id : undefined;
      const stop = recordStatements(await world.writer());
      const undone = await world.engine.undoMerge({ ...item(organization, {}), mergeId: mergeId ?? '' });
      counts.push(stop().length);
      expect(undone.kind).toBe('undone');
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(MOST_OF_AN_UNDO);
  });
});

/**
 * What SQLite says that it will do for the statement. It plans without statistics (nobody runs ANALYZE), so it does the
 * same in a database of any size.
 */
async function planOf({ sql, parameters }: Statement): Promise<string[]> {
  if (/^(BEGIN|COMMIT)/.test(sql)) return [];
  const rows = await world.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, parameters);
  return rows.map(({ detail }) => detail);
}

/** Tables that stand for the items of the batch: their size is its size. */
const BATCH = /^SCAN (\w+ VIRTUAL TABLE INDEX \d+:|found|involved|new|found_\w+)$/;
const SEARCH_BY_ORGANIZATION_ALONE = /^SEARCH .*\(organization_id=\?\)$/;

/** The steps that take longer in a larger organization: a table read from end to end, or all rows of an organization. */
async function slowSteps(statements: readonly Statement[]): Promise<string[]> {
  const bySql = new Map(statements.map((statement) => [statement.sql, statement]));
  const slow: string[] = [];
  for (const statement of bySql.values()) {
    const steps = await planOf(statement);
    const isSlow = (step: string): boolean =>
      (step.startsWith('SCAN') && !BATCH.test(step)) || SEARCH_BY_ORGANIZATION_ALONE.test(step);
    slow.push(
      ...steps.filter(isSlow).map((step) => `${step}: ${statement.sql.replace(/\s+/g, ' ').trim().slice(0, 80)}`),
    );
  }
  return slow;
}

describe('no statement reads a whole table, or a whole organization, for a few rows', () => {
  test('of a batch that does all that updates can do', async () => {
    const organization = await organizationOfTrios(10);
    expect(await slowSteps(await statementsOf(organization, indexes(10).map(everything)))).toEqual([]);
  });

  test('of an undo', async () => {
    const organization = await organizationOfTrios(1);
    const [outcome] = await world.engine.update([item(organization, everything(0))]);
    const mergeId = outcome?.kind === 'done' ? outcome.merges[0]?.id : undefined;
    const stop = recordStatements(await world.writer());
    const undone = await world.engine.undoMerge({ ...item(organization, {}), mergeId: mergeId ?? '' });
    const statements = stop();
    expect(undone.kind).toBe('undone');
    expect(await slowSteps(statements)).toEqual([]);
  });

  test('of the queries', async () => {
    const organization = await organizationOfTrios(1);
    const { reader, readsAfter } = world.database;
    const loadOrganization = () => Promise.resolve(organization);
    const instances = new Map<ResolverClass, object>([
      [CustomerResolver, new CustomerResolver(createCustomerReads(1), loadOrganization)],
      [UpdateResolver, new UpdateResolver(world.engine, loadOrganization)],
      [MergeResolver, new MergeResolver(world.engine, loadOrganization)],
      [OrganizationResolver, new OrganizationResolver(loadOrganization)],
    ]);
    const schema = createSchema([...instances.keys()], instances);
    const { caller, origin } = item(organization, {});
    const ask = async (source: string, variableValues: Record<string, unknown>): Promise<unknown> => {
      const contextValue: RequestContext = {
        requestId: origin.requestId,
        caller,
        userContext: { entityType: null, entityId: null, source: null, sourceId: null },
        reads: readsAfter(null),
      };
      const { data, errors } = await graphql({ schema, source, variableValues, contextValue });
      expect(errors).toBeUndefined();
      return data;
    };
    const after = Buffer.from(`${Number.MAX_SAFE_INTEGER}.1`).toString('base64url');
    const stop = recordStatements(reader.connection);
    await ask(documents.customer, { id: '2000' });
    await ask(documents.customer, { mobile: '07700 900000' });
    await ask(documents.merge, { id: 'none' });
    await ask(documents.previewCustomerUpdate, { input: everything(0) });
    const later = await ask(
      `query ($after: String) { customer(id: "2000") {
         auditLog(after: $after) { edges { cursor } } ledger(after: $after) { edges { cursor } } } }`,
      { after },
    );
    const statements = stop();
    expect(later).toMatchObject({ customer: { auditLog: { edges: [{}, {}] } } });
    expect(statements.length).toBeGreaterThan(10);
    expect(await slowSteps(statements)).toEqual([]);
  });

  test('the plans are read right: what is slow is seen to be', async () => {
    const slow = await slowSteps([
      { sql: 'SELECT * FROM customer WHERE firstname = ?', parameters: ['Rita'] },
      { sql: 'SELECT * FROM audit_event WHERE organization_id = ?', parameters: ['100'] },
      { sql: 'UPDATE customer_merge SET undone_at = 1 WHERE merged_at = ?', parameters: [1] },
    ]);
    expect(slow.map((line) => line.split(':')[0])).toEqual([
      'SCAN customer',
      'SEARCH audit_event USING PRIMARY KEY (organization_id=?)',
      'SCAN customer_merge',
    ]);
  });
});
