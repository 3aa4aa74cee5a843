import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign as signBytes,
  type JsonWebKey,
} from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, exportPKCS8 } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAuthenticate } from '../../src/http/authenticate.js';
import type { AccessGroup } from '../../src/organization/caller.js';
import type { Issuer } from '../../src/organization/issuer.js';
import { heldMegabytes } from '../support/held-megabytes.js';
import { basic, startProbeServer, type Answer, type ProbeServer } from './probe-server.js';
import { encode, inSeconds, keySet, makeKey, sign, type Key } from './tokens.js';

const ISSUER = 'https://login.example.com';
const OTHER = 'https://other.example.com';

/** Serves key sets, or whatever a test has it answer, and counts how often it was asked. */
interface KeyServer {
  readonly url: string;
  answer: { status: number; body: string; headers?: Record<string, string> };
  asked: number;
  readonly http: Server;
}

async function startKeyServer(): Promise<KeyServer> {
  const http = createServer((_request, response) => {
    keyServer.asked += 1;
    response.writeHead(keyServer.answer.status, keyServer.answer.headers).end(keyServer.answer.body);
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/keys`;
  const keyServer: KeyServer = { url, answer: { status: 200, body: '' }, asked: 0, http };
  return keyServer;
}

const folder = mkdtempSync(join(tmpdir(), 'bearer-test-'));
const issuers = new Map<string, Issuer>();
const groups: Readonly<Record<string, ReadonlyMap<string, AccessGroup>>> = {
  100: new Map([
    ['tills', { access: 'WRITE', mayMerge: true }],
    ['reports', { access: 'READ', mayMerge: false }],
    ['nobody', { access: 'NONE', mayMerge: true }],
  ]),
  200: new Map([['tills', { access: 'READ', mayMerge: false }]]),
};

let server: ProbeServer;
let keyServer: KeyServer;
let rsa: Key;
let plain: Key;
let ec: Key;
let ed: Key;
let theirs: Key;
let attackers: Key;

beforeAll(async () => {
  [rsa, plain, ec, ed, theirs, attackers] = await Promise.all([
    makeKey('rsa', 'RS256'),
    makeKey('plain', 'PS256', true),
    makeKey('ec', 'ES256'),
    makeKey('ed', 'EdDSA'),
    makeKey('theirs', 'RS256'),
    makeKey('rsa', 'RS256'),
  ]);
  keyServer = await startKeyServer();
  trust(ISSUER, '100', keysIn('keys.json', keySet(rsa, plain, ec, ed)));
  trust(OTHER, '200', keysIn('theirs.json', keySet(theirs)));
  server = await startProbeServer(
    { MAX_WRONG_CREDENTIALS: '0' },
    {
      findIssuer: (issuer) => Promise.resolve(issuers.get(issuer) ?? null),
      findAccessGroups: (organizationId) => Promise.resolve(groups[organizationId] ?? new Map<string, AccessGroup>()),
    },
  );
});
afterEach(() => vi.useRealTimers());
afterAll(async () => {
  await server.close();
  keyServer.http.close();
  rmSync(folder, { recursive: true });
});

function keysIn(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

function trust(issuer: string, organizationId: string, jwks: string): void {
  const claims = { clientClaim: 'client_id', accessGroupClaim: 'group' };
  issuers.set(issuer, { issuer, organizationId, audience: 'customers', jwks, ...claims });
}

const claims = (others: object = {}): object => ({
  iss: ISSUER,
  aud: 'customers',
  exp: inSeconds(60),
  client_id: 'gateway',
  group: 'tills',
  ...others,
});

const ask = (authorization: string, query = '{ who }'): Promise<Answer> => server.query(query, {}, { authorization });
const askWith = async (token: Promise<string> | string, query?: string) => ask(`Bearer ${await token}`, query);
const callerIn = ({ body }: Answer): unknown => (JSON.parse(String(body.data?.['who'])) as { caller: unknown }).caller;

/** From now on it is so many seconds later, for Date only. */
function later(seconds: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: now + seconds * 1000 });
}

describe('a token of an issuer that the organization trusts', () => {
  test('says who calls, without a till, and with what its access group may do', async () => {
    const answer = await askWith(sign(rsa, claims()));
    expect(callerIn(answer)).toEqual({
      id: 'gateway',
      organizationId: '100',
      till: null,
      access: 'WRITE',
      mayMerge: true,
    });
    const other = await askWith(sign(theirs, claims({ iss: OTHER })));
    expect(callerIn(other)).toMatchObject({ organizationId: '200', access: 'READ', mayMerge: false });
  });

  test.each<[string, () => Promise<string>]>([
    ['RS256', () => sign(rsa, claims())],
    ['PS256', () => sign(plain, claims())],
    ['ES256', () => sign(ec, claims())],
    ['EdDSA', () => sign(ed, claims())],
    ['no kid, where one key only fits', () => sign(ec, claims(), { kid: undefined })],
    ['several audiences', () => sign(ec, claims({ aud: ['others', 'customers'] }))],
    ['an exp that is past by less than clocks differ', () => sign(ec, claims({ exp: inSeconds(-20) }))],
    ['an nbf that is ahead by less than clocks differ', () => sign(ec, claims({ nbf: inSeconds(20) }))],
    ['a group in a list', () => sign(ec, claims({ group: ['offline_access', 'tills', 7, 'tills'] }))],
    ['a client of 255 characters', () => sign(ec, claims({ client_id: '😀'.repeat(255) }))],
    [
      'keys elsewhere in its header',
      () => sign(ec, claims(), { jku: keyServer.url, x5u: keyServer.url, jwk: theirs.jwk }),
    ],
  ])('is right with %s', async (_, token) => {
    expect(callerIn(await askWith(token()))).toMatchObject({ organizationId: '100', access: 'WRITE' });
    expect(keyServer.asked).toBe(0);
  });

  test.each(['bearer', 'BEARER', 'Bearer   '])('is read behind “%s”', async (scheme) => {
    expect(callerIn(await ask(`${scheme} ${await sign(ec, claims())}`))).toMatchObject({ id: 'gateway' });
  });

  test.each<[string, unknown]>([
    ['reports', 'reports'],
    ['nobody', 'nobody'],
    ['a group that the organization does not have', 'Tills'],
    ['a group of that name with a blank', 'tills '],
    ['a name that every object has', 'constructor'],
    ['no group', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', { tills: 'tills' }],
    ['no group in a list', []],
    ['two groups of the organization', ['tills', 'reports']],
    ['a list in a list', [['tills']]],
  ])('with the group: %s, is right, but not enough', async (name, group) => {
    const token = sign(ec, claims({ group }));
    const writing = await askWith(token, 'mutation { writing }');
    expect([writing.status, writing.body.errors?.[0]?.extensions]).toEqual([200, { code: 'FORBIDDEN' }]);
    const reading = await askWith(token, '{ reading }');
    expect(reading.body.data).toEqual({ reading: name === 'reports' ? 'gateway' : null });
    expect(reading.status).toBe(200);
  });

  test('is right for v1.1 too, where not enough is 403', async () => {
    const post = async (token: Promise<string> | string) =>
      (
        await server.send('/v1.1/customer/update', {
          method: 'POST',
          headers: { authorization: `Bearer ${await token}`, 'content-type': 'application/json' },
          body: '{}',
        })
      ).status;
    expect(await post(sign(ec, claims()))).toBe(400);
    expect(await post(sign(ec, claims({ group: 'reports' })))).toBe(403);
    expect(await post(sign(ec, claims({ aud: 'others' })))).toBe(401);
  });

  test('is right until it expires, however often it was used', async () => {
    const token = await sign(ec, claims({ exp: inSeconds(1) }));
    expect((await askWith(token)).status).toBe(200);
    expect((await askWith(token)).status).toBe(200);
    later(28);
    expect((await askWith(token)).status).toBe(200);
    later(4);
    expect((await askWith(token)).status).toBe(401);
  });

  test('is right for 10 seconds at most after its issuer is trusted no more, or its keys are others', async () => {
    const [first, second] = await Promise.all([sign(ec, claims()), sign(ed, claims())]);
    const trusted = issuers.get(ISSUER);
    expect([(await askWith(first)).status, (await askWith(second)).status]).toEqual([200, 200]);
    keysIn('keys.json', keySet(ed));
    later(9);
    expect([(await askWith(first)).status, (await askWith(second)).status]).toEqual([401, 200]);
    issuers.delete(ISSUER);
    later(9);
    expect((await askWith(second)).status).toBe(401);
    if (trusted !== undefined) issuers.set(ISSUER, trusted);
    keysIn('keys.json', keySet(rsa, plain, ec, ed));
    later(9);
    expect((await askWith(sign(ec, claims()))).status).toBe(200);
  });

  test('is kept for no longer than it is remembered', async () => {
    const authenticate = createAuthenticate({
      findClient: () => Promise.resolve(null),
      findIssuer: (issuer) => Promise.resolve(issuers.get(issuer) ?? null),
      findAccessGroups: () => Promise.resolve(new Map<string, AccessGroup>()),
      maxWrongCredentials: 0,
    });
    const check = async (group: unknown) => {
      const token = await sign(ed, claims({ group }));
      expect(await authenticate({ authorization: `Bearer ${token}`, address: '192.0.2.1' })).not.toBeNull();
    };
    later(0);
    const before = heldMegabytes();
    for (let time = 0; time < 1000; time += 1) await check(Array.from({ length: 130 }, () => randomUUID()));
    expect(heldMegabytes() - before).toBeGreaterThan(5);
    later(6);
    await check('tills');
    expect(heldMegabytes() - before).toBeLessThan(3);
  });
});

describe('a token that is not right', () => {
  const unsigned = (header: object, others: object = {}): string => `${encode(header)}.${encode(claims(others))}`;
  const hmac = (secret: string | Buffer, header: object = {}): string => {
    const input = unsigned({ alg: 'HS256', kid: 'rsa', ...header });
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };
  const pem = (): string =>
    createPublicKey({ key: rsa.jwk as JsonWebKey, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString();
  /** Signed with the right key, but in another way than the header says. */
  const signedAs = async (alg: string, padding: number): Promise<string> => {
    const input = unsigned({ alg, kid: 'rsa' });
    const key = { key: await exportPKCS8(rsa.privateKey), padding };
    return `${input}.${signBytes('sha256', Buffer.from(input), key).toString('base64url')}`;
  };
  const parts = async (): Promise<[string, string, string]> =>
    (await sign(rsa, claims())).split('.') as [string, string, string];
  const changed = async (others: object): Promise<string> => {
    const [header, , signature] = await parts();
    return `${header}.${encode(claims(others))}.${signature}`;
  };

  const attacks: [string, () => Promise<string> | string][] = [
    ['alg none without a signature', () => `${unsigned({ alg: 'none' })}.`],
    ['alg none with the kid of a key', () => `${unsigned({ alg: 'none', kid: 'rsa' })}.`],
    ['alg NonE with a signature', async () => `${unsigned({ alg: 'NonE', kid: 'rsa' })}.${(await parts())[2]}`],
    ['no alg', async () => `${unsigned({ kid: 'rsa' })}.${(await parts())[2]}`],
    ['an alg that is a list', async () => `${unsigned({ alg: ['RS256'], kid: 'rsa' })}.${(await parts())[2]}`],
    ['HS256 with the public key as PEM for its secret', () => hmac(pem())],
    ['HS256 with the trimmed PEM for its secret', () => hmac(pem().trim())],
    ['HS256 with the public key as JSON for its secret', () => hmac(JSON.stringify(rsa.jwk))],
    ['HS256 with the modulus for its secret', () => hmac(Buffer.from(rsa.jwk.n ?? '', 'base64url'))],
    ['HS256 with an empty secret and no kid', () => hmac('', { kid: undefined })],
    ['HS256 with a key of its own in the header', () => hmac('secret', { jwk: { kty: 'oct', k: 'c2VjcmV0' } })],
    ['PS256 by a key that is for RS256', () => sign({ ...plain, kid: 'rsa' }, claims())],
    ['a signature of PS256 under RS256', () => signedAs('RS256', constants.RSA_PKCS1_PSS_PADDING)],
    ['a signature of RS256 under PS256', () => signedAs('PS256', constants.RSA_PKCS1_PADDING)],
    ['ES256 under the kid of an RSA key', () => sign({ ...ec, kid: 'rsa' }, claims())],
    ['a key of nobody under the kid of one of the issuer', () => sign(attackers, claims())],
    ['a key of nobody without a kid', () => sign(attackers, claims(), { kid: undefined })],
    ['the key of another issuer under its kid', () => sign(theirs, claims())],
    ['the key of another issuer under a kid of this one', () => sign(theirs, claims(), { kid: 'rsa' })],
    ['the key of this issuer in the name of another', () => sign(rsa, claims({ iss: OTHER }))],
    ['a kid that is a path', () => sign(attackers, claims(), { kid: '../../../../../../dev/null' })],
    ['a kid that is the file of the other keys', () => sign(theirs, claims(), { kid: join(folder, 'theirs.json') })],
    ['a kid that is a URL', () => sign(attackers, claims(), { kid: keyServer.url })],
    ['a kid that is SQL', () => sign(attackers, claims(), { kid: "x' UNION SELECT 'key' --" })],
    ['a kid of every object', () => sign(attackers, claims(), { kid: '__proto__' })],
    ['a kid that is empty', () => sign(attackers, claims(), { kid: '' })],
    ['a kid that is a number', async () => `${unsigned({ alg: 'RS256', kid: 0 })}.${(await parts())[2]}`],
    ['its own key in the header', () => sign(attackers, claims(), { jwk: attackers.jwk })],
    ['its own key in the header, no kid', () => sign(attackers, claims(), { jwk: attackers.jwk, kid: undefined })],
    ['the address of its own keys in the header', () => sign(attackers, claims(), { jku: keyServer.url, kid: 'own' })],
    ['the address of its own certificate', () => sign(attackers, claims(), { x5u: keyServer.url, kid: 'own' })],
    ['its own certificate in the header', () => sign(attackers, claims(), { x5c: ['MIIB'], kid: 'own' })],
    ['an extension that must be understood', () => sign(rsa, claims(), { crit: ['x-crit'], 'x-crit': 1 })],
    ['exp long ago', () => sign(rsa, claims({ exp: inSeconds(-3600) }))],
    ['exp just past what clocks differ by', () => sign(rsa, claims({ exp: inSeconds(-31) }))],
    ['no exp', () => sign(rsa, claims({ exp: undefined }))],
    ['exp null', () => sign(rsa, claims({ exp: null }))],
    ['exp as a text', () => sign(rsa, claims({ exp: String(inSeconds(60)) }))],
    ['nbf ahead', () => sign(rsa, claims({ nbf: inSeconds(60) }))],
    ['nbf as a text', () => sign(rsa, claims({ nbf: '0' }))],
    ['no audience', () => sign(rsa, claims({ aud: undefined }))],
    ['another audience', () => sign(rsa, claims({ aud: 'others' }))],
    ['the audience in another case', () => sign(rsa, claims({ aud: 'Customers' }))],
    ['several other audiences', () => sign(rsa, claims({ aud: ['others', 'customers-too'] }))],
    ['no audience in a list', () => sign(rsa, claims({ aud: [] }))],
    ['an audience in a list in a list', () => sign(rsa, claims({ aud: [['customers']] }))],
    ['an audience that is an object', () => sign(rsa, claims({ aud: { customers: true } }))],
    ['no issuer', () => sign(rsa, claims({ iss: undefined }))],
    ['an unknown issuer', () => sign(rsa, claims({ iss: 'https://attacker.example.com' }))],
    ['the issuer with a slash', () => sign(rsa, claims({ iss: `${ISSUER}/` }))],
    ['a list of issuers', () => sign(rsa, claims({ iss: [ISSUER] }))],
    ['an issuer that every map has', () => sign(rsa, claims({ iss: '__proto__' }))],
    ['a changed group', () => changed({ group: 'nobody' })],
    ['a later exp', () => changed({ exp: inSeconds(3600) })],
    ['no signature', async () => (await parts()).slice(0, 2).join('.')],
    ['an empty signature', async () => `${(await parts()).slice(0, 2).join('.')}.`],
    ['half a signature', async () => (await sign(rsa, claims())).slice(0, -100)],
    ['two signatures', async () => `${await sign(rsa, claims())}.${(await parts())[2]}`],
    ['no dots', async () => (await parts()).join('')],
    ['five parts', () => 'a.b.c.d.e'],
    ['dots alone', () => '..'],
    ['no JSON within', () => `${encode({ alg: 'RS256', kid: 'rsa' })}.eA.eA`],
    ['claims that are a list', () => sign(rsa, [claims()])],
    ['claims that are a text', () => sign(rsa, 'gateway')],
    ['padding', async () => `${await sign(rsa, claims())}=`],
    ['a length above 8 KB', () => sign(rsa, claims({ more: 'x'.repeat(6200) }))],
    ['something behind', async () => `${await sign(rsa, claims())} x`],
    ['quotes', async () => `"${await sign(rsa, claims())}"`],
    ['no client', () => sign(rsa, claims({ client_id: undefined }))],
    ['a client that is null', () => sign(rsa, claims({ client_id: null }))],
    ['a client that is a number', () => sign(rsa, claims({ client_id: 7 }))],
    ['a client that is a list', () => sign(rsa, claims({ client_id: ['gateway'] }))],
    ['a client that is empty', () => sign(rsa, claims({ client_id: '' }))],
    ['a client that is blank', () => sign(rsa, claims({ client_id: ' ' }))],
    ['a client with a colon', () => sign(rsa, claims({ client_id: 'a:b' }))],
    ['a client with a control character', () => sign(rsa, claims({ client_id: 'a\nb' }))],
    ['a client with half a character', () => sign(rsa, claims({ client_id: 'a\ud800' }))],
    ['a client of 256 characters', () => sign(rsa, claims({ client_id: 'x'.repeat(256) }))],
  ];

  test.each(attacks)('is refused: %s', async (_name, make) => {
    const token = await make();
    const logged = server.logged().length;
    const asked = keyServer.asked;
    const answer = await askWith(token);
    expect([answer.status, answer.body.errors?.[0]?.extensions]).toEqual([401, { code: 'UNAUTHENTICATED' }]);
    expect(answer.headers.get('www-authenticate')).toBe(
      'Basic realm="customers", charset="UTF-8", Bearer realm="customers", error="invalid_token"',
    );
    // The same as for all others: why it is refused is nobody's business.
    expect(answer.body.errors?.[0]?.message).toContain('This needs the credentials of a client');
    expect(keyServer.asked).toBe(asked);
    const lines = server.logged().slice(logged);
    expect(lines.filter(({ level, msg }) => Number(level) > 20 && msg !== 'Answered')).toEqual([]);
    if (token.length > 10) expect(JSON.stringify(lines)).not.toContain(token.slice(0, 40));
  });

  test.each(['Bearer', 'Bearer ', 'Bearer\tx.y.z', 'JWT x.y.z'])('is refused: the header “%s”', async (header) => {
    expect((await ask(header)).status).toBe(401);
  });

  test('is no way past what Basic credentials say', async () => {
    const header = `${basic('reader', 'wrong')}, Bearer ${await sign(ec, claims())}`;
    expect((await ask(header)).status).toBe(401);
  });

  test('of a key set with a private key in it does not tell which, and is nobody’s fault but the set’s', async () => {
    const secret = { ...(await exportJWK(ec.privateKey)), kid: 'secret' };
    trust('https://careless.example.com', '100', keysIn('careless.json', JSON.stringify({ keys: [secret] })));
    const answer = await askWith(sign({ ...ec, kid: 'secret' }, claims({ iss: 'https://careless.example.com' })));
    expect(answer.status).toBe(503);
    expect(answer.text + JSON.stringify(server.logged())).not.toContain(secret.d);
  });

  test('of a key that is too weak is nobody’s fault but the set’s, whoever names it', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak = { ...publicKey.export({ format: 'jwk' }), kid: 'weak' };
    trust('https://weak.example.com', '100', keysIn('weak.json', JSON.stringify({ keys: [weak, ec.jwk] })));
    const iss = 'https://weak.example.com';
    for (const key of [attackers, plain]) {
      const answer = await askWith(sign({ ...key, kid: 'weak' }, claims({ iss })));
      expect([answer.status, answer.body.errors?.[0]?.extensions['code']]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    }
    expect((await askWith(sign(ec, claims({ iss })))).status).toBe(200);
  });
});

describe('the keys of an issuer', () => {
  let issuer = 0;
  /** An issuer of its own with its keys at the URL or path, and what signs for it. */
  function issuerAt(jwks: string): (key: Key, others?: object) => Promise<Answer> {
    const iss = `https://${(issuer += 1)}.example.com`;
    trust(iss, '100', jwks);
    return (key, others = {}) => askWith(sign(key, claims({ iss, ...others })));
  }
  const serve = (body: string, status = 200, headers: Record<string, string> = {}): void => {
    keyServer.answer = { status, body, headers };
    keyServer.asked = 0;
  };
  const statuses = async (...answers: Promise<Answer>[]) => (await Promise.all(answers)).map(({ status }) => status);

  test('are fetched once, and again for a key that is new', async () => {
    const call = issuerAt(`${keyServer.url}?rotating`);
    serve(keySet(rsa));
    expect(await statuses(call(rsa), call(rsa), call(rsa))).toEqual([200, 200, 200]);
    expect(keyServer.asked).toBe(1);
    serve(keySet(rsa, ec));
    expect((await call(ec)).status).toBe(401);
    expect(keyServer.asked).toBe(0);
    later(10);
    expect((await call(ec)).status).toBe(200);
    expect(await statuses(call(ed), call(ed), call(rsa))).toEqual([401, 401, 200]);
    expect(keyServer.asked).toBe(1);
  });

  test('that are withdrawn are right for 10 more minutes at most', async () => {
    const call = issuerAt(`${keyServer.url}?withdrawing`);
    serve(keySet(rsa));
    expect((await call(rsa)).status).toBe(200);
    serve(keySet(ec));
    later(601);
    expect((await call(rsa)).status).toBe(401);
    expect((await call(ec)).status).toBe(200);
  });

  test('that were fetched by a clock that was ahead are fetched again once it is set back', async () => {
    const call = issuerAt(`${keyServer.url}?ahead`);
    serve(keySet(rsa));
    later(24 * 3600);
    expect((await call(rsa)).status).toBe(200);
    vi.useRealTimers();
    serve(keySet(ec));
    expect(await statuses(call(rsa), call(ec))).toEqual([401, 200]);
    expect(keyServer.asked).toBe(1);
  });

  test.each<[string, () => void]>([
    [
      'an error',
      () => {
        serve('Quux', 500);
      },
    ],
    [
      'something else than JSON',
      () => {
        serve('Quux');
      },
    ],
    [
      'another JSON',
      () => {
        serve('{"keys":7}');
      },
    ],
    [
      'more than a key set ever is',
      () => {
        serve(JSON.stringify({ keys: [rsa.jwk], more: 'x'.repeat(1024 * 1024) }));
      },
    ],
    [
      'a redirection',
      () => {
        serve('', 302, { location: `${keyServer.url}?elsewhere` });
      },
    ],
  ])(
    'that can’t be had, because of %s, make it 503: nobody knows whether the token is right',
    async (name, breakDown) => {
      const call = issuerAt(`${keyServer.url}?${name.replaceAll(' ', '')}`);
      breakDown();
      const logged = server.logged().length;
      const answer = await call(rsa);
      expect([answer.status, answer.body.errors?.[0]?.extensions['code']]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      const lines = server
        .logged()
        .slice(logged)
        .filter(({ msg }) => msg !== 'Answered');
      expect(lines).toHaveLength(1);
      expect(JSON.stringify(lines)).toContain('The keys of the issuer');
      expect(JSON.stringify(lines)).not.toMatch(/Quux|eyJ/);
    },
  );

  test('are not fetched again and again while that fails, and those that are known stay right', async () => {
    const call = issuerAt(`${keyServer.url}?failing`);
    serve(keySet(rsa));
    expect((await call(rsa)).status).toBe(200);
    later(11);
    serve('', 500);
    expect(await statuses(call(ec), call(rsa, { jti: 'x' }))).toEqual([503, 200]);
    expect(await statuses(call(ec), call(ec), call(rsa, { jti: 'y' }))).toEqual([503, 503, 200]);
    expect(keyServer.asked).toBe(1);
    serve(keySet(ec));
    later(5);
    expect((await call(ec)).status).toBe(200);
  });

  test.each<[string, string]>([
    ['something else than JSON', 'Quux'],
    ['another JSON', '{"keys":7}'],
  ])('are not fetched again and again either while what comes is %s', async (name, body) => {
    const call = issuerAt(`${keyServer.url}?again-${name.replaceAll(' ', '')}`);
    serve(body);
    expect(await statuses(call(rsa), call(ec))).toEqual([503, 503]);
    expect(await statuses(call(rsa), call(ec))).toEqual([503, 503]);
    expect(keyServer.asked).toBe(1);
    serve(keySet(rsa));
    later(5);
    expect((await call(rsa)).status).toBe(200);
  });

  test('on a server that never answers, or never to the end, make it 503 in some seconds, then at once, and keep nobody else waiting', async () => {
    const silent = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url === '/half') response.writeHead(200).write('{"keys":');
    });
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const asked: string[] = [];
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    const calls = ['none', 'half'].map((path) => issuerAt(`http://127.0.0.1:${port}/${path}`));
    const ended: string[] = [];
    const waiting = statuses(...calls.flatMap((call) => [call(rsa), call(ec)])).finally(() => ended.push('waiting'));
    expect((await askWith(sign(ec, claims()))).status).toBe(200);
    ended.push('another');
    expect(await waiting).toEqual([503, 503, 503, 503]);
    expect(ended).toEqual(['another', 'waiting']);
    expect(await statuses(...calls.map((call) => call(rsa)))).toEqual([503, 503]);
    expect(asked.sort()).toEqual(['/half', '/none']);
    expect(JSON.stringify(server.logged())).toContain('(ERR_JWKS_TIMEOUT)');
  });

  test('may take their time, which does not make a token right for longer once its issuer is trusted no more', async () => {
    let answer: (() => void) | undefined;
    const slow = createServer((_request, response) => {
      answer = () => response.end(keySet(ec));
    });
    onTestFinished(() => void slow.close());
    await once(slow.listen(0, '127.0.0.1'), 'listening');
    const iss = 'https://slow.example.com';
    trust(iss, '100', `http://127.0.0.1:${(slow.address() as AddressInfo).port}/keys`);
    const token = await sign(ec, claims({ iss }));
    const answering = askWith(token);
    await expect.poll(() => answer).toBeDefined();
    later(2.9);
    answer?.();
    expect((await answering).status).toBe(200);
    issuers.delete(iss);
    // 7.4 seconds from the first one on; what was believed of the issuer then may have been 3 seconds old.
    later(4.5);
    expect((await askWith(token)).status).toBe(401);
  });

  test('at an address where nobody listens make it 503', async () => {
    const http = createServer();
    await once(http.listen(0, '127.0.0.1'), 'listening');
    const { port } = http.address() as AddressInfo;
    await once(http.close(), 'close');
    expect((await issuerAt(`http://127.0.0.1:${port}/keys`)(rsa)).status).toBe(503);
    expect(JSON.stringify(server.logged())).toContain('(ECONNREFUSED)');
  });

  test('in a file are read again when it has changed', async () => {
    const path = join(folder, 'own.json');
    const call = issuerAt(path);
    expect((await call(rsa)).status).toBe(503);
    keysIn('own.json', keySet(rsa));
    later(5);
    expect(await statuses(call(rsa), call(ec))).toEqual([200, 401]);
    keysIn('own.json', '{"keys":[{"kty":"Quux"');
    later(5);
    expect((await call(rsa, { jti: 'x' })).status).toBe(503);
    expect(JSON.stringify(server.logged())).not.toContain('Quux');
    keysIn('own.json', keySet(ec));
    later(5);
    expect(await statuses(call(ec), call(rsa, { jti: 'x' }))).toEqual([200, 401]);
  });

  test('in a file that stands still make it 503 in some seconds, then at once, and are read when it goes on', async () => {
    const path = join(folder, 'still.json');
    // As a file of the network whose server is gone: whoever opens it waits, and keeps a thread.
    execFileSync('mkfifo', [path]);
    let isStill = true;
    const goOn = (): void => {
      if (!isStill) return;
      isStill = false;
      const file = openSync(path, 'r+');
      rmSync(path);
      closeSync(file);
    };
    onTestFinished(goOn);
    const call = issuerAt(path);
    const waiting: Promise<Answer>[] = [];
    for (let tries = 1; tries <= 8; tries += 1) {
      waiting.push(call(rsa));
      await askWith(sign(ec, claims()));
      later(5);
    }
    expect(await statuses(...waiting)).toEqual(waiting.map(() => 503));
    expect((await call(rsa)).status).toBe(503);
    expect(JSON.stringify(server.logged())).toContain('(ERR_JWKS_TIMEOUT)');
    goOn();
    keysIn('still.json', keySet(rsa));
    const now = async () => {
      later(5);
      return (await call(rsa)).status;
    };
    await expect.poll(now).toBe(200);
  });
});
