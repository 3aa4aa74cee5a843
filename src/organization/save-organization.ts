import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { fieldNameKey } from './field-definition.js';
import type { OrganizationSettings } from './organization-file.js';
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
import { definedField } from './organization-references.js';
import type { FieldDefinition, FieldKind, LoyaltyProgram, Organization } from './organization.js';
import { findRevision } from './organization.store.js';
import { hashSecret, hasSecret } from './secret.js';

/** A statement takes a limited number of parameters. */
const ROWS_A_STATEMENT = 500;

/**
 * Stores what an organization file says. Of an organization that exists (`existing`), configs, reward rules, clients and
 * issuers become those of the file; tills, fields, programs, slabs and access groups are added or changed, never removed. A
 * client whose secret in the file is one of its two keeps both. The file's references, and that it changes nothing which is
 * in use, were checked before.
 */
export async function saveOrganization(
  manager: EntityManager,
  settings: OrganizationSettings,
  existing: Organization | null,
): Promise<void> {
  const { id: organizationId, name, defaultCountry, timeZone } = settings;
  const revision = ((await findRevision(manager, organizationId)) ?? 0) + 1;
  await upsert(manager, OrganizationRow, ['id'], [{ id: organizationId, name, defaultCountry, timeZone, revision }]);

  // Clients point to tills and groups, reward rules to programs: gone before what they point to changes.
  const clients = await manager.findBy(ClientRow, { organizationId });
  await manager.delete(ClientRow, { organizationId });
  await manager.delete(IssuerRow, { organizationId });
  await manager.delete(RewardRuleRow, { organizationId });
  await manager.delete(OrganizationConfigRow, { organizationId });

  await upsert(manager, OrganizationConfigRow, ['organizationId', 'key'], configRows(settings));
  await upsert(
    manager,
    TillRow,
    ['organizationId', 'code'],
    settings.tills.map((till) => ({ organizationId, ...till })),
  );
  await upsert(
    manager,
    FieldDefinitionRow,
    ['organizationId', 'kind', 'name'],
    [
      ...fieldRows(organizationId, 'CUSTOM', settings.customFields, existing?.customFields ?? []),
      ...fieldRows(organizationId, 'EXTENDED', settings.extendedFields, existing?.extendedFields ?? []),
    ],
  );
  await upsert(
    manager,
    LoyaltyProgramRow,
    ['organizationId', 'id'],
    programRows(
      organizationId,
      settings.programs,
      await manager.find(LoyaltyProgramRow, { where: { organizationId }, order: { position: 'ASC' } }),
    ),
  );
  await upsert(manager, SlabRow, ['organizationId', 'programId', 'serialNumber'], slabRows(settings));
  await upsert(
    manager,
    RewardRuleRow,
    ['organizationId', 'name'],
    settings.rewardRules.map(({ fields, ...rule }, position) => ({
      organizationId,
      ...rule,
      fields: fields.map((field) => definedField(field, settings, existing) ?? field),
      position,
    })),
  );
  await upsert(
    manager,
    AccessGroupRow,
    ['organizationId', 'name'],
    settings.accessGroups.map((group) => ({ organizationId, ...group })),
  );
  // Their keys are not the organization's: one that another import has just taken is not to be taken from it.
  await insert(manager, ClientRow, clientRows(settings, clients));
  await insert(
    manager,
    IssuerRow,
    settings.issuers.map((issuer) => ({ organizationId, ...issuer })),
  );
}

async function insert<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  rows: readonly QueryDeepPartialEntity<Row>[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    await manager.insert(entity, rows.slice(start, start + ROWS_A_STATEMENT));
  }
}

async function upsert<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  key: string[],
  rows: readonly QueryDeepPartialEntity<Row>[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    await manager.upsert(entity, rows.slice(start, start + ROWS_A_STATEMENT), key);
  }
}

const configRows = ({ id: organizationId, configs }: OrganizationSettings) =>
  [...configs].map(([key, value]) => ({ organizationId, key, value }));

/** The file's fields first, in its order, then the others as they were. */
function fieldRows(
  organizationId: string,
  kind: FieldKind,
  fields: readonly FieldDefinition[],
  existing: readonly FieldDefinition[],
) {
  const named = new Set(fields.map(({ name }) => fieldNameKey(kind, name)));
  const others = existing.filter(({ name }) => !named.has(fieldNameKey(kind, name)));
  return [...fields, ...others].map((field, position) => ({
    organizationId,
    kind,
    ...field,
    options: field.options === null ? null : [...field.options],
    position,
  }));
}

/** The file's programs first, then the others; the file says which is the default, unless it names no program at all. */
function programRows(
  organizationId: string,
  programs: readonly LoyaltyProgram[],
  existing: readonly LoyaltyProgramRow[],
) {
  const others = existing.filter(({ id }) => !programs.some((program) => program.id === id));
  const marked = programs.find((program) => program.default) ?? programs[0];
  const defaultId = (marked ?? existing.find(({ isDefault }) => isDefault))?.id;
  return [...programs, ...others].map(({ id, name }, position) => ({
    organizationId,
    id,
    name,
    isDefault: id === defaultId,
    position,
  }));
}

const slabRows = ({ id: organizationId, programs }: OrganizationSettings) =>
  programs.flatMap(({ id: programId, slabs }) => slabs.map((slab) => ({ organizationId, programId, ...slab })));

const clientRows = ({ id: organizationId, clients }: OrganizationSettings, existing: readonly ClientRow[]) =>
  clients.map(({ id, secret, accessGroup, till }) => ({
    id,
    organizationId,
    ...secretsOf(secret, existing.find((client) => client.id === id) ?? null),
    accessGroup,
    till,
  }));

function secretsOf(secret: string, existing: ClientRow | null): Pick<ClientRow, 'secretHash' | 'previousSecretHash'> {
  if (existing === null || !hasSecret(existing, secret)) {
    return { secretHash: hashSecret(secret), previousSecretHash: null };
  }
  const { secretHash, previousSecretHash } = existing;
  return { secretHash, previousSecretHash };
}
