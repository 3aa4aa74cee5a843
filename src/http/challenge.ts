const BASIC = 'Basic realm="customers", charset="UTF-8"';
const BEARER = 'Bearer realm="customers"';

/**
 * What a `WWW-Authenticate` header says to a request that was sent with this `Authorization`: both ways to say who calls,
 * and where it was by a token, that the token is not right (RFC 6750, section 3).
 */
export function challenge(authorization: string | undefined): string {
  const hasToken = /^Bearer /i.test(authorization ?? '');
  return `${BASIC}, ${BEARER}${hasToken ? ', error="invalid_token"' : ''}`;
}
