import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { createEngine } from '../../src/customer/engine/engine.js';
import type { Database, Transactions } from '../../src/database/database.js';
import type { Organization } from '../../src/organization/organization.js';
import { createServer, type Server } from '../../src/server.js';
import { openService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { clientId, SECRET } from '../support/settings.js';
import { databaseKind } from '../support/test-database.js';
import { lostUpdates, setValue, type Acknowledged } from './lost-updates.js';
import { item, openEngineWorld, type EngineWorld, type Input } from './world.js';

// "Concurrent updates of one customer lose nothing": the whole service on a port, asked by as many as there are requests.

const REQUESTS = 200;
const MERGES = 40;
/** As many requests at once as a shop has tills. */
const FEW = 4;

let world: EngineWorld;
let service: Service;
let server: Server;
let address: string;
let organizations = 100;

beforeAll(async () => {
  world = await openEngineWorld();
  const settings = readSettings({
    DATABASE_URL: world.url,
    DEMO_DATA: '0',
    PORT: '0',
    LOG_LEVEL: 'silent',
  });
  const logger = pino({ level: 'silent' });
  service = await openService(settings, logger);
  server = await createServer({ ...service, settings, logger });
  address = await server.listen();
});
afterAll(async () => {
  await server.close();
  await service.close();
  await world.close();
});

/** A customer by its mobile, and so many others to be merged into it by their emails. */
const newOrganization = (others = 0): Promise<Organization> =>
  world.organization(String((organizations += 1)), [
    { id: '1', mobile: '+447700900001' },
    ...Array.from({ length: others }, (_, index) => ({
      id: String(1000 + index),
      mobile: null,
      email: `person-${index}@example.com`,
    })),
  ]);

interface UpdateAnswer {
  readonly data: {
    readonly updateCustomer: {
      readonly success: boolean;
      readonly customer: { readonly version: number } | null;
      readonly merges: readonly { readonly victimId: string }[];
    };
  } | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

async function send({ id }: Organization, input: Input): Promise<UpdateAnswer> {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${clientId('till', id)}:${SECRET}`).toString('base64')}`,
    },
    body: JSON.stringify({
      query: `mutation ($input: UpdateCustomerInput!) {
        updateCustomer(input: $input) { success customer { version } merges { victimId } } }`,
      variables: { input },
    }),
  });
  return (await response.json()) as UpdateAnswer;
}

