import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inSeconds, keySet, makeKey, sign, type Key } from '../http/tokens.js';
import type { Shop } from '../support/shop.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
const { given } = world;
const folder = mkdtempSync(join(tmpdir(), 'bearer-test-'));
const jwks = join(folder, 'keys.json');
let key: Key;
beforeAll(async () => {
  key = await makeKey('key', 'ES256');
  writeFileSync(jwks, keySet(key));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let issuers = 0;
/** An organization of its own that trusts an issuer of its own, and the issuer's name. */
async function organizationWithIssuer(): Promise<{ shop: Shop; issuer: string }> {
  const issuer = `https://login-${(issuers += 1)}.example.com`;
  const claims = { clientClaim: 'azp', accessGroupClaim: 'https://example.com/group' };
  return { shop: await given.organization({ issuers: [{ issuer, audience: 'customers', jwks, ...claims }] }), issuer };
}

async function withToken(shop: Shop, issuer: string, group: string, client = 'gateway'): Promise<Shop> {
  const claims = { iss: issuer, aud: 'customers', exp: inSeconds(60), azp: client, 'https://example.com/group': group };
  return shop.with({ authorization: `Bearer ${await sign(key, claims)}` });
}

describe('a client with a token', () => {
  test('updates, and is in the audit log without a till', async () => {
    const { shop, issuer } = await organizationWithIssuer();
    const { id } = await given.customer(shop);
    const gateway = await withToken(shop, issuer, 'integration');
    await gateway.updated({ id, firstname: 'Rita' });
    const rows = await world.query('SELECT client, till_code FROM audit_event WHERE organization_id = ?', [shop.id]);
    expect(rows).toEqual([{ client: 'gateway', till_code: null }]);
  });

  test('may do what its group may: the same as a client of that group', async () => {
    const { shop, issuer } = await organizationWithIssuer();
    const { id } = await given.customer(shop);
    const report = await withToken(shop, issuer, 'report');
    expect((await report.customer(id)).userId).toBe(id);
    const mutation = 'mutation ($id: ID!) { updateCustomer(input: { id: $id, firstname: "Rita" }) { success } }';
    for (const [group, code] of [
      ['report', 'FORBIDDEN'],
      ['nobody', 'FORBIDDEN'],
      ['elsewhere', 'FORBIDDEN'],
    ] as const) {
      const refused = await withToken(shop, issuer, group);
      const answer = await world.expectNothingChanged(() => refused.send(mutation, { id }));
      expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([200, code]);
    }
  });

  test('sees nothing of another organization', async () => {
    const { shop } = await organizationWithIssuer();
    const other = await organizationWithIssuer();
    const { id } = await given.customer(shop);
    const stranger = await withToken(other.shop, other.issuer, 'till');
    expect(await stranger.findCustomer({ id })).toBeNull();
    expect((await stranger.update({ id, firstname: 'Rita' })).errors[0]?.code).toBe('CUSTOMER_NOT_FOUND');
  });

  test.each(['\0', 'a\0b', '\ud800', '\n'])('is nobody where its issuer is %j, which no issuer is', async (part) => {
    const { shop, issuer } = await organizationWithIssuer();
    const stranger = await withToken(shop, issuer + part, 'till');
    const answer = await stranger.send('{ organization { id } }');
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('is the same client as the one of that id with a secret: they share idempotency keys', async () => {
    const { shop, issuer } = await organizationWithIssuer();
    const { id } = await given.customer(shop);
    const input = { id, firstname: 'Rita', idempotencyKey: 'key' };
    expect((await shop.updated(input)).replayed).toBe(false);
    expect((await (await withToken(shop, issuer, 'till', shop.clientId)).updated(input)).replayed).toBe(true);
    expect((await (await withToken(shop, issuer, 'till')).updated(input)).replayed).toBe(false);
  });

  test('of an issuer is the organization’s until its file does not name the issuer any more', async () => {
    const { shop, issuer } = await organizationWithIssuer();
    const issuers = [{ issuer, audience: 'customers', jwks }];
    await given.settings(shop, { issuers });
    await expect(given.organization({ issuers })).rejects.toThrow(
      'organization.issuers[0].issuer: is that of another organization',
    );
    await given.settings(shop, {});
    const other = await given.organization({ issuers });
    const rows = await world.query('SELECT organization_id FROM issuer WHERE issuer = ?', [issuer]);
    expect(rows).toEqual([{ organization_id: other.id }]);
  });
});
