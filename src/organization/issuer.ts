/** Who issues tokens for clients of one organization, and how they are read. */
export interface Issuer {
  /** The tokens' `iss`. */
  readonly issuer: string;
  readonly organizationId: string;
  /** What the tokens' `aud` is, or has among others. */
  readonly audience: string;
  /** Its public keys, a JSON Web Key Set: a URL, or a file's path. */
  readonly jwks: string;
  /** The claims that name the client and its access group. */
  readonly clientClaim: string;
  readonly accessGroupClaim: string;
}

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The URL of a key set, null for a file's path. Undefined where it is neither: a URL with a password, of another scheme, or
 * of plain http, over which anybody on the way could give other keys. To the machine itself there is no way.
 */
export function keySetUrl(jwks: string): URL | null | undefined {
  if (!/^[a-z][a-z\d+.-]+:/i.test(jwks)) return null;
  const url = URL.canParse(jwks) ? new URL(jwks) : null;
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname));
  return isSafe ? url : undefined;
}
