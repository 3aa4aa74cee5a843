import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataSource, sqliteWriterOptions } from '../database/data-source.js';
import { migrationDrift } from '../database/migration-drift.js';

const folder = await mkdtemp(join(tmpdir(), 'customer-update-migrations-'));
try {
  const dataSource = await createDataSource(sqliteWriterOptions(join(folder, 'database.sqlite'))).initialize();
  await dataSource.runMigrations();
  const missing = await migrationDrift(dataSource);
  await dataSource.destroy();
  for (const statement of missing) console.error(statement);
  if (missing.length > 0) {
    console.error('The entities say more than the migrations make: a migration that does the above is missing');
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true });
}
