import fc from 'fast-check';
import { expect, test } from 'vitest';
import { doubledKeys } from '../../src/customer/import/doubled-keys.js';

const find = (text: string): string[] => doubledKeys(text, JSON.parse(text));

test('of any JSON, however it is laid out, no key stands twice, until one does', () => {
  const strings = fc.string({
    maxLength: 6,
    unit: fc.constantFrom('a', '"', '\\', ':', ',', '{', '}', '[', ']', ' ', 'é'),
  });
  const values = fc.jsonValue({ stringUnit: 'binary' }).filter((value) => value !== null);
  const object = fc.dictionary(strings, fc.oneof(strings, values, fc.array(fc.dictionary(strings, strings))));
  const blanks = fc.constantFrom('', '\t', '\n', ' \r\n');
  fc.assert(
    fc.property(object, strings, blanks, (value, key, blank) => {
      const text = JSON.stringify([value], null, blank);
      expect(find(text)).toEqual([]);
      const twice = `${JSON.stringify(key)}${blank}:${blank}1,${JSON.stringify(key)}:{}`;
      expect(find(`[${text},{${twice}}]`)).toHaveLength(1);
    }),
    { numRuns: 200 },
  );
});

test('is told of the first 20, at any depth', () => {
  const depth = 100_000;
  const text = `${'['.repeat(depth)}{${Array.from({ length: 50 }, () => '"a":1').join(',')}}${']'.repeat(depth)}`;
  const found = find(text);
  expect(found).toHaveLength(20);
  expect(found[0]).toMatch(/^\[0\]\[0\].*\]\.a$/);
});
