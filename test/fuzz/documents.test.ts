import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withProcessorTime } from '../support/processor-time.js';
import { clientId, SECRET } from '../support/settings.js';
import { createFile } from '../support/test-database.js';
import { Description, faultsOfGraphql } from './documented.js';
import { checked, longest, runs } from './fuzz-runs.js';
import { withRaw } from './odd-values.js';
import { fileOf } from './organizations.js';
import { randomRequest } from './random-document.js';
import { rawRequest, sendRaw } from './raw-http.js';
import { openSide, type Side } from './side.js';

let side: Side;
let port: number;
let description: Description;
const authorization = `Basic ${Buffer.from(`${clientId('till', '1')}:${SECRET}`).toString('base64')}`;

beforeAll(async () => {
  side = await openSide(createFile());
  await side.importOrganizations([fileOf('1', 0, 'no-keys.json')]);
  const origin = await side.listen();
  port = Number(new URL(origin).port);
  const described = await side.send({ method: 'GET', url: '/v1.1/openapi.json' });
  description = new Description(described.text);
});

afterAll(() => side.close());

const LONGEST_MS = 5000;

/** Fails where the work takes as long as nobody waits. */
async function inTime<T>(work: () => Promise<T>): Promise<T> {
  const { result, milliseconds } = await withProcessorTime(work);
  expect(milliseconds).toBeLessThan(LONGEST_MS);
  return result;
}

test('any document is answered in the documented form, in time', { timeout: longest }, async () => {
  const property = fc.asyncProperty(fc.gen(), async (gen) => {
    const payload = withRaw(JSON.stringify(randomRequest(gen)));
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await inTime(() => side.send({ url: '/graphql', headers, payload }));
    expect([...faultsOfGraphql(answer), side.logged()], `${payload}\n${answer.text}`.slice(0, 4000)).toEqual(['']);
  });
  await checked(property, runs(800));
  expect(await side.breaches()).toEqual([]);
});

test('any bytes are answered as HTTP, in the documented form, in time', { timeout: longest }, async () => {
  const property = fc.asyncProperty(rawRequest(authorization), async (request) => {
    const answer = await inTime(() => sendRaw(port, request));
    const story = `${request.toString('latin1').slice(0, 3000)}\n\n${answer?.text.slice(0, 1000) ?? 'nothing'}`;
    expect(answer, story).not.toBeNull();
    if (answer === null) return;
    expect(answer.status, story).toBeLessThan(500);
    expect(side.logged(), story).toBe('');
    if (answer.text === '' || !String(answer.headers['content-type']).includes('json')) return;
    const isLegacy = answer.text.startsWith('{"response"');
    const isDocumented = isLegacy || answer.text.startsWith('{"data"') || answer.text.startsWith('{"errors"');
    if (isDocumented) expect(isLegacy ? description.faultsOf(answer) : faultsOfGraphql(answer), story).toEqual([]);
    else expect(answer.status, story).toBe(200);
  });
  await checked(property, runs(300));
  expect(await side.breaches()).toEqual([]);
});
