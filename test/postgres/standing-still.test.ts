import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ask, useWorkplace, type Exit, type GraphqlAnswer, type Service } from '../process/service.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openProxy, type CuttingProxy } from './cutting-proxy.js';

// A PostgreSQL that stands still, or whose machine is gone without a word: no connection is ended, and none answers.

const workplace = useWorkplace();
let own: TestDatabase;
const proxies: CuttingProxy[] = [];
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await own.remove();
});

/** In the service's process, whatever takes longer than 10 seconds is over ten times as fast. */
const FAST_TIMERS = `--import=data:text/javascript,${encodeURIComponent(
  `import { Socket } from 'node:net';
   const fast = (delay) => (delay > 10000 ? delay / 10 : delay);
   const [timer, idle] = [setTimeout, Socket.prototype.setTimeout];
   globalThis.setTimeout = (act, delay, ...more) => timer(act, fast(delay), ...more);
   Socket.prototype.setTimeout = function (delay, ...more) { return idle.call(this, fast(delay), ...more); };`,
)}`;

async function start(database = own): Promise<{ service: Service; proxy: CuttingProxy }> {
  const proxy = await openProxy(database.url);
  proxies.push(proxy);
  return { proxy, service: await workplace.start({ DATABASE_URL: proxy.url, NODE_OPTIONS: FAST_TIMERS }) };
}

const rename = (service: Service, firstname: string): Promise<GraphqlAnswer> =>
  ask(service, `mutation { updateCustomer(input: { id: "343445382", firstname: "${firstname}" }) { success } }`);

const DONE = { data: { updateCustomer: { success: true } }, errors: [] };

const within = async <T>(milliseconds: number, work: Promise<T>): Promise<T | string> =>
  Promise.race([work, sleep(milliseconds, `Nothing for ${milliseconds} ms`, { ref: false })]);

const endOf = ({ exited }: { readonly exited: Promise<Exit> }): Promise<Exit | string> => within(10_000, exited);

test.concurrent('who is not answered is not ready', async () => {
  const { service, proxy } = await start();
  proxy.freeze(true);
  const ready = await within(8000, fetch(`${service.origin}/readyz`));
  expect(ready).toMatchObject({ status: 503 });
});

test.concurrent('SIGTERM ends a process whose updates wait for it, when all else is cut off', async () => {
  const { service, proxy } = await start();
  expect(await rename(service, 'Ruth')).toMatchObject(DONE);
  proxy.freeze(true);
  const cutOff = rename(service, 'Rosa').catch((error: unknown) => error);
  // Those that come later are answered: so the one before them has been read.
  for (let round = 0; round < 5; round += 1) await fetch(`${service.origin}/livez`);
  service.child.kill('SIGTERM');
  expect(await endOf(service)).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(await cutOff).toMatchObject({ message: 'fetch failed' });
});

test.concurrent('SIGTERM ends a process that waits for it to start', async () => {
  const other = await createTestDatabase();
  await whileLocked(other.url, 'migration', async (holder) => {
    const launched = workplace.launch({ env: { DATABASE_URL: other.url } });
    const waiting = async () => {
      const { rows } = await holder.query(`SELECT pid FROM pg_locks WHERE NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
      expect(rows).not.toEqual([]);
    };
    await vi.waitFor(waiting, { timeout: 15_000 });
    launched.child.kill('SIGTERM');
    expect(await endOf(launched)).toMatchObject({ code: 0, signal: null, stdout: '', stderr: '' });
  });
  await other.remove();
});

test.concurrent('a connection that the server does not know any more is replaced', async () => {
  const { service, proxy } = await start();
  expect(await rename(service, 'Rita')).toMatchObject(DONE);
  proxy.forget();
  expect(await within(10_000, rename(service, 'Ruth'))).toMatchObject(DONE);
});

test.concurrent('one that it does know, and that waits for somebody, is left as it is', async () => {
  const other = await createTestDatabase();
  const { service } = await start(other);
  const merge = '{ merge(id: "none") { id } }';
  expect(await ask(service, merge)).toMatchObject({ data: { merge: null }, errors: [] });
  await whileLocked(other.url, 'customer_merge', async (holder) => {
    const asked = ask(service, merge);
    expect(await within(4000, asked)).toBe('Nothing for 4000 ms');
    await holder.query('ROLLBACK');
    expect(await asked).toMatchObject({ data: { merge: null }, errors: [] });
  });
  await service.stop();
  await other.remove();
});

async function whileLocked(url: string, table: string, work: (holder: pg.Client) => Promise<void>): Promise<void> {
  const holder = new pg.Client(url);
  await holder.connect();
  try {
    await holder.query(`BEGIN; LOCK TABLE ${table}`);
    await work(holder);
  } finally {
    await holder.end();
  }
}
