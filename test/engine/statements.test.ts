import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AuditEventResolver } from '../../src/audit/audit.resolver.js';
import { CustomerResolver } from '../../src/customer/customer.resolver.js';
import { createCustomerReads } from '../../src/customer/engine/customer-reads.js';
import type { Outcome } from '../../src/customer/engine/plan-item.js';
import { sqliteStatements } from '../../src/customer/engine/sqlite-statements.js';
import { batchSteps, guardedSteps } from '../../src/customer/engine/write-statements.js';
import { eraseCustomer } from '../../src/customer/erase/erase-customer.js';
import { listSource } from '../../src/customer/import/customer-source.js';
import { importCustomers } from '../../src/customer/import/import-customers.js';
import { MergeResolver } from '../../src/customer/merge/merge.resolver.js';
import { UpdateResolver } from '../../src/customer/update/update.resolver.js';
import { boundEntries } from '../../src/graphql/bound-entries.js';
import { createSchema, type ResolverClass } from '../../src/graphql/schema.js';
import type { RequestContext } from '../../src/http/request-context.js';
import { newRequestRecord } from '../../src/http/request-record.js';
import type { Organization } from '../../src/organization/organization.js';
import { OrganizationResolver } from '../../src/organization/organization.resolver.js';
import { documents } from '../support/documents.js';
import type { CustomerSetting } from '../support/settings.js';
import {
  item,
  openEngineWorld,
  recordStatements,
  stepByStep,
  type EngineWorld,
  type Input,
  type Statement,
} from './world.js';

// "A fixed number of statements, whatever the size of the batch": counted on the one connection that writes.

/** What a batch may consist of. All that it writes is one statement, which is its own transaction. */
const { selectRecords: LOAD_RECORDS, selectAccounts: LOAD_ACCOUNTS, wholeBatch } = sqliteStatements;
const WRITE_ALL = wholeBatch?.statement;
/** BEGIN, the merge, its accounts, the merge again, later ones, fields requested since, the write, COMMIT. */
const OF_AN_UNDO = 8;

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

/** The statements of an import of this customer, whom nobody has anything in common with. */
async function statementsOfImport(organization: Organization, customer: CustomerSetting): Promise<Statement[]> {
  const stop = recordStatements(await world.writer());
  const { transaction, reader } = world.database;
  const customers = { organization, source: listSource([customer]), now: Date.UTC(2026, 0, 1), committed: reader };
  expect(await transaction((manager) => importCustomers(manager, customers))).toBe(1);
  return stop();
}

