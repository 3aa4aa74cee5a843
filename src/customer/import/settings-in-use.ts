import type { EntityManager } from 'typeorm';
import { findFieldDefinition } from '../../organization/field-definition.js';
import { formatPath, type FileFault } from '../../organization/file-fault.js';
import type { OrganizationSettings } from '../../organization/organization-file.js';
import type { FieldDefinition, FieldKind, Organization } from '../../organization/organization.js';
import { readRules } from '../../organization/rules.js';
import { CustomerFieldRow, CustomerRow } from '../customer.entity.js';

const listOf = { CUSTOM: 'customFields', EXTENDED: 'extendedFields' } as const;

/**
 * What the file would change of an organization's settings that its customers rest on: the primary identifier, a
 * field's type, an option that a customer has.
 */
export async function settingsInUse(
  manager: EntityManager,
  settings: OrganizationSettings,
  existing: Organization,
): Promise<FileFault[]> {
  const faults: FileFault[] = [];
  const { primaryIdentifier } = readRules(settings.configs, settings.timeZone).rules;
  if (primaryIdentifier !== existing.rules.primaryIdentifier && (await hasCustomers(manager, existing.id))) {
    faults.push({
      path: 'organization.configs.CONF_REGISTRATION_PRIMARY_KEY',
      reason: `must stay ${existing.rules.primaryIdentifier}: the organization has customers`,
    });
  }
  for (const kind of ['CUSTOM', 'EXTENDED'] as const) {
    for (const [index, field] of settings[listOf[kind]].entries()) {
      const fault = await fieldFault(manager, kind, field, existing);
      if (fault === null) continue;
      const { key, reason } = fault;
      faults.push({ path: formatPath(['organization', listOf[kind], index, key]), reason });
    }
  }
  return faults;
}

async function fieldFault(
  manager: EntityManager,
  kind: FieldKind,
  field: FieldDefinition,
  existing: Organization,
): Promise<{ key: string; reason: string } | null> {
  const before = findFieldDefinition(kind, field.name, existing);
  if (before === undefined) return null;
  if (before.name !== field.name) return { key: 'name', reason: `is defined already, as ${before.name}` };
  const values = manager
    .createQueryBuilder(CustomerFieldRow, 'field')
    .select('field.value')
    .where('field.organizationId = :organizationId', { organizationId: existing.id })
    .andWhere('field.kind = :kind AND field.name = :name', { kind, name: field.name });
  if (before.type !== field.type) {
    const used = await values.limit(1).getOne();
    return used === null ? null : { key: 'type', reason: `must stay ${before.type}: customers have values of it` };
  }
  const removed = (before.options ?? []).filter((option) => !(field.options ?? []).includes(option));
  if (removed.length === 0) return null;
  const used = await values.andWhere('field.value IN (:...removed)', { removed }).limit(1).getOne();
  return used === null ? null : { key: 'options', reason: `must keep ${used.value}: customers have it` };
}

async function hasCustomers(manager: EntityManager, organizationId: string): Promise<boolean> {
  return (await manager.find(CustomerRow, { select: { id: true }, where: { organizationId }, take: 1 })).length > 0;
}
