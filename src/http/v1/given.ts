import { exactNumberText } from '../../values/exact-number.js';

/** Stands for a value that is no text. No text may hold it: the planner refuses it with the code of its own field. */
export const NO_TEXT = '\u0000';

/** Stands for an id that is no number: nobody has it. */
export const NO_ID = '-';

/** What the object has under the key. An empty string, null and what is not there are all undefined: "not given". */
export function given(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, key)) return undefined;
  const value = (object as Readonly<Record<string, unknown>>)[key];
  return value === '' || value === null ? undefined : value;
}

/** The text under the key. Numbers do for strings, as long as they are what the request says; anything else is NO_TEXT. */
export function givenText(object: unknown, key: string): string | undefined {
  const value = given(object, key);
  return value === undefined ? undefined : textOf(value);
}

export function textOf(value: unknown): string {
  if (typeof value === 'number') return exactNumberText(value) ?? NO_TEXT;
  return typeof value === 'string' ? value : NO_TEXT;
}

/** The list under the key. A value where a list belongs is a list of one. */
export function givenList(object: unknown, key: string): readonly unknown[] {
  const value = given(object, key);
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Whether the value can have keys: what clients send for an object that is empty may be an empty list. */
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (!Array.isArray(value) || value.length === 0);
}
