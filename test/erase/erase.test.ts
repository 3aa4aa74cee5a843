import { readFileSync, existsSync } from 'node:fs';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { importShop } from '../history/world.js';
import type { DatabaseSnapshot } from '../support/database-snapshot.js';
import { readSettings } from '../../src/settings.js';
import type { UpdateInput } from '../support/answers.js';
import { onServer } from '../support/postgres-server.js';
import type { Shop } from '../support/shop.js';
import { createTestDatabase, databaseKind } from '../support/test-database.js';
import { createTrigger, dropTrigger } from '../support/triggers.js';
import { useWorld } from '../support/world.js';
import { runOn } from '../verify/copies.js';
import { runEraseOn, type Ran } from './run-erase.js';

// The command beside a running service, on the database that the service serves from.

const world = useWorld();
const { given } = world;

/** Whatever is personal of Anna, and of nobody else, has one of these in it. */
const ANNAS = /qqanna|447700912301|447700912302/i;
const ANNAS_CONTEXT = { 'user-context-entity-type': 'CUSTOMER', 'user-context-entity-id': 'qqanna-context' };
/** And of Ulla, who was merged with Anna by mistake, and of Nora, who has nothing to do with it. */
const ULLAS = /qqulla/i;

const settings = {
  configs: {
    CONF_ALLOW_MOBILE_UPDATE: '1',
    CONF_ALLOW_EMAIL_UPDATE: '1',
    CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1',
    CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1',
  },
  rewardRules: [{ name: 'profile', programId: '1016', points: '50', fields: ['firstname', 'customFields.nickname'] }],
};

const points = (lifetimePoints: string) => [{ programId: '1016', lifetimePoints, slabSNo: 1 }];

const run = (...args: string[]): Promise<Ran> => runEraseOn(world.url, args);
const erase = (shop: Shop, customer: string): Promise<Ran> => run('--organization', shop.id, '--customer', customer);

/** The names of the tables in which the pattern is found, in a row of the organization. */
const tablesWith = (snapshot: DatabaseSnapshot, pattern: RegExp, { id }: Shop): string[] =>
  Object.entries(snapshot)
    .filter(([, rows]) => rows.some((row) => row.includes(`"organization_id":"${id}"`) && pattern.test(row)))
    .map(([table]) => table);

async function expectAllHolds(...args: string[]): Promise<void> {
  const { breaches, summary } = await runOn(world.url, args);
  expect(breaches).toEqual([]);
  expect(summary).toMatch(/^All holds: /);
}

interface Lives {
  readonly shop: Shop;
  /** 3 into 2, then 2 into 1: all of them Anna. */
  readonly inner: string;
  readonly outer: string;
  /** 4, who is Ulla, into 1, and taken back. */
  readonly undone: string;
}

/** Anna has all that a customer can have, and everything has happened to her. */
async function aLife(): Promise<Lives> {
  const shop = await given.organization(settings);
  await given.customers(
    shop,
    {
      id: '1',
      mobile: '+447700912301',
      type: 'LOYALTY',
      firstname: 'Qqanna',
      registeredOn: '2015-01-01T00:00:00Z',
      registeredTill: 'till.1',
      customFields: { age: '46' },
      extendedFields: { city: 'Qqanna City' },
      subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' }],
      pointsSummaries: points('100'),
      lifetimePurchases: '10',
    },
    {
      id: '2',
      mobile: '+447700912302',
      email: 'qqanna@example.com',
      lastname: 'Qqanna Older',
      associatedWith: 'till.2',
      extendedFields: { city: 'Qqanna Old City' },
      subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
      pointsSummaries: points('20'),
    },
    { id: '3', mobile: null, externalId: 'QQANNA-3', firstname: 'Qqanna the Third', lifetimePurchases: '3' },
    {
      id: '4',
      mobile: '+447700912304',
      email: 'qqulla@example.com',
      firstname: 'Qqulla',
      lastname: 'Qqulla',
      pointsSummaries: points('4'),
    },
    { id: '5', mobile: '+447700912305', firstname: 'Nora', customFields: { nickname: 'N' } },
  );
  const till = shop.with(ANNAS_CONTEXT);
  await till.updated({ id: '5', lastname: 'Norasdottir', idempotencyKey: 'nora' });
  await till.updated({ id: '4', customFields: [{ name: 'nickname', value: 'Qqulla' }], idempotencyKey: 'ulla' });
  const inner = await mergeBy(till, { id: '2', externalId: 'QQANNA-3', idempotencyKey: 'inner' });
  await till.updated({ id: '2', firstname: 'Qqanna Again' });
  const undone = await mergeBy(till, { id: '4', mobile: '+447700912301', idempotencyKey: 'undone' });
  await till.undone(undone);
  const outer = await mergeBy(till, {
    id: '1',
    email: 'qqanna@example.com',
    customFields: [{ name: 'nickname', value: 'Qqanna' }],
    idempotencyKey: 'outer',
  });
  await till.updated({
    id: '1',
    lastname: 'Qqanna Newer',
    subscriptions: [{ channel: 'EMAIL', priority: 'BULK', status: 'SUBSCRIBED' }],
  });
  return { shop, inner, outer, undone };
}

