import { describe, expect, test } from 'vitest';
import { documents } from '../support/documents.js';
import type { Shop } from '../support/shop.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
const { given } = world;

async function codes(shop: Shop, query: string, variables: object): Promise<string[]> {
  const answer = await world.expectNothingChanged(() => shop.send(query, variables));
  return answer.errors.map(({ extensions }) => extensions.code);
}

describe('customer(…)', () => {
  test('finds a customer by exactly one of its identifiers, in any spelling', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop, {
      mobile: '+447700900111',
      email: 'rita@example.com',
      externalId: 'R-1',
    });
    const customer = await shop.customer(id);
    expect(customer.userId).toBe(id);
    for (const by of [
      { mobile: '07700 900111' },
      { mobile: '447700900111', email: null },
      { email: ' RITA@example.com' },
      { externalId: 'R-1 ' },
    ]) {
      expect(await shop.findCustomer(by)).toEqual(customer);
    }
  });

  test('finds the survivor by the id, the identifiers and the aliases of a merged account', async () => {
    const shop = await given.organization();
    const [a, b, c] = await given.customers(
      shop,
      { email: 'a@example.com', externalId: 'A' },
      { email: 'b@example.com' },
      {},
    );
    await shop.updated({ id: b.id, email: a.email });
    await shop.updated({ id: c.id, email: b.email });
    for (const by of [
      { id: a.id },
      { id: b.id },
      { mobile: a.mobile },
      { mobile: b.mobile },
      { email: a.email },
      { externalId: 'A' },
    ]) {
      expect((await shop.findCustomer(by))?.userId).toBe(c.id);
    }
  });

  test.each([
    ['none', {}],
    ['none but null', { id: null, mobile: null }],
    ['two', { id: '7001', mobile: '+447700900111' }],
    ['two of which one finds nobody', { mobile: '+447700900111', email: 'nobody@example.com' }],
    ['all', { id: '7001', mobile: '+447700900111', email: 'r@example.com', externalId: 'R' }],
  ])('is BAD_USER_INPUT with %s', async (_, by) => {
    const shop = await given.organization();
    await given.customer(shop, { id: '7001', mobile: '+447700900111' });
    expect(await codes(shop, documents.customer, by)).toEqual(['BAD_USER_INPUT']);
  });

  test.each([
    { mobile: '12' },
    { mobile: '' },
    { email: 'rita' },
    { email: '' },
    { externalId: ' ' },
    { externalId: 'a\u0000' },
    // An id that is no number is one that is not found; but these are no strings that any field may have.
    { id: '' },
    { id: 'a\u0000' },
  ])('is BAD_USER_INPUT with one that can be none: %j', async (by) => {
    const shop = await given.organization();
    expect(await codes(shop, documents.customer, by)).toEqual(['BAD_USER_INPUT']);
  });

  test('says what is wrong with one that can be none, as an update does', async () => {
    const shop = await given.organization();
    for (const by of [{ mobile: '12' }, { email: 'rita' }, { externalId: ' ' }]) {
      const { errors } = await shop.update(by);
      expect(errors).toHaveLength(1);
      expect((await shop.send(documents.customer, by)).errors[0]?.message).toBe(errors[0]?.message);
    }
  });

  test.each([
    { id: '1' },
    { id: 'abc' },
    { id: '9007199254740993' },
    { id: '-1' },
    { mobile: '+447911123456' },
    { email: 'nobody@example.com' },
    { externalId: 'nobody' },
  ])('is null where nobody is found: %j', async (by) => {
    const shop = await given.organization();
    await given.customer(shop);
    expect(await world.expectNothingChanged(() => shop.findCustomer(by))).toBeNull();
  });
});

