import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { basic, startProbeServer, type ProbeServer } from './probe-server.js';

// Clients that keep a connection without ever coming to an end with what they send, or with what they read.

let server: ProbeServer;
beforeAll(async () => {
  server = await startProbeServer({ MAX_REQUEST_SECONDS: '1' });
});
afterAll(() => server.close());

function open(onText: (text: string) => void): Socket {
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen: true });
  // The server may be gone while this still writes.
  return socket
    .on('error', () => undefined)
    .setEncoding('utf8')
    .on('data', onText);
}

/** What comes back for bytes that are followed by a little more again and again, until the server is gone. */
async function dripped(head: string, more: string): Promise<string> {
  let received = '';
  const socket = open((text) => (received += text));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(head);
  const drip = setInterval(() => socket.write(more), 100);
  await closed;
  clearInterval(drip);
  return received;
}

const post = (path: string, headers: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n`;

test.concurrent.each([
  ['headers', 'POST /graphql HTTP/1.1\r\nHost: x\r\n', 'X-More: x\r\n', '"code":"REQUEST_TIMEOUT"'],
  ['a body', post('/graphql', 'Content-Length: 500\r\n'), ' ', '"code":"REQUEST_TIMEOUT"'],
  ['a body in pieces', post('/graphql', 'Transfer-Encoding: chunked\r\n'), '1\r\n \r\n', '"code":"REQUEST_TIMEOUT"'],
  [
    'a body of v1.1',
    post('/v1.1/customer/update', `Authorization: ${basic('merger')}\r\nContent-Length: 500\r\n`),
    ' ',
    '"success":"false","code":408',
  ],
])('%s that do not come to an end are answered 408, and the connection is closed', async (_name, head, more, says) => {
  const received = await dripped(head, more);
  expect(received).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  expect(received).toMatch(/^x-cap-request-id: [0-9a-f-]{36}\r$/im);
  expect(received).toContain(says);
});

/** A whole query in JSON, cut in two in the middle of its body. */
function halves(query: string, requestId: string): [string, string] {
  const body = JSON.stringify({ query });
  const headers = `X-CAP-REQUEST-ID: ${requestId}\r\nAuthorization: ${basic('merger')}\r\nContent-Length: ${body.length}\r\n`;
  return [post('/graphql', headers) + body.slice(0, 9), body.slice(9)];
}

const linesOf = (requestId: string) => server.logged().filter((line) => line['requestId'] === requestId);

test.each([
  ['a body that does not come', 'Content-Length: 500\r\n', 'x', 408, 'REQUEST_TIMEOUT'],
  ['a body in pieces that are none', 'Transfer-Encoding: chunked\r\n', 'zz\r\n', 400, 'BAD_REQUEST'],
])('%s is told once, with the id of its request', async (_name, headers, body, status, code) => {
  const requestId = `broken-${status}`;
  let received = '';
  const socket = open((text) => (received += text));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.once('end', () => socket.end());
  socket.write(`${post('/graphql', `X-CAP-REQUEST-ID: ${requestId}\r\n${headers}`)}${body}`);
  await closed;
  await expect.poll(() => linesOf(requestId)).not.toEqual([]);
  await delay(100);
  expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\nX-CAP-REQUEST-ID: ${requestId}\r\n`));
  expect(linesOf(requestId)).toMatchObject([{ method: 'POST', route: '/graphql', status, codes: [code] }]);
});

test('a body that comes to its end behind the 408 is not done', async () => {
  let begun = 0;
  server.behaviour.onSlow = () => (begun += 1);
  const [head, rest] = halves('{ slow }', 'too-late');
  const answered = new Promise((resolve) => {
    const socket = open((text) => {
      if (text.startsWith('HTTP/1.1 408 ')) socket.write(rest, resolve);
    });
    socket.write(head);
  });
  await answered;
  await delay(200);
  expect(begun).toBe(0);
  expect(linesOf('too-late')).toMatchObject([{ status: 408 }]);
});

test('a client that resets its connection behind its request leaves no fault of the server in the log', async () => {
  const [head, rest] = halves('{ slow }', 'reset');
  const socket = open(() => undefined);
  socket.write(head + rest, () => socket.resetAndDestroy());
  await expect.poll(() => linesOf('reset')).not.toEqual([]);
  expect(linesOf('reset')).toMatchObject([{ status: 200, outcome: 'ok', client: 'merger' }]);
});

test.concurrent('a connection on which nothing is sent is closed', async () => {
  const ended = await new Promise((resolve) => {
    open(() => undefined).once('end', () => {
      resolve(true);
    });
  });
  expect(ended).toBe(true);
});

test('a client that never ends its side loses the connection all the same', async () => {
  let received = '';
  const socket = open((text) => (received += text));
  const connections = () =>
    new Promise((resolve) => {
      server.server.app.server.getConnections((_error, count) => {
        resolve(count);
      });
    });
  socket.write('no HTTP\r\n\r\n');
  await expect.poll(() => received).toMatch(/^HTTP\/1.1 400 /);
  await expect.poll(connections).toBe(0);
  expect(socket.destroyed).toBe(false);
  socket.destroy();
});

test('a connection between two requests is kept for longer than balancers keep theirs', () => {
  expect(server.server.app.server.keepAliveTimeout).toBeGreaterThan(65_000);
});
