import { generateKeyPairSync, sign } from 'node:crypto';
import fc, { type Arbitrary } from 'fast-check';
import type { IssuerSetting } from '../support/settings.js';
import { oddJson, oddText, raw, withRaw } from './odd-values.js';

// Tokens of the issuer that each organization trusts: mostly right, with whatever JSON can say where something else belongs.

/** A token before it is written and signed; `now(60)` in it is in a minute, `issuer()` the organization's issuer. */
export interface AskedToken {
  readonly header: unknown;
  readonly claims: unknown;
  /** Null for the right one. */
  readonly signature: string | null;
}

const KEY_ID = 'key';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

/** The key set of every organization's issuer, as it stands in a file. */
export const keySet = JSON.stringify({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'EdDSA', use: 'sig' }],
});

const issuerOf = (organizationId: string): string => `https://login-${organizationId}.example.com`;

/** What an organization file says of its issuer, whose keys are in that file. */
export const issuersOf = (organizationId: string, jwks: string): IssuerSetting[] => [
  {
    ...{ issuer: issuerOf(organizationId), audience: 'customers', jwks },
    ...{ clientClaim: 'client_id', accessGroupClaim: 'group' },
  },
];

const inSeconds = (seconds: number): string => raw(`now(${seconds})`);

const rightHeader = { alg: 'EdDSA', kid: KEY_ID };
const rightClaims = {
  ...{ iss: 'issuer()', aud: 'customers', exp: inSeconds(60), client_id: 'gateway', group: 'till' },
};

/** At most one of the names has another value than the right one. */
const withOther = (right: object, others: Readonly<Record<string, Arbitrary<unknown>>>): Arbitrary<object> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(right) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...Object.entries(others))
        .chain(([name, other]) => other.map((value) => ({ ...right, [name]: value }))),
    },
  );

const header = withOther(rightHeader, {
  alg: fc.oneof(fc.constantFrom('none', 'HS256', 'RS256', 'eddsa', 'Ed25519'), oddJson),
  kid: fc.oneof(oddText, oddJson),
  ...{ typ: oddJson, cty: oddJson, jwk: oddJson, jku: oddJson, x5c: oddJson, b64: oddJson },
  crit: fc.oneof(fc.constantFrom(['b64'], ['exp'], []), oddJson),
});

const time = fc.oneof(fc.constantFrom(-60, -29, 0, 29, 60).map(inSeconds), oddJson);
const claims = fc
  .tuple(
    withOther(rightClaims, {
      iss: fc.oneof(oddText, oddJson),
      aud: fc.oneof(fc.constantFrom(['others', 'customers'], []), oddJson),
      ...{ exp: time, nbf: time, iat: time, sub: oddJson, jti: oddJson },
      group: fc.oneof(fc.constantFrom('report', 'nobody', ['a', 'till'], ['till', 'report']), oddJson),
    }),
    withOther({}, { client_id: fc.oneof({ weight: 9, arbitrary: oddText }, { weight: 1, arbitrary: oddJson }) }),
  )
  .map(([right, client]) => ({ ...right, ...client }));

export const askedToken: Arbitrary<AskedToken> = fc.record({
  header: fc.oneof({ weight: 20, arbitrary: header }, { weight: 1, arbitrary: oddJson }),
  claims: fc.oneof({ weight: 20, arbitrary: claims }, { weight: 1, arbitrary: oddJson }),
  signature: fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: oddText.map((text) => Buffer.from(text).toString('base64url')) },
  ),
});

/** Tokens that have the text in one place. */
export const tokensWith = (text: string): AskedToken[] =>
  [
    ...['alg', 'kid', 'typ', 'crit'].map((name) => ({ header: { ...rightHeader, [name]: text }, claims: rightClaims })),
    ...['iss', 'aud', 'exp', 'client_id', 'group', text].map((name) => ({
      header: rightHeader,
      claims: { ...rightClaims, [name]: text },
    })),
  ].map((token) => ({ ...token, signature: null }));

/** The token as it is sent. */
export function writeToken({ header: head, claims: said, signature }: AskedToken, organizationId: string): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown): string => {
    const text = withRaw(JSON.stringify(value)).replace('issuer()', issuerOf(organizationId));
    return Buffer.from(
      text.replace(/\bnow\((-?\d+)\)/g, (_, seconds: string) => String(now + Number(seconds))),
    ).toString('base64url');
  };
  const signed = `${part(head)}.${part(said)}`;
  return `${signed}.${signature ?? sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
}
