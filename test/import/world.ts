import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runImport } from '../../src/cli/import-command.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import type { DatabaseSettings } from '../../src/settings.js';
import { createTestDatabase, tableNames } from '../support/test-database.js';
import { writtenTo } from '../support/written-to.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly faults: readonly string[];
}

/** A folder with a database of its own, and the import command as it is run there. */
export interface World {
  readonly settings: DatabaseSettings;
  readonly env: NodeJS.ProcessEnv;
  /** Writes a file into the folder; objects as JSON, lists as lines of JSON. Answers its path. */
  file(name: string, content: string | Buffer | object): string;
  run(...args: string[]): Promise<Ran>;
  /** Writes the file and imports it. */
  load(content: object): Promise<Ran>;
  loadCustomers(content: string | Buffer | readonly unknown[], organization?: string): Promise<Ran>;
  withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Every row of every table. */
  dump(): Promise<Record<string, unknown[]>>;
  remove(): Promise<void>;
}

export async function createWorld(): Promise<World> {
  const own = await createTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'import-test-'));
  const env = { DATABASE_URL: own.url };

  function file(name: string, content: string | Buffer | object): string {
    const isText = typeof content === 'string' || Buffer.isBuffer(content);
    const lines = Array.isArray(content) ? content.map((line) => `${JSON.stringify(line)}\n`).join('') : null;
    writeFileSync(join(folder, name), isText ? content : (lines ?? JSON.stringify(content)));
    return join(folder, name);
  }

  async function run(...args: string[]): Promise<Ran> {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const code = await runImport(args, env, { stdout, stderr });
    return { code, out: writtenTo(stdout), faults: writtenTo(stderr).split('\n').slice(0, -1) };
  }

  let opened: Promise<Database> | null = null;
  async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
    opened ??= openDatabase(own.settings);
    return work(await opened);
  }

  const query = (sql: string) => withDatabase(({ reader }) => reader.query<Record<string, unknown>[]>(sql));

  return {
    settings: own.settings,
    env,
    file,
    run,
    load: (content) => run(file('organization.json', content)),
    loadCustomers: (content, organization = '7') =>
      run('--organization', organization, file('customers.ndjson', content)),
    withDatabase,
    query,
    dump: () =>
      withDatabase(async ({ reader }) => {
        const dumped: Record<string, unknown[]> = {};
        for (const name of await tableNames(reader)) {
          const rows = await reader.query<unknown[]>(`SELECT * FROM "${name}"`);
          // PostgreSQL has truth, SQLite 0 and 1.
          const numbered = JSON.parse(JSON.stringify(rows), (_key, value: unknown) =>
            typeof value === 'boolean' ? Number(value) : value,
          ) as unknown[];
          dumped[name] = numbered.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
        }
        return dumped;
      }),
    async remove() {
      await (await opened)?.close();
      rmSync(folder, { recursive: true });
      await own.remove();
    },
  };
}

/** Settings that have one of everything. */
export const shop = {
  id: '7',
  name: 'Corner Shop',
  defaultCountry: 'GB',
  timeZone: 'Europe/London',
  configs: { CONF_ALLOW_EMAIL_UPDATE: '1', OTHER: 'kept' },
  tills: [
    { code: 'till.1', name: 'One' },
    { code: 'till.2', name: 'Two' },
  ],
  customFields: [
    { name: 'age', label: 'Age', type: 'INTEGER' },
    { name: 'size', type: 'ENUM', options: ['S', 'M', 'L'] },
  ],
  extendedFields: [
    { name: 'city', type: 'STRING', maxLength: 20, pattern: '^[A-Z]' },
    { name: 'Gender', type: 'ENUM', options: ['Male', 'Female'] },
  ],
  programs: [
    { id: '1', name: 'First', slabs: [{ serialNumber: 1, name: 'bronze', description: 'Entry' }] },
    {
      id: '2',
      name: 'Main',
      default: true,
      slabs: [
        { serialNumber: 2, name: 'gold' },
        { serialNumber: 1, name: 'silver' },
      ],
    },
  ],
  rewardRules: [{ name: 'profile', programId: '2', points: '50', fields: ['email', 'extendedFields.GENDER'] }],
  accessGroups: [
    { name: 'tills', customer: 'WRITE' },
    { name: 'reports', customer: 'READ', merge: false },
  ],
  clients: [
    { id: 'shop.till.1', secret: 'secret-of-the-till-1', accessGroup: 'tills', till: 'till.1' },
    { id: 'shop.reports', secret: 'secret-of-the-reports', accessGroup: 'reports' },
  ],
};
