import type { EntityManager } from 'typeorm';
import { forDatabase } from './dialect.js';

/** One customer's part of a log: what is there from one sequence up to another. */
export interface LogPart {
  readonly organizationId: string;
  readonly customerId: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** From where on the log's long text is read; if not given, from the first. */
  readonly longFrom?: number;
}

/** A table that is keyed by organization, customer and sequence, and the columns to read of it. */
export interface Log {
  readonly table: string;
  readonly columns: readonly string[];
  /** A text that may be long. It is null where those of a part's newer rows have so many bytes, and before `longFrom`. */
  readonly long?: { readonly column: string; readonly mostBytes: number };
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
      parts.map(({ organizationId, customerId, firstSequence, lastSequence, longFrom = firstSequence }) => [
        organizationId,
        customerId,
        firstSequence,
        lastSequence,
        longFrom,
      ]),
    ),
    limit,
  ]);
  return rows.map((row) => JSON.parse(row.rows) as Cells[]);
}

// ?1 and ?2, since SQLite counts $1 and $2 by where they stand.
function sqliteSelect(log: Log): string {
  const newest = `
            SELECT * FROM ${log.table} AS log
             WHERE log.organization_id = part.value ->> 0 AND log.customer_id = part.value ->> 1
               AND log.sequence BETWEEN part.value ->> 2 AND part.value ->> 3
             ORDER BY log.sequence DESC LIMIT ?2`;
  return `
  SELECT (SELECT json_group_array(json_array(${cellsOf(log, 'part.value ->> 4')})) FROM (${measured(log, newest)})) AS rows
    FROM json_each(?1) AS part ORDER BY part.key`;
}

function postgresSelect(log: Log): string {
  const newest = `
            SELECT * FROM ${log.table} AS log
             WHERE log.organization_id = part.value ->> 0 AND log.customer_id = (part.value ->> 1)::bigint
               AND log.sequence BETWEEN (part.value ->> 2)::bigint AND (part.value ->> 3)::bigint
             ORDER BY log.sequence DESC LIMIT $2`;
  return `
  SELECT (SELECT coalesce(json_agg(json_build_array(${cellsOf(log, '(part.value ->> 4)::bigint')})), '[]')::text
            FROM (${measured(log, newest)}) AS found) AS rows
    FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS part (value, position) ORDER BY part.position`;
}

const cellsOf = ({ columns, long }: Log, longFrom: string): string =>
  columns
    .map((column) =>
      column === long?.column
        ? `CASE WHEN newer_bytes < ${long.mostBytes} AND sequence >= ${longFrom} THEN ${column} END`
        : column,
    )
    .join(', ');

/** The newest rows, each with the bytes of the long texts of those that are newer. */
function measured({ columns, long }: Log, newest: string): string {
  if (long === undefined) return newest;
  return `
          SELECT ${columns.join(', ')}, coalesce(sum(octet_length(${long.column})) OVER (
                   ORDER BY sequence DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer_bytes
            FROM (${newest}) AS found`;
}