describe('merge(id)', () => {
  test('finds a merge, standing or undone, as its update and its customer show it', async () => {
    const shop = await given.organization();
    const [target] = await given.customers(shop, {}, { email: 'v@example.com' });
    const { merges } = await shop.updated({ id: target.id, email: 'v@example.com' });
    const [merge] = merges;
    const id = merge?.id ?? '';
    expect(await shop.merge(id)).toEqual(merge);
    expect((await shop.customer(target.id)).merges).toEqual([merge]);
    await shop.undone(id);
    const undone = await shop.merge(id);
    expect(undone).toEqual({ ...merge, undoneAt: undone?.undoneAt });
    expect(undone?.undoneAt).not.toBeNull();
    expect((await shop.customer(target.id)).merges).toEqual([]);
  });

  test('is null for one that does not exist, is a preview’s, or another organization’s', async () => {
    const [shop, other] = [await given.organization(), await given.organization()];
    const [target, victim] = await given.customers(other, {}, { email: 'v@example.com' });
    const preview = await other.previewed({ id: target.id, email: 'v@example.com' });
    expect(preview.merges[0]?.id).toBe(`preview:${victim.id}`);
    const { merges } = await other.updated({ id: target.id, email: 'v@example.com' });
    for (const id of ['x', 'preview:1', `preview:${victim.id}`]) expect(await other.merge(id)).toBeNull();
    expect(await shop.merge(merges[0]?.id ?? '')).toBeNull();
  });

  test('is BAD_USER_INPUT without an id, or with one that can be none', async () => {
    const shop = await given.organization();
    for (const id of ['', 'a\u0000']) expect(await codes(shop, documents.merge, { id })).toEqual(['BAD_USER_INPUT']);
    const missing = await shop.send('{ merge { id } }');
    expect([missing.status, missing.data]).toEqual([400, null]);
  });
});

