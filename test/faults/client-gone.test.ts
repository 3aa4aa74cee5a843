import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test, vi } from 'vitest';
import { customers } from '../history/customers.js';
import { SHOP } from '../history/run-round.js';
import { importShop, readShop } from '../history/world.js';
import { useWorkplace, type Service } from '../process/service.js';
import { clientId, SECRET } from '../support/settings.js';

// Clients that go away: in the middle of their request, or before its answer. What they have sent whole may be done, as a
// whole; what they have not is not; and nothing of them stays behind in the process.

/** Twice. */
const ABORTED = 1000;
const AT_ONCE = 50;

const workplace = useWorkplace();
let service: Service;
let url: string;
beforeAll(async () => {
  url = `sqlite:${workplace.path('gone.sqlite')}`;
  await importShop(url, SHOP, customers);
  service = await workplace.start({ DATABASE_URL: url, DEMO_DATA: '0' });
});

const UPDATE = `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { success } }`;

function requestOf(value: string): string {
  const body = JSON.stringify({
    query: UPDATE,
    variables: { input: { id: '1', customFields: [{ name: 'nickname', value }] } },
  });
  const credentials = Buffer.from(`${clientId('till', SHOP)}:${SECRET}`).toString('base64');
  return [
    'POST /graphql HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    `Authorization: Basic ${credentials}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

async function connect(): Promise<Socket> {
  const { hostname, port } = new URL(service.origin);
  const socket = createConnection(Number(port), hostname).on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends so much of a request, waits, and is gone: without a word, or with a reset. */
async function abort(value: string, share: number, wait: number): Promise<void> {
  const socket = await connect();
  const request = requestOf(value);
  await new Promise((resolve) => socket.write(request.slice(0, Math.ceil(request.length * share)), resolve));
  if (wait > 0) await sleep(wait);
  if (wait % 2 === 0) socket.resetAndDestroy();
  else socket.destroy();
}

/** What the system knows of the process; null where it does not say. */
function held(): { readonly files: number; readonly megabytes: number } | null {
  const folder = `/proc/${service.child.pid}`;
  try {
    const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`${folder}/status`, 'utf8')) ?? [];
    return { files: readdirSync(`${folder}/fd`).length, megabytes: Number(kilobytes) / 1024 };
  } catch {
    return null;
  }
}

async function abortAll(from: number): Promise<void> {
  for (let first = 0; first < ABORTED; first += AT_ONCE) {
    const indexes = Array.from({ length: AT_ONCE }, (_, index) => from + first + index);
    // The first half of them in the middle of the headers or of the body, the others when all is sent.
    await Promise.all(
      indexes.map((index) => abort(`${index}`, index % 2 === 0 ? 0.1 + (index % 9) / 10 : 1, index % 4)),
    );
  }
}

test('thousands of requests that are broken off leave nothing half done, and nothing in the process', async () => {
  await abortAll(0);
  const before = held();
  await abortAll(ABORTED);
  // What was sent last is still at work.
  await vi.waitFor(
    () => {
      const after = held();
      if (before === null || after === null) return;
      expect(after.files).toBeLessThan(40);
      expect(after.megabytes - before.megabytes).toBeLessThan(60);
    },
    { timeout: 20_000, interval: 100 },
  );
  expect((await fetch(`${service.origin}/readyz`)).status).toBe(200);
  // Nothing counts as under way any more: it would hold up the end for 25 seconds.
  const began = performance.now();
  expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
  expect(performance.now() - began).toBeLessThan(20_000);

  const { logs, breaches } = await readShop(url, SHOP);
  expect(breaches).toEqual([]);
  const tags = logs.flatMap(({ versions }) => versions.flatMap((version) => version.tags));
  expect(new Set(tags).size).toBe(tags.length);
  // Of those that were sent whole, most have been heard; of the others none.
  expect(tags.filter((tag) => Number(tag) % 2 === 0)).toEqual([]);
  expect(tags.length).toBeGreaterThan(ABORTED / 10);
});
