import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ask, dump, inFile, useWorkplace, type Service } from './service.js';

const workplace = useWorkplace();

const organizations = (path: string): Promise<{ id: string }[]> =>
  inFile(path, ({ query }) => query<{ id: string }>('SELECT id FROM organization'));

const introspection = '{ __schema { queryType { name } } }';

/** What a browser is answered at the address that a start prints. */
async function landingPage({ origin }: Service): Promise<{ status: number; isPage: boolean }> {
  const response = await fetch(`${origin}/graphql`, { headers: { accept: 'text/html' } });
  const text = await response.text();
  return { status: response.status, isPage: /<html/i.test(text) };
}

const commandIn = (stdout: string): string => /^curl .*/m.exec(stdout)?.[0] ?? '';

// One database from its first start on, each test going on where the one before it left it.
describe('a database is started on', () => {
  const path = () => workplace.path('life.sqlite');
  const onIt = () => ({ DATABASE_URL: `sqlite:${path()}` });

  test('with DEMO_DATA=0, and stays empty; the service is alive and ready', async () => {
    const service = await workplace.start({ ...onIt(), DEMO_DATA: '0' });
    expect(service.stdout()).toBe(`The API is at ${service.origin}/graphql\n`);
    for (const route of ['/livez', '/readyz']) {
      expect((await fetch(`${service.origin}${route}`)).status).toBe(200);
    }
    expect((await ask(service, '{ organization { id } }')).status).toBe(401);
    expect(await service.stop()).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(await organizations(path())).toEqual([]);
  });

  test('for the first time with demo data, which the printed command updates when it is pasted', async () => {
    const service = await workplace.start(onIt());
    const { origin } = service;
    const lines = service.stdout().trimEnd().split('\n');
    expect(lines.slice(0, -2)).toEqual([
      `The API is at ${origin}/graphql`,
      'Demo client: till.london.1',
      'Its secret: at-least-16-characters',
    ]);
    expect(lines.at(-1)).toMatch(/^curl .*/);
    expect(await landingPage(service)).toEqual({ status: 200, isPage: true });
    expect((await ask(service, introspection, {}, null)).errors).toEqual([]);

    if (isThere('curl')) {
      const { stdout, stderr } = spawnSync('bash', ['-c', commandIn(service.stdout())], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ data: { updateCustomer: { success: true, errors: [] } } });
    } else {
      // The same words, without the program that the machine does not have.
      const body = JSON.parse(/--data '(.*)'$/.exec(commandIn(service.stdout()))?.[1] ?? '') as {
        query: string;
        variables: object;
      };
      expect((await ask(service, body.query, body.variables)).data).toMatchObject({
        updateCustomer: { success: true },
      });
    }
    const { data } = await ask(
      service,
      '{ customer(mobile: "+44 7700 900111") { version auditLog { edges { cursor } } } }',
    );
    expect(data).toMatchObject({ customer: { version: 2, auditLog: { edges: [{}] } } });
    expect((await service.stop()).code).toBe(0);
  });

  test('again, and nothing is loaded over what has happened since', async () => {
    const before = await dump(path());
    const service = await workplace.start(onIt());
    expect(service.stdout()).toContain('\nDemo client: till.london.1\n');
    expect((await service.stop()).code).toBe(0);
    expect(await dump(path())).toEqual(before);
  });

  test('in production: it serves, and shows strangers nothing', async () => {
    const service = await workplace.start({ ...onIt(), NODE_ENV: 'production' });
    expect(service.stdout()).toBe(`The API is at ${service.origin}/graphql\n`);
    expect((await landingPage(service)).isPage).toBe(false);
    for (const client of [null, 'till.london.1:at-least-16-characters']) {
      const { data, errors } = await ask(service, introspection, {}, client);
      expect(data).toBeNull();
      expect(errors).toHaveLength(1);
    }
    expect((await ask(service, '{ organization { id } }')).data).toEqual({ organization: { id: '100' } });
    expect((await service.stop()).code).toBe(0);
  });

  test('in production and empty: there is no demo', async () => {
    const empty = workplace.path('production.sqlite');
    const service = await workplace.start({ NODE_ENV: 'production', DATABASE_URL: `sqlite:${empty}` });
    expect((await service.stop()).stdout).not.toContain('Demo');
    expect(await organizations(empty)).toEqual([]);
  });
});

test('without a DATABASE_URL the database is in data/, with a journal that survives a power cut', async () => {
  const service = await workplace.start();
  const file = workplace.path('data/customers.sqlite');
  expect(await organizations(file)).toEqual([{ id: '100' }]);
  // WAL is a property of the file. That this process syncs each commit, and checks foreign keys, is one of its
  // connections: no other can see it.
  expect([...readFileSync(file).subarray(18, 20)]).toEqual([2, 2]);
  expect(existsSync(`${file}-wal`)).toBe(true);
  expect((await service.stop()).code).toBe(0);
  // Closed as it should be: all is in the one file.
  expect(existsSync(`${file}-wal`)).toBe(false);
});

const isThere = (program: string): boolean => spawnSync('bash', ['-c', `command -v ${program}`]).status === 0;
