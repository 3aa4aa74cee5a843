import { randomBytes } from 'node:crypto';

const BYTES = 16;
const SALTS = 256;

// A buffer for each batch would cost more than all else about its events.
let bytes = Buffer.alloc(0);
let start = 0;

/** A salt of 128 random bits as base64url: another one each time. */
export function newSalt(): string {
  if (start === bytes.length) {
    bytes = randomBytes(BYTES * SALTS);
    start = 0;
  }
  return bytes.toString('base64url', start, (start += BYTES));
}
