import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalName,
  canonicalText,
  caseless,
  codePointLength,
  hasForbiddenCharacters,
} from '../../src/values/text.js';

// Blanks, marks and letters that composing and trimming change, among all others.
const signs = fc.constantFrom(
  ' ',
  '\u00A0',
  '\uFEFF',
  '\u2000',
  'e',
  '\u0301',
  '\u0344',
  '\u212A',
  '\u1100',
  '\u1161',
  '\u11A8',
);
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ unit: signs, maxLength: 8 }));

describe('hasForbiddenCharacters', () => {
  test.each([
    ['U+0000', 'a\u0000b'],
    ['a tab', 'a\tb'],
    ['a line break at the end', 'a\n'],
    ['U+007F', 'a\u007F'],
    ['a C1 control', 'a\u0085'],
    ['a lone high surrogate', 'a\uD83D'],
    ['a lone low surrogate', '\uDE00a'],
    ['surrogates in the wrong order', '\uDE00\uD83D'],
    ['the first embedding', 'a\u202A'],
    ['the last override', 'a\u202E'],
    ['the first isolate', '\u2066a'],
    ['the last isolate', 'a\u2069'],
  ])('finds %s', (_, text) => {
    expect(hasForbiddenCharacters(text)).toBe(true);
  });

  test.each([
    ['an empty text', ''],
    ['letters and blanks', 'Rita  James'],
    ['a pair of surrogates', '😀'],
    ['the joiners', '\u200C\u200D'],
    ['the neighbours of the bidi ranges', '\u2029\u202F\u2065\u206A'],
    ['the marks that only hint a direction', '\u200E\u200F\u061C'],
  ])('allows %s', (_, text) => {
    expect(hasForbiddenCharacters(text)).toBe(false);
  });
});

test.each([
  ['', 0],
  ['abc', 3],
  ['😀😀', 2],
  ['e\u0301', 2],
])('codePointLength of %j is %i', (text, length) => {
  expect(codePointLength(text)).toBe(length);
});

describe('canonicalText', () => {
  test.each([
    ['as it is', 'abc', 'abc'],
    ['trimmed', ' \u00A0 a b \u3000', 'a b'],
    ['composed', 'Rene\u0301', 'Ren\u00E9'],
    ['as long as it may be', 'abcde', 'abcde'],
    ['as long as it may be after composing and trimming', '  abcde\u0301 ', 'abcd\u00E9'],
    ['as long as it may be in code points', '😀😀😀😀😀', '😀😀😀😀😀'],
    ['too long', 'abcdef', null],
    ['too long in code points', '😀😀😀😀😀😀', null],
    ['empty', '', null],
    ['blank', ' \u00A0 ', null],
    ['with a forbidden character that trimming would take', 'abc\n', null],
    ['with a forbidden character', 'a\u202Eb', null],
  ])('%s', (_, text, canonical) => {
    expect(canonicalText(text, 5)).toBe(canonical);
  });

  test('of a canonical text is the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const canonical = canonicalText(text, 30);
        fc.pre(canonical !== null);
        expect(canonicalText(canonical, 30)).toBe(canonical);
      }),
    );
  });
});

describe('marks', () => {
  const marks = (number: number) => '\u0301'.repeat(number / 2) + '\u0316'.repeat(number / 2);

  test('may be as many on one letter as a text has characters by default', () => {
    expect(canonicalText(`q${marks(254)}`, 255)).toBe(`q${marks(254)}`.normalize('NFC'));
    expect(canonicalText(`q${marks(300)}x${marks(300)}`, 1000)).not.toBeNull();
  });

  test('may not be more: putting them in order would take time that grows with their square', () => {
    expect(canonicalText(`q${marks(302)}`, 1000)).toBeNull();
    expect(canonicalText(`q${marks(100_000)}`, 1_000_000)).toBeNull();
    expect(caseless(`q${marks(302)}`)).toBe(`q${marks(302)}`);
  });
});

describe('canonicalName', () => {
  test.each([
    ['plain', 'Rita', 'Rita'],
    ['trimmed', '  Rita James ', 'Rita James'],
    ['composed', 'Rene\u0301e', 'Ren\u00E9e'],
    ['of another script', 'Наталья', 'Наталья'],
    ['with marks that do not compose', 'प्रिया', 'प्रिया'],
    ['beyond the basic plane', '𠮷野', '𠮷野'],
    ['with every sign allowed', "O'Neil-D’Arcy Jr. 3", "O'Neil-D’Arcy Jr. 3"],
    ['with digits of another script', 'رضا ٢', 'رضا ٢'],
    ['with a modifier letter', 'Kaʻiulani', 'Kaʻiulani'],
    ['with U+200C between letters', 'علی\u200Cرضا', 'علی\u200Cرضا'],
    ['with U+200D between a mark and a letter', 'ක්\u200Dර', 'ක්\u200Dර'],
    ['with U+200D at the end', 'Rita\u200D', null],
    ['with U+200C in front', '\u200CRita', null],
    ['with U+200C beside a blank', 'Rita \u200CJames', null],
    ['with two joiners in a row', 'Ri\u200C\u200Dta', null],
    ['with a joiner beside a digit', 'Rita2\u200CJ', null],
    ['with another blank inside', 'Rita\u00A0James', null],
    ['with a number that is no digit', 'Henry Ⅷ', null],
    ['with a fraction', 'Rita ½', null],
    ['with a comma', 'James, Rita', null],
    ['with markup', 'Rita<b>', null],
    ['with an underscore', 'Rita_James', null],
    ['with an emoji', 'Rita 😀', null],
    ['with a bidi override', 'Rita\u202E', null],
    ['with a hint of direction', 'Rita\u200F', null],
    ['empty', '', null],
    ['blank', '  ', null],
    ['of 100 characters', 'é'.repeat(100), 'é'.repeat(100)],
    ['of 100 characters beyond the basic plane', '𠮷'.repeat(100), '𠮷'.repeat(100)],
    ['of 101 characters', 'é'.repeat(101), null],
  ])('%s', (_, text, canonical) => {
    expect(canonicalName(text)).toBe(canonical);
  });

  test('of a canonical name is the name', () => {
    const signs = ['a', 'É', 'e\u0301', '\u0301', 'م', ' ', '-', "'", '’', '.', '7', '\u200C', '\u200D', '\u00A0'];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...signs), maxLength: 12 }), (text) => {
        const canonical = canonicalName(text);
        fc.pre(canonical !== null);
        expect(canonicalName(canonical)).toBe(canonical);
      }),
    );
  });
});