/** The statements of the undo of the merge that the update does. */
async function statementsOfUndo(organization: Organization, update: Input): Promise<Statement[]> {
  const [outcome] = await world.engine.update([item(organization, update)]);
  const mergeId = outcome?.kind === 'done' ? (outcome.merges[0]?.id ?? '') : '';
  const stop = recordStatements(await world.writer());
  const undone = await world.engine.undoMerge({ ...item(organization, {}), mergeId });
  const statements = stop();
  expect(undone.kind).toBe('undone');
  return statements;
}

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
  const kinds: { what: string; statements: (string | undefined)[]; input: (index: number) => Input }[] = [
    { what: 'updates', statements: [LOAD_ACCOUNTS, WRITE_ALL], input: plainUpdate },
    {
      what: 'updates with idempotency keys',
      statements: [LOAD_ACCOUNTS, LOAD_RECORDS, WRITE_ALL],
      input: (index) => ({ ...plainUpdate(index), idempotencyKey: `key-${index}` }),
    },
    {
      what: 'merges of customers whom others were merged into',
      statements: [LOAD_ACCOUNTS, WRITE_ALL],
      input: (index) => ({ mobile: mobileOf(index), email: emailOf(index) }),
    },
    {
      what: 'updates that do all of it at once',
      statements: [LOAD_ACCOUNTS, LOAD_RECORDS, WRITE_ALL],
      input: everything,
    },
    {
      what: 'updates that change nothing',
      statements: [LOAD_ACCOUNTS],
      input: (index) => ({ mobile: mobileOf(index) }),
    },
  ];
  test.each(kinds)('$what', async ({ statements, input }) => {
    for (const size of sizes) {
      const organization = await organizationOfTrios(size);
      const sent = await statementsOf(organization, indexes(size).map(input));
      expect(sent.map(({ sql }) => sql)).toEqual(statements);
    }
  });

  test('items that touch one another, too', async () => {
    const inputs = (size: number): Input[] =>
      indexes(size).map((index) => ({
        mobile: mobileOf(0),
        email: emailOf(index),
        customFields: [{ name: 'nickname', value: `N${index}` }],
      }));
    for (const size of sizes) {
      const sent = await statementsOf(await organizationOfTrios(size), inputs(size));
      expect(sent.map(({ sql }) => sql)).toEqual([LOAD_ACCOUNTS, WRITE_ALL]);
    }
  });

  test('requests that gather while a batch runs share the next one', async () => {
    const organization = await organizationOfTrios(100);
    const stop = recordStatements(await world.writer());
    const answers = await Promise.all(
      indexes(100).map((index) => world.engine.update([item(organization, plainUpdate(index))])),
    );
    const statements = stop();
    expect(answers.flat().map(({ kind }) => kind)).toEqual(Array(100).fill('done'));
    // The first found the engine idle, the other 99 waited for it: 64 of them, and the rest.
    const batch = [LOAD_ACCOUNTS, WRITE_ALL];
    expect(statements.map(({ sql }) => sql)).toEqual([...batch, ...batch, ...batch]);
  });

  test('an undo has a fixed number, whatever was merged', async () => {
    const organization = await organizationOfTrios(2);
    for (const input of [{ mobile: mobileOf(0), email: emailOf(0) }, everything(1)]) {
      const sent = (await statementsOfUndo(organization, input)).map(({ sql }) => sql);
      expect(sent).toHaveLength(OF_AN_UNDO);
      expect([sent[0], sent.at(-2), sent.at(-1)]).toEqual(['BEGIN IMMEDIATE', WRITE_ALL, 'COMMIT']);
      expect(sent.indexOf(WRITE_ALL ?? '')).toBe(OF_AN_UNDO - 2);
    }
  });

  test('an import writes at once, and asks nobody before whether somebody has the same', async () => {
    const organization = await organizationOfTrios(1);
    const [customer] = trios(10).slice(-3);
    const sent = (await statementsOfImport(organization, { ...customer, id: '4000' })).map(({ sql }) => sql);
    const made = wholeBatch?.schema ?? [];
    expect(sent).toEqual(['BEGIN IMMEDIATE', ...made, WRITE_ALL, 'COMMIT']);
  });
});

/**
 * What SQLite says that it will do for the statement. It plans without statistics (nobody runs ANALYZE), so it does the
 * same in a database of any size.
 */
async function planOf({ sql, parameters }: Statement): Promise<string[]> {
  if (/^(BEGIN|COMMIT|CREATE TEMP)\b/.test(sql)) return [];
  const rows = await world.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, parameters);
  return rows.map(({ detail }) => detail);
}

/** What stands for the items of the batch, for the rows of a page that was read before, or for one stay: its size is theirs. */
const BATCH = /^SCAN (\w+ VIRTUAL TABLE INDEX \d+:|found|involved|new|stay|found_\w+|\(subquery-\d+\))$/;
/** Of heads of audit logs, an organization has one. */
const SEARCH_BY_ORGANIZATION_ALONE = /^SEARCH (?!audit_head ).*\(organization_id=\?\)$/;

const oneLine = (sql: string): string => sql.replace(/\s+/g, ' ').trim();

/** The steps that take longer in a larger organization: a table read from end to end, or all rows of an organization. */
async function slowSteps(statements: readonly Statement[]): Promise<string[]> {
  const bySql = new Map(stepByStep(statements).map((statement) => [statement.sql, statement]));
  const slow: string[] = [];
  for (const statement of bySql.values()) {
    const steps = await planOf(statement);
    const isSlow = (step: string): boolean =>
      (step.startsWith('SCAN') && !BATCH.test(step)) || SEARCH_BY_ORGANIZATION_ALONE.test(step);
    slow.push(...steps.filter(isSlow).map((step) => `${step}: ${oneLine(statement.sql).slice(0, 120)}`));
  }
  return slow;
}

