import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { pino } from 'pino';
import { importOrganization, parseOrganizationFile } from '../../src/customer/import/import-organization.js';
import type { Breach } from '../../src/customer/verify/breach.js';
import { verify } from '../../src/customer/verify/verify.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import { createSchema } from '../../src/graphql/schema.js';
import type { RequestContext } from '../../src/http/request-context.js';
import { openService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import type { Caller } from './world.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

export interface Answer {
  data: JsonObject | null;
  /** The codes of the GraphQL errors. */
  errors: string[];
}

/** The real service on a real SQLite file, asked through its GraphQL schema without the HTTP in front of it. */
export interface ServiceInProcess {
  readonly databasePath: string;
  importOrganizations(files: object[]): Promise<void>;
  ask(query: string, variables: JsonObject, organizationId: string, caller: Caller, requestId: string): Promise<Answer>;
  /** Another one as soon as anything was stored by the service. */
  dataVersion(): Promise<number>;
  /** Every breach that `npm run verify` would name. */
  verify(): Promise<Breach[]>;
  close(): Promise<void>;
}

export async function openServiceInProcess(): Promise<ServiceInProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'customer-model-'));
  const databasePath = join(folder, 'customers.sqlite');
  const settings = readSettings({ DATABASE_URL: `sqlite:${databasePath}`, DEMO_DATA: '0', LOG_LEVEL: 'silent' });
  const service: Service = await openService(settings, pino({ level: 'silent' }));
  const importing: Database = await openDatabase(settings.database);
  const schema: GraphQLSchema = createSchema([...service.resolverInstances.keys()], service.resolverInstances);
  const documents = new Map<string, DocumentNode>();

  return {
    databasePath,
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
      const [row] = await importing.reader.query<{ data_version: number }[]>('PRAGMA data_version');
      return row?.data_version ?? 0;
    },
    async verify() {
      const breaches: Breach[] = [];
      await importing.snapshot((manager) => verify(manager, { onBreach: (breach) => breaches.push(breach) }));
      return breaches;
    },
    async close() {
      await service.close();
      await importing.close();
      rmSync(folder, { recursive: true });
    },
  };
}
