import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { heldMegabytes } from '../support/held-megabytes.js';
import { basic, startProbeServer, type ProbeServer } from './probe-server.js';

// Clients that send most of a body, and not the rest of it, or all while nobody can tell who they are.

let server: ProbeServer;
const sockets: Socket[] = [];
beforeAll(async () => {
  server = await startProbeServer({});
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

const LENGTH = 1_000_000;
const HEAD = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${LENGTH}\r\n\r\n`;
const isCut = ({ msg }: Record<string, unknown>) => String(msg).startsWith('A connection was cut');

function send(bytes: string): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  return new Promise((resolve) => {
    socket.write(bytes, () => {
      resolve(socket);
    });
  });
}

const sendMost = () => send(HEAD + ' '.repeat(LENGTH - 1));

test('many of them take memory for their bytes, in however many pieces they come', async () => {
  const accepted: Socket[] = [];
  server.server.app.server.on('connection', (socket) => accepted.push(socket));
  const bytes = HEAD.replace(/Content-Length.*/, 'Transfer-Encoding: chunked') + '1\r\n \r\n'.repeat(999);
  const before = heldMegabytes();
  for (let count = 0; count < 100; count += 1) await send(bytes);
  await expect.poll(() => accepted.filter(({ bytesRead }) => bytesRead === bytes.length).length).toBe(100);
  expect(heldMegabytes() - before).toBeLessThan(10);
  for (const socket of sockets.splice(0)) socket.destroy();
});

test('of bodies that do not come to their ends, those are given up that have waited for the longest', async () => {
  const first = await sendMost();
  for (let count = 0; count < 80; count += 1) await sendMost();
  await expect.poll(() => server.logged().filter(isCut).length).toBeGreaterThan(10);
  await expect.poll(() => first.closed).toBe(true);
  expect(sockets.filter(({ closed }) => !closed).length).toBeGreaterThan(60);

  const { body } = await server.query('{ hello }');
  expect(body.data).toEqual({ hello: 'hello' });
  const last = sockets.at(-1);
  last?.write(' ');
  const answer = await new Promise((resolve) => last?.setEncoding('utf8').once('data', resolve));
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
});

test.each(['/graphql', '/v1.1/customer/update', '/nowhere'])(
  'one whose client is lost within it is told: %s',
  async (path) => {
    const id = `lost-at${path.replaceAll('/', '-')}`;
    const head = HEAD.replace('/graphql', path).replace('\r\n\r\n', `\r\nX-CAP-REQUEST-ID: ${id}\r\n`);
    let hasCome = false;
    server.server.app.server.once('request', (request) => {
      request.once('data', () => (hasCome = true));
    });
    const client = await send(`${head}Authorization: ${basic('merger')}\r\n\r\n{`);
    await expect.poll(() => hasCome).toBe(true);
    client.resetAndDestroy();
    await expect
      .poll(() => server.logged().filter(({ requestId }) => requestId === id))
      .toMatchObject([{ status: 400 }]);
  },
);

describe('while it is looked up who sends them', () => {
  /** As many clients send the message, with credentials that stand still until `release` is called; answers their statuses then. */
  async function sendWaiting(clients: number, message: Buffer | string) {
    let found: (client: null) => void = () => undefined;
    const asked = new Promise<null>((resolve) => (found = resolve));
    const standing = await startProbeServer({ MAX_WRONG_CREDENTIALS: '0' }, { findClient: () => asked });
    const accepted: Socket[] = [];
    standing.server.app.server.on('connection', (socket) => accepted.push(socket));
    const before = heldMegabytes();
    const statuses: string[] = [];
    const own = Array.from({ length: clients }, () => {
      const socket = connect(Number(new URL(standing.url).port), '127.0.0.1').on('error', () => undefined);
      sockets.push(socket);
      socket.setEncoding('utf8').once('data', (answer: string) => statuses.push(answer.slice(9, 12)));
      socket.write(message);
      return socket;
    });
    let lastRead = -1;
    const bytesRead = () => accepted.reduce((sum, socket) => sum + socket.bytesRead, 0);
    const nothingMoves = () => accepted.length === clients && lastRead === (lastRead = bytesRead());
    await vi.waitUntil(nothingMoves, { timeout: 30_000, interval: 500 });
    const megabytes = heldMegabytes() - before;
    const left = own.filter(({ closed }) => !closed).length;
    found(null);
    await expect.poll(() => statuses.length).toBe(left);
    expect(new Set(statuses)).toEqual(new Set(['401']));
    await standing.close();
    return { megabytes, left, cut: standing.logged().filter(isCut).length };
  }

  const urls = ['/graphql', '/v1.1/customer/update?format=json'];
  const headOf = (url: string) =>
    `POST ${url} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('merger')}\r\nContent-Type: application/json\r\n`;
  function largeOne(url: string): Buffer {
    const body = `{"query":"{ hello }","variables":{"a":[${'0,'.repeat(450_000)}0]}}`;
    return Buffer.from(`${headOf(url)}Content-Length: ${body.length}\r\n\r\n${body}`);
  }

  test.each(urls)('those to %s are not made anything of', async (url) => {
    // Parsed, they would take some 70 MiB.
    const { megabytes, left } = await sendWaiting(20, largeOne(url));
    expect(left).toBe(20);
    expect(megabytes).toBeLessThan(30);
  });

  test.each(urls)('those to %s take 64 MiB together, and what is given up of them is let go of', async (url) => {
    const { megabytes, left, cut } = await sendWaiting(160, largeOne(url));
    expect(left + cut).toBe(160);
    expect(megabytes).toBeLessThan(90);
    expect(left).toBeGreaterThan(50);
  });

  test.each(urls)('those to %s take memory for their bytes, in however many pieces they come', async (url) => {
    const pieces = `${'1\r\n \r\n'.repeat(20_000)}13\r\n{"query":"{hello}"}\r\n`;
    const { megabytes, left } = await sendWaiting(
      40,
      `${headOf(url)}Transfer-Encoding: chunked\r\n\r\n${pieces}0\r\n\r\n`,
    );
    expect(left).toBe(40);
    expect(megabytes).toBeLessThan(40);
  });
});
