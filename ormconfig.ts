import 'reflect-metadata';
import { createDataSource, sqliteWriterOptions } from './src/database/data-source.js';
import { readSettings } from './src/settings.js';

const { database } = readSettings(process.env);
if (database.kind !== 'sqlite') throw new Error('DATABASE_URL: PostgreSQL is not supported yet, use sqlite:PATH');

/**
 * For TypeORM's command line, which needs it compiled; the service itself opens its database in src/database/database.ts.
 *
 *     npx tsc --noEmit false --outDir dist/orm && npx typeorm migration:show -d dist/orm/ormconfig.js
 */
export default createDataSource(sqliteWriterOptions(database.path));
