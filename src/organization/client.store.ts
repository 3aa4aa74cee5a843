import type { EntityManager } from 'typeorm';
import { AccessGroupRow, ClientRow, TillRow } from './organization.entity.js';
import { hashSecret, isSecret } from './secret.js';

/** A client, and the organization that it is to belong to. */
export interface ClientName {
  readonly id: string;
  readonly organizationId: string;
}

export interface NewClient extends ClientName {
  readonly secret: string;
  readonly accessGroup: string;
  readonly till: string | null;
}

/** What was asked for can't be, for a reason in one line; nothing was changed. */
export class ClientRefused extends Error {
  override readonly name = 'ClientRefused';
}

// All of these are called while the organization is locked: nobody else changes its clients between reading and writing.

/** Adds a client. Throws ClientRefused where there is one of this id, or not such a group or till. */
export async function addClient(manager: EntityManager, client: NewClient): Promise<void> {
  const { id, organizationId, secret, accessGroup, till } = client;
  if (await manager.existsBy(ClientRow, { id })) throw new ClientRefused(`Client ${id} exists already`);
  if (!(await manager.existsBy(AccessGroupRow, { organizationId, name: accessGroup }))) {
    throw new ClientRefused(`Organization ${organizationId} has no access group ${accessGroup}`);
  }
  if (till !== null && !(await manager.existsBy(TillRow, { organizationId, code: till }))) {
    throw new ClientRefused(`Organization ${organizationId} has no till ${till}`);
  }
  const secretHash = hashSecret(secret);
  await manager.insert(ClientRow, { id, organizationId, secretHash, previousSecretHash: null, accessGroup, till });
}

/** Makes the secret the client's current one, and the current one its previous. Throws ClientRefused where it is that already. */
export async function rotateSecret(manager: EntityManager, name: ClientName, secret: string): Promise<void> {
  const { id, secretHash } = await loadClient(manager, name);
  if (isSecret(secret, secretHash)) throw new ClientRefused(`Client ${id} has this secret already`);
  await manager.update(ClientRow, { id }, { secretHash: hashSecret(secret), previousSecretHash: secretHash });
}

/** Removes the client, with both its secrets. Throws ClientRefused where there is none. */
export async function revokeClient(manager: EntityManager, name: ClientName): Promise<void> {
  const { id } = await loadClient(manager, name);
  await manager.delete(ClientRow, { id });
}

/** Leaves the client its current secret alone. Throws ClientRefused where it has no other. */
export async function revokePreviousSecret(manager: EntityManager, name: ClientName): Promise<void> {
  const { id, previousSecretHash } = await loadClient(manager, name);
  if (previousSecretHash === null) throw new ClientRefused(`Client ${id} has no previous secret`);
  await manager.update(ClientRow, { id }, { previousSecretHash: null });
}

async function loadClient(manager: EntityManager, { id, organizationId }: ClientName): Promise<ClientRow> {
  const client = await manager.findOneBy(ClientRow, { id, organizationId });
  if (client === null) throw new ClientRefused(`Organization ${organizationId} has no client ${id}`);
  return client;
}