describe('no statement reads a whole table, or a whole organization, for a few rows', () => {
  test('of a batch that does all that updates can do, of an undo and of an import: together, of every step there is', async () => {
    const organization = await organizationOfTrios(11);
    const statements = [
      ...(await statementsOf(organization, indexes(10).map(everything))),
      ...(await statementsOfUndo(organization, everything(10))),
      ...(await statementsOfImport(organization, { id: '4000', externalId: 'NEW' })),
    ];
    expect(await slowSteps(statements)).toEqual([]);
    const sent = new Set(stepByStep(statements).map(({ sql }) => sql));
    expect(batchSteps.filter((step) => !sent.has(sqliteStatements[step]))).toEqual([]);
  });

  // SQLite explains nothing that a trigger does. So the steps are explained by themselves, and here they are in it.
  test("what is explained is what the whole batch's trigger does, in the same order, and nothing else", async () => {
    await organizationOfTrios(1);
    const connection = await world.writer();
    const [trigger] = await connection.query<{ sql: string }[]>(
      `SELECT sql FROM temp.sqlite_master WHERE type = 'trigger'`,
    );
    const body = /\bBEGIN\b(.*)\bEND$/s.exec(trigger?.sql ?? '')?.[1] ?? '';
    const commands = body.split(';').map(oneLine).filter(Boolean);
    const writes = commands.filter((command) => !command.startsWith('SELECT RAISE'));
    expect(writes).toEqual(batchSteps.map((step) => oneLine(sqliteStatements[step].replaceAll('$1', `NEW.${step}`))));
    expect(commands.length - writes.length).toBe(Object.keys(guardedSteps).length);
  });

  test('of the queries', async () => {
    const organization = await organizationOfTrios(1);
    const { reader, readsAfter } = world.database;
    const loadOrganization = () => Promise.resolve(organization);
    const customerReads = createCustomerReads(1);
    const instances = new Map<ResolverClass, object>([
      [CustomerResolver, new CustomerResolver(customerReads, loadOrganization, boundEntries(Infinity))],
      [UpdateResolver, new UpdateResolver(world.engine, loadOrganization)],
      [MergeResolver, new MergeResolver(world.engine, loadOrganization, customerReads)],
      [OrganizationResolver, new OrganizationResolver(loadOrganization)],
      [AuditEventResolver, new AuditEventResolver(boundEntries(Infinity))],
    ]);
    const schema = createSchema([...instances.keys()], instances);
    const { caller, origin } = item(organization, {});
    const ask = async (source: string, variableValues: Record<string, unknown>): Promise<unknown> => {
      const contextValue: RequestContext = {
        requestId: origin.requestId,
        caller,
        userContext: { entityType: null, entityId: null, source: null, sourceId: null },
        reads: readsAfter(null),
        record: newRequestRecord(),
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

  test('of an erasure, whose person others had as a part of them', async () => {
    const organization = await organizationOfTrios(1);
    await statementsOfUndo(organization, everything(0));
    const stop = recordStatements(await world.writer());
    const { events, merges, records } = await world.database.transaction((manager) =>
      eraseCustomer(manager, organization.id, '2000', Date.now()),
    );
    const statements = stop();
    // Both sides' events of the undone merge and the update with it, and the merge before it.
    expect({ events, merges, records }).toEqual({ events: 7, merges: 2, records: 1 });
    // What the person's accounts have of these is looked for once.
    const [ofAccounts, ...others] = await slowSteps(statements.filter(({ sql }) => !/\bTEMP\b/.test(sql)));
    expect(ofAccounts).toMatch(/^SEARCH idempotency_record .*: DELETE .* customer_id IN \(2000, 3000\)/);
    expect(others).toEqual([]);
  });

  test('an erasure reads the merges of an account, and their undos, once: however often that had the person', async () => {
    const reads: number[] = [];
    for (const times of [2, 6]) {
      const organization = await organizationOfTrios(1);
      for (let time = 0; time < times; time += 1) {
        await statementsOfUndo(organization, { mobile: mobileOf(0), email: emailOf(0) });
      }
      const stop = recordStatements(await world.writer());
      const { merges } = await world.database.transaction((manager) =>
        eraseCustomer(manager, organization.id, '2000', Date.now()),
      );
      const sent = stop().map(({ sql }) => oneLine(sql));
      expect(merges).toBe(times + 1);
      reads.push(sent.filter((sql) => /UNION ALL SELECT \* FROM customer_merge|'MERGE_UNDONE'/.test(sql)).length);
    }
    // Of the person's two accounts and of the other one, and the undos of that.
    expect(reads).toEqual([4, 4]);
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
