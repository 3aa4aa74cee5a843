import { connect } from 'node:net';
import fc, { type Arbitrary } from 'fast-check';
import type { HttpAnswer } from '../support/shop.js';
import { oddText } from './odd-values.js';

const bodies: Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  oddText.map((text) => Buffer.from(text)),
  fc
    .tuple(
      fc.constantFrom(
        '{"query":"{ organization { id } }","variables":{"a":"',
        '{"query":"{ customer(id: \\"1\\") { userId } }","query":"',
        '{"query":"mutation($i: UpdateCustomerInput!){updateCustomer(input:$i){success}}","variables":{"i":{"id":"1","id":"2","firstname":"',
        '{"root":{"customer":[{"id":"1","firstname":"',
        '<root><customer><id>1</id><firstname>',
        '[{"query":"',
      ),
      fc.oneof(
        oddText.map((text) => Buffer.from(text)),
        fc.constantFrom<Buffer>(
          ...[[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x22, 0x7d, 0x00]].map(
            (bytes) => Buffer.from(bytes),
          ),
        ),
        fc
          .constantFrom(
            '"}},"variables":1e999}',
            '","variables":' + '['.repeat(5000),
            '","extensions":{"persistedQuery":{}}}',
          )
          .map((text) => Buffer.from(text)),
      ),
      fc.constantFrom('"}}', '"}', '"}]}}', '</firstname></customer></root>', '', '"}]'),
    )
    .map(([before, inner, after]) => Buffer.concat([Buffer.from(before), inner, Buffer.from(after)])),
);

const paths = [
  ...[
    '/graphql',
    '/graphql',
    '/graphql',
    '/graphql?query={organization{id}}',
    '/graphql?query=%',
    '/graphql?query=%ff&variables={',
  ],
  ...[
    '/graphql?query={__typename}&variables=%7B%22a%22:1e999%7D&extensions=[]&operationName=%00',
    '/graphql?query[]=a&query=b',
  ],
  ...['/v1.1/customer/update', '/v1.1/customer/update?format=xml', '/v1.1/customer/update?format=json&format=xml'],
  ...[
    '/v1.1/customer/update/%',
    '/%00',
    '/../..',
    '//',
    '/livez',
    '/readyz',
    '/v1.1/openapi.json',
    '*',
    '/a%2fb%',
    'http://x/graphql',
  ],
] as const;

const contentTypes = [
  ...[
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=utf-7',
    'application/xml',
    'text/plain',
  ],
  ...[
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    '',
    ';',
    'a/b/c',
    'application/json, a',
  ],
] as const;

const headerNames = [
  ...[
    'accept',
    'accept-encoding',
    'content-encoding',
    'origin',
    'x-cap-request-id',
    'x-forwarded-for',
    'cookie',
    'host',
    'expect',
  ],
  ...[
    'user-context-entity-id',
    'x-cap-read-after',
    'range',
    'upgrade',
    'apollo-require-preflight',
    'x',
    '__proto__',
    'if-match',
  ],
] as const;

/** What can be sent in a line of a request's head. */
const headText = oddText.map((text) => Buffer.from(text.replace(/[\r\n]/g, '')).subarray(0, 6000));

/** Any request, byte by byte. Its length is right, so that there is an answer to wait for. */
export const rawRequest = (authorization: string): Arbitrary<Buffer> =>
  fc
    .record({
      method: fc.oneof(
        { weight: 8, arbitrary: fc.constant('POST') },
        {
          weight: 4,
          arbitrary: fc.constantFrom('GET', 'HEAD', 'PUT', 'OPTIONS', 'post', 'DELETE', 'X', 'PATCH', 'TRACE'),
        },
      ),
      path: fc.constantFrom(...paths),
      type: fc.oneof(
        { weight: 1, arbitrary: fc.constant('application/json') },
        { weight: 1, arbitrary: fc.constantFrom(...contentTypes) },
      ),
      credentials: fc.oneof(
        { weight: 5, arbitrary: fc.constant(Buffer.from(authorization)) },
        { weight: 1, arbitrary: headText },
      ),
      headers: fc.array(fc.tuple(fc.constantFrom(...headerNames), headText), { maxLength: 2 }),
      body: bodies,
    })
    .map(({ method, path, type, credentials, headers, body }) =>
      Buffer.concat([
        Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${type}\r\n`),
        Buffer.from(`content-length: ${body.length}\r\nauthorization: `),
        credentials,
        ...headers.flatMap(([name, value]) => [Buffer.from(`\r\n${name}: `), value]),
        Buffer.from('\r\n\r\n'),
        body,
      ]),
    );

/** Sends the bytes on a connection of their own, and reads until the other side ends it. */
export function sendRaw(port: number, request: Buffer): Promise<HttpAnswer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setTimeout(10_000, () => socket.destroy(new Error('No answer within 10 seconds')));
    socket.on('data', (chunk) => chunks.push(chunk));
    // Whoever is refused before all is read may see the connection reset after the answer.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      resolve(chunks.length === 0 ? null : readAnswer(Buffer.concat(chunks).toString()));
    });
  });
}

function readAnswer(answer: string): HttpAnswer {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 2),
  ]);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]),
    headers: Object.fromEntries(headers) as Record<string, string>,
    text: rest.join('\r\n\r\n'),
  };
}
