import type { EntityManager } from 'typeorm';
import { statementsOf } from '../engine/statements.js';
import type { Truth } from './figure-columns.js';

export interface UniqueKey {
  readonly columns: ReadonlySet<string>;
  /** Whether it holds for some rows of the table only. */
  readonly isPartial: boolean;
}

/** The unique keys that the database keeps for the table, the primary one too: each database tells in its own way. */
export async function findUniqueKeys(manager: EntityManager, table: string): Promise<UniqueKey[]> {
  const rows = await manager.query<{ columns: string; isPartial: Truth }[]>(statementsOf(manager).selectUniqueKeys, [
    table,
  ]);
  return rows.map(({ columns, isPartial }) => ({
    columns: new Set(JSON.parse(columns) as string[]),
    isPartial: Boolean(isPartial),
  }));
}
