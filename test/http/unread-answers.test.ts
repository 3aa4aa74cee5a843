import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { basic, startProbeServer, type ProbeServer } from './probe-server.js';

// Clients that ask for much, and read nothing of it. Each answer waits in memory until it is read.

let server: ProbeServer;
let sockets: Socket[];
beforeEach(async () => {
  server = await startProbeServer({});
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

/** More than the system takes of an answer that is not read. */
const LENGTH = 12 * 1024 * 1024;
/** As many of them as may wait. */
const WAITING = 21;

function messageFor(length: number): string {
  const body = JSON.stringify({ query: `{ text(length: ${length}) }` });
  const headers = `Authorization: ${basic('reader')}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return `POST /graphql HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;
}

function askUnread(bytes: string): Socket {
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1' });
  socket.on('error', () => undefined).pause();
  socket.write(bytes);
  sockets.push(socket);
  return socket;
}

/** How many bytes come; the connection is still there when all have. */
async function read(socket: Socket): Promise<number> {
  let received = 0;
  socket.on('data', (piece: Buffer) => (received += piece.length)).resume();
  await expect.poll(() => received > LENGTH || socket.closed).toBe(true);
  return received;
}

const answered = () => server.logged().filter(({ msg }) => msg === 'Answered').length;
const isCut = (line: Record<string, unknown>) => String(line['msg']).startsWith('A connection was cut');

test('of answers that nobody reads, those are given up that have waited for the longest', async () => {
  for (let count = 1; count <= WAITING + 4; count += 1) {
    askUnread(messageFor(LENGTH));
    await expect.poll(answered).toBe(count);
  }
  const lengths = await Promise.all(sockets.map(read));
  expect(lengths.map((length) => length > LENGTH)).toEqual(sockets.map((_, index) => index >= 4));
  expect(server.logged().filter(isCut)).toHaveLength(4);
});

test('a connection on which very many wait is cut, and what it took is free for others', async () => {
  const many = askUnread(messageFor(LENGTH).repeat(WAITING + 1));
  await expect.poll(() => server.logged().some(isCut)).toBe(true);
  expect(await read(many)).toBeLessThan(LENGTH);
  expect(await read(askUnread(messageFor(LENGTH)))).toBeGreaterThan(LENGTH);
  expect(server.logged().filter(isCut)).toHaveLength(1);
});

test.each([
  ['short answers', messageFor(15_000).repeat(20)],
  ['answers that say next to nothing', 'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(90)],
  ['answers to what has no URL', 'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(90)],
])('very many %s count, too', async (_name, messages) => {
  for (let count = 1; count <= WAITING; count += 1) askUnread(messageFor(LENGTH) + messages);
  await expect.poll(() => server.logged().some(isCut)).toBe(true);
});
