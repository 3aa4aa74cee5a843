const MAX_LENGTH = 500;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/gu;

/** The text as one line for a terminal: what a file calls its keys must not move the cursor. */
export function printable(text: string): string {
  return escaped(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text);
}

/** The value as JSON of several lines, in which nothing is left that a terminal would act on; the same value when parsed. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).split('\n').map(escaped).join('\n');

const escaped = (text: string): string =>
  text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