async function mergeBy(shop: Shop, input: UpdateInput): Promise<string> {
  const { merges } = await shop.updated(input);
  if (merges.length !== 1) throw new Error(`${merges.length} merges, not one`);
  return merges[0]?.id ?? '';
}

describe('a person whose accounts were merged', () => {
  let lives: Lives;
  let before: DatabaseSnapshot;
  let after: DatabaseSnapshot;
  let ran: Ran;
  let head: string;
  let figures: Awaited<ReturnType<Shop['customer']>>;
  beforeAll(async () => {
    lives = await aLife();
    before = await world.snapshot();
    head = (await lives.shop.merge(lives.outer))?.auditHead ?? '';
    figures = await lives.shop.customer('1');
    ran = await erase(lives.shop, '3');
    after = await world.snapshot();
  });

  it('is told by the ids of all its accounts, whichever was given, and by nothing else', () => {
    expect(ran).toEqual({
      code: 0,
      out: `Customer 1 of organization ${lives.shop.id}, with 2, 3 merged into it, is erased: 3 accounts, 12 audit events, 3 merge records, 3 idempotency records\n`,
      err: '',
    });
  });

  it('is in no cell of any table', () => {
    expect(tablesWith(before, ANNAS, lives.shop)).toEqual([
      'audit_event',
      'customer',
      'customer_field',
      'customer_identifier',
      'customer_merge',
      'idempotency_record',
    ]);
    expect(tablesWith(after, /qqanna-context/, lives.shop)).toEqual(['audit_event']);
    const rest = Object.values(after)
      .flat()
      .map((row) => row.replaceAll('qqanna-context', ''));
    expect(rest.filter((row) => ANNAS.test(row))).toEqual([]);
    const hers = (after['customer'] ?? []).map((row) => JSON.parse(row) as Record<string, unknown>);
    for (const id of [1, 2, 3]) {
      const row = hers.find((one) => one['organization_id'] === lives.shop.id && Number(one['id']) === id);
      expect(row).toMatchObject({ registered_on: null, registered_till: null, associated_with: null, lastname: null });
    }
  });

  it.runIf(databaseKind() === 'sqlite')('is in no byte of the file, nor of its log (SQLite alone is a file)', () => {
    const { database } = readSettings({ DATABASE_URL: world.url });
    const path = database.kind === 'sqlite' ? database.path : '';
    for (const file of [path, `${path}-wal`]) {
      const bytes = existsSync(file) ? readFileSync(file).toString('latin1') : '';
      expect(bytes.replaceAll('qqanna-context', '')).not.toMatch(ANNAS);
    }
    // The other people are there, in bytes that can be read.
    expect(readFileSync(path).toString('latin1')).toMatch(ULLAS);
  });

  it('leaves figures, ledger, rewards and subscriptions as they were', async () => {
    for (const table of ['ledger_entry', 'points_summary', 'reward_had', 'subscription']) {
      expect(after[table]).toEqual(before[table]);
    }
    const customer = await lives.shop.customer('1');
    expect(customer).toMatchObject({
      userId: '1',
      version: figures.version + 1,
      firstname: null,
      lastname: null,
      mobile: null,
      email: null,
      externalId: null,
      aliases: [],
      customFields: [],
      extendedFields: [],
      registeredOn: null,
      registeredTill: null,
      associatedWith: null,
    });
    for (const kept of ['type', 'fraudStatus', 'subscriptions', 'pointsSummaries', 'lifetimePurchases'] as const) {
      expect(customer[kept]).toEqual(figures[kept]);
    }
    expect(customer.ledger).toEqual(figures.ledger);
  });

  it('is found by its ids alone', async () => {
    const { shop } = lives;
    for (const id of ['1', '2', '3']) expect((await shop.customer(id)).userId).toBe('1');
    for (const by of [{ mobile: '+447700912301' }, { email: 'qqanna@example.com' }, { externalId: 'QQANNA-3' }]) {
      expect(await shop.findCustomer(by)).toBeNull();
    }
  });

  it('has its events told without values, and last that it was erased', async () => {
    const { auditLog } = await lives.shop.customer('1');
    const [erased, ...earlier] = auditLog.edges.map(({ node }) => node);
    expect(erased).toMatchObject({ action: 'ERASED', client: 'erase command', tillCode: null, userContext: null });
    expect(erased?.changes.map(({ field }) => field)).toEqual([
      'firstname',
      'lastname',
      'mobile',
      'email',
      'externalId',
      'aliases.MOBILE',
      'registeredOn',
      'registeredTill',
      'associatedWith',
      'customFields.age',
      'customFields.nickname',
      'extendedFields.city',
    ]);
    expect(new Set(erased?.changes.map(({ previous, current, rule }) => `${previous} ${current} ${rule}`))).toEqual(
      new Set(['null null ERASED']),
    );
    const told = figures.auditLog.edges.map(({ node }) => node);
    expect(earlier).toEqual(
      told.map((event) => ({
        ...event,
        userContext: null,
        changes: event.changes.map((change) =>
          /^(lifetimePurchases$|pointsSummaries\.)/.test(change.field)
            ? change
            : { ...change, previous: null, current: null },
        ),
      })),
    );
  });

  it('has merges that tell figures only, and cannot be taken back', async () => {
    const { shop, outer, inner, undone } = lives;
    for (const [id, code] of [
      [outer, 'MERGE_UNDO_EXPIRED'],
      [inner, 'MERGE_UNDO_EXPIRED'],
      [undone, 'MERGE_ALREADY_UNDONE'],
    ] as const) {
      const { errors } = await world.expectNothingChanged(() => shop.undo(id));
      expect(errors.map((error) => error.code)).toEqual([code]);
      const merge = await shop.merge(id);
      expect(merge?.matchedOn).toEqual([]);
      expect(merge?.balances.length).toBeGreaterThan(0);
    }
    expect((await shop.merge(outer))?.auditHead).toBe(head);
  });

  it('leaves the chain whole, and heads that were kept before as good as they were', async () => {
    await expectAllHolds('--head', `${lives.shop.id}=${head}`);
  });

  it('leaves everybody else as they were, but for what they had of the person by a merge that was undone', async () => {
    const of = (snapshot: DatabaseSnapshot, id: number) =>
      Object.entries(snapshot).flatMap(([table, rows]) =>
        rows
          .map((row) => JSON.parse(row) as Record<string, unknown>)
          .filter((row) => row['organization_id'] === lives.shop.id)
          .filter((row) => Number(row['customer_id'] ?? (table === 'customer' ? row['id'] : 0)) === id)
          .filter((row) => row['key'] !== 'undone')
          .map((row) => [table, row['merge_id'] === lives.undone && table === 'audit_event' ? row['sequence'] : row]),
      );
    expect(of(after, 5)).toEqual(of(before, 5));
    expect(of(after, 4)).toEqual(of(before, 4));
    expect((await lives.shop.customer('4')).firstname).toBe('Qqulla');
    // What was asked for them by a key is still answered.
    expect(
      (
        await lives.shop.updated({
          id: '4',
          customFields: [{ name: 'nickname', value: 'Qqulla' }],
          idempotencyKey: 'ulla',
        })
      ).replayed,
    ).toBe(true);
  });

  it('may be erased once more, which changes nothing, until somebody says something new', async () => {
    const { shop } = lives;
    const again = await world.expectNothingChanged(() => erase(shop, '1'));
    expect(again).toEqual({
      code: 0,
      out: `Customer 1 of organization ${shop.id}, with 2, 3 merged into it, had nothing left to erase\n`,
      err: '',
    });
    const { version } = await shop
      .updated({ id: '1', firstname: 'Qqanna', email: 'qqanna@example.com' })
      .then(({ customer }) => customer);
    await mergeBy(shop, { id: '1', mobile: '+447700912304' });
    await expectAllHolds();
    expect((await erase(shop, '1')).out).toMatch(/^Customer 1 .*, with 2, 3, 4 merged into it, is erased: /);
    expect(await shop.customer('4')).toMatchObject({
      userId: '1',
      version: version + 2,
      firstname: null,
      mobile: null,
    });
    const rows = Object.values(await world.snapshot()).flat();
    expect(rows.filter((row) => ULLAS.test(row) || ANNAS.test(row.replaceAll('qqanna-context', '')))).toEqual([]);
    await expectAllHolds('--head', `${shop.id}=${head}`);
  });
});

