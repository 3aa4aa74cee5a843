import { expect, test } from 'vitest';
import { placeOfJsonFault } from '../../src/customer/import/json-fault.js';

test.each([
  ['{"a": 1,}', 'line 1, column 9'],
  ['[\n  1,\n]', 'line 3, column 1'],
  ['{"a": }', 'line 1, column 7'],
  ['{"a" 1}', 'line 1, column 6'],
  ['{\n"a": tru }', 'line 2, column 9'],
  ['{"a": 1} x', 'line 1, column 10'],
  ['{"a": 01}', 'line 1, column 8'],
  ['{"a": "\n"}', 'line 1, column 8'],
  ['{"a": "\\x"}', 'line 1, column 9'],
  ["{'a': 1}", 'line 1, column 2'],
  ['x', 'line 1, column 1'],
  ['', 'it ends too early'],
  ['{"a": [1, 2', 'it ends too early'],
  ['{"a": "b', 'it ends too early'],
  ['{"a"', 'it ends too early'],
  ['{"a": -', 'it ends too early'],
  ['{"a": 1.', 'it ends too early'],
])('%j is wrong at %s', (text, place) => {
  expect(placeOfJsonFault(text)).toBe(place);
});
