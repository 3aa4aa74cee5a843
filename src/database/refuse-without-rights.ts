import type { DataSource } from 'typeorm';
import { DatabaseRefused } from './database-refused.js';

/**
 * What updates, merges and undos do with a table beside reading it, and no more: a role may be kept from changing what is
 * in a log. What imports and erasures do, they are told when they try.
 */
const writes: Readonly<Record<string, readonly ('INSERT' | 'UPDATE' | 'DELETE')[]>> = {
  customer: ['UPDATE'],
  customer_identifier: ['INSERT', 'DELETE'],
  customer_field: ['INSERT', 'UPDATE', 'DELETE'],
  subscription: ['INSERT', 'UPDATE', 'DELETE'],
  customer_merge: ['INSERT', 'UPDATE'],
  points_summary: ['INSERT', 'UPDATE', 'DELETE'],
  ledger_entry: ['INSERT'],
  reward_had: ['INSERT'],
  audit_event: ['INSERT'],
  audit_head: ['UPDATE'],
  idempotency_record: ['INSERT', 'DELETE'],
  rate_limit: ['INSERT', 'UPDATE'],
};

// A right may be given for single columns, but for DELETE.
const MISSING = `
  SELECT current_user AS role, string_agg(wanted."right" || ' on ' || wanted."table", ', ' ORDER BY wanted.place) AS rights
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted ("table", "right", place)
   WHERE (CASE wanted."right" WHEN 'DELETE' THEN has_table_privilege(to_regclass(wanted."table"), wanted."right")
          ELSE has_any_column_privilege(to_regclass(wanted."table"), wanted."right") END) IS NOT TRUE`;

/**
 * Throws DatabaseRefused where PostgreSQL's role lacks a right that serving needs: it would start, say that it is ready,
 * and fail with each update.
 */
export async function refuseWithoutRights(dataSource: DataSource): Promise<void> {
  const wanted = dataSource.entityMetadatas.flatMap(({ tableName }) =>
    ['SELECT', ...(writes[tableName] ?? [])].map((right) => [tableName, right]),
  );
  const [{ role, rights }] = await dataSource.query<[{ role: string; rights: string | null }]>(MISSING, [
    wanted.map(([table]) => table),
    wanted.map(([, right]) => right),
  ]);
  if (rights !== null) throw new DatabaseRefused(`DATABASE_URL: the role ${role} lacks ${rights}`);
}
