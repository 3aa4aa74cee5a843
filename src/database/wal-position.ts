/** A place in the log of all that a PostgreSQL has written; what is later is greater. */
export type WalPosition = bigint;

const TEXT = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i;

/** The position that a pg_lsn's text is, such as 0/16B3748; null where it is none. */
export function readWalPosition(text: string): WalPosition | null {
  const [, high, low] = TEXT.exec(text) ?? [];
  return high === undefined || low === undefined ? null : (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** As PostgreSQL writes it. */
export const writeWalPosition = (position: WalPosition): string =>
  [position >> 32n, position & 0xffff_ffffn].map((half) => half.toString(16).toUpperCase()).join('/');

export const laterOf = (one: WalPosition, other: WalPosition): WalPosition => (one > other ? one : other);
