import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ask, useWorkplace, type Exit } from '../process/service.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openProxy, type CuttingProxy } from './cutting-proxy.js';

// A PostgreSQL that stands still, or whose machine is gone without a word: no connection is ended, and none answers.

const workplace = useWorkplace();
let own: TestDatabase;
let proxy: CuttingProxy;
beforeAll(async () => {
  own = await createTestDatabase();
  proxy = await openProxy(own.url);
});
afterAll(async () => {
  await proxy.close();
  await own.remove();
});

const endOf = ({ exited }: { readonly exited: Promise<Exit> }): Promise<Exit | string> =>
  Promise.race([exited, sleep(8000, 'It still runs', { ref: false })]);

/** What the process waits for is over ten times as fast: the 25 seconds in which it lets its requests end, too. */
const FAST_TIMERS = `--import=data:text/javascript,${encodeURIComponent(
  'const slow = setTimeout; globalThis.setTimeout = (act, delay, ...more) => slow(act, delay / 10, ...more);',
)}`;

describe('SIGTERM ends a process', () => {
  test('whose updates wait for it, when all others are cut off', async () => {
    const service = await workplace.start({ DATABASE_URL: proxy.url, NODE_OPTIONS: FAST_TIMERS });
    const rename = (firstname: string) =>
      ask(service, `mutation { updateCustomer(input: { id: "343445382", firstname: "${firstname}" }) { success } }`);
    expect(await rename('Ruth')).toMatchObject({ data: { updateCustomer: { success: true } } });
    proxy.freeze(true);
    const cutOff = expect(rename('Rosa')).rejects.toThrow('fetch failed');
    // Those that come later are answered: so the one before them has been read.
    for (let round = 0; round < 5; round += 1) await fetch(`${service.origin}/livez`);
    service.child.kill('SIGTERM');
    expect(await endOf(service)).toMatchObject({ code: 0, signal: null, stderr: '' });
    await cutOff;
    proxy.freeze(false);
  });

  test('that waits for its database to start', async () => {
    const holder = new pg.Client(own.url);
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE migration');
    const launched = workplace.launch({ env: { DATABASE_URL: own.url } });
    await vi.waitFor(
      async () => {
        const { rows } = await holder.query('SELECT pid FROM pg_locks WHERE NOT granted');
        expect(rows).not.toEqual([]);
      },
      { timeout: 10_000 },
    );
    launched.child.kill('SIGTERM');
    expect(await endOf(launched)).toMatchObject({ code: 0, signal: null, stdout: '', stderr: '' });
    await holder.end();
  });
});
