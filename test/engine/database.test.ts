import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../src/database/database.js';

// What durability and isolation rest on, as SQLite itself tells it of the connections that the service uses. (That the
// file has a write-ahead log any program can see; what a connection syncs and checks, only the connection can say.)

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'customer-database-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The value of a pragma on the connection that writes, asked outside of any transaction. */
async function pragma({ transaction }: Database, name: string): Promise<unknown> {
  const connection = await transaction((manager) => Promise.resolve(manager.connection));
  const [row] = await connection.query<Record<string, unknown>[]>(`PRAGMA ${name}`);
  return Object.values(row ?? {})[0];
}

async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase({ kind: 'sqlite', path: join(folder, 'customers.sqlite') });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

describe.each(['when it is new', 'when it is opened again'])('a database %s', () => {
  test('has a write-ahead log, syncs every commit, waits for other writers, and checks what points where', async () => {
    await withDatabase(async (database) => {
      const names = ['journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys'];
      const values = await Promise.all(names.map((name) => pragma(database, name)));
      const FULL = 2;
      expect(values).toEqual(['wal', FULL, 5000, 1]);
    });
  });

  test('refuses a row that points to nobody, within and at the end of a transaction', async () => {
    await withDatabase(async ({ transaction, reader }) => {
      const till = `INSERT INTO till (organization_id, code, name) VALUES ('nobody', 'till.1', 'One')`;
      await expect(transaction((manager) => manager.query(till))).rejects.toThrow('FOREIGN KEY constraint failed');
      expect(await reader.query('SELECT * FROM till')).toEqual([]);
    });
  });

  test('is read by a connection that cannot write', async () => {
    await withDatabase(async ({ reader }) => {
      const organization = `INSERT INTO organization (id, name, time_zone, revision) VALUES ('1', 'One', 'UTC', 1)`;
      await expect(reader.query(organization)).rejects.toThrow('SQLITE_READONLY');
    });
  });
});

test('a database that is up to date opens while another process holds its one writer, as a long import does', async () => {
  await withDatabase(async (importing) => {
    await importing.transaction(async () => {
      await withDatabase(async (second) => {
        expect(await second.isReady()).toBe(true);
      });
    });
  });
});

test('a log that had to grow beside one who reads for long, as verify does, takes no more room than others afterwards', async () => {
  await withDatabase(async ({ snapshot, transaction }) => {
    const write = (sql: string) => transaction((manager) => manager.query(sql));
    const megabytes = () => statSync(join(folder, 'customers.sqlite-wal')).size / 2 ** 20;
    await snapshot(async (reader) => {
      await reader.query('SELECT * FROM till');
      await write('CREATE TABLE ballast AS SELECT zeroblob(80 << 20) AS bytes');
    });
    expect(megabytes()).toBeGreaterThan(80);
    // The first finds nobody who reads, and copies the log; the second begins it anew.
    await write('CREATE TABLE first (id INTEGER)');
    await write('CREATE TABLE second (id INTEGER)');
    expect(megabytes()).toBeLessThanOrEqual(64);
  });
});
