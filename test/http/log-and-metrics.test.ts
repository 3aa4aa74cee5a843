import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createServer, type Server } from '../../src/server.js';
import { openService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';

// The real service on the demo's data, as the log and the metrics show it to whoever runs it.

let folder: string;
let service: Service;
let server: Server;
let url: string;
const chunks: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'log-and-metrics-'));
  const settings = readSettings({ DATABASE_URL: `sqlite:${join(folder, 'demo.sqlite')}`, PORT: '0' });
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const logger = pino({ level: 'info' }, stream);
  service = await openService(settings, logger);
  server = await createServer({ ...service, settings, logger });
  url = await server.listen();
});
afterAll(async () => {
  await server.close();
  await service.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => chunks.splice(0));

const lines = (): Record<string, unknown>[] =>
  chunks
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as Record<string, unknown>);

const DEMO = `Basic ${Buffer.from('till.london.1:at-least-16-characters').toString('base64')}`;
const REPORTS = `Basic ${Buffer.from('reports:demo-secret-of-reports').toString('base64')}`;

async function ask(
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<Record<string, Record<string, unknown>>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: DEMO, ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return ((await response.json()) as { data: Record<string, Record<string, unknown>> }).data;
}

const UPDATE = `mutation Quux($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) { success merges { id } errors { code } } }`;
const UPDATES = `mutation ($inputs: [UpdateCustomerInput!]!) { updateCustomers(inputs: $inputs) { successCount } }`;
const PREVIEW = `query ($input: UpdateCustomerInput!) { previewCustomerUpdate(input: $input) { success } }`;
const UNDO = `mutation ($id: ID!) { undoCustomerMerge(mergeId: $id) { success } }`;

async function metrics(accept = 'text/plain'): Promise<string> {
  return (await fetch(`${url}/metrics`, { headers: { accept } })).text();
}

/** The value of the sample with these words at its beginning; 0 where there is none. */
async function sample(series: string): Promise<number> {
  const found = (await metrics()).split('\n').find((text) => text.startsWith(`${series} `));
  return Number(found?.split(' ')[1] ?? 0);
}

