import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalFieldValue, FieldType, type FieldRule } from '../../src/organization/field-value.js';

const options = ['Male', 'Female', 'Other'];

function rule(type: FieldType, settings: Partial<FieldRule> = {}): FieldRule {
  return { type, options: type === FieldType.ENUM ? options : null, maxLength: null, pattern: null, ...settings };
}

describe.each(Object.values(FieldType))('%s', (type) => {
  const value = {
    STRING: 'a',
    INTEGER: '1',
    DOUBLE: '1',
    BOOLEAN: '1',
    DATE: '1998-12-01',
    DATETIME: '1998-12-01 00:00:00',
    ENUM: 'Male',
  }[type];

  test('is trimmed', () => {
    expect(canonicalFieldValue(` ${value} `, rule(type), 'UTC')).toBe(canonicalFieldValue(value, rule(type), 'UTC'));
    expect(canonicalFieldValue(value, rule(type), 'UTC')).not.toBeNull();
  });

  test.each([
    ['nothing', ''],
    ['blanks', '  '],
    ['a line break after it', `${value}\n`],
    ['U+0000', `${value}\u0000`],
    ['a lone surrogate', `${value}\uD83D`],
    ['a bidi override in front', `\u202E${value}`],
  ])('refuses %s', (_, text) => {
    expect(canonicalFieldValue(text, rule(type), 'UTC')).toBeNull();
  });
});

test.each<[FieldType, string, string | null]>([
  ['INTEGER', '46', '46'],
  ['INTEGER', '+46', '46'],
  ['INTEGER', '-46', '-46'],
  ['INTEGER', '0046', '46'],
  ['INTEGER', '-007', '-7'],
  ['INTEGER', '0', '0'],
  ['INTEGER', '000', '0'],
  ['INTEGER', '-0', '0'],
  ['INTEGER', '100', '100'],
  ['INTEGER', '999999999999999', '999999999999999'],
  ['INTEGER', '-999999999999999', '-999999999999999'],
  ['INTEGER', '1000000000000000', null],
  ['INTEGER', '0000000000000001', null],
  ['INTEGER', '46.0', null],
  ['INTEGER', '1e3', null],
  ['INTEGER', '- 46', null],
  ['INTEGER', '1,000', null],
  ['INTEGER', '٤٦', null],
  ['INTEGER', 'forty', null],
  ['INTEGER', '-', null],

  ['DOUBLE', '0.5', '0.5'],
  ['DOUBLE', '46', '46'],
  ['DOUBLE', '46.0', '46'],
  ['DOUBLE', '46.500', '46.5'],
  ['DOUBLE', '+007.10', '7.1'],
  ['DOUBLE', '-0.50', '-0.5'],
  ['DOUBLE', '-0.0', '0'],
  ['DOUBLE', '100', '100'],
  ['DOUBLE', '0.05', '0.05'],
  ['DOUBLE', '0.00000000000001', '0.00000000000001'],
  ['DOUBLE', '12345678901234.5', '12345678901234.5'],
  ['DOUBLE', '123456789012345.6', null],
  ['DOUBLE', '1.000000000000000', null],
  ['DOUBLE', '1e3', null],
  ['DOUBLE', '.5', null],
  ['DOUBLE', '5.', null],
  ['DOUBLE', '0,5', null],
  ['DOUBLE', '1.2.3', null],
  ['DOUBLE', 'NaN', null],
  ['DOUBLE', 'Infinity', null],

  ['BOOLEAN', 'true', 'true'],
  ['BOOLEAN', 'TRUE', 'true'],
  ['BOOLEAN', 'False', 'false'],
  ['BOOLEAN', '1', 'true'],
  ['BOOLEAN', '0', 'false'],
  ['BOOLEAN', 'yes', null],
  ['BOOLEAN', '01', null],
  ['BOOLEAN', 'tru', null],

  ['DATE', '1998-12-01', '1998-12-01'],
  ['DATE', '1998/12/01', '1998-12-01'],
  ['DATE', '2024/02/29', '2024-02-29'],
  ['DATE', '2023-02-29', null],
  ['DATE', '2023/02/29', null],
  ['DATE', '1998/12-01', null],
  ['DATE', '1998-12-1', null],
  ['DATE', '01/12/1998', null],
  ['DATE', '1998-12-01T00:00:00Z', null],
  ['DATE', '1998-12-01 00:00:00', null],

  ['DATETIME', '1998-12-01T10:00:00Z', '1998-12-01T10:00:00Z'],
  ['DATETIME', '1998-12-01T10:00:00.120+01:00', '1998-12-01T09:00:00.120Z'],
  ['DATETIME', '2024-07-01 10:00:00', '2024-07-01T09:00:00Z'],
  ['DATETIME', '2024-03-31 01:30:00', '2024-03-31T01:30:00Z'],
  ['DATETIME', '2023-02-30 10:00:00', null],
  ['DATETIME', '1998-12-01', null],

  ['ENUM', 'Male', 'Male'],
  ['ENUM', 'male', 'Male'],
  ['ENUM', 'FEMALE', 'Female'],
  ['ENUM', 'Mal', null],
  ['ENUM', 'Males', null],
  ['ENUM', 'Male,Female', null],
])('%s %j in London is %j', (type, text, canonical) => {
  expect(canonicalFieldValue(text, rule(type), 'Europe/London')).toBe(canonical);
});