describe('a person of many accounts', () => {
  it('is told by the ids of all of them, and what became of each, however long that is', async () => {
    const shop = await given.organization(settings);
    const others = Array.from({ length: 40 }, (_, index) => `${9_007_199_254_740_901 + index}`);
    const people = ['1', ...others].map((id) => ({ id, mobile: null, externalId: `CARD-${id}` }));
    await given.customers(shop, ...people);
    const { successCount } = await shop.updateMany(others.map((id) => ({ id: '1', externalId: `CARD-${id}` })));
    expect(successCount).toBe(40);
    const whom = `Customer 1 of organization ${shop.id}, with ${others.join(', ')} merged into it,`;
    const [first, second] = [await erase(shop, '1'), await erase(shop, '1')];
    expect(first.out).toBe(`${whom} is erased: 1 account, 80 audit events, 40 merge records, 0 idempotency records\n`);
    expect(second.out).toBe(`${whom} had nothing left to erase\n`);
  });
});

describe('a person whom others had as a part of them, by merges that were undone', () => {
  /** The person is 11, for a while a part of 12, which then had 14 too, and was for a while a part of 13. */
  async function aTangle(): Promise<Shop> {
    const shop = await given.organization(settings);
    await given.customers(
      shop,
      { id: '11', mobile: '+447700912301', email: 'qqanna@example.com', firstname: 'Qqanna' },
      { id: '12', mobile: '+447700912312', externalId: 'TWELVE' },
      { id: '13', mobile: '+447700912313', extendedFields: { city: 'Thirteen' } },
      { id: '14', mobile: '+447700912314', firstname: 'Fourteen' },
    );
    await shop.updated({ id: '12', lastname: 'Twelve', idempotencyKey: 'before' });
    const till = shop.with(ANNAS_CONTEXT);
    const inner = await mergeBy(till, { id: '12', email: 'qqanna@example.com', idempotencyKey: 'inner' });
    await till.updated({ id: '12', extendedFields: [{ name: 'city', value: 'Qqanna City' }] });
    const beside = await mergeBy(till, { id: '12', mobile: '+447700912314', idempotencyKey: 'beside' });
    await till.undone(beside);
    const outer = await mergeBy(till, { id: '13', externalId: 'TWELVE', idempotencyKey: 'outer' });
    await till.updated({ id: '13', firstname: 'Una', idempotencyKey: 'within outer' });
    await till.undone(outer);
    await till.updated({ id: '12', firstname: 'Twain', idempotencyKey: 'within inner' });
    await till.updated({ id: '12', email: 'qqanna@example.com', idempotencyKey: 'nothing within inner' });
    await till.updated({ id: '12', extendedFields: [{ name: 'city', value: 'Twelve City' }] });
    await till.undone(inner);
    await shop.updated({ id: '13', lastname: 'Thirteen', idempotencyKey: 'after' });
    return shop;
  }

  let shop: Shop;
  let others: Awaited<ReturnType<Shop['customer']>>[];
  beforeAll(async () => {
    shop = await aTangle();
    others = await Promise.all(['12', '13', '14'].map((id) => shop.customer(id)));
    await erase(shop, '11');
  });

  it('is in no cell of any table, and the others are who they were', async () => {
    expect(tablesWith(await world.snapshot(), ANNAS, shop)).toEqual([]);
    for (const { auditLog, ...customer } of others) {
      const { auditLog: after, ...same } = await shop.customer(customer.userId);
      expect(same).toEqual(customer);
      expect(after.edges.map(({ node }) => node.action)).toEqual(auditLog.edges.map(({ node }) => node.action));
    }
    await expectAllHolds();
  });

  it('may be erased once more, which changes nothing', async () => {
    const again = await world.expectNothingChanged(() => erase(shop, '11'));
    expect(again.out).toMatch(/had nothing left to erase/);
  });

  it('takes nothing of the others from before and after, and leaves their keys of then', async () => {
    const told = async (id: string) => (await shop.customer(id)).auditLog.edges.flatMap(({ node }) => node.changes);
    expect(await told('12')).toContainEqual(expect.objectContaining({ field: 'lastname', current: 'Twelve' }));
    expect(await told('13')).toContainEqual(expect.objectContaining({ field: 'lastname', current: 'Thirteen' }));
    expect((await shop.updated({ id: '12', lastname: 'Twelve', idempotencyKey: 'before' })).replayed).toBe(true);
    expect((await shop.updated({ id: '13', lastname: 'Thirteen', idempotencyKey: 'after' })).replayed).toBe(true);
    expect((await shop.updated({ id: '13', firstname: 'Una', idempotencyKey: 'within outer' })).replayed).toBe(false);
    // What it came with has a digest in its record, which whoever knows some numbers or addresses can guess.
    expect((await shop.updated({ id: '12', idempotencyKey: 'nothing within inner' })).replayed).toBe(false);
  });
});

