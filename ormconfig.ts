import 'reflect-metadata';
import { createDataSource, postgresOptions, sqliteWriterOptions } from './src/database/data-source.js';
import { readSettings } from './src/settings.js';

const { database } = readSettings(process.env);

/**
 * For TypeORM's command line, which needs it compiled; the service itself opens its database in src/database/database.ts.
 *
 *     npx tsc --noEmit false --outDir dist/orm && npx typeorm migration:show -d dist/orm/ormconfig.js
 */
export default createDataSource(
  database.kind === 'sqlite' ? sqliteWriterOptions(database.path) : postgresOptions(database.url, 1),
);
