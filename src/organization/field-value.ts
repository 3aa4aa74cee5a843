import { assertUnreachable } from '../values/assert-unreachable.js';
import { formatInstant, isCalendarDate, readInstant } from '../values/instant.js';
import { canonicalText, caseless, hasForbiddenCharacters, hasTooManyMarks } from '../values/text.js';

export const FieldType = {
  STRING: 'STRING',
  INTEGER: 'INTEGER',
  DOUBLE: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  DATE: 'DATE',
  DATETIME: 'DATETIME',
  ENUM: 'ENUM',
} as const;
export type FieldType = (typeof FieldType)[keyof typeof FieldType];

/** What a field's definition says of its values: `options` are an ENUM's, `maxLength` and `pattern` a STRING's. */
export interface FieldRule {
  readonly type: FieldType;
  readonly options: readonly string[] | null;
  /** In code points. */
  readonly maxLength: number | null;
  /** JavaScript, flag u. It compiles: the import checks that. */
  readonly pattern: string | null;
}

const DEFAULT_MAX_LENGTH = 255;
const MAX_DIGITS = 15;
const MAX_CACHED_PATTERNS = 1000;

const INTEGER = /^([+-]?)(\d+)$/;
const DOUBLE = /^([+-]?)(\d+)(?:\.(\d+))?$/;

const compiledPatterns = new Map<string, RegExp>();

/**
 * The value in the one form that is stored and compared ("Field values"), null where the field's definition refuses it.
 * A DATETIME without an offset is read in `timeZone` (IANA). The canonical form of a canonical value is itself.
 */
export function canonicalFieldValue(text: string, rule: FieldRule, timeZone: string): string | null {
  if (hasForbiddenCharacters(text) || hasTooManyMarks(text)) return null;
  const trimmed = text.trim();
  if (trimmed === '') return null;
  switch (rule.type) {
    case FieldType.STRING:
      return canonicalString(trimmed, rule);
    case FieldType.INTEGER:
      return canonicalNumber(INTEGER.exec(trimmed));
    case FieldType.DOUBLE:
      return canonicalNumber(DOUBLE.exec(trimmed));
    case FieldType.BOOLEAN:
      return canonicalBoolean(trimmed);
    case FieldType.DATE:
      return canonicalDate(trimmed);
    case FieldType.DATETIME:
      return canonicalDateTime(trimmed, timeZone);
    case FieldType.ENUM:
      return rule.options === null ? null : definedSpelling(trimmed, rule.options);
    default:
      return assertUnreachable(rule.type);
  }
}

function canonicalString(text: string, rule: FieldRule): string | null {
  const canonical = canonicalText(text, rule.maxLength ?? DEFAULT_MAX_LENGTH);
  if (canonical === null || rule.pattern === null) return canonical;
  return compiled(rule.pattern).test(canonical) ? canonical : null;
}

// Works on the digits themselves: a JavaScript number would round, and print exponents.
function canonicalNumber(match: RegExpExecArray | null): string | null {
  const [, sign, whole = '', fraction = ''] = match ?? [];
  const digits = whole.length + fraction.length;
  if (digits === 0 || digits > MAX_DIGITS) return null;
  const places = fraction.replace(/0+$/, '');
  const magnitude = whole.replace(/^0+(?=\d)/, '') + (places === '' ? '' : `.${places}`);
  return sign === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude;
}

function canonicalBoolean(text: string): string | null {
  switch (text.toLowerCase()) {
    case 'true':
    case '1':
      return 'true';
    case 'false':
    case '0':
      return 'false';
    default:
      return null;
  }
}

function canonicalDate(text: string): string | null {
  const date = text.replace(/^(\d{4})\/(\d{2})\/(\d{2})$/, '$1-$2-$3');
  return isCalendarDate(date) ? date : null;
}

function canonicalDateTime(text: string, timeZone: string): string | null {
  const instant = readInstant(text, timeZone);
  return instant === null ? null : formatInstant(instant);
}

interface Spellings {
  readonly exact: ReadonlyMap<string, string>;
  readonly inAnyCase: ReadonlyMap<string, string>;
}

const spellingsOf = new WeakMap<readonly string[], Spellings>();

// The exact spelling first: two options may differ in nothing but case.
function definedSpelling(text: string, options: readonly string[]): string | null {
  const { exact, inAnyCase } = spellings(options);
  return exact.get(text.normalize('NFC')) ?? inAnyCase.get(caseless(text)) ?? null;
}

/** There may be thousands of options: they are read once, not for each value. Of several that fit, the first counts. */
function spellings(options: readonly string[]): Spellings {
  let known = spellingsOf.get(options);
  if (known === undefined) {
    const lastFirst = options.toReversed();
    known = {
      exact: new Map(lastFirst.map((option) => [option.normalize('NFC'), option])),
      inAnyCase: new Map(lastFirst.map((option) => [caseless(option), option])),
    };
    spellingsOf.set(options, known);
  }
  return known;
}

function compiled(pattern: string): RegExp {
  const known = compiledPatterns.get(pattern);
  if (known !== undefined) return known;
  // Settings may change for as long as the process lives; starting over keeps the cache small without an order of use.
  if (compiledPatterns.size >= MAX_CACHED_PATTERNS) compiledPatterns.clear();
  const expression = new RegExp(pattern, 'u');
  compiledPatterns.set(pattern, expression);
  return expression;
}
