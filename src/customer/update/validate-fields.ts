import { canonicalFieldValue } from '../../organization/field-value.js';
import type { FieldDefinition, FieldKind, Organization } from '../../organization/organization.js';
import { assertUnreachable } from '../../values/assert-unreachable.js';
import { customerError, customerWarning, type CustomerError, type CustomerWarning } from '../customer-error.js';
import type { FieldValueInput } from './update.input.js';

const inputField = { CUSTOM: 'customFields', EXTENDED: 'extendedFields' } as const;

/**
 * The custom or extended fields of a request, by the name that the organization defines: a value, or null to clear it.
 * With `skipped`, an entry at fault becomes a warning there and is left out; without, a fault.
 */
export function validFields(
  entries: readonly FieldValueInput[],
  kind: FieldKind,
  organization: Organization,
  faults: CustomerError[],
  skipped: CustomerWarning[] | null,
): Map<string, string | null> {
  const values = new Map<string, string | null>();
  const named = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const read = readFieldEntry(entry, kind, organization, named);
    if ('value' in read) {
      values.set(read.name, read.value);
      continue;
    }
    const path = [inputField[kind], String(index), read.at];
    if (skipped === null) {
      const code = kind === 'CUSTOM' ? 'CUSTOM_FIELD_INVALID' : 'EXTENDED_FIELD_INVALID';
      faults.push(customerError(code, path, read.reason));
    } else {
      const code = kind === 'CUSTOM' ? 'CUSTOM_FIELD_SKIPPED' : 'EXTENDED_FIELD_SKIPPED';
      skipped.push(customerWarning(code, path, `${read.reason}; left out`));
    }
  }
  return values;
}

type FieldEntry =
  { readonly name: string; readonly value: string | null } | { readonly at: 'name' | 'value'; readonly reason: string };

function readFieldEntry(
  entry: FieldValueInput,
  kind: FieldKind,
  organization: Organization,
  named: Set<string>,
): FieldEntry {
  const word = kind === 'CUSTOM' ? 'custom field' : 'extended field';
  const definition = findDefinition(entry.name, kind, organization);
  if (definition === undefined) return { at: 'name', reason: `The organization has no ${word} of this name` };
  if (named.has(definition.name)) {
    return { at: 'name', reason: `The ${word} ${definition.name} is given more than once; the first entry counts` };
  }
  named.add(definition.name);
  if (entry.value === null) return { name: definition.name, value: null };
  if (entry.value === undefined) {
    return { at: 'value', reason: `The ${word} ${definition.name} has no value; null clears it` };
  }
  const value = canonicalFieldValue(entry.value, definition, organization.timeZone);
  if (value === null)
    return { at: 'value', reason: `The ${word} ${definition.name} takes ${fieldRuleInWords(definition)}` };
  return { name: definition.name, value };
}

function findDefinition(name: string, kind: FieldKind, organization: Organization): FieldDefinition | undefined {
  if (kind === 'CUSTOM') return organization.customFields.find((definition) => definition.name === name);
  const lowered = name.toLowerCase();
  return organization.extendedFields.find((definition) => definition.name.toLowerCase() === lowered);
}

function fieldRuleInWords(definition: FieldDefinition): string {
  switch (definition.type) {
    case 'STRING':
      return `a text of 1 to ${definition.maxLength ?? 255} characters${definition.pattern === null ? '' : ` that matches ${definition.pattern}`}`;
    case 'INTEGER':
      return 'a whole number of at most 15 digits, such as 46';
    case 'DOUBLE':
      return 'a plain decimal of at most 15 digits, such as 0.5';
    case 'BOOLEAN':
      return 'true or false';
    case 'DATE':
      return 'a date such as 1998-12-01';
    case 'DATETIME':
      return 'an instant such as 2016-09-11T11:11:11Z or 2016-09-11 11:11:11';
    case 'ENUM':
      return `one of ${(definition.options ?? []).join(', ')}`;
    default:
      return assertUnreachable(definition.type);
  }
}
