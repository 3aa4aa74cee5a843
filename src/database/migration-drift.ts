import type { DataSource } from 'typeorm';

/** The SQL that would be needed to make a migrated database what the entities say: empty where nothing has drifted. */
export async function migrationDrift(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}
