import { canonicalFieldValue } from '../../organization/field-value.js';
import { fieldRuleInWords, findFieldDefinition } from '../../organization/field-definition.js';
import type { FieldKind, Organization } from '../../organization/organization.js';
import {
  NULL_CLEARS,
  customerError,
  customerWarning,
  type CustomerError,
  type CustomerWarning,
} from '../customer-error.js';
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
  const definition = findFieldDefinition(kind, entry.name, organization);
  if (definition === undefined) return { at: 'name', reason: `The organization has no ${word} of this name` };
  if (named.has(definition.name)) {
    return { at: 'name', reason: `The ${word} ${definition.name} is given more than once; the first entry counts` };
  }
  named.add(definition.name);
  if (entry.value === null) return { name: definition.name, value: null };
  if (entry.value === undefined) {
    return { at: 'value', reason: `The ${word} ${definition.name} has no value${NULL_CLEARS}` };
  }
  const value = canonicalFieldValue(entry.value, definition, organization.timeZone);
  if (value === null)
    return { at: 'value', reason: `The ${word} ${definition.name} takes ${fieldRuleInWords(definition)}` };
  return { name: definition.name, value };
}
