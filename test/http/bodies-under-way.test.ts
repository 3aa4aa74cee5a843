import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
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

/** Parsed, their bodies would take some 70 MiB. */
const CLIENTS = 20;

test.each(['/graphql', '/v1.1/customer/update?format=json'])(
  'those to %s are not read before it is known who sends them',
  async (url) => {
    let found: (client: null) => void = () => undefined;
    const asked = new Promise<null>((resolve) => (found = resolve));
    const standing = await startProbeServer({ MAX_WRONG_CREDENTIALS: '0' }, { findClient: () => asked });
    const accepted: Socket[] = [];
    standing.server.app.server.on('connection', (socket) => accepted.push(socket));
    const bytesRead = () => accepted.reduce((sum, socket) => sum + socket.bytesRead, 0);
    const body = `{"query":"{ hello }","variables":{"a":[${'0,'.repeat(450_000)}0]}}`;
    const head = `POST ${url} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('merger')}\r\nContent-Type: application/json`;
    const message = Buffer.from(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const statuses: string[] = [];
    const before = heldMegabytes();
    for (let count = 0; count < CLIENTS; count += 1) {
      const socket = connect(Number(new URL(standing.url).port), '127.0.0.1').on('error', () => undefined);
      sockets.push(socket);
      socket.setEncoding('utf8').once('data', (answer: string) => statuses.push(answer.slice(9, 12)));
      socket.write(message);
    }
    let lastRead = 0;
    const nothingMoves = () => accepted.length === CLIENTS && lastRead === (lastRead = bytesRead());
    await vi.waitUntil(nothingMoves, { timeout: 20_000, interval: 200 });
    expect(heldMegabytes() - before).toBeLessThan(30);
    found(null);
    await expect.poll(() => statuses.length).toBe(CLIENTS);
    expect(new Set(statuses)).toEqual(new Set(['401']));
    await standing.close();
  },
);
