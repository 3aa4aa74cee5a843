import type { EntityManager } from 'typeorm';
import { forDatabase } from './dialect.js';

/** One customer's part of a log: what is there from one sequence up to another. */
export interface LogPart {
  readonly organizationId: string;
  readonly customerId: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** A table that is keyed by organization, customer and sequence, and the columns to read of it. */
export interface Log {
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * The newest rows of each part, newest first, at most `limit` of each, in one statement for all of them. A row is its
 * cells in the order of the log's columns.
 */
export async function newestRows<Cells extends readonly unknown[]>(
  manager: EntityManager,
  log: Log,
  parts: readonly LogPart[],
  limit: number,
): Promise<Cells[][]> {
  const select = forDatabase(manager.connection, { sqlite: sqliteSelect, postgres: postgresSelect });
  const rows = await manager.query<{ rows: string }[]>(select(log), [
    JSON.stringify(
      parts.map(({ organizationId, customerId, firstSequence, lastSequence }) => [
        organizationId,
        customerId,
        firstSequence,
        lastSequence,
      ]),
    ),
    limit,
  ]);
  return rows.map((row) => JSON.parse(row.rows) as Cells[]);
}

// ?1 and ?2, since SQLite counts $1 and $2 by where they stand.
const sqliteSelect = ({ table, columns }: Log): string => `
  SELECT (SELECT json_group_array(json_array(${columns.join(', ')})) FROM (
            SELECT * FROM ${table} AS log
             WHERE log.organization_id = part.value ->> 0 AND log.customer_id = part.value ->> 1
               AND log.sequence BETWEEN part.value ->> 2 AND part.value ->> 3
             ORDER BY log.sequence DESC LIMIT ?2)) AS rows
    FROM json_each(?1) AS part ORDER BY part.key`;

const postgresSelect = ({ table, columns }: Log): string => `
  SELECT (SELECT coalesce(json_agg(json_build_array(${columns.join(', ')})), '[]')::text FROM (
            SELECT * FROM ${table} AS log
             WHERE log.organization_id = part.value ->> 0 AND log.customer_id = (part.value ->> 1)::bigint
               AND log.sequence BETWEEN (part.value ->> 2)::bigint AND (part.value ->> 3)::bigint
             ORDER BY log.sequence DESC LIMIT $2) AS newest) AS rows
    FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS part (value, position) ORDER BY part.position`;
