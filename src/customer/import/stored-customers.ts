import type { EntityManager } from 'typeorm';
import type { Identifier } from '../account.js';
import { statementsOf } from '../engine/statements.js';

/** Customers without an id get one below this; greater ones, which a file may bring, are left out of the count. */
export const MADE_IDS_BELOW = 2 ** 52;

export interface IdentifierOwner extends Identifier {
  readonly customerId: number;
}

/** Which of the ids customers of the organization have, merged ones too. */
export async function findStoredIds(
  manager: EntityManager,
  organizationId: string,
  ids: readonly number[],
): Promise<number[]> {
  const rows = await manager.query<{ id: number }[]>(statementsOf(manager).selectStoredIds, [
    JSON.stringify(ids),
    organizationId,
  ]);
  return rows.map(({ id }) => id);
}

/** Whom each of the identifiers finds, by its own or an alias; those that find nobody are left out. */
export const findIdentifierOwners = (
  manager: EntityManager,
  organizationId: string,
  identifiers: readonly Identifier[],
): Promise<IdentifierOwner[]> =>
  manager.query<IdentifierOwner[]>(statementsOf(manager).selectIdentifierOwners, [
    JSON.stringify(identifiers.map(({ type, value }) => [type, value])),
    organizationId,
  ]);

/** The greatest id of the organization's customers below 2^52, where made ids are; 0 where there is none. */
export async function findGreatestId(manager: EntityManager, organizationId: string): Promise<number> {
  const [row] = await manager.query<{ greatest: number | null }[]>(
    'SELECT max(id) AS greatest FROM customer WHERE organization_id = $1 AND id < $2',
    [organizationId, MADE_IDS_BELOW],
  );
  return row?.greatest ?? 0;
}

/** Has the transaction asked something: PostgreSQL ends one that has been idle for a minute. */
export async function stayAwake(manager: EntityManager): Promise<void> {
  await manager.query('SELECT 1');
}

/** The values of the field that standing merges have overwritten on their survivors: the records alone still have them. */
export async function findOverwritten(
  manager: EntityManager,
  organizationId: string,
  fields: 'customFields' | 'extendedFields',
  name: string,
): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ value: string }[]>(statementsOf(manager).selectOverwritten, [
    fields,
    organizationId,
    name,
  ]);
  return new Set(rows.map(({ value }) => value));
}
