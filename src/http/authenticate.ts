import type { Caller, ClientRecord } from '../organization/caller.js';
import { hasSecret } from '../organization/secret.js';
import { readBasic, type BasicCredentials } from './basic-credentials.js';
import { createThrottle } from './throttle.js';
import { createTokenCheck, readBearer, type TokenParts } from './token-check.js';

/** The client of that id in the installation, null where there is none. */
export type FindClient = (id: string) => Promise<ClientRecord | null>;

export interface AuthenticateParts extends TokenParts {
  readonly findClient: FindClient;
  /** Wrong ones in a minute after which no more are looked at; 0: no such limit. */
  readonly maxWrongCredentials: number;
}

export interface Credentials {
  /** The request's header. */
  readonly authorization: string | undefined;
  /** Who sends it, as an IP address. */
  readonly address: string;
}

/**
 * Who sends a request ("Who may call"): null where credentials are missing, malformed, or not right. Throws RATE_LIMITED
 * after too many wrong ones, SERVICE_UNAVAILABLE where the keys of a token's issuer can't be had, and what the parts throw.
 */
export type Authenticate = (credentials: Credentials) => Promise<Caller | null>;

/** What became of credentials. Unusable ones say what is true, or what nobody can tell yet, and give nothing: they are nobody's guess. */
export type Outcome = Caller | 'WRONG' | 'UNUSABLE';

/** Checks credentials, and counts the wrong ones of each sender for as long as it is kept. */
export function createAuthenticate(parts: AuthenticateParts): Authenticate {
  const checkToken = createTokenCheck(parts);
  const throttled = createThrottle(parts.maxWrongCredentials);
  return async ({ authorization = '', address }) => {
    if (authorization === '') return null;
    const token = readBearer(authorization);
    const basic = token === null ? readBasic(authorization) : null;
    const outcome = await throttled({ address, client: basic?.id ?? null }, () => {
      if (token !== null) return checkToken(token);
      return basic === null ? Promise.resolve('WRONG') : checkSecret(basic, parts.findClient);
    });
    return typeof outcome === 'string' ? null : outcome;
  };
}

async function checkSecret({ id, secret }: BasicCredentials, findClient: FindClient): Promise<Outcome> {
  const client = await findClient(id);
  const isRight = hasSecret(client, secret);
  if (client === null || !isRight) return 'WRONG';
  const { organizationId, till, access, mayMerge } = client;
  return { id, organizationId, till, access, mayMerge };
}
