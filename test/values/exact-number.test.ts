import { expect, test } from 'vitest';
import { exactNumberText } from '../../src/values/exact-number.js';

test.each([
  [46, '46'],
  [-0, '0'],
  [0.5, '0.5'],
  [-40.11, '-40.11'],
  [999999999999.999, '999999999999.999'],
  [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  [0.000001, '0.000001'],
])('%d is %s', (number, text) => {
  expect(exactNumberText(number)).toBe(text);
});

test.each([2 ** 53, 1e21, 1e-7, 0.1 + 0.2, 1234567890123.456, Infinity, NaN])(
  '%d may not be what a file says',
  (number) => {
    expect(exactNumberText(number)).toBeNull();
  },
);