describe('the line of a request', () => {
  test('tells who, what, and what became of it, and nothing of what was sent', async () => {
    await ask(UPDATE, { input: { mobile: '+44 7700 900111', lastname: 'Quux' } }, { 'x-cap-request-id': 'mine-1' });
    expect(lines()).toEqual([
      {
        level: 30,
        time: expect.any(Number) as number,
        pid: process.pid,
        hostname: expect.any(String) as string,
        msg: 'Answered',
        requestId: 'mine-1',
        client: 'till.london.1',
        organization: '100',
        method: 'POST',
        route: '/graphql',
        operation: 'updateCustomer',
        status: 200,
        outcome: 'ok',
        milliseconds: expect.any(Number) as number,
        items: 1,
        waited: expect.any(Number) as number,
        batchItems: 1,
        merges: 0,
      },
    ]);
    expect(chunks.join('')).not.toMatch(/Quux|900111|Basic|secret/);
  });

  test.each<[string, string, object, Record<string, string>, object]>([
    [
      'an error as data',
      UPDATE,
      { input: { mobile: '+44 7700 900111', expectedVersion: 999 } },
      {},
      { operation: 'updateCustomer', status: 200, outcome: 'refused', codes: ['VERSION_CONFLICT'], items: 1 },
    ],
    [
      'an item of several that is refused',
      UPDATES,
      { inputs: [{ mobile: '+44 7700 900112' }, {}, {}] },
      {},
      { operation: 'updateCustomers', outcome: 'refused', codes: ['NO_IDENTIFIER'], items: 3, batchItems: 3 },
    ],
    [
      'a preview that would be refused',
      PREVIEW,
      { input: {} },
      {},
      { operation: 'previewCustomerUpdate', outcome: 'refused', codes: ['NO_IDENTIFIER'] },
    ],
    [
      'an undo that is refused',
      UNDO,
      { id: 'none' },
      {},
      { operation: 'undoCustomerMerge', outcome: 'refused', codes: ['MERGE_NOT_FOUND'] },
    ],
    [
      'a document that is none',
      '{ customer(mobile: "Quux" }',
      {},
      {},
      { operation: null, status: 400, outcome: 'failed', codes: ['GRAPHQL_PARSE_FAILED'] },
    ],
    [
      'wrong credentials',
      '{ organization { id } }',
      {},
      { authorization: 'Basic UXV1eDpRdXV4' },
      { client: null, operation: 'organization', status: 401, outcome: 'failed', codes: ['UNAUTHENTICATED'] },
    ],
    [
      'not enough rights',
      UPDATE,
      { input: {} },
      { authorization: REPORTS },
      { client: 'reports', operation: 'updateCustomer', outcome: 'failed', codes: ['FORBIDDEN'] },
    ],
    [
      'a header that cannot be kept',
      '{ organization { id } }',
      {},
      { 'user-context-entity-id': 'Q'.repeat(101) },
      { client: null, status: 400, outcome: 'failed', codes: ['BAD_USER_INPUT'] },
    ],
    [
      'several root fields, some of a fragment',
      '{ ...F ... on Query { merge(id: "x") { id } } a: merge(id: "y") { id } } fragment F on Query { __typename organization { id } }',
      {},
      {},
      { operation: '__typename,organization,merge', outcome: 'ok' },
    ],
  ])('tells %s', async (_what, query, variables, headers, told) => {
    await ask(query, variables, headers);
    expect(lines()).toMatchObject([told]);
    expect(chunks.join('')).not.toMatch(/Quux|QQQ|90011[12]/);
  });

  test.each([
    ['/Quux', {}, { method: 'GET', route: null, status: 404, codes: ['NOT_FOUND'] }],
    ['/%ff', {}, { method: 'GET', route: null, status: 400, codes: ['BAD_REQUEST'] }],
    ['/graphql?query=Quux', {}, { route: '/graphql', status: 400, codes: ['BAD_REQUEST'] }],
    ['/graphql', { method: 'POST', body: 'Quux' }, { status: 415, codes: ['UNSUPPORTED_MEDIA_TYPE'] }],
    ['/v1.1/customer/update', { method: 'POST', body: 'Quux' }, { status: 401, codes: ['UNAUTHENTICATED'] }],
    [
      '/v1.1/customer/update?format=json',
      {
        method: 'POST',
        headers: { authorization: DEMO },
        body: '{"root":{"customer":[{"mobile":"447700900111","lastname":"Quux"},{"mobile":"Quux"}]}}',
      },
      {
        client: 'till.london.1',
        route: '/v1.1/customer/update',
        operation: 'v1.1/customer/update',
        status: 200,
        outcome: 'refused',
        codes: ['INVALID_MOBILE'],
        items: 2,
        batchItems: 2,
      },
    ],
  ])('is there for %s too', async (path, init, told) => {
    await fetch(url + path, init);
    expect(lines()).toMatchObject([told]);
    expect(chunks.join('')).not.toContain('Quux');
  });

  test('tells how long the request took, from its headers to its answer, and so do the metrics', async () => {
    const sum = 'http_request_duration_seconds_sum{operation="organization"}';
    const before = await sample(sum);
    const body = JSON.stringify({ query: '{ organization { id } }' });
    const headers = { 'content-type': 'application/json', authorization: DEMO, 'content-length': body.length };
    const asking = request(`${url}/graphql`, { method: 'POST', headers });
    asking.flushHeaders();
    await once(server.app.server, 'request');
    await delay(100);
    asking.end(body);
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    await answer.resume().toArray();
    expect(lines()).toMatchObject([{ status: 200, operation: 'organization' }]);
    expect(Number(lines()[0]?.['milliseconds'])).toBeGreaterThan(90);
    expect((await sample(sum)) - before).toBeGreaterThan(0.09);
  });

  test('is not there for whoever watches the service every few seconds', async () => {
    for (const path of ['/livez', '/readyz', '/metrics']) expect((await fetch(url + path)).status).toBe(200);
    expect(lines()).toEqual([]);
  });
});

