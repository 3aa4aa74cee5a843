import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createDataSource, sqliteWriterOptions } from '../../src/database/data-source.js';
import { openDatabase } from '../../src/database/database.js';
import { compact } from '../../src/database/sqlite-compaction.js';
import { createFile } from '../support/test-database.js';

test('a file that others use is made compact when they let it, and else is said not to be', async () => {
  const own = createFile();
  const path = own.url.slice('sqlite:'.length);
  const database = await openDatabase(own.settings);
  const writer = await createDataSource({ ...sqliteWriterOptions(path), busyTimeout: 50 } as never).initialize();
  const isThere = (): boolean =>
    [path, `${path}-wal`].some((file) => existsSync(file) && readFileSync(file).includes('secret mark'));
  try {
    await writer.query('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)');
    await writer.query(`INSERT INTO note VALUES (1, 'secret mark')`);
    await writer.query('DELETE FROM note');
    expect(isThere()).toBe(true);

    // One who writes, then one who reads: as long as either does, the bytes may be there.
    await database.transaction(async () => {
      expect(await compact(writer, 200)).toBe(false);
    });
    await database.snapshot(async (manager) => {
      await manager.query('SELECT * FROM note');
      expect(await compact(writer, 200)).toBe(false);
      expect(isThere()).toBe(true);
    });

    expect(await compact(writer, 200)).toBe(true);
    expect(isThere()).toBe(false);
  } finally {
    await writer.destroy();
    await database.close();
    await own.remove();
  }
});

test('whoever writes beside one who reads for long, as verify does, and waits for two seconds is not refused', async () => {
  const own = createFile();
  const path = own.url.slice('sqlite:'.length);
  const database = await openDatabase(own.settings);
  const impatient = await createDataSource({ ...sqliteWriterOptions(path), busyTimeout: 2000 } as never).initialize();
  const writer = await createDataSource(sqliteWriterOptions(path)).initialize();
  try {
    await impatient.query('CREATE TABLE note (id INTEGER PRIMARY KEY)');
    await database.snapshot(async (manager) => {
      await manager.query('SELECT * FROM note');
      const results: boolean[] = [];
      const compacting = compact(writer, 1000).then((isCompact) => results.push(isCompact));
      while (results.length === 0) await impatient.query('INSERT INTO note DEFAULT VALUES');
      await compacting;
      expect(results).toEqual([false]);
    });
    const [{ count }] = await impatient.query<[{ count: number }]>('SELECT count(*) AS count FROM note');
    expect(count).toBeGreaterThan(0);
  } finally {
    await writer.destroy();
    await impatient.destroy();
    await database.close();
    await own.remove();
  }
});
