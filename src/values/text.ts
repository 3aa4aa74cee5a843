// With the flag u a surrogate matches \p{Cs} only where it stands alone. U+202A-202E and U+2066-2069 are the bidi
// embeddings, overrides and isolates: they make a text read differently from what is stored.
const FORBIDDEN = /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/u;

// Joiners change how the letters beside them are written (Persian, Devanagari, Sinhala); elsewhere they are invisible.
const NAME = /^(?:[\p{L}\p{M}\p{Nd} \-'’.]|(?<=[\p{L}\p{M}])[\u200C\u200D](?=[\p{L}\p{M}]))+$/u;

const MAX_NAME_LENGTH = 100;

const MARKS = /\p{M}+/gu;
// Normalizing puts the marks of a letter in order by insertion: a megabyte of them on one would take minutes.
const MOST_MARKS = 300;

/** Whether the text holds what no string may hold ("Every string"): U+0000, controls, lone surrogates, bidi overrides. */
export function hasForbiddenCharacters(text: string): boolean {
  return FORBIDDEN.test(text);
}

/** The length in code points, the unit of every length of the behaviour page. */
export function codePointLength(text: string): number {
  return Array.from(text).length;
}

/** Whether so many marks stand on one letter that the text may not be normalized; more than a value has characters by default. */
export function hasTooManyMarks(text: string): boolean {
  return text.length > MOST_MARKS && (text.match(MARKS) ?? []).some((marks) => marks.length > MOST_MARKS);
}

/**
 * The text in NFC and trimmed, of 1 to `maxLength` code points; null where it can't be, holds a forbidden character
 * (before trimming: a line break at the end is one too), or has too many marks on one letter.
 */
export function canonicalText(text: string, maxLength: number): string | null {
  if (hasForbiddenCharacters(text) || hasTooManyMarks(text)) return null;
  const canonical = text.normalize('NFC').trim();
  return canonical !== '' && codePointLength(canonical) <= maxLength ? canonical : null;
}

/**
 * The same text for texts that differ in nothing but case, or in how a letter and its marks are put together. One with too
 * many marks on one letter is itself.
 */
export function caseless(text: string): string {
  if (hasTooManyMarks(text)) return text;
  // Lower case first: it makes ẞ an ß, as which it grows to SS like any other.
  return text.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC');
}

/** A firstname or lastname ("firstname, lastname"): canonical, or null where it is none. */
export function canonicalName(text: string): string | null {
  const canonical = canonicalText(text, MAX_NAME_LENGTH);
  return canonical !== null && NAME.test(canonical) ? canonical : null;
}
