import { CompactSign, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';

/** A key pair of an issuer, or of somebody who would like to be one. */
export interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** A key pair, whose public half says what it is for unless `isPlain`. */
export async function makeKey(kid: string, alg: string, isPlain = false): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { kid, alg, privateKey, jwk: isPlain ? { ...jwk, kid } : { ...jwk, kid, alg, use: 'sig' } };
}

export const keySet = (...keys: readonly Key[]): string => JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });

/** Seconds since 1970, as claims have them, so many from now. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

/** A token as its issuer would sign it; a header's or a claim's undefined leaves it out. */
export function sign(key: Key, claims: unknown, header: object = {}): Promise<string> {
  const { kid, alg, privateKey } = key;
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader(JSON.parse(JSON.stringify({ alg, kid, ...header })) as { alg: string })
    .sign(privateKey, { crit: { 'x-crit': true } });
}

export const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
