import dns from 'node:dns';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { heldMegabytes } from '../support/held-megabytes.js';
import { basic, startProbeServer, type ProbeServer } from './probe-server.js';

let server: ProbeServer;
let production: ProbeServer;
beforeAll(async () => {
  server = await startProbeServer({ MAX_BODY_BYTES: '1000' });
  production = await startProbeServer({ NODE_ENV: 'production' });
});
afterAll(() => Promise.all([server.close(), production.close()]));

const JSON_TYPE = { 'content-type': 'application/json', authorization: basic('merger') };

const post = (body: RequestInit['body'], headers: Record<string, string> = JSON_TYPE) =>
  server.send('/graphql', { method: 'POST', headers, body: body ?? null });

/** What comes back for bytes on a bare connection, until the server ends it. */
async function exchange(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
  socket.write(bytes);
  await once(socket, 'close');
  return received;
}

describe('a body', () => {
  const hello = '{"query":"{hello}"}';

  test('of exactly as many bytes as are taken is read, of one more is not', async () => {
    expect((await post(hello.padEnd(1000))).body).toEqual({ data: { hello: 'hello' } });
    const answer = await post(hello.padEnd(1001));
    expect(answer.status).toBe(413);
    expect(answer.body).toEqual({
      errors: [
        {
          message: 'The body is larger than this server takes (MAX_BODY_BYTES)',
          extensions: { code: 'PAYLOAD_TOO_LARGE' },
        },
      ],
    });
  });

  test('that is sent in pieces has the same limit', async () => {
    const chunk = `${(500).toString(16)}\r\n${' '.repeat(500)}\r\n`;
    const head =
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await exchange(`${head}${chunk.repeat(3)}0\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
  });

  test('takes memory for its bytes, in however many pieces it comes', async () => {
    const accepted = once(production.server.app.server, 'connection') as Promise<[Socket]>;
    const socket = connect(Number(new URL(production.url).port), '127.0.0.1');
    const headers = `Authorization: ${basic('merger')}\r\nContent-Type: application/json\r\n`;
    const head = `POST /graphql HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const pieces = hello.padEnd(200_000).replaceAll(/./g, '1\r\n$&\r\n');
    const before = heldMegabytes();
    socket.write(head + pieces);
    const [other] = await accepted;
    await expect.poll(() => other.bytesRead).toBe(head.length + pieces.length);
    expect(heldMegabytes() - before).toBeLessThan(10);
    const answer = once(socket.setEncoding('utf8'), 'data');
    socket.write('0\r\n\r\n');
    expect(String(await answer)).toContain('{"data":{"hello":"hello"}}');
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'is taken as %s',
    async (type) => {
      expect((await post(hello, { ...JSON_TYPE, 'content-type': type })).body).toEqual({ data: { hello: 'hello' } });
    },
  );

  test('is taken with a byte order mark', async () => {
    expect((await post(`\ufeff${hello}`)).body).toEqual({ data: { hello: 'hello' } });
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/jsonp',
    'nonsense',
  ])('is not taken as %s', async (type) => {
    const answer = await post(hello, { ...JSON_TYPE, 'content-type': type, 'apollo-require-preflight': '1' });
    expect(answer.status).toBe(415);
    expect(answer.body).toEqual({
      errors: [
        {
          message: 'The body must be sent as application/json, and not compressed',
          extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' },
        },
      ],
    });
  });

  test.each(['gzip', 'br', 'identity, gzip'])('is not taken compressed (%s)', async (encoding) => {
    const answer = await post(gzipSync(hello), { ...JSON_TYPE, 'content-encoding': encoding });
    expect(answer.status).toBe(415);
    expect(answer.body.errors).toMatchObject([{ extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' } }]);
    const v1 = { method: 'POST', headers: { ...JSON_TYPE, 'content-encoding': encoding }, body: gzipSync('{}') };
    expect((await server.send('/v1.1/customer/update', v1)).status).toBe(415);
    const nobody = { 'content-type': 'application/json', 'content-encoding': encoding };
    expect((await server.send('/v1.1/customer/update', { ...v1, headers: nobody })).status).toBe(401);
  });

  test('may say that it is not compressed', async () => {
    const answer = await post(hello, { ...JSON_TYPE, 'content-encoding': 'identity' });
    expect(answer.body).toEqual({ data: { hello: 'hello' } });
  });

  test('is not looked at where its type is longer than any: its blanks take time that grows with their square', async () => {
    const type = `application/json${' '.repeat(15_000)};`;
    const answers = [
      await post(hello, { ...JSON_TYPE, 'content-type': type }),
      await server.send('/graphql?query=%7Bhello%7D', { headers: { ...JSON_TYPE, 'content-type': type } }),
      await server.send('/v1.1/customer/update', { method: 'POST', headers: { ...JSON_TYPE, 'content-type': type } }),
      await server.send('/v1.1/customer/update', { method: 'POST', headers: { 'content-type': type } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([415, 415, 415, 401]);
    expect((await post(hello, { ...JSON_TYPE, 'content-type': `application/json${' '.repeat(200)};` })).status).toBe(
      200,
    );
  });

  test.each([
    '',
    '{"query":"{Quux',
    'Quux',
    '{"__proto__":{"Quux":1}}',
    '{"a":{"constructor":{"prototype":1}},"Quux":1}',
    // Read as UTF-8 all the same, different names would become one.
    Buffer.from('{"query":"{hello}","variables":{"a":"Quüx"}}', 'latin1'),
    Buffer.from(hello, 'utf16le'),
  ])('that is no JSON to be trusted (%s) is refused without an echo', async (body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('Quux');
    expect(answer.body).toEqual({
      errors: [{ message: 'The request cannot be read; a body must be JSON', extensions: { code: 'BAD_REQUEST' } }],
    });
  });

  test.each([
    '[]',
    'null',
    '5',
    '{}',
    '{"query":5}',
    '{"query":""}',
    '{"query":{"kind":"Document"}}',
    '{"query":"{hello}","variables":"Quux"}',
    '{"query":"{hello}","variables":["Quux"]}',
    '{"query":"{hello}","operationName":{"Quux":1}}',
    '{"query":"{hello}","extensions":"Quux"}',
  ])('that is no GraphQL request (%s) is refused without an echo', async (body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('Quux');
    expect(answer.body.errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  });

  test('of several operations is refused: one request is one operation', async () => {
    const answer = await post(`[${hello},${hello}]`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([
      { message: 'Operation batching disabled.', extensions: { code: 'BAD_REQUEST' } },
    ]);
  });

  test('with a persisted query is told that there are none', async () => {
    for (const sha256Hash of ['x', { toString: 1 }]) {
      const answer = await post(JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash } } }));
      expect(answer.body.errors).toMatchObject([{ extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }]);
    }
  });
});

describe('a method', () => {
  const guarded = { authorization: basic('merger'), 'apollo-require-preflight': '1' };

  test('GET answers queries', async () => {
    const answer = await server.send('/graphql?query={hello}', { headers: guarded });
    expect(answer.body).toEqual({ data: { hello: 'hello' } });
  });

  test('either way gives an answer that no cache may keep', async () => {
    for (const answer of [
      await server.query('{ hello }'),
      await server.send('/graphql?query={hello}', { headers: guarded }),
    ]) {
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  test('GET refuses mutations', async () => {
    const answer = await server.send('/graphql?query=mutation{writing}', { headers: guarded });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(answer.body.errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  });

  test('GET is refused where another site could have made the browser send it', async () => {
    const answer = await server.send('/graphql?query={hello}', { headers: { authorization: basic('merger') } });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Cross-Site Request Forgery');
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'HEAD'])('%s is refused', async (method) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await server.send('/graphql', { method, headers, body: method === 'HEAD' ? null : '{bad' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, POST');
    if (method !== 'HEAD') {
      expect(answer.body).toEqual({
        errors: [{ message: 'This path takes POST, and GET for queries', extensions: { code: 'METHOD_NOT_ALLOWED' } }],
      });
    }
  });
});

describe('a request that is no request', () => {
  test.each(['/', '/graphql/x', '/Quux', '/graphql%00'])('for %s finds nothing, and is told so', async (path) => {
    const answer = await server.send(path);
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({
      errors: [{ message: 'There is nothing here; the API is at POST /graphql', extensions: { code: 'NOT_FOUND' } }],
    });
  });

  test.each([
    ['broken', '{', 'application/json'],
    ['of another type', 'x', 'text/plain'],
  ])('finds nothing whatever its body is: %s', async (_name, body, type) => {
    const answer = await server.send('/nowhere', { method: 'POST', headers: { 'content-type': type }, body });
    expect(answer.status).toBe(404);
  });

  test.each([
    ['a path that is none', 'GET /%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['no HTTP', 'Quux\r\n\r\n', 400],
    ['headers too large', `GET / HTTP/1.1\r\nHost: x\r\nQuux: ${'Q'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'a Host that is none',
      'POST /graphql HTTP/1.1\r\nHost: [Quux\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
      400,
    ],
    [
      'no Host',
      'POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
      400,
    ],
    [
      'a method that Node knows, and nobody else',
      'PURGE /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      404,
    ],
    ['a tunnel', 'CONNECT Quux:443 HTTP/1.1\r\nHost: Quux\r\n\r\n', 400],
    ['an expectation', 'GET /livez HTTP/1.1\r\nHost: x\r\nExpect: Quux\r\nConnection: close\r\n\r\n', 200],
  ])('has a request id and no echo: %s', async (_name, bytes, status) => {
    const received = await exchange(bytes);
    expect(received.split(' ')[1]).toBe(String(status));
    expect(received).toMatch(/^x-cap-request-id: [0-9a-f-]{36}\r$/im);
    expect(received).toMatch(/^content-type: application\/json/im);
    expect(received).not.toContain('Quux');
    expect(JSON.stringify(server.logged())).not.toContain('Quux');
  });
});

describe('what is sent behind a request without waiting for its answer', () => {
  const hello = (query: string) => {
    const body = JSON.stringify({ query });
    const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: ${basic('merger')}`;
    return `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };

  test.each([
    ['no HTTP', 'Quux\r\n\r\n', 400],
    ['the rest of a body that is longer than it says', 'Quux'.repeat(1000), 400],
    ['a tunnel', `CONNECT Quux:443 HTTP/1.1\r\nHost: Quux\r\n\r\n${'Quux'.repeat(1000)}`, 400],
    ['headers too large', `GET / HTTP/1.1\r\nHost: x\r\nQuux: ${'Q'.repeat(20_000)}\r\n\r\n`, 431],
  ])('is answered after it, and nothing else is said of the request: %s', async (_name, bytes, status) => {
    const received = await exchange(`${hello('mutation { writing }')}${hello('{ hello }')}${bytes}`);
    const answers = received.split(/^(?=HTTP\/1.1 )/m);
    expect(answers.map((answer) => answer.split(' ')[1])).toEqual(['200', '200', String(status)]);
    expect(answers[0]).toContain('"writing":"merger"');
    expect(answers[1]).toContain('"hello":"hello"');
  });
});

describe('the landing page', () => {
  const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

  test('is Apollo Sandbox in development, without credentials', async () => {
    const answer = await server.send('/graphql', { headers: browser });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.text).toContain('EmbeddedSandbox');
    expect(answer.text).toContain('"runTelemetry":false');
  });

  test('is not there in production, unless it is asked for', async () => {
    const answer = await production.send('/graphql', { headers: browser });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('<html');

    const asked = await startProbeServer({ NODE_ENV: 'production', EXPLORER: '1' });
    expect((await asked.send('/graphql', { headers: browser })).text).toContain('EmbeddedSandbox');
    await asked.close();
  });
});

describe('other sites', () => {
  const studio = 'https://studio.apollographql.com';
  const preflight = (probe: ProbeServer, origin: string) =>
    probe.send('/graphql', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

  test('that are named may send every header that the API knows or Apollo Client sends, and read the request id', async () => {
    const asked = await preflight(server, studio);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(studio);
    expect(asked.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(asked.headers.get('access-control-allow-headers')?.toLowerCase().split(', ')).toEqual([
      'content-type',
      'authorization',
      'x-cap-request-id',
      'x-cap-read-after',
      'user-context-entity-type',
      'user-context-entity-id',
      'user-context-entity-source',
      'user-context-entity-source-id',
      'apollo-require-preflight',
      'x-apollo-operation-name',
      'apollographql-client-name',
      'apollographql-client-version',
    ]);
    const answered = await server.query('{ hello }', undefined, { origin: studio });
    expect(answered.headers.get('access-control-allow-origin')).toBe(studio);
    expect(answered.headers.get('access-control-expose-headers')).toBe(
      'X-CAP-REQUEST-ID, X-CAP-READ-AFTER, Retry-After',
    );
    expect(answered.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('that are not named may not, and in production none is', async () => {
    for (const [probe, origin] of [
      [server, 'https://evil.example.com'],
      [server, 'null'],
      [production, studio],
    ] as const) {
      const asked = await preflight(probe, origin);
      expect(asked.headers.get('access-control-allow-origin')).toBeNull();
      const answered = await probe.query('{ hello }', undefined, { origin });
      expect(answered.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('a small number of answers at once', () => {
  test('do not mix up who asks', async () => {
    const ids = ['reader', 'writer', 'merger'];
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const id = ids[index % 3] ?? '';
        const answer = await server.query('{ reading }', undefined, {
          authorization: basic(id),
          'x-cap-request-id': `r${index}`,
        });
        return [answer.body.data?.['reading'] === id, answer.headers.get('x-cap-request-id') === `r${index}`];
      }),
    );
    expect(answers.flat()).not.toContain(false);
  });
});

test('at localhost, a request is answered at each address that it listens on, whatever it would upgrade to', async () => {
  const { lookup } = dns;
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  // As where localhost has an address of each kind.
  const both = (host: string, options: dns.LookupOptions, callback: (error: unknown, found: unknown) => void) => {
    if (host === 'localhost' && options.all === true) callback(null, addresses);
    else lookup(host, options, callback);
  };
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(both as unknown as typeof lookup);
  const local = await startProbeServer({ HOST: 'localhost' });
  spy.mockRestore();
  for (const { address, port } of local.server.app.addresses() as AddressInfo[]) {
    const socket = connect(port, address);
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(1000) })) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /);
    socket.destroy();
  }
  await local.close();
});
