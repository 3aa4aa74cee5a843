import type { EntityManager } from 'typeorm';

export interface UniqueKey {
  readonly columns: ReadonlySet<string>;
  /** Whether it holds for some rows of the table only. */
  readonly isPartial: boolean;
}

/** The unique keys that the database keeps for the table, the primary one too: each database tells in its own way. */
export async function findUniqueKeys(manager: EntityManager, table: string): Promise<UniqueKey[]> {
  const rows = await manager.query<{ columns: string; isPartial: 0 | 1 }[]>(
    `SELECT json_group_array(part.name) AS columns, list.partial AS isPartial
       FROM pragma_index_list(?) AS list CROSS JOIN pragma_index_info(list.name) AS part
      WHERE list."unique" GROUP BY list.name`,
    [table],
  );
  return rows.map(({ columns, isPartial }) => ({
    columns: new Set(JSON.parse(columns) as string[]),
    isPartial: isPartial === 1,
  }));
}
