import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { basic, startProbeServer, type ProbeServer } from '../http/probe-server.js';

let server: ProbeServer;
beforeAll(async () => {
  server = await startProbeServer();
});
afterAll(() => server.close());

const NOBODY = { authorization: '' };

describe('without right credentials', () => {
  test.each([
    '{ hello }',
    'mutation { writing }',
    '{ __typename hello }',
    '{ ...F } fragment F on Query { __typename ...G } fragment G on Query { hello }',
    '{ ... { ... on Query { a: hello } } }',
    '{ hello @skip(if: true) }',
    'query A { hello }',
  ])('%s is refused with 401 and how to say who calls', async (query) => {
    const answer = await server.query(query, {}, NOBODY);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe(
      'Basic realm="customers", charset="UTF-8", Bearer realm="customers"',
    );
    expect(answer.body).toEqual({
      errors: [
        {
          message:
            'This needs the credentials of a client: Authorization: Basic base64(id:secret), or Bearer and a token',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    });
  });

  test.each([
    '{ __typename }',
    '{ __schema { queryType { name } } }',
    '{ a: __type(name: "ProbeNode") { name } }',
    '{ ...F ...F } fragment F on Query { __typename ... { ...G } } fragment G on Query { __schema { description } }',
    'mutation { __typename }',
  ])('%s is introspection, and answered', async (query) => {
    for (const headers of [NOBODY, { authorization: basic('merger', 'wrong') }]) {
      const answer = await server.query(query, {}, headers);
      expect(answer.body.errors).toBeUndefined();
      expect(answer.status).toBe(200);
    }
  });

  test('the operation that is named decides, not the others of its document', async () => {
    const document = 'query Data { hello } query Schema { __typename }';
    const named = (operationName: string) =>
      server.send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: document, operationName }),
      });
    expect((await named('Schema')).status).toBe(200);
    expect((await named('Data')).status).toBe(401);
  });

  test('nothing is executed', async () => {
    let isCalled = false;
    server.behaviour.onSlow = () => {
      isCalled = true;
    };
    await server.query('{ slow }', {}, NOBODY);
    expect(isCalled).toBe(false);
    await server.query('{ slow }');
    expect(isCalled).toBe(true);
  });
});

describe('an access group', () => {
  const forbidden = (message: string) => [{ message, extensions: { code: 'FORBIDDEN' } }];
  const read = '{ reading }';
  const write = 'mutation { writing }';
  const merge = '{ merging }';

  test.each([
    ['nobody', read, 'This client may not read customers'],
    ['nobody', write, 'This client may not change customers'],
    ['nobody', merge, 'This client may not change customers'],
    ['reader', write, 'This client may not change customers'],
    ['reader', merge, 'This client may not change customers'],
    ['writer', merge, 'This client may not merge customers'],
  ])('of %s does not let it %s: 200, FORBIDDEN', async (client, query, message) => {
    const answer = await server.query(query, {}, { authorization: basic(client) });
    expect(answer.status).toBe(200);
    expect(answer.body.errors).toMatchObject(forbidden(message));
  });

  test.each([
    ['reader', read],
    ['writer', read],
    ['writer', write],
    ['merger', read],
    ['merger', write],
    ['merger', merge],
  ])('of %s lets it %s', async (client, query) => {
    const answer = await server.query(query, {}, { authorization: basic(client) });
    expect(answer.body.errors).toBeUndefined();
    expect(Object.values(answer.body.data ?? {})).toEqual([client]);
  });
});
