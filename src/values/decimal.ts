/** A figure, exact, in thousandths: 2280 is 2280000n. */
export type Thousandths = bigint;

// Twelve digits before the point are the bound itself. Leading zeros say nothing, so they don't count.
const DECIMAL = /^([+-]?)0*(\d{1,12})(?:\.(\d{1,3}))?$/;

const BOUND: Thousandths = 999_999_999_999_999n;

/** The figure that the text names, null where it is no "Decimal": plain digits, at most three places, within bounds. */
export function readDecimal(text: string): Thousandths | null {
  const [, sign, whole, places = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return null;
  const magnitude = BigInt(whole + places.padEnd(3, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

/** The canonical text: no exponent, no plus, no -0, no zeros that say nothing: 2280, 0.5, -40.11. */
export function formatDecimal(value: Thousandths): string {
  const magnitude = value < 0n ? -value : value;
  const whole = String(magnitude / 1000n);
  const places = String(magnitude % 1000n)
    .padStart(3, '0')
    .replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${whole}${places === '' ? '' : `.${places}`}`;
}

/** JSON with figures as texts: a bigint has none of its own. */
export const stringifyFigures = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));

/** Whether a sum still is a Decimal: between ±999,999,999,999.999. */
export function isWithinDecimalBounds(value: Thousandths): boolean {
  return value >= -BOUND && value <= BOUND;
}
