import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { basic, startProbeServer, type ProbeServer } from './probe-server.js';

let server: ProbeServer;
/** Lets the resolver of `slow` go on. */
let open: () => void;
let slowHasBegun: Promise<void>;
let agent: Agent;
const sockets: Socket[] = [];

beforeEach(async () => {
  server = await startProbeServer();
  server.behaviour.gate = new Promise((resolve) => {
    open = resolve;
  });
  slowHasBegun = new Promise((resolve) => {
    server.behaviour.onSlow = resolve;
  });
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});
afterEach(async () => {
  open();
  agent.destroy();
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

interface Received {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly requestId: string | string[] | undefined;
  readonly body: unknown;
}

/** Over the agent's one connection. */
function send(method: string, path: string, query?: string): Promise<Received> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: basic('reader') };
    const sent = request(`${server.url}${path}`, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const { connection, 'x-cap-request-id': requestId } = response.headers;
        resolve({ status: response.statusCode, connection, requestId, body: JSON.parse(text) as unknown });
      });
    });
    sent.on('error', reject).end(query === undefined ? undefined : JSON.stringify({ query }));
  });
}

/** A connection that sends the text and then nothing more. */
async function connectAndSend(text: string): Promise<{ received(): string; closed: Promise<unknown> }> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  sockets.push(socket);
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  socket.write(text);
  return { received: () => received, closed };
}

const isSettled = async (promise: Promise<unknown>) =>
  (await Promise.race([promise.then(() => true), new Promise((resolve) => setTimeout(resolve, 50, false))])) === true;

test('what is under way is answered, on a connection that then ends', async () => {
  const answer = send('POST', '/graphql', '{ slow }');
  await slowHasBegun;
  const closed = server.close();
  expect(await isSettled(closed)).toBe(false);
  open();
  expect(await answer).toMatchObject({ status: 200, connection: 'close', body: { data: { slow: 'done' } } });
  await closed;
});

test('no new connection is taken', async () => {
  const answer = send('POST', '/graphql', '{ slow }');
  await slowHasBegun;
  const closed = server.close();
  await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
  open();
  await answer;
  await closed;
  await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
});

test('a request on a connection that was open before is refused, as health says', async () => {
  const head = (path: string, id: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nX-CAP-REQUEST-ID: ${id}\r\nContent-Type: application/json\r\n\r\n`;
  const slow = send('POST', '/graphql', '{ slow }');
  await slowHasBegun;
  // Each has half a request on its way, so that it is no idle connection.
  const half = 'GET /li';
  const [live, ready, query] = [await connectAndSend(half), await connectAndSend(half), await connectAndSend(half)];
  await send2(server);
  const closed = server.close();
  sockets[0]?.write(head('/livez', 'one').slice(half.length));
  sockets[1]?.write(`${head('/livez', 'two').slice(half.length)}`);
  sockets[2]?.write(`${head('/livez', 'three').slice(half.length)}`);
  await Promise.all([live.closed, ready.closed, query.closed]);
  expect(live.received()).toContain('200 OK');
  open();
  await slow;
  await closed;
});

async function send2(_server: ProbeServer): Promise<void> {}