/** 200 updates, each with a value of its own, `atOnce` of them under way all the time; those that are answered as done. */
async function updateAll(atOnce: number, update: (value: string) => Promise<number | null>): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = [];
  const values = Array.from({ length: REQUESTS }, (_, index) => `value-${index}`);
  const work = async (): Promise<void> => {
    for (let value = values.shift(); value !== undefined; value = values.shift()) {
      const version = await update(value);
      if (version !== null) acknowledged.push({ version, value });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return acknowledged;
}

const versions = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const inOrder = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

describe('concurrent updates of one customer', () => {
  for (const atOnce of [REQUESTS, FEW]) {
    test(`each have a version of their own, see the one before, and are stored: ${atOnce} at once`, async () => {
      const organization = await newOrganization();
      const acknowledged = await updateAll(atOnce, async (value) => {
        const { data } = await send(organization, { mobile: '+447700900001', customFields: setValue(value) });
        return data?.updateCustomer.customer?.version ?? null;
      });
      expect(inOrder(acknowledged.map(({ version }) => version))).toEqual(versions(2, REQUESTS + 1));
      expect(await lostUpdates(world, organization.id, 1, acknowledged)).toEqual([]);
    });
  }

  test('lose nothing while others are merged into it', async () => {
    const organization = await newOrganization(MERGES);
    const merged: string[] = [];
    const mergeVersions: number[] = [];
    const merging = versions(0, MERGES - 1).map(async (index) => {
      const input = { mobile: '+447700900001', email: `person-${index}@example.com` };
      const { data } = await send(organization, input);
      merged.push(...(data?.updateCustomer.merges ?? []).map(({ victimId }) => victimId));
      mergeVersions.push(data?.updateCustomer.customer?.version ?? 0);
    });
    const acknowledged = await updateAll(REQUESTS, async (value) => {
      const { data } = await send(organization, { id: '1', customFields: setValue(value) });
      return data?.updateCustomer.customer?.version ?? null;
    });
    await Promise.all(merging);

    const all = [...acknowledged.map(({ version }) => version), ...mergeVersions];
    expect(inOrder(all)).toEqual(versions(2, REQUESTS + MERGES + 1));
    expect(await lostUpdates(world, organization.id, 1, acknowledged)).toEqual([]);
    const victims = await world.query<{ id: number; mergedInto: number | null }>(
      'SELECT id, merged_into AS "mergedInto" FROM customer WHERE organization_id = ? AND id >= 1000 ORDER BY id',
      [organization.id],
    );
    expect(victims.map(({ mergedInto }) => mergedInto)).toEqual(Array(MERGES).fill(1));
    expect(inOrder(merged.map(Number))).toEqual(victims.map(({ id }) => id));
    const identifiers = await world.query<{ count: number }>(
      'SELECT count(*) AS count FROM customer_identifier WHERE organization_id = ? AND customer_id = 1',
      [organization.id],
    );
    expect(identifiers).toEqual([{ count: 1 + MERGES }]);
  });
});

// Could the tests above fail? They could if the check finds lost updates where there are some. So here are the same
// updates by the same engine, without the queue: in transactions as TypeORM offers them, on its one connection. There
// they overlap, each that begins within another is a savepoint of it, and one that fails takes with it what others had
// done and acknowledged. Every request has an engine of its own, because an engine's queue alone would keep its batches
// apart. (With all 200 at once nearly all of them fail with an error, so few are under way at a time.)
describe('the check for lost updates', () => {
  // On PostgreSQL transactions do overlap, and the locks are what keeps them apart.
  test.runIf(databaseKind() === 'sqlite')(
    'finds lost updates when transactions overlap (SQLite alone: PostgreSQL keeps them apart)',
    async () => {
      let problems: string[] = [];
      for (let round = 0; round < 5 && problems.length === 0; round += 1) {
        const broken = await openEngineWorld();
        const connection = await broken.writer();
        const transaction: Transactions = (work) => connection.transaction(work);
        const overlapping: Database = { ...broken.database, transaction, batch: transaction };
        const organization = await broken.organization('100', [{ id: '1', mobile: '+447700900001' }]);
        const acknowledged = await updateAll(FEW, async (value) => {
          const input = { mobile: '+447700900001', customFields: setValue(value) };
          const outcomes = createEngine(overlapping).update([item(organization, input)]);
          const [outcome] = await outcomes.catch(() => []);
          return outcome?.kind === 'done' ? outcome.customer.version : null;
        });
        problems = await lostUpdates(broken, organization.id, 1, acknowledged);
        await broken.close();
      }
      expect(problems).toEqual(expect.arrayContaining([expect.stringContaining('was acknowledged as version')]));
    },
  );

  test('and each kind of them, in a history that was tampered with', async () => {
    const organization = await newOrganization();
    const acknowledged: Acknowledged[] = [];
    for (const value of ['a', 'b', 'c', 'd']) {
      const [outcome] = await world.engine.update([item(organization, { id: '1', customFields: setValue(value) })]);
      if (outcome?.kind === 'done') acknowledged.push({ version: outcome.customer.version, value });
    }
    const find = () => lostUpdates(world, organization.id, 1, acknowledged);
    expect(await find()).toEqual([]);

    const ofOrganization = `organization_id = '${organization.id}'`;
    await world.execute(`UPDATE customer_field SET value = 'b' WHERE ${ofOrganization}`);
    expect(await find()).toEqual(['the row has b, not d']);
    await world.execute(`UPDATE customer_field SET value = 'd' WHERE ${ofOrganization}`);
    await world.execute(`UPDATE customer SET version = 4 WHERE ${ofOrganization}`);
    expect(await find()).toEqual(['the row has version 4, not 5']);
    await world.execute(`UPDATE customer SET version = 5 WHERE ${ofOrganization}`);
    await world.execute(`DELETE FROM audit_event WHERE ${ofOrganization} AND version = 3`);
    expect(await find()).toEqual([
      'after version 2 came 4',
      'version 4 changed b, while a was there',
      'b was acknowledged as version 3, which is not in the log',
    ]);
  });
});
