import { analyse } from 'scslre';

/** Whether a field's `pattern` is a regular expression (JavaScript, flag u; contract: "Field values"). */
export function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether there is a quantifier within a quantifier that both may take the same characters, as in `^(a+)+$`: on a value that does not match
 * the time doubles with each character, and the process does nothing else. `pattern` compiles. Not every slow pattern is found.
 */
export function backtracksWithoutEnd(pattern: string): boolean {
  const { reports } = analyse({ source: pattern, flags: 'u' });
  return reports.some(({ exponential }) => exponential);
}
