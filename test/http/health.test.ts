import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startProbeServer, type ProbeServer } from './probe-server.js';

let server: ProbeServer;
beforeAll(async () => {
  server = await startProbeServer({ NODE_ENV: 'production' });
});
afterAll(() => server.close());
afterEach(() => vi.useRealTimers());

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

test('is not ready where that can’t be told for 5 seconds, and however many ask, it is looked up once', async () => {
  let asked = 0;
  const answers = [new Promise<boolean>(() => undefined), Promise.resolve(true)];
  const standing = await startProbeServer({}, { isReady: () => answers[(asked += 1) - 1] ?? Promise.resolve(false) });
  const ask = async () => await standing.server.app.inject('/readyz');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const all = Promise.all(Array.from({ length: 20 }, ask));
  await vi.advanceTimersByTimeAsync(4000);
  const late = ask();
  await vi.advanceTimersByTimeAsync(1000);
  const found = [...(await all), await late];
  expect(new Set(found.map(({ statusCode, body }) => `${statusCode} ${body}`))).toEqual(
    new Set(['503 {"status":"unavailable"}']),
  );
  expect(asked).toBe(1);
  vi.useRealTimers();
  expect((await standing.send('/readyz')).status).toBe(200);
  await standing.close();
});