describe('a person who was erased, and has nothing left', () => {
  it('is merged where a request says who it is, though that changes nothing else, and is taken back', async () => {
    const shop = await given.organization();
    const [gone, member] = await given.customers(shop, {}, { type: 'LOYALTY' });
    await erase(shop, gone.id);
    const both = { id: gone.id, mobile: `+${member.mobile}` };
    const preview = await shop.previewed(both);
    const { customer, changes, merges } = await shop.updated({ ...both, expectedPlanHash: preview.planHash });
    expect(preview.merges).toMatchObject([{ survivorId: member.id, victimId: gone.id }]);
    expect(merges).toMatchObject([{ survivorId: member.id, victimId: gone.id, matchedOn: [], changes: [] }]);
    expect(changes).toEqual([]);
    expect(customer.userId).toBe(member.id);
    expect((await shop.customer(gone.id)).userId).toBe(member.id);
    await expectAllHolds();

    const { restored, survivor } = await shop.undone(merges[0]?.id ?? '');
    expect([restored.userId, survivor.userId]).toEqual([gone.id, member.id]);
    await expectAllHolds();
    await shop.updated({ ...both, firstname: 'Rita' });
    await erase(shop, member.id);
    await expectAllHolds();
  });
});

describe('what PostgreSQL keeps of a column to plan by', () => {
  const STATISTICS = "SELECT * FROM pg_stats WHERE schemaname = 'public'";
  const COLUMNS = `SELECT relname, attname, atttypid, atttypmod, attcollation, attnotnull
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') AND attnum > 0 ORDER BY relname, attnum`;

  it.runIf(databaseKind() === 'postgres')(
    'has nothing of the person either (PostgreSQL alone keeps statistics)',
    async () => {
      const shop = await given.organization();
      await given.customers(
        shop,
        { id: '1', email: 'qqstats@example.com', firstname: 'Qqstats' },
        { id: '2', firstname: 'Nora' },
      );
      const kept = async (): Promise<string> => JSON.stringify(await world.query(STATISTICS));
      await world.execute('ANALYZE');
      expect(await kept()).toMatch(/qqstats/i);
      expect(await erase(shop, '1')).toMatchObject({ code: 0, err: '' });
      expect(await kept()).not.toMatch(/qqstats/i);
    },
  );

  it.runIf(databaseKind() === 'postgres').each(['public', 'first, public'])(
    'has nothing where nobody else has such values, and columns stay; search_path %s (PostgreSQL alone keeps statistics)',
    async (schemas) => {
      const own = await createTestDatabase();
      const name = new URL(own.url).pathname.slice(1);
      await onServer(own.url, 'CREATE SCHEMA first', `ALTER DATABASE ${name} SET search_path = ${schemas}`);
      const [email, customFields] = ['qqstats@example.com', { nickname: 'Qqstats' }];
      await importShop(own.url, '7', [{ id: '1', email, customFields, extendedFields: { city: 'Qqstats' } }]);
      const client = new pg.Client(own.url);
      await client.connect();
      try {
        const told = async (statement: string): Promise<string> => JSON.stringify((await client.query(statement)).rows);
        const before = await told(COLUMNS);
        await client.query('ANALYZE');
        expect(await told(STATISTICS)).toMatch(/qqstats/i);
        const ran = await runEraseOn(own.url, ['--organization', '7', '--customer', '1']);
        expect(ran).toMatchObject({ code: 0, err: '' });
        expect(await told(STATISTICS)).not.toMatch(/qqstats/i);
        expect(await told(COLUMNS)).toBe(before);
      } finally {
        await client.end();
        await own.remove();
      }
    },
  );

  it.runIf(databaseKind() === 'postgres')(
    'is told to be there still where another role owns the tables (PostgreSQL alone has roles)',
    async () => {
      const shop = await given.organization();
      await given.customers(shop, { id: '1', firstname: 'Qqstats' });
      const role = `eraser_of_${new URL(world.url).pathname.slice(1)}`;
      const rights = 'SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public';
      await onServer(world.url, `CREATE ROLE ${role} LOGIN`, `GRANT ${rights} TO ${role}`);
      try {
        const url = Object.assign(new URL(world.url), { username: role }).href;
        const { code, err } = await runEraseOn(url, ['--organization', shop.id, '--customer', '1']);
        expect(err).toMatch(/^It is erased, but .* as their owner\n$/);
        expect(code).toBe(1);
      } finally {
        await onServer(world.url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
      }
    },
  );
});

describe('what SQLite keeps of a key to plan by', () => {
  it.runIf(databaseKind() === 'sqlite')(
    'has nothing of the person either (SQLite alone keeps it in its file)',
    async () => {
      const shop = await given.organization();
      await given.customers(shop, { id: '1', email: 'qqsample@example.com' }, { id: '2', firstname: 'Nora' });
      // As ANALYZE leaves it where SQLite was built with SQLITE_ENABLE_STAT4; that of the tests was not.
      await world.execute('PRAGMA writable_schema = ON');
      await world.execute('CREATE TABLE sqlite_stat4 (tbl, idx, neq, nlt, ndlt, sample)');
      await world.execute('PRAGMA writable_schema = OFF');
      await world.execute(`INSERT INTO sqlite_stat4
        SELECT 'customer_identifier', 'customer_identifier', '1 1 1', '0 0 0', '0 0 0', CAST(value AS BLOB)
          FROM customer_identifier`);
      expect(await erase(shop, '1')).toMatchObject({ code: 0, err: '' });
      const { database } = readSettings({ DATABASE_URL: world.url });
      const path = database.kind === 'sqlite' ? database.path : '';
      expect(readFileSync(path).toString('latin1')).not.toMatch(/qqsample/);
      expect((await shop.updated({ id: '2', firstname: 'Noora' })).customer.firstname).toBe('Noora');
    },
  );
});

describe('beside updates of the same person', () => {
  it('waits for them, or they for it, and all holds', async () => {
    const { shop } = await aLife();
    const updates = Array.from({ length: 30 }, (_, index) => shop.updated({ id: '1', lastname: `Qqanna ${index}` }));
    const [ran] = await Promise.all([erase(shop, '1'), ...updates]);
    expect(ran.code).toBe(0);
    await expectAllHolds();
    const { version } = await shop.customer('1');
    expect((await erase(shop, '1')).code).toBe(0);
    expect((await shop.customer('1')).version).toBeLessThanOrEqual(version + 1);
    await expectAllHolds();
  });
});

describe('what cannot be erased', () => {
  it('is told in one line, and nothing is stored', async () => {
    const { shop } = await aLife();
    const asked: [string[], string][] = [
      [['--organization', shop.id, '--customer', '99'], `Organization ${shop.id} has no customer with this id\n`],
      [
        ['--organization', shop.id, '--customer', 'qqanna@example.com'],
        `Organization ${shop.id} has no customer with this id\n`,
      ],
      [['--organization', 'none', '--customer', '1'], 'There is no organization none\n'],
      [
        ['--organization', shop.id, '--customer', '1', '--customer', '2'],
        `error: option '--customer <id>' may be given only once\n`,
      ],
      [['--customer', '1'], `error: required option '--organization <id>' not specified\n`],
    ];
    for (const [args, err] of asked) {
      expect(await world.expectNothingChanged(() => run(...args))).toEqual({ code: 1, out: '', err });
    }
  });

  it('is told without a word of it where what is stored was broken by hand', async () => {
    const { shop } = await aLife();
    const replace = (from: string, to: string): Promise<void> =>
      world.execute(
        "UPDATE audit_event SET changes = replace(changes, ?, ?) WHERE organization_id = ? AND action = 'UPDATED'",
        [from, to, shop.id],
      );
    await replace('"Qqanna Newer"', 'Qqanna Newer');
    const ran = await world.expectNothingChanged(() => erase(shop, '1'));
    const err = "Nothing was erased: something that is stored can't be read; npm run verify names it\n";
    expect(ran).toEqual({ code: 1, out: '', err });
    await replace('Qqanna Newer', '"Qqanna Newer"');
    expect((await erase(shop, '1')).code).toBe(0);
  });

  it.each(['UPDATE ON audit_head', 'UPDATE ON customer', 'DELETE ON idempotency_record', 'UPDATE ON audit_event'])(
    'is whole where a write fails: %s',
    async (write) => {
      const { shop } = await aLife();
      await world.execute(createTrigger('failing', `BEFORE ${write}`, 'fail'));
      try {
        const ran = await world.expectNothingChanged(() => erase(shop, '1'));
        expect(ran).toMatchObject({ code: 1, out: '' });
        expect(ran.err).toMatch(/poison/);
      } finally {
        await world.execute(dropTrigger('failing'));
      }
    },
  );

  it.runIf(databaseKind() === 'postgres')(
    'may look through the keys of a large organization for longer than a statement may take (PostgreSQL alone ends those)',
    async () => {
      const { shop } = await aLife();
      const minute = `IF current_setting('statement_timeout') <> '0' THEN
        RAISE EXCEPTION 'it took a minute' USING ERRCODE = 'query_canceled'; END IF`;
      await world.execute(createTrigger('ended', 'BEFORE DELETE ON idempotency_record', { run: minute }));
      try {
        expect(await erase(shop, '1')).toMatchObject({ code: 0, err: '' });
      } finally {
        await world.execute(dropTrigger('ended'));
      }
    },
  );
});
