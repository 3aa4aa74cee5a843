import { expect, test } from 'vitest';
import { assertUnreachable } from '../../src/values/assert-unreachable.js';

test('throws, naming the value that no case took', () => {
  expect(() => assertUnreachable('SMOKE_SIGNAL' as never)).toThrow('SMOKE_SIGNAL');
});
