import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { basic, startProbeServer, type ProbeServer } from './probe-server.js';

let server: ProbeServer;
/** Lets the resolver of `slow` go on. */
let open: () => void;
let slowHasBegun: Promise<void>;
const sockets: Socket[] = [];

beforeEach(async () => {
  server = await startProbeServer();
  server.behaviour.gate = new Promise((resolve) => {
    open = resolve;
  });
  slowHasBegun = new Promise((resolve) => {
    server.behaviour.onSlow = resolve;
  });
});
afterEach(async () => {
  open();
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

interface Connection {
  readonly socket: Socket;
  /** All that has come when the connection ends. */
  readonly received: Promise<string>;
}

/** A bare connection on which the text is sent; resolves when the server has read it. */
async function connectAndSend(text: string): Promise<Connection> {
  const accepted = once(server.server.app.server, 'connection') as Promise<[Socket]>;
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  sockets.push(socket);
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  socket.write(text);
  const [other] = await accepted;
  await expect.poll(() => other.bytesRead).toBeGreaterThanOrEqual(text.length);
  return { socket, received: closed.then(() => received) };
}

function message(method: string, path: string, body = ''): string {
  const headers = [
    'Host: localhost',
    `Authorization: ${basic('reader')}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'X-CAP-REQUEST-ID: mine',
  ];
  return `${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setTimeout(resolve, 50, 'later'));
  return (await Promise.race([promise, later])) !== 'later';
}

const slow = () => server.query('{ slow }', undefined, { authorization: basic('reader') });

test('answers what is under way, and closes its connection', async () => {
  const answer = slow();
  await slowHasBegun;
  const closed = server.close();
  expect(await isSettled(closed)).toBe(false);
  open();
  const { status, headers, body } = await answer;
  expect(status).toBe(200);
  expect(body).toEqual({ data: { slow: 'done' } });
  expect(headers.get('connection')).toBe('close');
  await closed;
});

test('takes no new connection from its beginning', async () => {
  const answer = slow();
  await slowHasBegun;
  const closed = server.close();
  await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
  open();
  await answer;
  await closed;
});

test('refuses what comes on a connection that was open before, but for health', async () => {
  const answer = slow();
  await slowHasBegun;
  const requests = [
    message('GET', '/livez'),
    message('GET', '/readyz'),
    message('POST', '/graphql', '{"query":"{hello}"}'),
    message('GET', '/nothing'),
  ];
  // Half of each is on its way when the drain begins, so that none is idle.
  const connections: Connection[] = [];
  for (const text of requests) connections.push(await connectAndSend(text.slice(0, 10)));
  const closed = server.close();
  connections.forEach(({ socket }, index) => socket.write(requests[index]?.slice(10) ?? ''));
  const received = await Promise.all(connections.map((connection) => connection.received));
  const [live = '', ready = '', query = '', nothing = ''] = received;
  for (const text of received) {
    expect(text).toMatch(/^connection: close\r$/im);
    expect(text).toMatch(/^x-cap-request-id: mine\r$/im);
  }
  expect(live).toMatch(/^HTTP\/1.1 200 .*{"status":"ok"}$/s);
  expect(ready).toMatch(/^HTTP\/1.1 503 .*{"status":"draining"}$/s);
  for (const text of [query, nothing]) {
    expect(text).toMatch(/^HTTP\/1.1 503 /);
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toEqual({
      errors: [
        {
          message: 'This server is stopping; try again, on a new connection',
          extensions: { code: 'SERVICE_UNAVAILABLE', requestId: 'mine' },
        },
      ],
    });
  }
  expect(await isSettled(closed)).toBe(false);
  open();
  expect((await answer).status).toBe(200);
  await closed;
});

test('does not wait for connections that say nothing, or stop in the middle of a request', async () => {
  const silent = await connectAndSend('');
  const half = await connectAndSend('POST /graphql HTTP/1.1\r\nHost: localhost\r\n');
  const kept = await connectAndSend(message('GET', '/livez'));
  await server.close();
  expect(await Promise.all([silent.received, half.received])).toEqual(['', '']);
  expect(await kept.received).toContain('{"status":"ok"}');
});

test('waits for work whose client has gone', async () => {
  const connection = await connectAndSend(message('POST', '/graphql', '{"query":"{slow}"}'));
  await slowHasBegun;
  connection.socket.destroy();
  await connection.received;
  const closed = server.close();
  expect(await isSettled(closed)).toBe(false);
  open();
  await closed;
  // And tells it: what was done is done.
  expect(server.logged()).toContainEqual(expect.objectContaining({ operation: 'slow', outcome: 'ok' }));
});

test('does not wait for requests behind that, once their client has gone', async () => {
  const slowOne = message('POST', '/graphql', '{"query":"{slow}"}');
  const connection = await connectAndSend(slowOne + message('GET', '/livez') + message('GET', '/livez'));
  await slowHasBegun;
  connection.socket.destroy();
  await connection.received;
  open();
  const began = performance.now();
  await server.close();
  expect(performance.now() - began).toBeLessThan(15_000);
});

describe('without the clock that lets go of a connection some seconds behind its end', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  test.each([
    ['what is no HTTP', 'no HTTP\r\n\r\n'],
    ['a tunnel', 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n'],
    [
      'a body too large',
      'POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n',
    ],
  ])('does not wait for a client that keeps it behind the answer to %s', async (_name, text) => {
    const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
    socket.write(text);
    await once(socket, 'end');
    const closed = once(socket, 'close');
    socket.write('more');
    await server.close();
    socket.end();
    await closed;
    expect(server.server.app.server.listening).toBe(false);
  });
});

test('is done once, however often it is asked for', async () => {
  const answer = slow();
  await slowHasBegun;
  const closings = [server.close(), server.close()];
  expect(await isSettled(Promise.race(closings))).toBe(false);
  open();
  await answer;
  await Promise.all(closings);
  await server.close();
});
