import type { DataSource } from 'typeorm';

/**
 * Takes removed rows out of the tables, and their values out of the planner's statistics, which `pg_stats` shows. Waits
 * for as long as somebody else vacuums one of the tables, or makes an index. False where they belong to another role:
 * PostgreSQL leaves them as they are.
 */
export async function compact(writer: DataSource): Promise<boolean> {
  const [{ isOwner }] = await writer.query<[{ isOwner: boolean }]>(ownsTables(writer));
  if (!isOwner) return false;
  // By itself it comes when enough rows have changed.
  await writer.query(`VACUUM (ANALYZE) ${tables(writer).join(', ')}`);
  await writer.query(forgetStatistics(writer));
  return true;
}

const ownsTables = (writer: DataSource): string => `SELECT bool_and(pg_has_role(relowner, 'USAGE')) AS "isOwner"
  FROM pg_class WHERE pg_table_is_visible(oid) AND relname IN (${tableNames(writer)})`;

const tables = ({ entityMetadatas }: DataSource): string[] => entityMetadatas.map(({ tableName }) => tableName);

const tableNames = (writer: DataSource): string =>
  tables(writer)
    .map((name) => `'${name}'`)
    .join(', ');

/**
 * ANALYZE keeps the statistics of a table that has no rows any more. To give a column the type that it already has
 * drops them, and changes nothing else. It locks the table for everybody, so it waits for that for a second only.
 */
const forgetStatistics = (writer: DataSource): string => `DO $$
DECLARE
  forget text;
BEGIN
  SET LOCAL lock_timeout = '1s';
  FOR forget IN
    SELECT format('ALTER TABLE %s ALTER COLUMN %I TYPE %s COLLATE %s',
                  found.oid::regclass, attname, format_type(atttypid, atttypmod), attcollation::regcollation)
    FROM pg_class AS found
    JOIN pg_namespace AS home ON home.oid = relnamespace
    JOIN pg_attribute ON attrelid = found.oid AND attcollation <> 0
    JOIN pg_stats AS known USING (attname)
    WHERE pg_table_is_visible(found.oid) AND relname IN (${tableNames(writer)}) AND reltuples = 0
      AND known.schemaname = nspname AND known.tablename = relname
      AND num_nonnulls(most_common_vals, histogram_bounds) > 0
  LOOP
    EXECUTE forget;
  END LOOP;
END $$`;
