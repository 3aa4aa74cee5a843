import type { DataSource } from 'typeorm';
import { textCollation } from './text-collation.js';

/** The SQL that would be needed to make a migrated database what the entities say: empty where nothing has drifted. */
export async function migrationDrift(dataSource: DataSource): Promise<string[]> {
  const collation = textCollation(dataSource);
  for (const column of dataSource.entityMetadatas.flatMap(({ columns }) => columns)) {
    // An entity can't say it for one database only.
    if (dataSource.driver.normalizeType(column) === 'text') Object.assign(column, collation);
  }
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}
