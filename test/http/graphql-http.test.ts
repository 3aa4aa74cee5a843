import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProbeServer, type ProbeServer } from './probe-server.js';

// What GraphQL over HTTP asks of a server, by the audits of its reference implementation.

let server: ProbeServer;
beforeAll(async () => {
  server = await startProbeServer();
});
afterAll(() => server.close());

/** Where the answer is another one than the audit would like, and why. No audit that says MUST is among them. */
const known: Readonly<Record<string, 'notice' | 'warn'>> = {
  // GET without a header that another site can't make a browser send: refused, against CSRF.
  '5A70': 'notice',
  D6D5: 'notice',
  '6A70': 'notice',
  // A request that can't be executed is answered with 400, also to those who accept application/json.
  '572B': 'warn',
  FDE2: 'warn',
  '7B9B': 'warn',
};

const audits = serverAudits({ url: () => `${server.url}/graphql` });

test.each(audits.map((audit) => ({ ...audit, expected: known[audit.id] ?? 'ok' })))(
  '$id $name: $expected',
  async ({ fn, expected }) => {
    expect((await fn()).status).toBe(expected);
  },
);

test('every known notice is one of an audit that there is', () => {
  const ids = new Set(audits.map(({ id }) => id));
  expect(Object.keys(known).filter((id) => !ids.has(id))).toEqual([]);
});
