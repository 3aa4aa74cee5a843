import { hash } from 'node:crypto';
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import type { AccessGroup } from '../organization/caller.js';
import type { Issuer } from '../organization/issuer.js';
import { codePointLength, hasForbiddenCharacters } from '../values/text.js';
import type { Outcome } from './authenticate.js';
import { createKeySets } from './key-sets.js';

/** What tokens are checked against. */
export interface TokenParts {
  /** The issuer that an organization of the installation trusts, null where none does. */
  readonly findIssuer: (issuer: string) => Promise<Issuer | null>;
  /** The organization's access groups by name. */
  readonly findAccessGroups: (organizationId: string) => Promise<ReadonlyMap<string, AccessGroup>>;
}

const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const MAX_TOKEN_LENGTH = 8192;

/** With a public key only: one that everybody knows must not be good as the secret of an HMAC, and `none` as nothing. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** What the clocks of two machines may differ by. */
const TOLERANCE_SECONDS = 30;
/** With the 3 seconds for which an issuer's settings may be out of date, below the 10 that are promised. */
const REMEMBERED_MS = 5000;
const MAX_REMEMBERED = 10_000;
const MAX_ID_LENGTH = 255;
const NO_ACCESS: AccessGroup = { access: 'NONE', mayMerge: false };

/** What a token says that was found right. */
interface Verified {
  readonly organizationId: string;
  readonly client: string;
  readonly groups: readonly string[];
  readonly checkedAt: number;
  readonly expiresAt: number;
}

/** The token of an `Authorization: Bearer …` header; null for any other header, and for one too long to be looked at. */
export function readBearer(authorization: string): string | null {
  const [, token] = BEARER.exec(authorization) ?? [];
  return token === undefined || token.length > MAX_TOKEN_LENGTH ? null : token;
}

/**
 * Checks tokens: JWTs, signed by an issuer that an organization trusts. Throws SERVICE_UNAVAILABLE where that can't be
 * told. A token that is right is remembered for some seconds, by its hash.
 */
export function createTokenCheck({ findIssuer, findAccessGroups }: TokenParts): (token: string) => Promise<Outcome> {
  const keysOf = createKeySets();
  const remembered = new Map<string, Verified>();

  function remember(fingerprint: string, verified: Verified): void {
    remembered.delete(fingerprint);
    remembered.set(fingerprint, verified);
    // Of the oldest ones, what is no longer looked at: each may have as many groups as a token has room for.
    for (const [oldest, known] of remembered) {
      if (isFresh(known) && remembered.size <= MAX_REMEMBERED) break;
      remembered.delete(oldest);
    }
  }

  async function verify(token: string): Promise<Verified | 'WRONG' | 'UNUSABLE'> {
    // Its issuer's settings are of then, however long the keys take.
    const checkedAt = Date.now();
    try {
      // Whose it claims to be tells only whose keys it is held against.
      const { iss } = decodeJwt(token);
      const issuer = typeof iss === 'string' ? await findIssuer(iss) : null;
      if (issuer === null) return 'WRONG';
      const { payload } = await jwtVerify(token, keysOf(issuer), {
        issuer: issuer.issuer,
        audience: issuer.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        clockTolerance: TOLERANCE_SECONDS,
      });
      return readClaims(payload, issuer, checkedAt) ?? 'UNUSABLE';
    } catch (error) {
      // Claims are looked at when the signature was found right.
      if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) return 'UNUSABLE';
      // Nor is one a guess that was held against no key: its issuer may have a new one not fetched yet, or several.
      if (error instanceof errors.JWKSNoMatchingKey) return 'UNUSABLE';
      if (error instanceof errors.JWKSMultipleMatchingKeys) return 'UNUSABLE';
      if (error instanceof errors.JOSEError) return 'WRONG';
      throw error;
    }
  }

  return async (token) => {
    const fingerprint = hash('sha256', token, 'base64');
    const known = remembered.get(fingerprint);
    const verified = known !== undefined && isFresh(known) ? known : await verify(token);
    if (typeof verified === 'string') return verified;
    if (verified !== known) remember(fingerprint, verified);
    const { organizationId, client, groups } = verified;
    const accessGroups = await findAccessGroups(organizationId);
    const found = groups.flatMap((name) => accessGroups.get(name) ?? []);
    const { access, mayMerge } = (found.length === 1 ? found[0] : undefined) ?? NO_ACCESS;
    return { id: client, organizationId, till: null, access, mayMerge };
  };
}

function isFresh({ checkedAt, expiresAt }: Verified): boolean {
  const now = Date.now();
  return Math.abs(now - checkedAt) < REMEMBERED_MS && now < expiresAt;
}

/** Null where the claims name no client. A group may be one name, or one of several in a list. */
function readClaims(payload: JWTPayload, issuer: Issuer, checkedAt: number): Verified | null {
  const claim = (name: string): unknown => (Object.hasOwn(payload, name) ? payload[name] : undefined);
  const client = claim(issuer.clientClaim);
  if (typeof client !== 'string' || !isClientId(client)) return null;
  const groups = [claim(issuer.accessGroupClaim)].flat().filter((group) => typeof group === 'string');
  return {
    organizationId: issuer.organizationId,
    client,
    groups: [...new Set(groups)],
    checkedAt,
    expiresAt: ((payload.exp ?? 0) + TOLERANCE_SECONDS) * 1000,
  };
}

const isClientId = (id: string): boolean =>
  id.trim() !== '' && codePointLength(id) <= MAX_ID_LENGTH && !id.includes(':') && !hasForbiddenCharacters(id);
