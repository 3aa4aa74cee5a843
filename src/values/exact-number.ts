const MAX_SIGNIFICANT_DIGITS = 15;

/**
 * The text of a JSON number that stands where digits in a string belong, null where the number may not be what the file
 * says: beyond 15 significant digits a fraction is rounded as it is read, and an integer is beyond 2^53 − 1.
 */
export function exactNumberText(number: number): string | null {
  const text = String(number);
  if (Number.isInteger(number)) return Number.isSafeInteger(number) ? text : null;
  const digits = text.replace(/^-?0?\./, '').replace(/\D/g, '');
  return /^-?\d+\.\d+$/.test(text) && digits.length <= MAX_SIGNIFICANT_DIGITS ? text : null;
}
