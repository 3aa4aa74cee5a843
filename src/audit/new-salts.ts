import { randomBytes } from 'node:crypto';

const BYTES = 16;

/** A source of that many salts, 128 random bits each, as base64url: their bytes are fetched at once, which is cheaper. */
export function newSalts(count: number): () => string {
  const bytes = randomBytes(BYTES * count);
  let start = 0;
  return () => {
    if (start === bytes.length) throw new Error('There are no more salts');
    return bytes.toString('base64url', start, (start += BYTES));
  };
}
