import { assertUnreachable } from '../values/assert-unreachable.js';
import { INSTANT_RULE } from '../values/instant.js';
import { caseless } from '../values/text.js';
import { FieldType, type FieldRule } from './field-value.js';
import type { FieldDefinition, FieldKind, Organization } from './organization.js';

type FieldIndex = Readonly<Record<FieldKind, ReadonlyMap<string, FieldDefinition>>>;

const indexOf = new WeakMap<Organization, FieldIndex>();

/** What two names are compared by: custom fields as they are, extended fields in any case. */
export function fieldNameKey(kind: FieldKind, name: string): string {
  return kind === 'CUSTOM' ? name : caseless(name);
}

/** The organization's definition of a field that a request or a file names, undefined where there is none. */
export function findFieldDefinition(
  kind: FieldKind,
  name: string,
  organization: Organization,
): FieldDefinition | undefined {
  let index = indexOf.get(organization);
  if (index === undefined) {
    index = {
      CUSTOM: indexed('CUSTOM', organization.customFields),
      EXTENDED: indexed('EXTENDED', organization.extendedFields),
    };
    indexOf.set(organization, index);
  }
  return index[kind].get(fieldNameKey(kind, name));
}

function indexed(kind: FieldKind, definitions: readonly FieldDefinition[]): ReadonlyMap<string, FieldDefinition> {
  return new Map(definitions.map((definition) => [fieldNameKey(kind, definition.name), definition]));
}

/** All are told where `organization` is asked; a fault with thousands of them would help nobody, and a batch has many. */
const MOST_OPTIONS_TOLD = 20;

function optionsInWords(options: readonly string[]): string {
  const told = options.slice(0, MOST_OPTIONS_TOLD).join(', ');
  return options.length <= MOST_OPTIONS_TOLD ? told : `${told} or ${options.length - MOST_OPTIONS_TOLD} more`;
}

/** What values a field takes, in words that go behind "takes" or "must be". */
export function fieldRuleInWords(rule: FieldRule): string {
  switch (rule.type) {
    case FieldType.STRING:
      return `a text of 1 to ${rule.maxLength ?? 255} characters${rule.pattern === null ? '' : ` that matches ${rule.pattern}`}`;
    case FieldType.INTEGER:
      return 'a whole number of at most 15 digits, such as 46';
    case FieldType.DOUBLE:
      return 'a plain decimal of at most 15 digits, such as 0.5';
    case FieldType.BOOLEAN:
      return 'true or false';
    case FieldType.DATE:
      return 'a date such as 1998-12-01';
    case FieldType.DATETIME:
      return INSTANT_RULE;
    case FieldType.ENUM:
      return `one of ${optionsInWords(rule.options ?? [])}`;
    default:
      return assertUnreachable(rule.type);
  }
}
