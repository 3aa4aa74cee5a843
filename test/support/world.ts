import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect } from 'vitest';
import { listSource } from '../../src/customer/import/customer-source.js';
import { importCustomers } from '../../src/customer/import/import-customers.js';
import { importOrganization, parseOrganizationFile } from '../../src/customer/import/import-organization.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import { forDatabase } from '../../src/database/dialect.js';
import { findOrganization } from '../../src/organization/organization.store.js';
import { createServer, type Server } from '../../src/server.js';
import { openService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { takeSnapshot, type DatabaseSnapshot } from './database-snapshot.js';
import { organizationFile, type CustomerSetting, type OrganizationSetting } from './settings.js';
import { Shop } from './shop.js';
import { createTestDatabase, runStatement, type TestDatabase } from './test-database.js';

/** A customer as it was imported, with the identifiers as the API answers them. */
export interface Known {
  readonly id: string;
  readonly mobile: string;
  readonly email: string;
  readonly externalId: string;
}

/**
 * The service as it runs in production but for the port: the real server, engine and database. `database` is a second
 * set of connections to the same one, as the import has them, with which a test sets up and looks.
 */
interface Running {
  readonly own: TestDatabase;
  readonly database: Database;
  readonly service: Service;
  readonly server: Server;
  readonly logged: string[];
}

async function start(env: NodeJS.ProcessEnv): Promise<Running> {
  const own = await createTestDatabase();
  const settings = readSettings({
    NODE_ENV: 'test',
    DATABASE_URL: own.url,
    DEMO_DATA: '0',
    PORT: '0',
    // The documents of the tests ask for all that a hundred customers may have.
    MAX_COST: '5000000',
    ...env,
  });
  const logged: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => logged.push(chunk.toString()));
  const logger = pino({ level: 'warn' }, stream);
  const service = await openService(settings, logger);
  const database = await openDatabase(settings.database);
  const server = await createServer({ settings, logger, ...service });
  await server.app.ready();
  return { own, database, service, server, logged };
}

async function stop({ own, database, service, server }: Running): Promise<void> {
  await server.app.close();
  await service.close();
  await database.close();
  await own.remove();
}

export interface World {
  readonly given: {
    /** An organization of its own, as its till sees it. What is not said is `defaultOrganization`'s. */
    organization(setting?: OrganizationSetting): Promise<Shop>;
    /** The settings of an organization that exists become these. The service notices within seconds. */
    settings(shop: Shop, setting: OrganizationSetting): Promise<void>;
    /**
     * Imports customers in one transaction. One that says nothing of its mobile has one; identifiers that it does not
     * have are empty texts in what is answered.
     */
    customers<const Settings extends readonly CustomerSetting[]>(
      shop: Shop,
      ...settings: Settings
    ): Promise<{ [Index in keyof Settings]: Known }>;
    customer(shop: Shop, setting?: CustomerSetting): Promise<Known>;
  };
  snapshot(): Promise<DatabaseSnapshot>;
  /** Fails where the work leaves anything in the database other than it was, in any table; answers what it answers. */
  expectNothingChanged<T>(work: () => Promise<T>): Promise<T>;
  /** Reads what is committed. */
  query<Row>(statement: string, parameters?: unknown[]): Promise<Row[]>;
  /** As DATABASE_URL has it. */
  readonly url: string;
  /** Keeps everybody from writing until the promise is kept, as a long import does with SQLite's one writer. */
  whileWriterIsHeld(until: Promise<void>): Promise<void>;
  /** Changes the database behind the service's back. */
  execute(statement: string, parameters?: unknown[]): Promise<void>;
}

/** A world for the tests of one file, which each make an organization of their own in it; with further variables. */
export function useWorld(env: NodeJS.ProcessEnv = {}): World {
  let running: Running | undefined;
  beforeAll(async () => {
    running = await start(env);
  });
  afterAll(async () => {
    if (running !== undefined) await stop(running);
  });
  const now = (): Running => {
    if (running === undefined) throw new Error('The world begins with the first test');
    return running;
  };

  let organizations = 0;
  let people = 0;

  async function organization(setting: OrganizationSetting = {}): Promise<Shop> {
    organizations += 1;
    const { app } = now().server;
    const shop = new Shop({ app, organizationId: String(100 + organizations), logged: () => now().logged });
    await settings(shop, setting);
    return shop;
  }

  async function settings(shop: Shop, setting: OrganizationSetting): Promise<void> {
    const file = parseOrganizationFile(JSON.stringify(organizationFile(shop.id, setting)));
    const { transaction, reader } = now().database;
    await transaction((manager) => importOrganization(manager, { file, now: Date.now(), committed: reader }));
  }

  async function customers<const Settings extends readonly CustomerSetting[]>(
    shop: Shop,
    ...given: Settings
  ): Promise<{ [Index in keyof Settings]: Known }> {
    const complete = given.map((setting) => withDefaults(setting, (people += 1)));
    const { transaction, reader } = now().database;
    await transaction(async (manager) => {
      const found = await findOrganization(manager, shop.id);
      if (found === null) throw new Error(`There is no organization ${shop.id}`);
      const source = listSource(complete);
      await importCustomers(manager, { organization: found, source, now: Date.now(), committed: reader });
    });
    return complete.map(({ id, mobile, email, externalId }) => ({
      id,
      mobile: mobile?.replace(/\D/g, '') ?? '',
      email: email ?? '',
      externalId: externalId ?? '',
    })) as { [Index in keyof Settings]: Known };
  }

  async function customer(shop: Shop, setting: CustomerSetting = {}): Promise<Known> {
    const [known] = await customers(shop, setting);
    return known;
  }

  const snapshot = (): Promise<DatabaseSnapshot> => takeSnapshot(now().database.reader);
  return {
    given: { organization, settings, customers, customer },
    snapshot,
    async expectNothingChanged(work) {
      const before = await snapshot();
      const result = await work();
      expect(await snapshot()).toEqual(before);
      return result;
    },
    query: (statement, parameters) => runStatement(now().database.reader, statement, parameters),
    get url() {
      return now().own.url;
    },
    whileWriterIsHeld: (until) =>
      now().database.transaction(async (manager) => {
        const postgres = 'LOCK TABLE customer IN EXCLUSIVE MODE';
        await manager.query(forDatabase(manager.connection, { sqlite: 'SELECT 1', postgres }));
        await until;
      }),
    execute: (statement, parameters) =>
      now().database.transaction(async (manager) => {
        await runStatement(manager, statement, parameters);
      }),
  };
}

function withDefaults(setting: CustomerSetting, number: number): CustomerSetting & { id: string } {
  // Possible in the United Kingdom, and nobody's: Ofcom keeps 07700 900… for fiction, and this is close by.
  return { id: String(7000 + number), mobile: `+44770${String(1_000_000 + number)}`, ...setting };
}