describe.each(['auditLog', 'ledger'] as const)('%s', (log) => {
  const query = (page: string) =>
    `query ($id: ID${page.includes('$after') ? ', $after: String' : ''}) { customer(id: $id) { ${log}${page} {
      edges { cursor node { id } } pageInfo { hasNextPage endCursor } } } }`;

  interface Page {
    edges: { cursor: string; node: { id: string } }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  }

  async function page(shop: Shop, id: string, argument: string, after: string | null = null): Promise<Page> {
    const { data } = await shop.send(query(argument), { id, after });
    return (data as { customer: Record<string, Page> }).customer[log] as Page;
  }

  /** A customer with so many audit events and ledger entries. */
  async function customerWith(entries: number): Promise<{ shop: Shop; id: string }> {
    const shop = await given.organization({
      rewardRules: Array.from({ length: entries }, (_, index) => ({
        name: `rule ${String(index)}`,
        programId: '1016',
        points: '1',
        fields: [`customFields.f${String(index)}`],
      })),
      customFields: Array.from({ length: entries }, (_, index) => ({ name: `f${String(index)}`, type: 'INTEGER' })),
    });
    const { id } = await given.customer(shop, { type: 'LOYALTY' });
    const inputs = Array.from({ length: entries }, (_, index) => ({
      id,
      customFields: [{ name: `f${String(index)}`, value: '1' }],
    }));
    const mutation =
      'mutation ($inputs: [UpdateCustomerInput!]!) { updateCustomers(inputs: $inputs) { successCount } }';
    while (inputs.length > 0) await shop.send(mutation, { inputs: inputs.splice(0, 100) });
    return { shop, id };
  }

  test('comes newest first, in pages that meet without a gap or an overlap', async () => {
    const { shop, id } = await customerWith(7);
    const all = await page(shop, id, '');
    expect(all.edges).toHaveLength(7);
    expect(all.pageInfo).toEqual({ hasNextPage: false, endCursor: all.edges.at(-1)?.cursor });
    const paged: Page['edges'] = [];
    let after: string | null = null;
    for (const expected of [true, true, false]) {
      const next: Page = await page(shop, id, '(first: 3, after: $after)', after);
      paged.push(...next.edges);
      expect(next.pageInfo).toEqual({ hasNextPage: expected, endCursor: next.edges.at(-1)?.cursor });
      after = next.pageInfo.endCursor;
    }
    expect(paged).toEqual(all.edges);
    expect(new Set(paged.map(({ node }) => node.id)).size).toBe(7);
    const last = await page(shop, id, '(after: $after)', after);
    expect(last).toEqual({ edges: [], pageInfo: { hasNextPage: false, endCursor: null } });
  });

  test('has no entry at first: 0, and tells whether there is one', async () => {
    const { shop, id } = await customerWith(1);
    expect(await page(shop, id, '(first: 0)')).toEqual({ edges: [], pageInfo: { hasNextPage: true, endCursor: null } });
    const { id: new1 } = await given.customer(shop);
    expect(await page(shop, new1, '(first: 0)')).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, endCursor: null },
    });
  });

  test('comes at most 500 at a time, 50 where first is omitted', async () => {
    const { shop, id } = await customerWith(501);
    expect((await page(shop, id, '')).edges).toHaveLength(50);
    const most = await page(shop, id, '(first: 500)');
    expect([most.edges.length, most.pageInfo.hasNextPage]).toEqual([500, true]);
    const rest = await page(shop, id, '(first: 500, after: $after)', most.pageInfo.endCursor);
    expect([rest.edges.length, rest.pageInfo.hasNextPage]).toEqual([1, false]);
    // The page leaves open whether more are cut to 500 or refused; more than 500 never come.
    const { data } = await shop.send(query('(first: 501)'), { id });
    const customer = data?.['customer'] as Record<string, Page> | null;
    expect(customer?.[log]?.edges.length ?? 0).toBeLessThanOrEqual(500);
  });

  test('is BAD_USER_INPUT with a cursor that no answer held, or a negative first', async () => {
    const { shop, id } = await customerWith(1);
    for (const after of ['x', '', '0', 'AAAA', Buffer.from('1').toString('base64url'), '%']) {
      expect(await codes(shop, query('(first: 1, after: $after)'), { id, after })).toEqual(['BAD_USER_INPUT']);
    }
    expect(await codes(shop, query('(first: -1)'), { id })).toEqual(['BAD_USER_INPUT']);
  });

  test('keeps its place while newer entries come', async () => {
    const { shop, id } = await customerWith(4);
    const first = await page(shop, id, '(first: 2)');
    const second = await page(shop, id, '(first: 2, after: $after)', first.pageInfo.endCursor);
    await shop.updated({ id, firstname: 'Rita' });
    expect(await page(shop, id, '(first: 2, after: $after)', first.pageInfo.endCursor)).toEqual(second);
  });
});

describe('what was broken by hand', () => {
  const queries: readonly (readonly [string, string, string])[] = [
    ['of a merge', 'customer_merge', '{ merge(id: "MERGE") { changes { field } } }'],
    ['of the merges of a customer', 'customer_merge', '{ customer(id: "ID") { merges { id } } }'],
    ['of an audit log', 'audit_event', '{ customer(id: "ID") { auditLog { edges { node { id } } } } }'],
  ];
  test.each(queries)(
    'makes a query fail that meets it, and none of another organization that is read with it: %s',
    async (_, table, query) => {
      const askAll = async (shop: Shop) => {
        const [{ id, email }, other] = await given.customers(shop, { email: 'a@example.com' }, {});
        const { merges } = await shop.updated({ id: other.id, email });
        const asked = query.replace('MERGE', merges[0]?.id ?? '').replace('ID', id);
        return () => Promise.all(Array.from({ length: 10 }, () => shop.send(asked)));
      };
      const [shop, neighbour] = [await given.organization(), await given.organization()];
      const [ask, neighbourAsks] = [await askAll(shop), await askAll(neighbour)];
      await world.execute(`UPDATE ${table} SET changes = '{broken' WHERE organization_id = ?`, [neighbour.id]);
      const [broken, whole] = await Promise.all([neighbourAsks(), ask()]);
      expect(whole.flatMap(({ errors }) => errors)).toEqual([]);
      for (const { errors } of broken)
        expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    },
  );
});
