import type { EntityManager } from 'typeorm';
import { findFieldDefinition } from '../../organization/field-definition.js';
import { formatPath, type FileFault } from '../../organization/file-fault.js';
import type { OrganizationSettings } from '../../organization/organization-file.js';
import type { FieldDefinition, FieldKind, Organization } from '../../organization/organization.js';
import { readRules } from '../../organization/rules.js';
import { CustomerFieldRow, CustomerRow } from '../customer.entity.js';
import { findOverwritten } from './stored-customers.js';

const listOf = { CUSTOM: 'customFields', EXTENDED: 'extendedFields' } as const;

/**
 * What the file would change of an organization's settings that its customers rest on: the primary identifier, a
 * field's type, an option that a customer has, or gets back by the undo of a merge.
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
    .select('field.value', 'value')
    .where('field.organizationId = :organizationId', { organizationId: existing.id })
    .andWhere('field.kind = :kind AND field.name = :name', { kind, name: field.name });
  if (before.type !== field.type) {
    const used = await values.limit(1).getRawMany();
    return used.length === 0 ? null : { key: 'type', reason: `must stay ${before.type}: customers have values of it` };
  }
  const options = new Set(field.options);
  const removed = (before.options ?? []).filter((option) => !options.has(option));
  if (removed.length === 0) return null;
  const stored = new Set((await values.distinct().getRawMany<ValueRow>()).map(({ value }) => value));
  const used = removed.find((option) => stored.has(option));
  if (used !== undefined) return { key: 'options', reason: `must keep ${used}: customers have it` };
  const overwritten = await findOverwritten(manager, existing.id, listOf[kind], field.name);
  const lost = removed.find((option) => overwritten.has(option));
  return lost === undefined
    ? null
    : { key: 'options', reason: `must keep ${lost}: an undo of a merge would bring it back` };
}

interface ValueRow {
  readonly value: string;
}

async function hasCustomers(manager: EntityManager, organizationId: string): Promise<boolean> {
  return (await manager.find(CustomerRow, { select: { id: true }, where: { organizationId }, take: 1 })).length > 0;
}
