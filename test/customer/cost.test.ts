import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test } from 'vitest';
import { documents } from '../support/documents.js';
import { useWorld } from '../support/world.js';

// The limits as they are where nobody sets them, and what they have to let pass.

const world = useWorld({ MAX_COST: '' });

const logs = /(auditLog|ledger)\(first: 500\)/g;

describe('the default limits let pass', () => {
  test('the standard introspection query, with every option', async () => {
    const shop = await world.given.organization();
    const options = { descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true };
    const query = getIntrospectionQuery({ ...options, inputValueDeprecation: true, oneOf: true });
    expect((await shop.send(query)).errors).toEqual([]);
  });

  test('one customer with everything, and the longest pages of both logs', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    expect(documents.customer).toMatch(logs);
    expect((await shop.findCustomer({ id }))?.userId).toBe(id);
  });

  test('a hundred items of which everything is asked for, each with a list of a hundred', async () => {
    const shop = await world.given.organization();
    const inputs = Array.from({ length: 100 }, () => ({
      id: '1',
      customFields: Array.from({ length: 100 }, () => ({ name: '' })),
    }));
    const answer = await shop.send(documents.updateCustomers.replace(logs, '$1'), { inputs });
    expect(answer.errors).toEqual([]);
  });

  test('a hundred items of which everything is asked for, with pages of the logs as they are by default', async () => {
    const shop = await world.given.organization();
    const inputs = Array.from({ length: 100 }, () => ({ id: '1' }));
    const document = documents.updateCustomers.replace(logs, '$1');
    const answer = await shop.send(document, { inputs });
    expect(answer.errors).toEqual([]);
    expect(answer.data).toMatchObject({ updateCustomers: { total: 100 } });
  });
});

describe('the default limits refuse', () => {
  test('a hundred items with the longest pages, and do none of them', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    const inputs = Array.from({ length: 100 }, () => ({ id, firstname: 'Rita' }));
    const answer = await world.expectNothingChanged(() => shop.send(documents.updateCustomers, { inputs }));
    expect(answer.status).toBe(400);
    expect(answer.errors).toMatchObject([
      {
        message: expect.stringMatching(/^The operation may cost \d+; at most 500000 \(MAX_COST\)/) as unknown,
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ]);
  });

  const unknown = (count: number) => Array.from({ length: count }, () => ({ name: '' }));
  const answers = (notices: string) => `{ results { ${notices} { code message field legacyCode } } }`;
  const ofAll = `updateCustomers(inputs: $inputs) ${answers('errors')}`;

  test.each([
    ['lists that several fields share', `mutation ($inputs: [UpdateCustomerInput!]!) { a: ${ofAll} b: ${ofAll} }`],
    [
      'a list that many inputs share',
      `mutation ($list: [FieldValueInput!]) {
        updateCustomers(inputs: [${'{ id: 1, customFields: $list } '.repeat(100)}]) ${answers('errors')}
      }`,
    ],
    [
      'lists of what is left out',
      `mutation ($inputs: [UpdateCustomerInput!]!) {
        a: updateCustomers(inputs: $inputs) ${answers('warnings')}
        b: updateCustomers(inputs: $inputs) ${answers('warnings')}
      }`,
    ],
  ])('more faults than may be answered: of %s', async (_name, query) => {
    const shop = await world.given.organization();
    const inputs = Array.from({ length: 100 }, () => ({ id: '1', customFields: unknown(600), invalidFields: 'SKIP' }));
    const variables = query.includes('$list') ? { list: unknown(1000) } : { inputs };
    const { status, errors } = await world.expectNothingChanged(() => shop.send(query, variables));
    expect(status).toBe(400);
    expect(errors[0]?.message).toMatch(/^The operation may cost \d+; at most 500000 \(MAX_COST\)/);
  });

  test('more changes than may be answered: of all that a batch gives, over and over', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    const inputs = Array.from({ length: 100 }, () => ({ id, customFields: unknown(300), invalidFields: 'SKIP' }));
    const changes = (...names: string[]) =>
      `mutation ($inputs: [UpdateCustomerInput!]!) {
        updateCustomers(inputs: $inputs) { results { ${names.map((name) => `${name}: changes { field previous current rule }`).join(' ')} } }
      }`;
    const { status, errors } = await world.expectNothingChanged(() =>
      shop.send(changes('a', 'b', 'c', 'd', 'e'), { inputs }),
    );
    expect(status).toBe(400);
    expect(errors[0]?.message).toMatch(/^The operation may cost \d+; at most 500000 \(MAX_COST\)/);
    // Once, with the faults that there may be instead, it is what anybody asks for.
    const once = changes('changes').replace('} }', '} errors { code message field } warnings { code message field } }');
    expect((await shop.send(once, { inputs })).errors).toEqual([]);
  });

  test.each([
    ['a literal', 'auditLog(first: 500)', {}],
    ['a variable', 'auditLog(first: $first)', { first: 500 }],
    ["a variable's default", 'auditLog(first: $other)', {}],
    ['more than there is', 'auditLog(first: 2000000000)', {}],
  ])('the longest pages whichever way they are asked for: %s', async (_name, log, variables) => {
    const shop = await world.given.organization();
    const query = `mutation ($inputs: [UpdateCustomerInput!]!, $first: Int! = 1, $other: Int! = 500) {
      updateCustomers(inputs: $inputs) { results { customer {
        ${log} { edges { node { id at action version requestId client tillCode changes { field } } } }
        more: auditLog(first: $first) { pageInfo { hasNextPage } } other: ledger(first: $other) { pageInfo { hasNextPage } }
      } } } }`;
    const inputs = Array.from({ length: 100 }, () => ({ id: '1' }));
    expect((await shop.send(query, { inputs, ...variables })).errors[0]?.message).toContain('MAX_COST');
    expect((await shop.send(query, { inputs: inputs.slice(0, 10), ...variables })).errors).toEqual([]);
  });

  test('a hundred thousand items before any of them is read', async () => {
    const shop = await world.given.organization();
    const inputs = Array.from({ length: 100_000 }, () => ({}));
    const answer = await shop.send(documents.updateCustomers, { inputs });
    expect(answer.errors).toMatchObject([
      {
        message: 'updateCustomers takes at most 100 items at once, not 100000',
        extensions: { code: 'BATCH_TOO_LARGE' },
      },
    ]);
    const literal = `mutation { updateCustomers(inputs: [${'{} '.repeat(101)}]) { total } }`;
    expect((await shop.send(literal)).errors).toMatchObject([{ extensions: { code: 'BATCH_TOO_LARGE' } }]);
  });
});

