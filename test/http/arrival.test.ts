import { connect, type Socket } from 'node:net';
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
  ['headers', 'POST /graphql HTTP/1.1\r\nHost: x\r\n', 'X-More: x\r\n'],
  ['a body', post('/graphql', 'Content-Length: 500\r\n'), ' '],
  ['a body in pieces', post('/graphql', 'Transfer-Encoding: chunked\r\n'), '1\r\n \r\n'],
  [
    'a body of v1.1',
    post('/v1.1/customer/update', `Authorization: ${basic('merger')}\r\nContent-Length: 500\r\n`),
    ' ',
  ],
])('%s that do not come to an end are answered 408, and the connection is closed', async (_name, head, more) => {
  const received = await dripped(head, more);
  expect(received).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  expect(received).toMatch(/^x-cap-request-id: [0-9a-f-]{36}\r$/im);
  expect(received).toContain('"code":"REQUEST_TIMEOUT"');
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
  await expect.poll(connections, { timeout: 5000 }).toBe(0);
  expect(socket.destroyed).toBe(false);
  socket.destroy();
});

test('a connection between two requests is kept for longer than balancers keep theirs', () => {
  expect(server.server.app.server.keepAliveTimeout).toBeGreaterThan(65_000);
});
