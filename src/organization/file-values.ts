import { z } from 'zod';
import { readDecimal } from '../values/decimal.js';
import { exactNumberText } from '../values/exact-number.js';
import { codePointLength, hasForbiddenCharacters } from '../values/text.js';

// What the values of an organization file are made of.

const MAX_NAME_LENGTH = 255;
// What an integer column holds on every database.
const MAX_INTEGER = 2 ** 31 - 1;

/** Null means the same as leaving a key out. */
export const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);

/** Digits may stand without quotes, as long as they come through as they were written. */
export const numberAsText = (value: unknown): unknown =>
  typeof value === 'number' ? (exactNumberText(value) ?? value) : value;

/** Not blank, of so many characters at most, without control characters. */
export const text = (maxLength: number) =>
  z
    .string()
    .refine(
      (value) => value.trim() !== '' && codePointLength(value) <= maxLength,
      `must be 1 to ${maxLength} characters`,
    )
    .refine((value) => !hasForbiddenCharacters(value), 'must hold no control characters');
export const name = text(MAX_NAME_LENGTH);
export const digits = z.preprocess(numberAsText, z.string().regex(/^\d{1,20}$/, 'must be digits, 20 at most'));

// Not z.int: its faults would keep the checks of lists and objects around it from running.
export const positiveInteger = z.number().min(1).max(MAX_INTEGER).refine(Number.isInteger, 'must be a whole number');

/** As thousandths. */
export const points = z.preprocess(numberAsText, z.string()).transform((value, context) => {
  const decimal = readDecimal(value);
  if (decimal !== null && decimal > 0n) return decimal;
  context.addIssue('must be a decimal above zero, with at most three places');
  return z.NEVER;
});
