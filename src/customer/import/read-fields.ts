import { fieldRuleInWords, findFieldDefinition } from '../../organization/field-definition.js';
import { canonicalFieldValue } from '../../organization/field-value.js';
import type { FieldKind, Organization } from '../../organization/organization.js';
import type { FieldValues } from '../account.js';
import { isObject, textOrNumber, type JsonObject, type Note } from './record-values.js';

const keyOf = { CUSTOM: 'customFields', EXTENDED: 'extendedFields' } as const;

/** A record's custom or extended fields by their defined names, with canonical values; null is the same as absent. */
export function readFields(record: JsonObject, kind: FieldKind, organization: Organization, note: Note): FieldValues {
  const key = keyOf[kind];
  const values = new Map<string, string>();
  const given = record[key] ?? {};
  if (!isObject(given)) {
    note(key, 'must be an object of names and values');
    return values;
  }
  for (const [name, value] of Object.entries(given)) {
    const path = `${key}.${name}`;
    const definition = findFieldDefinition(kind, name, organization);
    if (definition === undefined) {
      note(path, 'is no field that the organization has defined');
    } else if (values.has(definition.name)) {
      note(path, `is given twice: ${definition.name} in another case`);
    } else if (value !== null) {
      const text = typeof value === 'boolean' ? String(value) : textOrNumber(value);
      const canonical = text === null ? null : canonicalFieldValue(text, definition, organization.timeZone);
      if (canonical === null) note(path, `must be ${fieldRuleInWords(definition)}`);
      // Also where it is no value: the name is taken.
      values.set(definition.name, canonical ?? '');
    }
  }
  return values;
}
