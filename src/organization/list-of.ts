import { z } from 'zod';

/** Items that are at fault are as the file has them. */
type ListCheck = (items: readonly unknown[], context: z.RefinementCtx) => void;

/** When a check runs: beside what else is wrong inside, so that all of it is told in one go. */
export const ofObjects = { when: ({ value }: { value: unknown }) => isObject(value) };
export const ofLists = { when: ({ value }: { value: unknown }) => Array.isArray(value) };

/** A list whose items are as `item` says and that passes the checks; empty where there is none, or null. */
export const listOf = <T extends z.ZodType>(item: T, ...checks: readonly ListCheck[]) =>
  checks
    .reduce((list, check) => list.superRefine(check, ofLists), z.array(item))
    .nullish()
    .transform((list) => list ?? []);

/**
 * A check of a list: no two items have the same text or number at `field`, or, where that is empty, are the same;
 * `comparedBy` is what texts are compared by.
 */
export const unique =
  (field: string, comparedBy = (text: string): string => text): ListCheck =>
  (items, context) => {
    const seen = new Set<unknown>();
    for (const [index, item] of items.entries()) {
      const found = field === '' ? item : isObject(item) ? item[field] : undefined;
      if (typeof found !== 'string' && typeof found !== 'number') continue;
      const key = typeof found === 'string' ? comparedBy(found) : found;
      if (seen.has(key)) {
        context.addIssue({ code: 'custom', path: field === '' ? [index] : [index, field], message: 'is there twice' });
      }
      seen.add(key);
    }
  };

/** A check of a list: at most one of its items is marked `default`. */
export const oneDefault: ListCheck = (items, context) => {
  const defaults = items.filter((item) => isObject(item) && item['default'] === true);
  if (defaults.length > 1) context.addIssue('must have one default at most');
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