describe('a request is found by its id', () => {
  test('in the log, and in the metrics as an example of how long its operation takes', async () => {
    await ask('{ organization { id } }', {}, { 'x-cap-request-id': 'find-me' });
    expect(lines().find(({ requestId }) => requestId === 'find-me')).toMatchObject({ operation: 'organization' });
    const response = await fetch(`${url}/metrics`, {
      // As Prometheus asks.
      headers: { accept: 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.4,*/*;q=0.3' },
    });
    expect(response.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const text = await response.text();
    expect(text).toMatch(
      /^http_request_duration_seconds_bucket\{le="[\d.]+",operation="organization"\} \d+ # \{request_id="find-me"\} [\d.e-]+ [\d.]+$/m,
    );
    expect(text.endsWith('\n# EOF\n')).toBe(true);
  });

  test('unless it is longer than an example may be, which hurts nobody', async () => {
    const id = 'x'.repeat(128);
    expect(await ask('{ organization { id } }', {}, { 'x-cap-request-id': id })).toEqual({
      organization: { id: '100' },
    });
    expect(await metrics('application/openmetrics-text')).not.toContain(id);
  });
});

describe('the metrics', () => {
  const growth = async (series: readonly string[], work: () => Promise<unknown>): Promise<number[]> => {
    const before = await Promise.all(series.map(sample));
    await work();
    return Promise.all(series.map(async (name, index) => (await sample(name)) - (before[index] ?? 0)));
  };

  test('count updates by what became of them, merges, undos, errors, and batches', async () => {
    const series = [
      'customer_updates_total{outcome="done"}',
      'customer_updates_total{outcome="replayed"}',
      'customer_updates_total{outcome="refused"}',
      'customer_merges_total',
      'customer_merge_undos_total',
      'customer_errors_total{code="NO_IDENTIFIER"}',
      'customer_errors_total{code="MERGE_ALREADY_UNDONE"}',
      'http_requests_total{method="POST",route="/graphql",status="200"}',
      'http_request_duration_seconds_count{operation="updateCustomer"}',
      'customer_batch_items_count',
      'customer_batch_items_sum',
      'customer_batch_seconds_count{part="store"}',
      'customer_queue_seconds_count',
    ];
    const input = { mobile: '07700 900115', email: 'dora.ejemplo@example.org', idempotencyKey: 'once' };
    const grown = await growth(series, async () => {
      const { updateCustomer } = await ask(UPDATE, { input });
      await ask(UPDATE, { input });
      await ask(UPDATES, { inputs: [{}, {}] });
      await ask(PREVIEW, { input: { mobile: '07700 900112', email: 'rita.james@example.com' } });
      const [merge] = updateCustomer?.['merges'] as { id: string }[];
      await ask(UNDO, { id: merge?.id });
      await ask(UNDO, { id: merge?.id });
    });
    expect(Object.fromEntries(series.map((name, index) => [name, grown[index]]))).toEqual({
      'customer_updates_total{outcome="done"}': 1,
      'customer_updates_total{outcome="replayed"}': 1,
      'customer_updates_total{outcome="refused"}': 2,
      customer_merges_total: 1,
      customer_merge_undos_total: 1,
      'customer_errors_total{code="NO_IDENTIFIER"}': 2,
      'customer_errors_total{code="MERGE_ALREADY_UNDONE"}': 1,
      'http_requests_total{method="POST",route="/graphql",status="200"}': 6,
      'http_request_duration_seconds_count{operation="updateCustomer"}': 2,
      customer_batch_items_count: 3,
      customer_batch_items_sum: 4,
      'customer_batch_seconds_count{part="store"}': 3,
      customer_queue_seconds_count: 3,
    });
  });

  test('have the same names in both formats, whichever is asked for first', async () => {
    await metrics('application/openmetrics-text');
    const [open, text] = await Promise.all([metrics('application/openmetrics-text'), metrics()]);
    for (const answer of [open, text, await metrics()]) {
      expect(answer).toMatch(/^http_requests_total\{.*\} \d+$/m);
      expect(answer).toMatch(/^customer_queue_items 0$/m);
    }
    expect(text).toContain('# TYPE http_requests_total counter');
    expect(text).not.toContain('request_id');
  });

  test('have no label that a stranger could fill', async () => {
    await fetch(`${url}/Quux`);
    await ask('mutation Quux { __typename }');
    await ask('{ organization { id } }', {}, { authorization: 'Basic UXV1eDpRdXV4' });
    expect(await metrics()).not.toContain('Quux');
    expect(await metrics()).toContain('http_requests_total{method="GET",route="none",status="404"}');
  });

  test('need no credentials, and no cache keeps them', async () => {
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});
