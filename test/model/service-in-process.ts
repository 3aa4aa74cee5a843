import 'reflect-metadata';
import { execute, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { pino } from 'pino';
import { importOrganization, parseOrganizationFile } from '../../src/customer/import/import-organization.js';
import type { Breach } from '../../src/customer/verify/breach.js';
import { verify } from '../../src/customer/verify/verify.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import { forDatabase } from '../../src/database/dialect.js';
import { createSchema } from '../../src/graphql/schema.js';
import type { RequestContext } from '../../src/http/request-context.js';
import { newRequestRecord } from '../../src/http/request-record.js';
import { openService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { organizationRows } from '../support/organization-rows.js';
import { tableNames, type TestDatabase } from '../support/test-database.js';
import type { Caller } from './world.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

export interface Answer {
  data: JsonObject | null;
  /** The codes of the GraphQL errors. */
  errors: string[];
}

/** The real service on a real database, asked through its GraphQL schema without the HTTP in front of it. */
export interface ServiceInProcess {
  importOrganizations(files: object[]): Promise<void>;
  ask(query: string, variables: JsonObject, organizationId: string, caller: Caller, requestId: string): Promise<Answer>;
  /** Another one as soon as anything was stored by the service. */
  dataVersion(): Promise<number>;
  /** Every row of the organization by its table, as text that is the same on every database. */
  rowsOf(organizationId: string): Promise<Record<string, string[]>>;
  /** Every breach that `npm run verify` would name. */
  verify(): Promise<Breach[]>;
  close(): Promise<void>;
}

export async function openServiceInProcess(own: TestDatabase): Promise<ServiceInProcess> {
  const settings = readSettings({ DATABASE_URL: own.url, DEMO_DATA: '0', LOG_LEVEL: 'silent' });
  const service: Service = await openService(settings, pino({ level: 'silent' }));
  const importing: Database = await openDatabase(settings.database);
  const dataVersion = forDatabase(importing.reader.connection, {
    sqlite: 'PRAGMA data_version',
    postgres: 'SELECT last_value AS data_version FROM writes',
  });
  if (settings.database.kind === 'postgres') await countWrites(importing);
  const schema: GraphQLSchema = createSchema([...service.resolverInstances.keys()], service.resolverInstances);
  const documents = new Map<string, DocumentNode>();

  return {
    importOrganizations: (files) =>
      importing.transaction(async (manager) => {
        for (const file of files) {
          await importOrganization(manager, {
            file: parseOrganizationFile(JSON.stringify(file)),
            now: Date.now(),
            committed: importing.reader,
          });
        }
      }),
    async ask(query, variables, organizationId, caller, requestId) {
      const document = documents.get(query) ?? parse(query);
      documents.set(query, document);
      const contextValue: RequestContext = {
        requestId,
        caller: { id: caller.id, organizationId, till: caller.till, access: 'WRITE', mayMerge: caller.merge },
        userContext: { entityType: null, entityId: null, source: null, sourceId: null },
        reads: service.readsAfter(null),
        record: newRequestRecord(),
      };
      const { data, errors = [] } = await execute({ schema, document, variableValues: variables, contextValue });
      const unmasked = errors.find(({ extensions }) => typeof extensions['code'] !== 'string');
      if (unmasked !== undefined) throw unmasked.originalError ?? unmasked;
      return {
        // Without graphql's null prototypes.
        data: JSON.parse(JSON.stringify(data ?? null)) as JsonObject | null,
        errors: errors.map(({ extensions }) => String(extensions['code'])),
      };
    },
    async dataVersion() {
      const [row] = await importing.reader.query<{ data_version: number }[]>(dataVersion);
      return row?.data_version ?? 0;
    },
    rowsOf: (organizationId) => organizationRows(importing.reader, organizationId),
    async verify() {
      const breaches: Breach[] = [];
      await importing.snapshot((manager) => verify(manager, { onBreach: (breach) => breaches.push(breach) }));
      return breaches;
    },
    async close() {
      await service.close();
      await importing.close();
      await own.remove();
    },
  };
}

/** PostgreSQL has no number that changes with whatever is stored, so every row that is written counts. */
const countWrites = ({ transaction }: Database): Promise<void> =>
  transaction(async (manager) => {
    await manager.query('CREATE SEQUENCE writes');
    await manager.query(`CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN PERFORM nextval('writes'); RETURN NULL; END $$`);
    for (const table of await tableNames(manager)) {
      await manager.query(`CREATE TRIGGER count_write AFTER INSERT OR UPDATE OR DELETE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION count_write()`);
    }
  });
