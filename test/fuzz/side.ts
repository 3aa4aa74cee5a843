import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { importOrganization, parseOrganizationFile } from '../../src/customer/import/import-organization.js';
import { describeBreach } from '../../src/customer/verify/breach.js';
import { verify } from '../../src/customer/verify/verify.js';
import { openDatabase } from '../../src/database/database.js';
import { createServer } from '../../src/server.js';
import { openService } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { organizationRows } from '../support/organization-rows.js';
import type { HttpAnswer, HttpRequest } from '../support/shop.js';
import type { TestDatabase } from '../support/test-database.js';
import { runEraseOn, type Ran } from '../erase/run-erase.js';

/** The whole service on one of the databases that are compared. */
export interface Side {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Listens on any port; answers the origin. */
  listen(): Promise<string>;
  /** Runs the erase command beside the service. */
  erase(args: readonly string[]): Promise<Ran>;
  /** All of them in one transaction, from the JSON of organization files. */
  importOrganizations(files: readonly object[]): Promise<void>;
  /** Every row of the organization by its table, as text that is the same on every database. */
  rowsOf(organizationId: string): Promise<Record<string, string[]>>;
  /** Every breach that `npm run verify` would name. */
  breaches(): Promise<string[]>;
  /** What was logged since the last time that it was asked. */
  logged(): string;
  close(): Promise<void>;
}

export async function openSide(own: TestDatabase): Promise<Side> {
  // A soak sends more wrong credentials a minute than anybody may.
  const env = { NODE_ENV: 'test', DATABASE_URL: own.url, DEMO_DATA: '0', MAX_WRONG_CREDENTIALS: '0' };
  const settings = readSettings(env);
  let lines = '';
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => (lines += chunk.toString()));
  const logger = pino({ level: 'warn' }, stream);
  const service = await openService(settings, logger);
  const importing = await openDatabase(settings.database);
  const { app } = await createServer({ settings, logger, ...service });
  await app.ready();
  return {
    async send({ method = 'POST', url, headers = {}, payload }) {
      const response = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
      return { status: response.statusCode, headers: response.headers, text: response.body };
    },
    erase: (args) => runEraseOn(own.url, args),
    listen: () => app.listen({ host: '127.0.0.1', port: 0 }),
    importOrganizations: (files) =>
      importing.transaction(async (manager) => {
        for (const file of files) {
          const read = parseOrganizationFile(JSON.stringify(file));
          await importOrganization(manager, { file: read, now: Date.now(), committed: importing.reader });
        }
      }),
    rowsOf: (organizationId) => organizationRows(importing.reader, organizationId),
    async breaches() {
      const found: string[] = [];
      const onBreach = (breach: Parameters<typeof describeBreach>[0]) => found.push(describeBreach(breach));
      await importing.snapshot((manager) => verify(manager, { onBreach }));
      return found;
    },
    logged() {
      const since = lines;
      lines = '';
      return since;
    },
    async close() {
      await app.close();
      await service.close();
      await importing.close();
      await own.remove();
    },
  };
}
