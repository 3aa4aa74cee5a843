import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createDataSource, postgresOptions } from '../../src/database/data-source.js';
import { openDatabase } from '../../src/database/database.js';
import { migrationDrift } from '../../src/database/migration-drift.js';
import { pino } from 'pino';
import { openService } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { onServer, urlOf } from '../support/postgres-server.js';
import { createTestDatabase, tableNames, type TestDatabase } from '../support/test-database.js';

async function withDatabase<T>(as: 'migrated' | 'empty', work: (own: TestDatabase) => Promise<T>): Promise<T> {
  const own = await createTestDatabase(as);
  try {
    return await work(own);
  } finally {
    await own.remove();
  }
}

const opened = async (own: TestDatabase): Promise<string> => {
  try {
    const database = await openDatabase(own.settings);
    await database.close();
    return 'opened';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a PostgreSQL database', () => {
  test('that is empty is migrated once, however many processes start at the same time', async () => {
    await withDatabase('empty', async (own) => {
      expect(await Promise.all(Array.from({ length: 5 }, () => opened(own)))).toEqual(Array(5).fill('opened'));
      const dataSource = await createDataSource(postgresOptions(own.url, 1)).initialize();
      const rows = await dataSource.query<unknown[]>('SELECT name FROM migration');
      expect(rows).toHaveLength(dataSource.migrations.length);
      expect(await migrationDrift(dataSource)).toEqual([]);
      await dataSource.destroy();
    });
  });

  test('that is empty has the demo organization loaded once, however many processes start at the same time', async () => {
    await withDatabase('empty', async (own) => {
      const settings = readSettings({ DATABASE_URL: own.url, DEMO_DATA: '1' });
      const services = await Promise.all(
        Array.from({ length: 3 }, () => openService(settings, pino({ level: 'silent' }))),
      );
      expect(services.map(({ demo }) => demo?.id)).toEqual(Array(3).fill('till.london.1'));
      await Promise.all(services.map((service) => service.close()));
    });
  });

  test('orders texts as SQLite does, whatever its own order is', async () => {
    await withDatabase('migrated', async (own) => {
      const dataSource = await createDataSource(postgresOptions(own.url, 1)).initialize();
      await dataSource.query(`INSERT INTO organization VALUES ('a', '', NULL, '', 1), ('B', '', NULL, '', 1)`);
      const rows = await dataSource.query<{ id: string }[]>('SELECT id FROM organization ORDER BY id');
      expect(rows.map(({ id }) => id)).toEqual(['B', 'a']);
      await dataSource.destroy();
    });
  });

  test('has no table that docs/scaling.md forgets to spread', async () => {
    const page = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8');
    await withDatabase('migrated', async (own) => {
      const dataSource = await createDataSource(postgresOptions(own.url, 1)).initialize();
      const tables = await tableNames(dataSource.manager);
      await dataSource.destroy();
      expect(tables.filter((table) => !page.includes(`'${table}'`))).toEqual(['migration']);
    });
  });

  test('that a newer version has made is refused, in one line', async () => {
    await withDatabase('migrated', async (own) => {
      await onServer(own.url, `INSERT INTO migration (timestamp, name) VALUES (9999999999999, 'Later9999999999999')`);
      expect(await opened(own)).toBe('The database was made by a newer version of this service; nothing was changed');
    });
  });

  test('whose tables are not where new ones would be made is refused where there is something to migrate', async () => {
    await withDatabase('migrated', async (own) => {
      const name = new URL(own.url).pathname.slice(1);
      await onServer(own.url, 'CREATE SCHEMA first', `ALTER DATABASE ${name} SET search_path = first, public`);
      expect(await opened(own)).toBe('opened');
      await onServer(own.url, 'DELETE FROM migration WHERE id = (SELECT max(id) FROM migration)');
      expect(await opened(own)).toBe(
        'DATABASE_URL: the tables are in the schema public, and new ones would be made in first: put public first in search_path',
      );
      const dataSource = await createDataSource(postgresOptions(own.url, 1)).initialize();
      expect(await dataSource.query(`SELECT FROM pg_class WHERE relnamespace = 'first'::regnamespace`)).toEqual([]);
      await dataSource.destroy();
    });
  });

  test('that would lose what was acknowledged is refused', async () => {
    await withDatabase('migrated', async (own) => {
      const name = new URL(own.url).pathname.slice(1);
      await onServer(own.url, `ALTER DATABASE ${name} SET synchronous_commit = off`);
      expect(await opened(own)).toBe("DATABASE_URL: PostgreSQL's synchronous_commit is off: not safe to serve");
    });
  });

  test('that only reads, as a standby does, is refused', async () => {
    await withDatabase('migrated', async (own) => {
      const name = new URL(own.url).pathname.slice(1);
      await onServer(own.url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      expect(await opened(own)).toBe('DATABASE_URL: PostgreSQL only reads there: a standby, or set to be read-only');
    });
  });

  test('that can not hold every text is refused', async () => {
    await withDatabase('empty', async (own) => {
      const name = `${new URL(own.url).pathname.slice(1)}_ascii`;
      await onServer(
        own.url,
        `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'`,
      );
      const settings = readSettings({ DATABASE_URL: urlOf(own.url, name) }).database;
      await expect(openDatabase(settings)).rejects.toThrow("the database's encoding is SQL_ASCII; UTF8 is needed");
      await onServer(own.url, `DROP DATABASE ${name}`);
    });
  });

  test('that is not there is refused, in one line without the password', async () => {
    const settings = (url: string) => readSettings({ DATABASE_URL: url }).database;
    const gone = openDatabase(settings('postgres://someone:secret@127.0.0.1:1/customers'));
    await expect(gone).rejects.toThrow(
      /^DATABASE_URL: PostgreSQL can't be served from: connect ECONNREFUSED 127\.0\.0\.1:1$/,
    );
  });
});
