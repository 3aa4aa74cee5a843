import type { EntityManager } from 'typeorm';
import { findFieldDefinition } from '../../organization/field-definition.js';
import { formatPath, type FileFault } from '../../organization/file-fault.js';
import type { OrganizationSettings } from '../../organization/organization-file.js';
import type { FieldDefinition, FieldKind, Organization } from '../../organization/organization.js';
import { readRules } from '../../organization/rules.js';
import { CustomerFieldRow, CustomerMergeRow, CustomerRow } from '../customer.entity.js';

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
  const { name } = field;
  const before = findFieldDefinition(kind, name, existing);
  if (before === undefined) return null;
  if (before.name !== name) return { key: 'name', reason: `is defined already, as ${before.name}` };
  const values = manager
    .createQueryBuilder(CustomerFieldRow, 'field')
    .select('field.value')
    .where('field.organizationId = :organizationId', { organizationId: existing.id })
    .andWhere('field.kind = :kind AND field.name = :name', { kind, name });
  if (before.type !== field.type) {
    const used = await values.limit(1).getOne();
    return used === null ? null : { key: 'type', reason: `must stay ${before.type}: customers have values of it` };
  }
  const removed = (before.options ?? []).filter((option) => !(field.options ?? []).includes(option));
  if (removed.length === 0) return null;
  const used = await values.andWhere('field.value IN (:...removed)', { removed }).limit(1).getOne();
  if (used !== null) return { key: 'options', reason: `must keep ${used.value}: customers have it` };
  // Of custom fields a merge overwrites none.
  const overwritten = kind === 'EXTENDED' ? await findOverwritten(manager, existing.id, name, removed) : null;
  if (overwritten === null) return null;
  return { key: 'options', reason: `must keep ${overwritten}: an undo of a merge would bring it back` };
}

/** The first of the values that a standing merge has overwritten on its survivor: its record alone still has it. */
async function findOverwritten(
  manager: EntityManager,
  organizationId: string,
  name: string,
  values: readonly string[],
): Promise<string | null> {
  for (const value of values) {
    const merge = await manager
      .createQueryBuilder(CustomerMergeRow, 'merge')
      .select('merge.id')
      .where('merge.organizationId = :organizationId', { organizationId })
      .andWhere('merge.undoneAt IS NULL AND merge.erasedAt IS NULL')
      // The record's own JSON. LIKE would ask what the databases make of case and of the text's own marks.
      .andWhere(`replace(merge.survivorBefore, :entry, '') <> merge.survivorBefore`, {
        entry: JSON.stringify([name, value]),
      })
      .limit(1)
      .getOne();
    if (merge !== null) return value;
  }
  return null;
}

async function hasCustomers(manager: EntityManager, organizationId: string): Promise<boolean> {
  return (await manager.find(CustomerRow, { select: { id: true }, where: { organizationId }, take: 1 })).length > 0;
}