describe('ENUM', () => {
  test.each<[string, string[] | null, string, string | null]>([
    ['composed as defined', ['Rene\u0301'], 'RENÉ', 'Rene\u0301'],
    ['decomposed by the caller', ['René'], 'rene\u0301', 'René'],
    ['the case that is exactly so', ['xl', 'XL'], 'XL', 'XL'],
    ['the first of several that fit by case', ['xL', 'XL'], 'xl', 'xL'],
    ['upper case that grows', ['Straße'], 'STRASSE', 'Straße'],
    ['upper case of a final sigma', ['Λευκός'], 'ΛΕΥΚΌΣ', 'Λευκός'],
    ['blanks where an option is empty', [''], ' ', null],
    ['no options', [], 'Male', null],
    ['no list of options', null, 'Male', null],
  ])('%s', (_, defined, text, canonical) => {
    expect(canonicalFieldValue(text, rule('ENUM', { options: defined }), 'UTC')).toBe(canonical);
  });
});

describe('STRING', () => {
  test.each<[string, Partial<FieldRule>, string, string | null]>([
    ['keeps case and blanks inside', {}, ' Rita  James ', 'Rita  James'],
    ['is composed', {}, 'Rene\u0301', 'René'],
    ['of 255 characters where no length is set', {}, '😀'.repeat(255), '😀'.repeat(255)],
    ['of 256 characters where no length is set', {}, 'a'.repeat(256), null],
    ['as long as set', { maxLength: 3 }, ' abe\u0301 ', 'abé'],
    ['longer than set', { maxLength: 3 }, 'abcd', null],
    ['of 300 characters where that is set', { maxLength: 300 }, 'a'.repeat(300), 'a'.repeat(300)],
    ['matching the pattern somewhere', { pattern: '[0-9]{2}' }, 'ab12cd', 'ab12cd'],
    ['matching the pattern nowhere', { pattern: '[0-9]{2}' }, 'ab1cd', null],
    ['matching an anchored pattern as trimmed', { pattern: '^[A-Z]+$' }, ' AB ', 'AB'],
    ['not matching an anchored pattern', { pattern: '^[A-Z]+$' }, 'ABc', null],
    ['matching a pattern as composed', { pattern: '^.$' }, 'e\u0301', 'é'],
    ['a pattern that counts code points', { pattern: '^.$' }, '😀', '😀'],
    ['a pattern with properties', { pattern: '^\\p{Lu}' }, 'Élan', 'Élan'],
  ])('%s', (_, settings, text, canonical) => {
    expect(canonicalFieldValue(text, rule('STRING', settings), 'UTC')).toBe(canonical);
    // Once more, by the expression that was kept.
    expect(canonicalFieldValue(text, rule('STRING', settings), 'UTC')).toBe(canonical);
  });

  test('takes more patterns than are kept', () => {
    for (let i = 0; i < 1500; i++) {
      expect(canonicalFieldValue(`a${i}`, rule('STRING', { pattern: `^a${i}$` }), 'UTC')).toBe(`a${i}`);
    }
    expect(canonicalFieldValue('a1', rule('STRING', { pattern: '^a0$' }), 'UTC')).toBeNull();
  });

  test('alone has a length and a pattern', () => {
    expect(canonicalFieldValue('46', rule('INTEGER', { maxLength: 1, pattern: '^x$' }), 'UTC')).toBe('46');
  });
});

test('the canonical form of a canonical value is itself, in any time zone', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.stringMatching(/^ ?[+-]?[0-9]{1,8}(\.[0-9]{0,7})? ?$/),
    fc.stringMatching(/^(19|20)[0-9]{2}[-/][01][0-9][-/][0-3][0-9]([ T][0-2][0-9]:[0-5][0-9]:00(\.[0-9]{1,4})?Z?)?$/),
    fc.constantFrom('TRUE', 'False', '0', '1', 'MALE', ' other '),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(...Object.values(FieldType)), (given, type) => {
      const canonical = canonicalFieldValue(given, rule(type), 'America/New_York');
      if (canonical !== null) expect(canonicalFieldValue(canonical, rule(type), 'Asia/Kolkata')).toBe(canonical);
    }),
    { numRuns: 5000 },
  );
});
