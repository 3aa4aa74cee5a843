import type { EntityManager } from 'typeorm';

/** What may be wrong with a row: in words, and as a condition of SQL. */
export interface RowFault {
  readonly reason: string;
  readonly when: string;
}

export interface FaultyRow<Key> {
  readonly key: Key;
  readonly reasons: readonly string[];
}

/** What the statement reads: each row's key with the columns' names, and the rows, from FROM on. */
export interface Rows {
  readonly key: Readonly<Record<string, string>>;
  readonly from: string;
  readonly parameters: readonly (string | number)[];
}

/** The rows that have a fault, by their keys, each with all its faults. */
export async function findFaulty<Key>(
  manager: EntityManager,
  { key, from, parameters }: Rows,
  faults: readonly RowFault[],
): Promise<FaultyRow<Key>[]> {
  const keyColumns = Object.entries(key).map(([name, column]) => `${column} AS "${name}"`);
  const faultColumns = faults.map(({ when }, index) => `(${when}) AS fault_${index}`);
  const rows = await manager.query<Record<string, unknown>[]>(
    `SELECT * FROM (SELECT ${[...keyColumns, ...faultColumns].join(', ')} ${from}) AS found
      WHERE ${faults.map((_, index) => `fault_${index}`).join(' OR ')}
      ORDER BY ${Object.keys(key)
        .map((name) => `"${name}"`)
        .join(', ')}`,
    [...parameters],
  );
  return rows.map((row) => ({
    key: Object.fromEntries(Object.keys(key).map((name) => [name, row[name]])) as Key,
    reasons: faults.filter((_, index) => Boolean(row[`fault_${index}`])).map(({ reason }) => reason),
  }));
}
