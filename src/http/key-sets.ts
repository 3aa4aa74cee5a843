import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type CryptoKey,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { keySetUrl, type Issuer } from '../organization/issuer.js';
import { textOfResponse } from './text-of-response.js';

/** How long keys are believed that are fetched: one that is withdrawn is right for no longer. */
const FETCHED_FOR_MS = 10 * 60 * 1000;
/** A token with an unknown key has the keys fetched again, but not more often than this. */
const FETCH_PAUSE_MS = 10_000;
const TIMEOUT_MS = 3000;
/** After a fetch that failed, and between two looks at a file. */
const PAUSE_MS = 5000;
/** Of an answer: some hundreds of keys. */
const MOST_BYTES = 1024 * 1024;
/** In bits, of RSA (RFC 7518, 3.3). */
const LEAST_MODULUS_LENGTH = 2048;

/**
 * The keys of each issuer, as what jose asks for the one that a token's header means. It throws jose's error where there
 * is no such key, and SERVICE_UNAVAILABLE where the keys can't be had: then nobody knows whether the token is right.
 */
export function createKeySets(): (issuer: Issuer) => JWTVerifyGetKey {
  const known = new Map<string, JWTVerifyGetKey>();
  return ({ issuer, jwks }) => {
    const getKey = known.get(jwks) ?? keysAt(jwks);
    known.set(jwks, getKey);
    return async (header, token) => {
      try {
        const key = await getKey(header, token);
        refuseWeak(key);
        return key;
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
        throw keysUnavailable(issuer, error);
      }
    };
  };
}

function keysAt(jwks: string): JWTVerifyGetKey {
  const url = keySetUrl(jwks);
  if (url === undefined) throw new Error('The import has refused such a URL');
  if (url === null) return fileKeys(jwks);
  return fetchedKeys(url);
}

/** The keys at a URL. jose tells by the clock how old they are: where that was set back, they are fetched anew. */
function fetchedKeys(url: URL): JWTVerifyGetKey {
  const options = {
    cacheMaxAge: FETCHED_FOR_MS,
    cooldownDuration: FETCH_PAUSE_MS,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: fetchAgainLater(),
  };
  let getKey = createRemoteJWKSet(url, options);
  let latest = Date.now();
  return (header, token) => {
    const now = Date.now();
    if (now < latest - FETCH_PAUSE_MS) {
      getKey = createRemoteJWKSet(url, options);
      latest = now;
    }
    latest = Math.max(latest, now);
    return getKey(header, token);
  };
}

/** Fetches, but not right after that failed: whoever waits would wait for each timeout, and the server be asked by each. */
function fetchAgainLater(): FetchImplementation {
  let failedAt = -Infinity;
  return async (url, options) => {
    if (Math.abs(Date.now() - failedAt) < PAUSE_MS) throw new Error('failed a moment ago');
    try {
      return await fetchKeySet(url, options);
    } catch (error) {
      failedAt = Date.now();
      throw error;
    }
  };
}

/** Reads the answer to its end. Throws where it holds no key set, so that this has failed like any other fetch. */
const fetchKeySet: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  if (response.status !== 200) throw new errors.JWKSInvalid(`The answer is ${response.status}`);
  const text = await textOfResponse(response, MOST_BYTES);
  if (text === null) throw new errors.JWKSInvalid('The answer is too large');
  const keySet = JSON.parse(text) as JSONWebKeySet;
  createLocalJWKSet(keySet);
  return Response.json(keySet);
};

/** The keys in a file. While it stands still, as one of the network may, it is not read again: each read keeps one of Node's few threads. */
function fileKeys(path: string): JWTVerifyGetKey {
  let last: { readonly at: number; readonly keys: Promise<JWTVerifyGetKey> } | null = null;
  let isReading = false;

  function read(): Promise<JWTVerifyGetKey> {
    isReading = true;
    const reading = readKeys(path).finally(() => {
      isReading = false;
    });
    return Promise.race([reading, tooLate()]);
  }
  return async (header, token) => {
    const isOld = last === null || Math.abs(Date.now() - last.at) >= PAUSE_MS;
    if (last === null || (isOld && !isReading)) last = { at: Date.now(), keys: read() };
    const getKey = await last.keys;
    return getKey(header, token);
  };
}

async function tooLate(): Promise<never> {
  await sleep(TIMEOUT_MS, undefined, { ref: false });
  throw new errors.JWKSTimeout();
}

async function readKeys(path: string): Promise<JWTVerifyGetKey> {
  return createLocalJWKSet(JSON.parse(await readFile(path, 'utf8')) as JSONWebKeySet);
}

/** No signature is checked with an RSA key that is too short; jose says so with an error that is none of its own. */
function refuseWeak(key: object): void {
  const { algorithm } = key as Partial<CryptoKey>;
  const { modulusLength = LEAST_MODULUS_LENGTH } = (algorithm ?? {}) as { modulusLength?: number };
  if (modulusLength < LEAST_MODULUS_LENGTH) throw new errors.JWKSInvalid('A key is too short');
}

/** Without the error's message: that of JSON.parse quotes the file. */
function keysUnavailable(issuer: string, error: unknown): GraphQLError {
  const { code, name, cause } = error as NodeJS.ErrnoException;
  // That of a timeout's cause is a number.
  const reason = [(cause as { code?: unknown } | undefined)?.code, code].find((one) => typeof one === 'string') ?? name;
  return new GraphQLError(`The keys of the issuer ${issuer} can't be had (${reason})`, {
    extensions: { code: 'SERVICE_UNAVAILABLE' },
  });
}
