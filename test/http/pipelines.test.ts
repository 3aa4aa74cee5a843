import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { heldMegabytes } from '../support/held-megabytes.js';
import { basic, startProbeServer, type ProbeServer } from './probe-server.js';

// Clients that send the next request before they have the answer of the last. What is begun is answered, and what is behind
// the end of the connection (RFC 9112, 9.6) is not begun: its client sends it again.

let server: ProbeServer;
let begun: number;
/** Lets the resolver of `slow` go on. */
let open: () => void;
beforeEach(async () => {
  server = await startProbeServer({ MAX_REQUEST_SECONDS: '1', MAX_BODY_BYTES: '1000' });
  begun = 0;
  server.behaviour.onSlow = () => (begun += 1);
  server.behaviour.gate = new Promise((resolve) => (open = resolve));
});
afterEach(async () => {
  open();
  await server.close();
});

const head = (path: string, headers: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('merger')}\r\nContent-Type: application/json\r\n${headers}\r\n`;
const message = (path: string, body: string) => head(path, `Content-Length: ${body.length}\r\n`) + body;
const slow = message('/graphql', '{"query":"{ slow }"}');
const hello = message('/graphql', '{"query":"{ hello }"}');

interface Client {
  readonly socket: Socket;
  /** The statuses of what has come so far. */
  readonly statuses: () => number[];
  readonly received: () => string;
  readonly closed: Promise<unknown>;
}

function send(bytes: string, { url }: ProbeServer = server): Client {
  let received = '';
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  socket
    .on('error', () => undefined)
    .setEncoding('utf8')
    .on('data', (text: string) => (received += text));
  socket.write(bytes);
  return {
    socket,
    statuses: () => [...received.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => Number(status)),
    received: () => received,
    closed: new Promise((resolve) => socket.once('close', resolve)),
  };
}

test.each([
  ['of GraphQL', '/graphql'],
  ['of v1.1', '/v1.1/customer/update'],
])('a body %s that is no JSON keeps nothing from being answered that came with it', async (_name, path) => {
  const client = send(message(path, '{bad') + slow + message(path, '{bad') + hello);
  await expect.poll(() => begun).toBe(1);
  open();
  await expect.poll(client.statuses).toEqual([400, 200, 400, 200]);
  client.socket.destroy();
});

test('what comes behind a request that ends the connection is not begun', async () => {
  const tooLarge = `${(1500).toString(16)}\r\n${'x'.repeat(1500)}\r\n0\r\n\r\n`;
  const client = send(head('/graphql', 'Transfer-Encoding: chunked\r\n') + tooLarge + slow + hello);
  await client.closed;
  expect(client.statuses()).toEqual([413]);
  expect(begun).toBe(0);
  expect(server.logged().map(({ status }) => status)).toEqual([413]);
});

test('of requests that come while the service ends, those that are not answered are not told', async () => {
  const client = send(slow);
  await expect.poll(() => begun).toBe(1);
  const closed = server.server.close();
  client.socket.write(hello.repeat(3));
  await expect.poll(() => server.logged()).not.toEqual([]);
  open();
  await client.closed;
  await closed;
  expect(client.statuses()).toEqual([200, 503]);
  expect(server.logged().map(({ status }) => status)).toEqual([503, 200]);
});

test('all that was begun when the service is told to end is answered, what was sent at once too', async () => {
  const client = send(slow + slow);
  await expect.poll(() => begun).toBe(2);
  const closed = server.server.close();
  open();
  await client.closed;
  await closed;
  expect(client.statuses()).toEqual([200, 200]);
});

test('a client that ends its side behind what it sends is answered, and loses its connection then', async () => {
  const client = send(slow + slow + hello);
  await expect.poll(() => begun).toBe(2);
  client.socket.end();
  await new Promise((resolve) => setTimeout(resolve, 100));
  open();
  await client.closed;
  expect(client.statuses()).toEqual([200, 200, 200]);
});

test('so does one whose last body is no JSON, and who is found out only then', async () => {
  let found: (client: null) => void = () => undefined;
  const asked = new Promise<null>((resolve) => (found = resolve));
  const standing = await startProbeServer({}, { findClient: () => asked });
  const client = send(hello + message('/graphql', '{bad'), standing);
  client.socket.end();
  await new Promise((resolve) => setTimeout(resolve, 100));
  found(null);
  // Sooner than a connection is closed on which nothing more is sent.
  await expect.poll(() => client.socket.closed, { timeout: 20_000 }).toBe(true);
  expect(client.statuses()).toEqual([401, 400]);
  await standing.close();
});

test('what comes too late behind a request under way is told so, once', async () => {
  const client = send(slow + hello.slice(0, -5));
  await expect.poll(() => begun).toBe(1);
  // Longer than Node takes to notice.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  client.socket.write(hello.slice(-5));
  await expect.poll(() => server.logged().map(({ status }) => status)).toEqual([408]);
  open();
  await client.closed;
  expect(client.statuses()).toEqual([200, 408]);
});

test.each([
  ['a body in pieces that are none', 400, 'Transfer-Encoding: chunked\r\n', 'zz\r\n'],
  ['a body that does not come', 408, 'Content-Length: 500\r\n', 'x'],
])('%s is told in the form of its endpoint', async (_name, status, headers, body) => {
  const json = send(head('/v1.1/customer/update', headers));
  const xml = send(head('/v1.1/customer/update?format=xml', headers));
  await new Promise((resolve) => setTimeout(resolve, 100));
  json.socket.write(body);
  xml.socket.write(body);
  await Promise.all([json.closed, xml.closed]);
  expect([...json.statuses(), ...xml.statuses()]).toEqual([status, status]);
  expect(json.received()).toContain(`{"response":{"status":{"success":"false","code":${status},`);
  expect(xml.received()).toMatch(/^content-type: application\/xml; charset=utf-8\r$/im);
  expect(xml.received()).toContain(`<response><status><success>false</success><code>${status}</code>`);
});

test('a broken body to nowhere is answered', async () => {
  const client = send(`${head('/nothing', 'Transfer-Encoding: chunked\r\n')}zz\r\n`);
  await client.closed;
  expect(client.statuses()).toEqual([400]);
});

const LONGER = 'Content-Length: 500\r\n';
const PIECES = 'Transfer-Encoding: chunked\r\n';
const by = (method: string, request: string) => request.replace('POST', method);
const byNobody = (request: string) => request.replace(/Authorization: .*\r\n/, '');

const gone = ({ socket }: Client) => socket.end('x');
const broken = ({ socket }: Client) => socket.write('zz\r\n');
const silent = () => undefined;

// All at once: each waits for as long as a body may take to arrive.
test('a request that is answered before its body has come, and whose body never does, is answered and told once', async () => {
  const cases: [number, string, (client: Client) => unknown][] = [
    [401, byNobody(head('/v1.1/customer/update', LONGER)), silent],
    [401, byNobody(head('/v1.1/customer/update', LONGER)), gone],
    [401, byNobody(head('/v1.1/customer/update', PIECES)), broken],
    [405, by('PUT', head('/v1.1/customer/update', LONGER)), silent],
    [405, by('PUT', head('/graphql', LONGER)), silent],
    [413, head('/graphql', 'Content-Length: 5000\r\n'), silent],
    [415, head('/graphql', `Content-Encoding: gzip\r\n${LONGER}`), silent],
    [400, head('/%zz', LONGER), silent],
    [400, head('/%zz', `Expect: x\r\n${PIECES}`), broken],
    [200, by('GET', head('/livez', LONGER)), silent],
  ];
  const received = await Promise.all(
    cases.map(async ([status, request, then]) => {
      const client = send(request);
      await expect.poll(client.statuses).toEqual([status]);
      then(client);
      await client.closed;
      return client.statuses();
    }),
  );
  const statuses = cases.map(([status]) => status);
  expect(received).toEqual(statuses.map((status) => [status]));
  expect(server.logged().map((line) => line['status'])).toEqual(expect.arrayContaining(statuses));
  expect(server.logged()).toHaveLength(statuses.length);
});

test('one behind a request under way, too', async () => {
  const client = send(slow + by('PUT', head('/graphql', LONGER)));
  await expect.poll(() => server.logged().map(({ status }) => status)).toEqual([405]);
  // Longer than Node takes to notice.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  open();
  await client.closed;
  expect(client.statuses()).toEqual([200, 405]);
  expect(server.logged().map(({ status }) => status)).toEqual([405, 200]);
});

test('of more than a hundred requests at once, a hundred are answered, and the others not begun', async () => {
  const client = send(slow.repeat(150));
  await expect.poll(() => begun).toBe(100);
  open();
  await client.closed;
  expect(client.statuses()).toEqual(Array.from({ length: 100 }, () => 200));
  expect(client.received().match(/^connection: close\r$/gim)).toHaveLength(1);
  expect(server.logged()).toHaveLength(100);
});

test('very many requests at once, whose answers nobody reads, take no memory', async () => {
  const many = 'GET /v1.1/openapi.json HTTP/1.1\r\n\r\n'.repeat(5000);
  const before = heldMegabytes();
  const clients = Array.from({ length: 10 }, () => {
    const client = send(many);
    client.socket.pause();
    return client;
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(heldMegabytes() - before).toBeLessThan(19);
  expect(server.logged().length).toBeLessThanOrEqual(1000);
  for (const { socket } of clients) socket.destroy();
});

/** Reads nothing before it has sent all, as many clients do. */
async function sendAllThenRead(first: string, more: string): Promise<Client> {
  const client = send(first);
  client.socket.pause();
  for (let count = 0; count < 3; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    client.socket.write(more);
  }
  client.socket.resume();
  await client.closed;
  return client;
}

test.each([
  ['a body that is too large', 413, head('/graphql', 'Content-Length: 5000\r\n'), 'x'.repeat(1000)],
  ['a body in pieces that is too large', 413, head('/graphql', PIECES), `3e8\r\n${'x'.repeat(1000)}\r\n`],
  [
    'a body of v1.1 that is too large',
    413,
    head('/v1.1/customer/update', 'Content-Length: 5000\r\n'),
    'x'.repeat(1000),
  ],
  ['what is no HTTP', 400, 'no HTTP\r\n\r\n', 'nor this\r\n'],
])('a client that sends all of %s before it reads is answered', async (_name, status, first, more) => {
  const client = await sendAllThenRead(first, more);
  expect(client.statuses()).toEqual([status]);
});

test('a client that says that its request is the last one, and sends more, is answered', async () => {
  const client = await sendAllThenRead(hello.replace('Host', 'Connection: close\r\nHost'), hello);
  expect(client.statuses()).toEqual([200]);
});
