import { isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import { isTimeZone } from '../values/instant.js';
import { codePointLength, hasForbiddenCharacters } from '../values/text.js';
import { accessLevels } from './caller.js';
import { fieldNameKey } from './field-definition.js';
import { backtracksWithoutEnd, compiles } from './field-pattern.js';
import { FieldType } from './field-value.js';
import { schemaFaults, schemaReason, type FileFault } from './file-fault.js';
import { digits, name, numberAsText, optional, points, positiveInteger, text } from './file-values.js';
import { keySetUrl } from './issuer.js';
import { listOf, ofLists, ofObjects, oneDefault, unique } from './list-of.js';
import type { FieldKind } from './organization.js';
import { readRules } from './rules.js';

const MIN_SECRET_LENGTH = 16;
const fieldTypes: ReadonlySet<unknown> = new Set(Object.values(FieldType));
// The countries of ISO 3166 without telephone numbers of their own.
const COUNTRIES_WITHOUT_NUMBERS = ['AQ', 'BV', 'GS', 'HM', 'PN', 'TF', 'UM'];

const till = z.strictObject({ code: name, name });

// A value is trimmed before it is compared with the options.
const option = name.refine((value) => value === value.trim(), 'must not begin or end with a blank');

const fieldPattern = z
  .string()
  .min(1)
  .superRefine((pattern, context) => {
    // PostgreSQL stores the one not at all, and the other becomes something else. All the rest a pattern may be about.
    if (/[\0\p{Cs}]/u.test(pattern)) {
      context.addIssue('must hold no U+0000 and no lone surrogates: write them as escapes');
    }
    if (!compiles(pattern)) context.addIssue('must be a regular expression of JavaScript, flag u');
    else if (backtracksWithoutEnd(pattern)) {
      context.addIssue('must not repeat what repeats, as (a+)+ does: it may never end');
    }
  });

const fieldDefinition = z
  .strictObject({
    name,
    label: optional(name),
    type: z.enum(FieldType),
    options: optional(
      z
        .array(option)
        .min(1, 'must have one option at least')
        .superRefine(
          unique('', (value) => value.normalize('NFC')),
          ofLists,
        ),
    ),
    maxLength: optional(positiveInteger),
    pattern: optional(fieldPattern),
  })
  .superRefine(({ type, options, maxLength, pattern }, context) => {
    const fault = (key: string, message: string) => {
      context.addIssue({ code: 'custom', path: [key], message });
    };
    // One of another type, of which nothing can be said.
    if (!fieldTypes.has(type)) return;
    if (type === FieldType.ENUM && options === null) fault('options', 'is missing: an ENUM needs them');
    if (type !== FieldType.ENUM && options !== null) fault('options', 'is for ENUM only');
    if (type !== FieldType.STRING && maxLength !== null) fault('maxLength', 'is for STRING only');
    if (type !== FieldType.STRING && pattern !== null) fault('pattern', 'is for STRING only');
  }, ofObjects);

const fieldDefinitions = (kind: FieldKind) =>
  listOf(
    fieldDefinition,
    unique('name', (name) => fieldNameKey(kind, name)),
  );

const slab = z.strictObject({
  serialNumber: positiveInteger,
  name,
  description: optional(name),
});

const program = z.strictObject({
  id: digits,
  name,
  default: optional(z.boolean()).transform((isDefault) => isDefault ?? false),
  slabs: listOf(slab, unique('serialNumber')),
});

const rewardRule = z.strictObject({
  name,
  programId: digits,
  points,
  fields: z.array(name).min(1, 'must name one field at least').superRefine(unique(''), ofLists),
});

const accessGroup = z.strictObject({
  name,
  customer: z.enum(accessLevels),
  merge: optional(z.boolean()).transform((mayMerge) => mayMerge ?? true),
});

const client = z.strictObject({
  id: name.refine((id) => !id.includes(':'), 'must have no colon'),
  secret: z
    .string()
    .refine(
      (secret) => codePointLength(secret) >= MIN_SECRET_LENGTH,
      `must be ${MIN_SECRET_LENGTH} characters at least`,
    )
    .refine((secret) => !hasForbiddenCharacters(secret), 'must hold no control characters'),
  accessGroup: name,
  till: optional(name),
});

/** What a client's id and its secret may be, in a file and on the command line. */
export const { id: clientId, secret: clientSecret } = client.shape;

const issuer = z.strictObject({
  issuer: name,
  audience: name,
  jwks: text(4096).refine(
    (jwks) => keySetUrl(jwks) !== undefined,
    'must be a URL of https (of http on this machine only), or the path of a file',
  ),
  clientClaim: optional(name).transform((claim) => claim ?? 'client_id'),
  accessGroupClaim: optional(name).transform((claim) => claim ?? 'group'),
});

const config = z.preprocess(
  numberAsText,
  z.string().refine((value) => !hasForbiddenCharacters(value), 'must hold no control characters'),
);

const configs = optional(
  z.record(name, config).superRefine((given: Readonly<Record<string, unknown>>, context) => {
    const texts = Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    // Together with what else is wrong. In the organization's own time zone, a day may still be none.
    for (const { key, reason } of readRules(new Map(texts), 'UTC').faults) {
      context.addIssue({ code: 'custom', path: [key], message: reason });
    }
  }, ofObjects),
).transform((given) => new Map(Object.entries(given ?? {})));

const organization = z.strictObject({
  id: digits,
  name,
  defaultCountry: optional(z.string().refine(isCountry, 'must be a country of ISO 3166, as two capital letters')),
  timeZone: optional(z.string().refine(isTimeZone, 'must be a time zone of IANA, such as Europe/London')).transform(
    (timeZone) => timeZone ?? 'UTC',
  ),
  configs,
  tills: listOf(till, unique('code')),
  customFields: fieldDefinitions('CUSTOM'),
  extendedFields: fieldDefinitions('EXTENDED'),
  programs: listOf(program, unique('id'), oneDefault),
  rewardRules: listOf(rewardRule, unique('name')),
  accessGroups: listOf(accessGroup, unique('name')),
  clients: listOf(client, unique('id')),
  issuers: listOf(issuer, unique('issuer')),
});

const file = z.strictObject({ organization, customers: listOf(z.unknown()) });

/** An organization as its file describes it; references inside of it are not checked yet. */
export type OrganizationSettings = Readonly<z.infer<typeof organization>>;

export interface OrganizationFile {
  readonly organization: OrganizationSettings;
  /** Not read yet: what they may hold is the organization's to say. */
  readonly customers: readonly unknown[];
}

/** Reads the JSON of an organization file, and tells everything that is wrong with its organization. */
export function readOrganizationFile(json: unknown): OrganizationFile | readonly FileFault[] {
  const parsed = file.safeParse(json, { error: schemaReason });
  if (!parsed.success) return parsed.error.issues.flatMap(schemaFaults);
  const { configs, timeZone } = parsed.data.organization;
  const { faults } = readRules(configs, timeZone);
  if (faults.length === 0) return parsed.data;
  return faults.map(({ key, reason }) => ({ path: `organization.configs.${key}`, reason }));
}

function isCountry(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && (isSupportedCountry(code) || COUNTRIES_WITHOUT_NUMBERS.includes(code));
}
