import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runImport } from '../../src/cli/import-command.js';
import { openDatabase, type Database } from '../../src/database/database.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly faults: readonly string[];
}

/** A folder with a database of its own, and the import command as it is run there. */
export interface World {
  readonly path: string;
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
  remove(): void;
}

export function createWorld(): World {
  const folder = mkdtempSync(join(tmpdir(), 'import-test-'));
  const path = join(folder, 'database.sqlite');
  const env = { DATABASE_URL: `sqlite:${path}` };

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
    const read = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString('utf8') ?? '';
    return { code, out: read(stdout), faults: read(stderr).split('\n').slice(0, -1) };
  }

  async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
    const database = await openDatabase({ kind: 'sqlite', path });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }

  const query = (sql: string) => withDatabase(({ reader }) => reader.query<Record<string, unknown>[]>(sql));

  return {
    path,
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
        const tables = await reader.query<{ name: string }[]>(
          `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`,
        );
        const dumped: Record<string, unknown[]> = {};
        for (const { name } of tables) {
          const rows = await reader.query<unknown[]>(`SELECT * FROM "${name}"`);
          dumped[name] = rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
        }
        return dumped;
      }),
    remove: () => {
      rmSync(folder, { recursive: true });
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
