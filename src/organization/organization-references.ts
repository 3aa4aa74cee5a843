import { fieldNameKey } from './field-definition.js';
import { formatPath, type FileFault } from './file-fault.js';
import type { OrganizationSettings } from './organization-file.js';
import type { FieldKind, Organization } from './organization.js';

const plainFields = [
  'firstname',
  'lastname',
  'mobile',
  'email',
  'externalId',
  'registeredOn',
  'registeredTill',
  'associatedWith',
];

const fieldKinds: Readonly<Record<string, FieldKind>> = { customFields: 'CUSTOM', extendedFields: 'EXTENDED' };

/**
 * What the file's reward rules and clients name and neither the file nor the organization as it is (null: a new one)
 * has.
 */
export function referenceFaults(
  settings: OrganizationSettings,
  existing: Organization | null,
  existingGroups: ReadonlyMap<string, unknown>,
): FileFault[] {
  const programs = new Set([...settings.programs, ...(existing?.programs ?? [])].map(({ id }) => id));
  const tills = new Set([...settings.tills.map(({ code }) => code), ...(existing?.tills.keys() ?? [])]);
  const groups = new Set([...settings.accessGroups.map(({ name }) => name), ...existingGroups.keys()]);
  const faults: FileFault[] = [];
  const fault = (path: readonly PropertyKey[], reason: string) => {
    faults.push({ path: formatPath(['organization', ...path]), reason });
  };
  for (const [index, rule] of settings.rewardRules.entries()) {
    if (!programs.has(rule.programId)) {
      fault(['rewardRules', index, 'programId'], 'is the id of none of the programs');
    }
    for (const [at, field] of rule.fields.entries()) {
      if (plainFields.includes(field) || definedField(field, settings, existing) !== null) continue;
      fault(
        ['rewardRules', index, 'fields', at],
        `must be one of ${plainFields.join(', ')}, customFields.NAME, extendedFields.NAME, of a field that is defined`,
      );
    }
  }
  for (const [index, { accessGroup, till }] of settings.clients.entries()) {
    if (!groups.has(accessGroup)) fault(['clients', index, 'accessGroup'], 'is the name of none of the access groups');
    if (till !== null && !tills.has(till)) fault(['clients', index, 'till'], 'is the code of none of the tills');
  }
  return faults;
}

/** A reward rule's `extendedFields.GENDER` as `extendedFields.gender`, where that is how it is defined; null for none. */
export function definedField(
  field: string,
  settings: OrganizationSettings,
  existing: Organization | null,
): string | null {
  const dot = field.indexOf('.');
  const list = field.slice(0, Math.max(dot, 0));
  const kind = fieldKinds[list];
  if (kind === undefined) return null;
  const key = fieldNameKey(kind, field.slice(dot + 1));
  const definitions =
    kind === 'CUSTOM'
      ? [...settings.customFields, ...(existing?.customFields ?? [])]
      : [...settings.extendedFields, ...(existing?.extendedFields ?? [])];
  const found = definitions.find(({ name }) => fieldNameKey(kind, name) === key);
  return found === undefined ? null : `${list}.${found.name}`;
}
