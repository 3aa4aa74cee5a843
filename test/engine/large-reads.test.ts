import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomerReads, type CustomerReads } from '../../src/customer/engine/customer-reads.js';
import type { LogSought } from '../../src/customer/engine/log-pages.js';
import { openEngineWorld, recordStatements, type EngineWorld } from './world.js';

// All that one statement reads is answered before anybody else has a turn: how much that may be, and who waits for it.

let world: EngineWorld;
let reads: CustomerReads;
beforeAll(async () => {
  world = await openEngineWorld();
  reads = createCustomerReads(1)(world.database.reader);
});
afterAll(() => world.close());

const ORGANIZATION = '100';

const pageOf = (first: number, accounts = 1): LogSought => ({
  organizationId: ORGANIZATION,
  customerIds: Array.from({ length: accounts }, (_, index) => index + 1),
  lastSequence: Number.MAX_SAFE_INTEGER,
  page: { first, after: null },
});
const mergesOf = (atMost: number) => ({
  organizationId: ORGANIZATION,
  survivorId: 1,
  lastSequence: Number.MAX_SAFE_INTEGER,
  atMost,
});

const times = <Asked>(count: number, ask: () => Promise<Asked>): Promise<Asked[]> =>
  Promise.all(Array.from({ length: count }, ask));

/** How much each statement read, of those that the work sends. */
async function readTogether(work: () => Promise<unknown>): Promise<number[]> {
  const stop = recordStatements(world.database.reader.connection);
  await work();
  return stop().map(({ parameters: [sought] }) => (JSON.parse(String(sought)) as unknown[]).length);
}

test.each([
  ['pages of 10 events', 130, [1, 64, 64, 1], () => reads.auditEvents(pageOf(10))],
  ['pages of 50 events', 100, [1, 40, 40, 19], () => reads.auditEvents(pageOf(50))],
  ['pages of 500 events', 6, [1, 4, 1], () => reads.auditEvents(pageOf(500))],
  ['pages of 500 ledger entries', 6, [1, 4, 1], () => reads.ledgerEntries(pageOf(500))],
  ['the merges of customers with 3', 66, [1, 64, 1], () => reads.standingMerges(mergesOf(3))],
  ['the merges of customers with 2000', 3, [1, 1, 1], () => reads.standingMerges(mergesOf(2000))],
])('%s are read together up to two thousand rows: %i of them', async (_name, count, together, ask) => {
  expect(await readTogether(() => times<unknown>(count, ask))).toEqual(together);
});

test('each account that was merged into a customer counts, however short the page is', async () => {
  // Of each account its sequences, then the events of those that have any.
  expect(await readTogether(() => times(3, () => reads.auditEvents(pageOf(10, 2000))))).toEqual([
    2000, 0, 2000, 0, 2000, 0,
  ]);
});

test.each([
  ['a page of an audit log', (first: number) => reads.auditEvents(pageOf(first))],
  ['a page of a ledger', (first: number) => reads.ledgerEntries(pageOf(first))],
  ["a customer's merges", (rows: number) => reads.standingMerges(mergesOf(rows))],
])('who asks for %s of the default length or less waits for no longer ones', async (_name, ask) => {
  const answered: number[] = [];
  const asked = [...Array<number>(20).fill(500), 50, 10];
  await Promise.all(asked.map((rows) => ask(rows).then(() => answered.push(rows))));
  expect(Math.max(answered.indexOf(50), answered.indexOf(10))).toBeLessThan(10);
  expect(answered.at(-1)).toBe(500);
});