describe('what is found beyond what a cost was reckoned with', () => {
  const small = useWorld({ MAX_COST: '500' });
  const customer = 'customer { firstname merges { id } aliases { value } }';
  const update = `mutation ($inputs: [UpdateCustomerInput!]!) {
    updateCustomers(inputs: $inputs) { results { success ${customer} } }
  }`;

  test('is bounded too: merges of one customer over and over are not read, and what was done is told as done', async () => {
    const shop = await small.given.organization();
    const [survivor, ...victims] = await small.given.customers(
      shop,
      ...Array.from({ length: 10 }, (_, index) => ({ email: `p${index}@example.com`, externalId: `X${index}` })),
    );
    const id = survivor?.id ?? '';
    await shop.send(update, { inputs: victims.map(({ email }) => ({ id, email })) });

    const inputs = Array.from({ length: 10 }, (_, index) => ({ id, firstname: `Rita ${'x'.repeat(index)}` }));
    const { status, data, errors } = await shop.send(update, { inputs });
    const results = inputs.map((_, index) => ({
      success: true,
      customer: index === 9 ? null : (expect.anything() as unknown),
    }));
    expect([status, data]).toEqual([200, { updateCustomers: { results } }]);
    expect(errors).toMatchObject([
      {
        message:
          'With 27 entries of aliases the answer costs more than 500 (MAX_COST): ask for fewer customers or fields',
        path: ['updateCustomers', 'results', 9, 'customer', 'aliases'],
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ]);
    const found = await shop.send(`query ($id: ID) { ${customer.replace(' ', '(id: $id) ')} }`, { id });
    expect([found.errors, found.data]).toMatchObject([
      [],
      { customer: { firstname: 'Rita xxxxxxxxx', merges: { length: 9 }, aliases: { length: 27 } } },
    ]);
  });

  const names = Array.from({ length: 40 }, (_, index) => `field ${index}`);

  test('is bounded too: as many fields as an organization has, and as many changes of them', async () => {
    const shop = await small.given.organization({ customFields: names.map((name) => ({ name, type: 'STRING' })) });
    const { id } = await small.given.customer(shop);
    const customFields = names.map((name) => ({ name, value: 'x' }));
    expect((await shop.send(update, { inputs: [{ id, customFields }] })).errors).toEqual([]);

    for (const list of [
      'customFields { name value }',
      'auditLog(first: 2) { edges { node { changes { field previous current } } } }',
    ]) {
      const several = (count: number) => ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, count).map((name) => `${name}: `);
      const asked = (count: number) =>
        shop.send(
          `query ($id: ID) { ${several(count)
            .map((name) => `${name}customer(id: $id) { ${list} }`)
            .join(' ')} }`,
          {
            id,
          },
        );
      expect((await asked(2)).errors).toEqual([]);
      const { data, errors } = await asked(6);
      expect(Object.values(data ?? {})).toEqual(expect.arrayContaining([null, expect.anything()]));
      expect(errors[0]).toMatchObject({
        message: expect.stringMatching(
          /^With 40 entries of \w+ the answer costs more than 500 \(MAX_COST\)/,
        ) as unknown,
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      });
    }
  });
});
