import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDecimal, isWithinDecimalBounds, readDecimal } from '../../src/values/decimal.js';

const GREATEST = 999_999_999_999_999n;

test.each([
  ['2280', 2_280_000n, '2280'],
  ['0.5', 500n, '0.5'],
  ['-40.11', -40_110n, '-40.11'],
  ['+1.001', 1_001n, '1.001'],
  ['-0.001', -1n, '-0.001'],
  ['0', 0n, '0'],
  ['-0', 0n, '0'],
  ['-0.000', 0n, '0'],
  ['100', 100_000n, '100'],
  ['1.50', 1_500n, '1.5'],
  ['1.010', 1_010n, '1.01'],
  ['007.100', 7_100n, '7.1'],
  ['0000000000000000000001', 1_000n, '1'],
  ['999999999999.999', GREATEST, '999999999999.999'],
  ['-999999999999.999', -GREATEST, '-999999999999.999'],
])('%s is %i thousandths, written %s', (text, value, canonical) => {
  expect(readDecimal(text)).toBe(value);
  expect(formatDecimal(value)).toBe(canonical);
});

test.each([
  ['beyond the bound', '1000000000000'],
  ['beyond the bound, negative', '-1000000000000'],
  ['a place too many', '0.0001'],
  ['a place too many, a zero', '1.0000'],
  ['an exponent', '1e3'],
  ['no digit before the point', '.5'],
  ['no digit after the point', '5.'],
  ['two signs', '--1'],
  ['a sign alone', '-'],
  ['a blank', ' 1'],
  ['a line break', '1\n'],
  ['groups', '1,000'],
  ['an underscore', '1_000'],
  ['a comma for the point', '0,5'],
  ['hexadecimal', '0x10'],
  ['digits that are not ASCII', '１'],
  ['no number', 'NaN'],
  ['no bound', 'Infinity'],
  ['nothing', ''],
])('refuses %s: %j', (_, text) => {
  expect(readDecimal(text)).toBeNull();
});

test('a formatted decimal reads back, and is canonical', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -GREATEST, max: GREATEST }), (value) => {
      const text = formatDecimal(value);
      expect(readDecimal(text)).toBe(value);
      expect(text).toMatch(/^(0|-?[1-9]\d*|-?(0|[1-9]\d*)\.\d{0,2}[1-9])$/);
    }),
  );
});

test('what is read is formatted to what reads the same', () => {
  const number = fc.tuple(
    fc.constantFrom('', '+', '-'),
    fc.stringMatching(/^[0-9]{1,14}$/),
    fc.stringMatching(/^[0-9]{0,4}$/),
  );
  fc.assert(
    fc.property(number, ([sign, whole, places]) => {
      const text = `${sign}${whole}${places === '' ? '' : `.${places}`}`;
      const value = readDecimal(text);
      expect(value !== null).toBe(BigInt(whole) <= 999_999_999_999n && places.length <= 3);
      if (value !== null) expect(readDecimal(formatDecimal(value))).toBe(value);
    }),
  );
});

describe('isWithinDecimalBounds', () => {
  test.each([
    [0n, true],
    [GREATEST, true],
    [-GREATEST, true],
    [GREATEST + 1n, false],
    [-GREATEST - 1n, false],
  ])('of %i thousandths is %j', (value, expected) => {
    expect(isWithinDecimalBounds(value)).toBe(expected);
  });
});
