import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RequestContext } from '../../src/http/request-context.js';
import { basic, startProbeServer, type ProbeServer } from './probe-server.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let server: ProbeServer;
beforeAll(async () => {
  server = await startProbeServer({ MAX_BODY_BYTES: '1000' });
});
afterAll(() => server.close());

async function contextWith(headers: Record<string, string>): Promise<RequestContext> {
  const answer = await server.query('{ who }', undefined, headers);
  return JSON.parse(String(answer.body.data?.['who'])) as RequestContext;
}

/** Headers as bytes, which fetch does not send. */
function queryWithBytes(name: string, value: Buffer): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      authorization: basic('reader'),
      [name]: value.toString('latin1'),
    };
    const sent = request(`${server.url}/graphql`, { method: 'POST', headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    // A body of text would make Node write the headers in UTF-8.
    sent.on('error', reject).end(Buffer.from(JSON.stringify({ query: '{ who }' })));
  });
}

describe('the request id', () => {
  test.each(['a', 'A-Z_0.9', 'x'.repeat(128)])('%s is taken over and answered', async (id) => {
    const answer = await server.query('{ who }', undefined, { 'x-cap-request-id': id });
    expect(answer.headers.get('x-cap-request-id')).toBe(id);
    expect((await contextWith({ 'X-CAP-REQUEST-ID': id })).requestId).toBe(id);
  });

  test.each(['', 'x'.repeat(129), 'a b', 'a,b', 'ä', 'a/b', '{}'])('%j is not, but made anew', async (id) => {
    const answer = await server.query('{ who }', undefined, { 'x-cap-request-id': id });
    expect(answer.headers.get('x-cap-request-id')).toMatch(UUID);
  });

  test('is another one for each request', async () => {
    const one = await contextWith({});
    const other = await contextWith({});
    expect(one.requestId).toMatch(UUID);
    expect(other.requestId).not.toBe(one.requestId);
  });

  const json = { 'content-type': 'application/json' };
  test.each<[string, number, string, RequestInit]>([
    ['an answer', 200, '/graphql', { method: 'POST', headers: json, body: '{"query":"{__typename}"}' }],
    ['a refusal of GraphQL', 400, '/graphql', { method: 'POST', headers: json, body: '{"query":"{"}' }],
    ['a refusal of who calls', 401, '/graphql', { method: 'POST', headers: json, body: '{"query":"{hello}"}' }],
    ['a body that is no JSON', 400, '/graphql', { method: 'POST', headers: json, body: '{' }],
    ['a body too large', 413, '/graphql', { method: 'POST', headers: json, body: ' '.repeat(1001) }],
    ['a body of another type', 415, '/graphql', { method: 'POST', body: 'x' }],
    ['another path', 404, '/nothing', {}],
    ['another method', 405, '/graphql', { method: 'DELETE' }],
    ['a path that is none', 400, '/%ff', {}],
    ['the landing page', 200, '/graphql', { headers: { accept: 'text/html' } }],
    ['health', 200, '/livez', {}],
    ['a preflight', 204, '/graphql', { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } }],
  ])('is on %s (%i)', async (_name, status, path, init) => {
    const headers = new Headers(init.headers);
    headers.set('x-cap-request-id', 'mine');
    const answer = await server.send(path, { ...init, headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-cap-request-id')).toBe('mine');
  });
});

describe('the user context', () => {
  const names = ['ENTITY-TYPE', 'ENTITY-ID', 'ENTITY-SOURCE', 'ENTITY-SOURCE-ID'] as const;

  test('is what the four headers say', async () => {
    const headers = Object.fromEntries(names.map((name) => [`USER-CONTEXT-${name}`, `the ${name}`]));
    expect((await contextWith(headers)).userContext).toEqual({
      entityType: 'the ENTITY-TYPE',
      entityId: 'the ENTITY-ID',
      source: 'the ENTITY-SOURCE',
      sourceId: 'the ENTITY-SOURCE-ID',
    });
  });

  test('is null where a header is missing or empty', async () => {
    const { userContext } = await contextWith({ 'USER-CONTEXT-ENTITY-ID': '', 'USER-CONTEXT-ENTITY-SOURCE': 'till' });
    expect(userContext).toEqual({ entityType: null, entityId: null, source: 'till', sourceId: null });
  });

  test.each(names)('USER-CONTEXT-%s takes 100 characters, not 101', async (name) => {
    const header = `USER-CONTEXT-${name}`;
    const { userContext } = await contextWith({ [header]: 'x'.repeat(100) });
    expect(Object.values(userContext)).toContain('x'.repeat(100));

    const answer = await server.query('{ who }', undefined, { [header]: 'x'.repeat(101) });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      errors: [
        {
          message: `${header} takes at most 100 characters, without control characters`,
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    });
  });

  test('may be written in UTF-8 or in Latin-1, and counts characters, not bytes', async () => {
    for (const encoding of ['utf8', 'latin1'] as const) {
      const { body } = await queryWithBytes('USER-CONTEXT-ENTITY-ID', Buffer.from('José'.repeat(25), encoding));
      expect(body).toContain('José'.repeat(25));
    }
    const hundred = await queryWithBytes('USER-CONTEXT-ENTITY-ID', Buffer.from('😀'.repeat(100)));
    expect(hundred.status).toBe(200);
    const more = await queryWithBytes('USER-CONTEXT-ENTITY-ID', Buffer.from('😀'.repeat(101)));
    expect(more.status).toBe(400);
  });

  test.each(['a\tb', 'a\u0085b', 'a\u202eb'])('does not take the control character of %j', async (text) => {
    const { status, body } = await queryWithBytes('USER-CONTEXT-ENTITY-ID', Buffer.from(text));
    expect(status).toBe(400);
    expect(body).toContain('BAD_USER_INPUT');
    expect(body).not.toContain(text);
  });
});
