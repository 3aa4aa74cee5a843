import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import { createEngine, type Engine } from '../../src/customer/engine/engine.js';
import type { UpdateItem } from '../../src/customer/engine/plan-item.js';
import { sqliteStatements } from '../../src/customer/engine/sqlite-statements.js';
import { batchSteps } from '../../src/customer/engine/write-statements.js';
import { listSource } from '../../src/customer/import/customer-source.js';
import { importCustomers } from '../../src/customer/import/import-customers.js';
import { importOrganization, parseOrganizationFile } from '../../src/customer/import/import-organization.js';
import type { UpdateCustomerInput } from '../../src/customer/update/update.input.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import type { Organization } from '../../src/organization/organization.js';
import { findOrganization } from '../../src/organization/organization.store.js';
import { takeSnapshot, type DatabaseSnapshot } from '../support/database-snapshot.js';
import type { DatabaseSettings } from '../../src/settings.js';
import { createTestDatabase, runStatement } from '../support/test-database.js';
import { organizationFile, type CustomerSetting, type OrganizationSetting } from '../support/settings.js';

/** Every identifier may be set, a complete profile is rewarded, and merges are as free as they come. */
const setting: OrganizationSetting = {
  configs: {
    CONF_ALLOW_MOBILE_UPDATE: '1',
    CONF_ALLOW_EMAIL_UPDATE: '1',
    CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1',
  },
  rewardRules: [{ name: 'profile', programId: '1016', points: '50', fields: ['firstname', 'customFields.nickname'] }],
};

/** An engine on a database of its own, without the HTTP in front of it. */
export interface EngineWorld {
  /** As DATABASE_URL has it. */
  readonly url: string;
  readonly settings: DatabaseSettings;
  /** The engine's own connections. */
  readonly database: Database;
  readonly engine: Engine;
  /** An organization of its own, with these customers. */
  organization(id: string, customers?: readonly CustomerSetting[]): Promise<Organization>;
  snapshot(): Promise<DatabaseSnapshot>;
  /** Reads what is committed, by other connections than the engine's. */
  query<Row>(statement: string, parameters?: unknown[]): Promise<Row[]>;
  /** Changes the database behind the engine's back. */
  execute(...statements: string[]): Promise<void>;
  /** The data source on which the engine writes: on SQLite, one connection. */
  writer(): Promise<DataSource>;
  close(): Promise<void>;
}

export async function openEngineWorld(clock?: () => number): Promise<EngineWorld> {
  const own = await createTestDatabase();
  const database = await openDatabase(own.settings);
  const outside = await openDatabase(own.settings);

  async function organization(id: string, customers: readonly CustomerSetting[] = []): Promise<Organization> {
    const file = parseOrganizationFile(JSON.stringify(organizationFile(id, setting)));
    const now = Date.UTC(2026, 0, 1);
    return outside.transaction(async (manager) => {
      await importOrganization(manager, { file, now, committed: outside.reader });
      const found = await findOrganization(manager, id);
      if (found === null) throw new Error(`There is no organization ${id}`);
      const source = listSource(customers);
      await importCustomers(manager, { organization: found, source, now, committed: outside.reader });
      return found;
    });
  }

  return {
    url: own.url,
    settings: own.settings,
    database,
    engine: createEngine(database, { clock }),
    organization,
    snapshot: () => takeSnapshot(outside.reader),
    query: (statement, parameters) => runStatement(outside.reader, statement, parameters),
    execute: (...statements) =>
      outside.transaction(async (manager) => {
        for (const statement of statements) await manager.query(statement);
      }),
    writer: () => database.transaction((manager) => Promise.resolve(manager.connection)),
    async close() {
      await database.close();
      await outside.close();
      await own.remove();
    },
  };
}

/** What an update may say, as an object and not as the class that the API reads it into. */
export type Input = { [Field in keyof UpdateCustomerInput]: UpdateCustomerInput[Field] };

/** The input as an update of the organization's till, which may merge. */
export function item(organization: Organization, input: Input): UpdateItem {
  const client = `till.${organization.id}`;
  return {
    organization,
    caller: { id: client, organizationId: organization.id, till: 'till.1', access: 'WRITE', mayMerge: true },
    origin: { requestId: 'request-1', client, tillCode: 'till.1', userContext: null },
    input,
  };
}

export interface Statement {
  readonly sql: string;
  readonly parameters: unknown[];
}

/** Is told of each statement that a connection is about to run, until it is stopped. */
function watchStatements(connection: DataSource, onStatement: (statement: Statement) => void): () => void {
  const before = connection.logger;
  const quiet = () => undefined;
  connection.logger = {
    logQuery: (sql, parameters = []) => {
      onStatement({ sql, parameters });
    },
    logQueryError: quiet,
    logQuerySlow: quiet,
    logSchemaBuild: quiet,
    logMigration: quiet,
    log: quiet,
  };
  return () => {
    connection.logger = before;
  };
}

/** The statements that a connection runs from now on, until they are asked for. */
export function recordStatements(connection: DataSource): () => Statement[] {
  const recorded: Statement[] = [];
  const stop = watchStatements(connection, (statement) => recorded.push(statement));
  return () => {
    stop();
    return recorded;
  };
}

/** Resolves when the connection is about to run such a statement. */
export const untilSent = (connection: DataSource, pattern: RegExp): Promise<void> =>
  new Promise((resolve) => {
    const stop = watchStatements(connection, ({ sql }) => {
      if (!pattern.test(sql)) return;
      stop();
      resolve();
    });
  });

/** Whether it is the one statement by which SQLite writes a batch. */
export const isWholeBatch = ({ sql }: Statement): boolean => sql === sqliteStatements.wholeBatch?.statement;

/** The statements with each whole batch taken apart: a statement for each of its steps that has rows, with those rows. */
export const stepByStep = (statements: readonly Statement[]): Statement[] =>
  statements.flatMap((statement) =>
    isWholeBatch(statement)
      ? batchSteps
          .map((step, index) => ({ sql: sqliteStatements[step], parameters: [statement.parameters[index]] }))
          .filter(({ parameters: [rows] }) => rows !== null)
      : [statement],
  );
