import { describe, expect, test } from 'vitest';
import { notice } from '../support/codes.js';
import { documents } from '../support/documents.js';
import { expectRefused } from '../support/refusals.js';
import type { ClientName } from '../support/settings.js';
import type { Shop } from '../support/shop.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
const { given } = world;

/** Everything that a client can ask for, on an organization with a merge that stands. */
async function requestsOf(shop: Shop): Promise<Record<string, [string, object]>> {
  const [target] = await given.customers(shop, {}, { email: 'v@example.com' });
  const { merges } = await shop.updated({ id: target.id, email: 'v@example.com' });
  const { id } = target;
  return {
    customer: [documents.customer, { id }],
    merge: [documents.merge, { id: merges[0]?.id }],
    organization: ['{ organization { id name } }', {}],
    preview: [documents.previewCustomerUpdate, { input: { id, firstname: 'Rita' } }],
    update: [documents.updateCustomer, { input: { id, firstname: 'Rita' } }],
    updates: [documents.updateCustomers, { inputs: [{ id, firstname: 'Rita' }] }],
    undo: [documents.undoCustomerMerge, { mergeId: merges[0]?.id }],
  };
}

const reads = ['customer', 'merge', 'organization', 'preview'];
const writes = ['update', 'updates'];

test.each<[ClientName, string[]]>([
  ['nobody', []],
  ['report', reads],
  ['clerk', [...reads, ...writes]],
  ['till', [...reads, ...writes, 'undo']],
  ['integration', [...reads, ...writes, 'undo']],
])('a client of the group “%s” may %j, all else is FORBIDDEN and changes nothing', async (client, may) => {
  const shop = await given.organization();
  for (const [name, [query, variables]] of Object.entries(await requestsOf(shop))) {
    const send = () => shop.as(client).send(query, variables);
    const isAllowed = may.includes(name);
    const answer = await (isAllowed ? send() : world.expectNothingChanged(send));
    expect([name, answer.status, answer.errors.map(({ extensions }) => extensions.code)]).toEqual([
      name,
      200,
      isAllowed ? [] : ['FORBIDDEN'],
    ]);
    if (!isAllowed) expect(Object.values(answer.data ?? {}).filter((value) => value !== null)).toEqual([]);
  }
});

describe('an access group with merge: false', () => {
  test('has what would be a merge refused, at each identifier, in updates and previews', async () => {
    const shop = await given.organization();
    const [target] = await given.customers(
      shop,
      {},
      { mobile: null, email: 'v@example.com' },
      { mobile: null, externalId: 'W' },
    );
    const input = { id: target.id, email: 'v@example.com', externalId: 'W', firstname: 'Rita' };
    const taken = [notice('IDENTIFIER_TAKEN', 'email'), notice('IDENTIFIER_TAKEN', 'externalId')];
    await expectRefused(world, shop.as('clerk'), input, ...taken);
    expect((await shop.as('report').preview(input)).success).toBe(true);
    expect((await shop.update(input)).merges).toHaveLength(2);
  });

  test('may set identifiers that nobody has, and update a customer by an alias', async () => {
    const shop = await given.organization({ configs: { CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE: '1' } });
    const [target] = await given.customers(shop, {}, { email: 'v@example.com' });
    await shop.updated({ id: target.id, email: 'v@example.com' });
    const { customer } = await shop.as('clerk').updated({ email: 'v@example.com', externalId: 'NEW' });
    expect([customer.userId, customer.externalId]).toEqual([target.id, 'NEW']);
  });
});

describe('without right credentials', () => {
  test.each([
    ['none', { authorization: '' }],
    ['another secret', { authorization: `Basic ${Buffer.from('till.101:wrong-wrong-wrong').toString('base64')}` }],
  ])('data is refused with 401, and nothing changes: %s', async (_, headers) => {
    const shop = await given.organization();
    for (const [query, variables] of Object.values(await requestsOf(shop))) {
      const answer = await world.expectNothingChanged(() => shop.with(headers).send(query, variables));
      expect([answer.status, answer.errors.map(({ extensions }) => extensions.code), answer.data]).toEqual([
        401,
        ['UNAUTHENTICATED'],
        null,
      ]);
    }
  });
});

test.each(['image/png', 'text/html', 'multipart/mixed', 'application/json;q=0', '/'])(
  'what takes no JSON (Accept: %s) is refused, and changes nothing',
  async (accept) => {
    const shop = await given.organization();
    const { update: [query, variables] = ['', {}] } = await requestsOf(shop);
    const headers = { 'content-type': 'application/json', accept };
    const payload = JSON.stringify({ query, variables });
    const answer = await world.expectNothingChanged(() => shop.request({ url: '/graphql', headers, payload }));
    expect(answer.status).toBe(406);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  },
);
