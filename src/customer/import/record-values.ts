import { exactNumberText } from '../../values/exact-number.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What is wrong in one record: where inside of it (`customFields.age`, empty for the whole), and why. */
export interface RecordFault {
  readonly path: string;
  readonly reason: string;
}

/** Notes a fault; what could not be read then counts as not given. */
export type Note = (path: string, reason: string) => null;

/** Whether the JSON value is an object; a list is none. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text as it stands, digits also from a number: null where the value is neither, or a number that was rounded. */
export function textOrNumber(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? exactNumberText(value) : null;
}

/** What the text at the key means; null where there is none, or, noted, one that `read` refuses. */
export function readText<T>(
  object: JsonObject,
  key: string,
  path: string,
  read: (text: string) => T | null,
  rule: string,
  note: Note,
): T | null {
  const value = object[key] ?? null;
  if (value === null) return null;
  if (typeof value !== 'string') return note(path, 'must be a string');
  return read(value) ?? note(path, `must be ${rule}`);
}

/** One of the choices; null where the key is not given, or, noted, holds another. */
export function readChoice<T extends string>(
  object: JsonObject,
  key: string,
  path: string,
  choices: Readonly<Record<string, T>>,
  note: Note,
): T | null {
  const value = object[key] ?? null;
  if (value === null) return null;
  const known = Object.values(choices);
  return known.find((choice) => choice === value) ?? note(path, `must be one of ${known.join(', ')}`);
}

/** The objects of a list with their paths; noted and left out where they are none. */
export function readObjects(object: JsonObject, key: string, note: Note): { item: JsonObject; path: string }[] {
  const list = object[key] ?? [];
  if (!Array.isArray(list)) {
    note(key, 'must be a list');
    return [];
  }
  return list.flatMap((item: unknown, index) => {
    const path = `${key}[${index}]`;
    if (isObject(item)) return [{ item, path }];
    note(path, 'must be an object');
    return [];
  });
}

/** Notes each key of the object that a record does not have there: it may be a known one, misspelt. */
export function noteUnknownKeys(object: JsonObject, known: ReadonlySet<string>, path: string, note: Note): void {
  for (const key of Object.keys(object)) {
    if (!known.has(key)) note(path === '' ? key : `${path}.${key}`, 'is no key that is known here');
  }
}
