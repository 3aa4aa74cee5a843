import fc from 'fast-check';
import examples from 'libphonenumber-js/examples.mobile.json';
import { getCountries, getCountryCallingCode, getExampleNumber } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { canonicalEmail, canonicalExternalId, readMobile } from '../../src/customer/identifier.js';

// 07700 900xxx is kept for fiction: possible, never valid. 07911 123456 is valid.
describe('readMobile', () => {
  test.each<[string, string, string | null, string | null]>([
    ['plain', '+447700900111', 'GB', '447700900111'],
    ['elsewhere', '+447700900111', 'IN', '447700900111'],
    ['without a country', '+447700900111', null, '447700900111'],
    ['with blanks', '+44 7700 900111', 'US', '447700900111'],
    ['with blanks around', '  +44 7700 900111\u00A0', 'US', '447700900111'],
    ['with a blank after the plus', '+ 44 7700 900111', null, '447700900111'],
    ['with brackets and dashes', '+44 (7700) 900-111', null, '447700900111'],
    ['with the trunk zero in brackets', '+44 (0) 7700 900111', 'GB', '447700900111'],
    ['with dots and slashes', '+44.7700/900111', 'GB', '447700900111'],
    ['with a full-width plus', '＋447700900111', 'IN', '447700900111'],
    ['in full-width digits', '＋４４７７００９００１１１', null, '447700900111'],
    ['in Arabic-Indic digits', '+٤٤٧٧٠٠٩٠٠١١١', null, '447700900111'],
    ['without a country of its own', '+80012345678', 'GB', '80012345678'],
    ['too short', '+4491', 'GB', null],
    ['too long', '+4477009001112', 'GB', null],
    ['of no country', '+999123456789', 'GB', null],
    ['of a national number', '+07700900111', 'GB', null],
    ['before a foreign prefix', '+00447700900111', 'GB', null],
    ['twice', '++447700900111', 'GB', null],
    ['inside', '44+7700900111', 'GB', null],
    ['alone', '+', 'GB', null],
    ['with an extension', '+44 7911 123456 ext. 12', 'GB', null],
    ['with an extension after a sign', '+447911123456#12', 'GB', null],
    ['with an extension after a comma', '+447911123456,12', 'GB', null],
    ['with a parameter', '+447911123456;isub=12', 'GB', null],
    ['with a word', '+447911123456 Rita', 'GB', null],
    ['with words for digits', '+1 800 FLOWERS', 'US', null],
  ])('a plus %s: %j in %s is %j, whatever is stored', (_, text, country, reading) => {
    expect(readMobile(text, country)).toEqual(reading === null ? null : { stored: null, reading });
  });

  test.each<[string, string, string | null, string | null]>([
    ['national, possible', '07700900111', 'GB', '447700900111'],
    ['national, with blanks', '07700 900111', 'GB', '447700900111'],
    ['national, with brackets', '(07700) 900-111', 'GB', '447700900111'],
    ['national, in full-width digits', '０７７００９００１１１', 'GB', '447700900111'],
    ['national, in Arabic-Indic digits', '٠٧٧٠٠٩٠٠١١١', 'GB', '447700900111'],
    ['by the prefix for abroad', '0044 7700 900111', 'IN', '447700900111'],
    ['by the prefix for abroad, at home', '00447700900111', 'GB', '447700900111'],
    ['by the prefix for abroad of another country', '00447911123456', 'US', null],
    ['by the prefix for abroad, without a country', '00447911123456', null, null],
    ['with country code, brackets and blanks', '(44) 7911-123456', 'US', '447911123456'],
    ['with country code and trunk zero', '44 (0) 7911 123456', 'US', '447911123456'],
    ['national, without a country', '07911 123456', null, null],
    ['national, in a country without numbers', '07911 123456', 'AQ', null],
    ['of letters', 'abc', 'GB', null],
    ['with an extension', '07911 123456 x12', 'GB', null],
    ['with country code and extension', '(44) 7911 123456 #12', 'US', null],
    ['a link', 'tel:07911123456;phone-context=+44', 'GB', null],
    ['a link without parameters', 'tel:+447911123456', 'GB', null],
    ['with a star', '*447911123456', 'GB', null],
    ['two numbers', '07911 123456 / 07911 123457', 'GB', null],
    ['with a line break', '07911 123456\n', 'GB', null],
    ['with a bidi override', '\u202E07911 123456', 'GB', null],
    ['nothing', '', 'GB', null],
    ['blanks', '   ', 'GB', null],
    ['far too long', '0'.repeat(10_000), 'GB', null],
  ])('no plus, %s', (_, text, country, reading) => {
    expect(readMobile(text, country)).toEqual(reading === null ? null : { stored: null, reading });
  });

  test.each<[string, string, string | null, string, string | null]>([
    ['the national reading, valid', '9876543210', 'IN', '9876543210', '919876543210'],
    ['the national reading with its own country code', '447911123456', 'GB', '447911123456', '447911123456'],
    ['the same, possible only', '447700900111', 'GB', '447700900111', '447700900111'],
    ['the plus where the national reading is not valid', '14155552671', 'GB', '14155552671', '14155552671'],
    [
      'the plus before the national reading that is only possible',
      '447911123456',
      'IN',
      '447911123456',
      '447911123456',
    ],
    ['the plus where the national reading is not possible', '447911123456', 'US', '447911123456', '447911123456'],
    ['the plus without a country', '447911123456', null, '447911123456', '447911123456'],
    ['a valid national reading before a valid plus', '6512345678', 'IN', '6512345678', '916512345678'],
    ['a valid national reading before its own country code', '4915123456789', 'DE', '4915123456789', '494915123456789'],
    ['the national reading, possible, last', '447700900111', 'IN', '447700900111', '91447700900111'],
    ['none, so that only a stored one counts', '447700900111', 'US', '447700900111', null],
    ['none without a country', '447700900111', null, '447700900111', null],
    ['none, too short', '12', 'GB', '12', null],
    ['a till’s placeholder', '9999999999', 'GB', '9999999999', '449999999999'],
    ['stored digits in another script', '٤٤٧٧٠٠٩٠٠١١١', 'US', '447700900111', null],
  ])('digits: by %s: %s in %s', (_, text, country, stored, reading) => {
    expect(readMobile(text, country)).toEqual({ stored, reading });
  });

  test('a text of 100 characters may be a mobile, of 101 it can be none', () => {
    expect(readMobile(` +44${'-'.repeat(87)}7911123456 `, null)?.reading).toBe('447911123456');
    expect(readMobile(`+44${'-'.repeat(88)}7911123456`, null)).toBeNull();
  });

  test('a number of 20 digits may be a stored one, of 21 it can be none', () => {
    expect(readMobile('1'.repeat(20), null)).toEqual({ stored: '1'.repeat(20), reading: null });
    expect(readMobile('1'.repeat(21), null)).toBeNull();
  });

  const country = fc.constantFrom(...getCountries());
  const digits = fc.stringMatching(/^[0-9]{4,14}$/);
  const written = fc.oneof(
    digits,
    digits.map((number) => `+${number}`),
    fc.tuple(country, digits).map(([where, number]) => `+${getCountryCallingCode(where)} ${number}`),
    fc.stringMatching(/^[(0-9)+ -]{5,16}$/),
  );

  test('what was read, sent back, is what is looked up first, in any country', () => {
    fc.assert(
      fc.property(written, country, country, (text, here, elsewhere) => {
        const reading = readMobile(text, here)?.reading;
        fc.pre(typeof reading === 'string');
        expect(reading).toMatch(/^[1-9][0-9]{0,19}$/);
        expect(readMobile(reading, here)?.stored).toBe(reading);
        expect(readMobile(reading, elsewhere)?.stored).toBe(reading);
        expect(readMobile(reading, null)?.stored).toBe(reading);
      }),
      { numRuns: 2000 },
    );
  });

  // A mobile of these, its country code without a plus in front, is a landline of theirs too: the national reading wins.
  const alsoLandlines = ['DE', 'ID', 'XK'];

  test.each(getCountries())('a mobile of %s is the same number in every way to write it', (where) => {
    const example = getExampleNumber(where, examples);
    if (example === undefined) return;
    const reading = example.number.slice(1);
    expect(readMobile(example.number, null)?.reading).toBe(reading);
    expect(readMobile(example.number, 'GB')?.reading).toBe(reading);
    expect(readMobile(example.formatInternational(), where)?.reading).toBe(reading);
    expect(readMobile(example.formatNational(), where)?.reading).toBe(reading);
    expect(readMobile(example.nationalNumber, where)?.reading).toBe(reading);
    expect(readMobile(reading, null)?.reading).toBe(reading);
    expect(readMobile(reading, where)?.reading === reading).toBe(!alsoLandlines.includes(where));
  });

  test('never throws', () => {
    const country = fc.option(fc.oneof(fc.constantFrom('GB', 'AQ', 'gb', 'ZZ', ''), fc.string()));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), written), country, (text, where) => {
        expect(() => readMobile(text, where)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

describe('canonicalEmail', () => {
  test.each([
    ['plain', 'rita.james@example.com', 'rita.james@example.com'],
    ['trimmed and in lower case', '  Rita.James@EXAMPLE.Com ', 'rita.james@example.com'],
    [
      'with every sign of a local part',
      '!#$%&\'*+/=?^_`{|}~.-"(),:;<>[\\]@example.com',
      '!#$%&\'*+/=?^_`{|}~.-"(),:;<>[\\]@example.com',
    ],
    ['with a longer domain', 'a@b-1.c2.example', 'a@b-1.c2.example'],
    ['with digits for a domain', 'a@1.2', 'a@1.2'],
    ['64 before the @', `${'a'.repeat(64)}@b.c`, `${'a'.repeat(64)}@b.c`],
    ['65 before the @', `${'a'.repeat(65)}@b.c`, null],
    ['254 in all', `a@${'b'.repeat(250)}.c`, `a@${'b'.repeat(250)}.c`],
    ['254 and blanks around', ` a@${'b'.repeat(250)}.c `, `a@${'b'.repeat(250)}.c`],
    ['255 in all', `a@${'b'.repeat(251)}.c`, null],
    ['nothing before the @', '@example.com', null],
    ['nothing after it', 'a@', null],
    ['no @', 'example.com', null],
    ['two', 'a@b@example.com', null],
    ['no dot after it', 'a.b@example', null],
    ['an empty label in front', 'a@.example.com', null],
    ['an empty label inside', 'a@example..com', null],
    ['an empty label at the end', 'a@example.com.', null],
    ['an underscore in the domain', 'a@ex_ample.com', null],
    ['an address for a domain', 'a@[127.0.0.1]', null],
    ['a blank before the @', 'a b@example.com', null],
    ['a blank after it', 'a@ example.com', null],
    ['beyond ASCII before the @', 'é@example.com', null],
    ['beyond ASCII after it', 'a@exämple.com', null],
    ['the Kelvin sign, a k in lower case', 'a@\u212Aelvin.com', null],
    ['the Kelvin sign before the @', '\u212A@kelvin.com', null],
    ['the Greek question mark, a semicolon in NFC', 'a\u037E@example.com', null],
    ['full-width signs', 'ａ＠example.com', null],
    ['U+200D', 'a\u200D@example.com', null],
    ['a line break', 'a@example.com\n', null],
    ['U+0000', 'a\u0000@example.com', null],
    ['a bidi override', '\u202Ea@example.com', null],
    ['nothing', '', null],
  ])('%s', (_, text, canonical) => {
    expect(canonicalEmail(text)).toBe(canonical);
  });

  test('of a canonical email is the email', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.emailAddress(), fc.stringMatching(/^[ -~]{1,8}@[ -~]{1,8}\.[a-zA-Z-]{1,3} ?$/)),
        (text) => {
          const canonical = canonicalEmail(text);
          fc.pre(canonical !== null);
          expect(canonicalEmail(canonical)).toBe(canonical);
        },
      ),
    );
  });
});

describe('canonicalExternalId', () => {
  test.each([
    ['case kept', ' XYPz006 ', 'XYPz006'],
    ['composed', 'e\u0301', '\u00E9'],
    ['signs and blanks inside', 'A/7 #é', 'A/7 #é'],
    ['250 characters', '😀'.repeat(250), '😀'.repeat(250)],
    ['251 characters', 'a'.repeat(251), null],
    ['nothing', '', null],
    ['blanks', '  ', null],
    ['a tab', 'a\tb', null],
    ['a lone surrogate', 'a\uD83D', null],
  ])('%s', (_, text, canonical) => {
    expect(canonicalExternalId(text)).toBe(canonical);
  });
});
