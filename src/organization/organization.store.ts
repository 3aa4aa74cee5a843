import { In, type EntityManager } from 'typeorm';
import type { AccessGroup, ClientRecord } from './caller.js';
import type { Issuer } from './issuer.js';
import {
  AccessGroupRow,
  ClientRow,
  FieldDefinitionRow,
  IssuerRow,
  LoyaltyProgramRow,
  OrganizationConfigRow,
  OrganizationRow,
  RewardRuleRow,
  SlabRow,
  TillRow,
} from './organization.entity.js';
import type { FieldDefinition, FieldKind, LoyaltyProgram, Organization } from './organization.js';
import { readRules } from './rules.js';

/**
 * The organization with everything that is configured for it; null where there is none with this id. Several
 * statements: outside a transaction, compare `findRevision` before and after.
 */
export async function findOrganization(manager: EntityManager, id: string): Promise<Organization | null> {
  const row = await manager.findOneBy(OrganizationRow, { id });
  if (row === null) return null;
  const configs = await findConfigs(manager, id);
  const definitions = await manager.find(FieldDefinitionRow, {
    where: { organizationId: id },
    order: { position: 'ASC' },
  });
  const tills = await manager.findBy(TillRow, { organizationId: id });
  const rewardRules = await manager.find(RewardRuleRow, { where: { organizationId: id }, order: { position: 'ASC' } });
  return {
    id,
    name: row.name,
    defaultCountry: row.defaultCountry,
    timeZone: row.timeZone,
    configs,
    rules: readRules(new Map(configs.map(({ key, value }) => [key, value])), row.timeZone).rules,
    customFields: fieldsOf('CUSTOM', definitions),
    extendedFields: fieldsOf('EXTENDED', definitions),
    tills: new Map(inOrder(tills, (till) => till.code).map(({ code, name }) => [code, { code, name }])),
    programs: await findPrograms(manager, id),
    rewardRules: rewardRules.map(({ name, programId, points, fields }) => ({ name, programId, points, fields })),
  };
}

/** Grows with each change of the organization's settings; null where there is no such organization. */
export async function findRevision(manager: EntityManager, id: string): Promise<number | null> {
  const row = await manager.findOne(OrganizationRow, { select: { id: true, revision: true }, where: { id } });
  return row?.revision ?? null;
}

/** Whether anything was ever loaded into this database. */
export async function hasOrganizations(manager: EntityManager): Promise<boolean> {
  return (await manager.find(OrganizationRow, { select: { id: true }, take: 1 })).length > 0;
}

/**
 * The client with what its access group lets it do; null where no organization has one with this id. In one statement: an
 * import may change both, and a second one would tell by its time that there is such a client.
 */
export async function findClient(manager: EntityManager, id: string): Promise<ClientRecord | null> {
  const client = await manager
    .createQueryBuilder(ClientRow, 'client')
    .innerJoinAndMapOne(
      'client.group',
      AccessGroupRow,
      'access',
      'access.organizationId = client.organizationId AND access.name = client.accessGroup',
    )
    .where('client.id = :id', { id })
    .getOne();
  if (client === null) return null;
  const { organizationId, till, secretHash, previousSecretHash, group } = client as ClientRow & {
    group: AccessGroupRow;
  };
  return {
    id,
    organizationId,
    till,
    access: group.customer,
    mayMerge: group.merge,
    secretHash,
    previousSecretHash,
  };
}

/** A statement takes a limited number of parameters. */
const IDS_A_STATEMENT = 500;

/** The organizations that clients with these ids belong to, by client id. */
export async function findClientOwners(manager: EntityManager, ids: readonly string[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (let start = 0; start < ids.length; start += IDS_A_STATEMENT) {
    const clients = await manager.find(ClientRow, {
      select: { id: true, organizationId: true },
      where: { id: In(ids.slice(start, start + IDS_A_STATEMENT)) },
    });
    for (const { id, organizationId } of clients) owners.set(id, organizationId);
  }
  return owners;
}

/** The issuer of that name; null where no organization trusts one. */
export async function findIssuer(manager: EntityManager, issuer: string): Promise<Issuer | null> {
  return manager.findOneBy(IssuerRow, { issuer });
}

/** The organizations that trust these issuers, by issuer. */
export async function findIssuerOwners(
  manager: EntityManager,
  issuers: readonly string[],
): Promise<Map<string, string>> {
  const rows = await manager.findBy(IssuerRow, { issuer: In([...issuers]) });
  return new Map(rows.map(({ issuer, organizationId }) => [issuer, organizationId]));
}

/** The access groups that the organization has, by name. */
export async function findAccessGroups(
  manager: EntityManager,
  organizationId: string,
): Promise<ReadonlyMap<string, AccessGroup>> {
  const groups = await manager.findBy(AccessGroupRow, { organizationId });
  return new Map(groups.map(({ name, customer, merge }) => [name, { access: customer, mayMerge: merge }]));
}

async function findConfigs(manager: EntityManager, organizationId: string): Promise<Organization['configs']> {
  const rows = await manager.findBy(OrganizationConfigRow, { organizationId });
  return inOrder(rows, (row) => row.key).map(({ key, value }) => ({ key, value }));
}

async function findPrograms(manager: EntityManager, organizationId: string): Promise<LoyaltyProgram[]> {
  const programs = await manager.find(LoyaltyProgramRow, {
    where: { organizationId },
    order: { isDefault: 'DESC', position: 'ASC' },
  });
  const slabs = await manager.find(SlabRow, { where: { organizationId }, order: { serialNumber: 'ASC' } });
  return programs.map(({ id, name, isDefault }) => ({
    id,
    name,
    default: isDefault,
    slabs: slabs
      .filter(({ programId }) => programId === id)
      .map(({ serialNumber, name: slabName, description }) => ({ serialNumber, name: slabName, description })),
  }));
}

function fieldsOf(kind: FieldKind, rows: readonly FieldDefinitionRow[]): FieldDefinition[] {
  return rows
    .filter((row) => row.kind === kind)
    .map(({ name, label, type, options, maxLength, pattern }) => ({ name, label, type, options, maxLength, pattern }));
}

/** By code units, which is the same on every database; each has an order of its own for texts. */
function inOrder<T>(rows: readonly T[], key: (row: T) => string): T[] {
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
