import { formatPath } from '../../organization/file-fault.js';
import { objectsWithin } from '../../values/objects-within.js';
import { MAX_FAULTS } from './import-refused.js';

/** What is wrong with one. */
export const DOUBLED = 'is there twice';

/**
 * The paths of the first keys that stand twice in one object of the JSON text that `value` was parsed from. Parsing
 * keeps only the last of each.
 */
export function doubledKeys(text: string, value: unknown): string[] {
  return countKeysIn(text) === countKeysOf(value) ? [] : findDoubled(text);
}

/** How many keys the text has: far cheaper than to tell which. */
function countKeysIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1;) {
    const end = endOfString(text, at);
    if (isKey(text, end)) count += 1;
    at = text.indexOf('"', end);
  }
  return count;
}

function countKeysOf(value: unknown): number {
  let count = 0;
  for (const one of objectsWithin(value)) {
    if (!Array.isArray(one)) count += Object.keys(one).length;
  }
  return count;
}

interface Place {
  /** Null for a list. */
  readonly keys: Set<string> | null;
  at: string | number;
}

function findDoubled(text: string): string[] {
  const doubled: string[] = [];
  const open: Place[] = [];
  const signs = /["{}[\],]/g;
  for (let sign = signs.exec(text); sign !== null && doubled.length < MAX_FAULTS; sign = signs.exec(text)) {
    const place = open.at(-1);
    if (sign[0] === '{') open.push({ keys: new Set(), at: '' });
    else if (sign[0] === '[') open.push({ keys: null, at: 0 });
    else if (sign[0] === '"') {
      signs.lastIndex = endOfString(text, sign.index);
      if (place === undefined || !isKey(text, signs.lastIndex)) continue;
      place.at = JSON.parse(text.slice(sign.index, signs.lastIndex)) as string;
      if (place.keys?.has(place.at)) doubled.push(formatPath(open.map(({ at }) => at)));
      place.keys?.add(place.at);
    } else if (sign[0] !== ',') open.pop();
    else if (typeof place?.at === 'number') place.at += 1;
  }
  return doubled;
}

/** Behind the string that begins there. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before -= 1;
  return (at - before) % 2 === 1;
}

const blanks = new Set<string | undefined>([' ', '\t', '\r', '\n']);

/** Whether a colon follows, behind the blanks that JSON knows. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (blanks.has(text[at])) at += 1;
  return text[at] === ':';
}
