import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProbeServer, type ProbeServer } from './probe-server.js';

let server: ProbeServer;
beforeAll(async () => {
  server = await startProbeServer({ NODE_ENV: 'production' });
});
afterAll(() => server.close());

test('lives as long as it answers, ready or not', async () => {
  for (const ready of [true, false, new Error('gone')]) {
    server.behaviour.ready = ready;
    const answer = await server.send('/livez');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.body).toEqual({ status: 'ok' });
  }
});

test.each([
  [true, 200, 'ok'],
  [false, 503, 'unavailable'],
  [new Error('gone'), 503, 'unavailable'],
])('is ready where what it serves from is: %s', async (ready, code, status) => {
  server.behaviour.ready = ready;
  const answer = await server.send('/readyz');
  expect(answer.status).toBe(code);
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(answer.body).toEqual({ status });
});
