import type { EntityManager } from 'typeorm';
import { identifierTypes } from '../../values/identifier-type.js';
import type { Account, Identifier } from '../account.js';
import { identifierField } from '../customer-error.js';
import { findIdentifierOwners, findStoredIds } from './stored-customers.js';

/** Whose an id or identifier is, by what `takenBy` compares: customers that are stored, and those of this import. */
export type Owners = Map<string, number>;

/** An id or identifier that an account would share with another one. */
export interface Taken {
  /** `id`, `mobile`, `email` or `externalId`. */
  readonly path: string;
  readonly ownerId: number;
}

/** The owners of whatever the accounts bring, as two statements for all of them. */
export async function findOwners(
  manager: EntityManager,
  organizationId: string,
  accounts: readonly Account[],
): Promise<Owners> {
  const ids = await findStoredIds(
    manager,
    organizationId,
    accounts.map(({ id }) => id),
  );
  const identifiers = await findIdentifierOwners(manager, organizationId, accounts.flatMap(ownIdentifiers));
  return new Map([
    ...ids.map((id): [string, number] => [idKey(id), id]),
    ...identifiers.map((found): [string, number] => [identifierKey(found), found.customerId]),
  ]);
}

/** What the account brings that has an owner already. */
export function takenFrom(owners: Owners, account: Account): Taken[] {
  const brought = [
    { path: 'id', key: idKey(account.id) },
    ...ownIdentifiers(account).map((own) => ({ path: identifierField[own.type], key: identifierKey(own) })),
  ];
  return brought.flatMap(({ path, key }) => {
    const ownerId = owners.get(key);
    return ownerId === undefined ? [] : [{ path, ownerId }];
  });
}

/** From now on, what the account brings is its own. */
export function claim(owners: Owners, account: Account): void {
  owners.set(idKey(account.id), account.id);
  for (const identifier of ownIdentifiers(account)) owners.set(identifierKey(identifier), account.id);
}

const idKey = (id: number): string => `ID ${id}`;
const identifierKey = ({ type, value }: Identifier): string => `${type} ${value}`;

function ownIdentifiers({ identifiers }: Account): Identifier[] {
  return identifierTypes.flatMap((type) => {
    const value = identifiers[type];
    return value === null ? [] : [{ type, value }];
  });
}
