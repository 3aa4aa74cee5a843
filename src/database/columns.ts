const bigintFromDatabase = (value: number | null): bigint | null => (value === null ? null : BigInt(value));

/** A whole number up to 2^53 - 1: an id, an instant in milliseconds, a sequence. */
export const wholeNumber = (name: string) => ({ name, type: 'bigint' as const });

/** An exact figure, in thousandths, as an integer: no database ever sees a float. */
export const figure = (name: string) => ({
  name,
  type: 'bigint' as const,
  transformer: { to: (value: bigint) => value.toString(), from: bigintFromDatabase },
});

/** A list or record, kept as JSON text: the same on every database. */
export const json = (name: string) => ({ name, type: 'simple-json' as const });
