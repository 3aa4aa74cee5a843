import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ClientRecord } from './caller.js';

const SCHEME = 'sha256';
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** The two hashes that a client's secret is checked against: see `ClientRecord`. */
type StoredSecrets = Pick<ClientRecord, 'secretHash' | 'previousSecretHash'>;

/** A secret that nobody had before: 32 random bytes, as 43 characters that need no quoting anywhere. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The secret as it is stored: `sha256$salt$hash`. A fast hash is right here, because it is checked on every request and
 * a secret is long and made for machines (at least 16 characters): a slow one protects short ones that people choose.
 */
export function hashSecret(secret: string): string {
  const salt = randomBytes(16).toString('base64url');
  return `${SCHEME}$${salt}$${digest(salt, secret).toString('base64url')}`;
}

// What is compared with where there is nothing to compare with. Nobody knows its secret.
const NOBODYS_HASH = hashSecret(makeSecret());

/**
 * Whether the secret is one of the client's, the current or the previous. It takes the same time whichever it is, and
 * where the client has one only or does not exist (null).
 */
export function hasSecret(client: StoredSecrets | null, secret: string): boolean {
  const isCurrent = isSecret(secret, client?.secretHash ?? NOBODYS_HASH);
  const isPrevious = isSecret(secret, client?.previousSecretHash ?? NOBODYS_HASH);
  return client !== null && (isCurrent || isPrevious);
}

/**
 * Whether the secret is the stored one, in a time that does not tell how much of it is right. Something stored that
 * `hashSecret` cannot have made is nobody's secret.
 */
export function isSecret(secret: string, stored: string): boolean {
  const [scheme, salt = '', wantedText = '', ...rest] = stored.split('$');
  if (scheme !== SCHEME || !BASE64URL.test(salt) || !BASE64URL.test(wantedText) || rest.length > 0) return false;
  const wanted = Buffer.from(wantedText, 'base64url');
  const found = digest(salt, secret);
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

function digest(salt: string, secret: string): Buffer {
  return hash('sha256', `${salt}$${secret}`, 'buffer');
}
