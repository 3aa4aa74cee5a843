import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { clientId, SECRET } from '../support/settings.js';
import type { HttpAnswer } from '../support/shop.js';
import { createFile, createTestDatabase } from '../support/test-database.js';
import { Description, faultsOfGraphql, faultsOfPayloads } from './documented.js';
import { checked, longest, runs } from './fuzz-runs.js';
import { fileOf, kinds } from './organizations.js';
import { worst } from './odd-values.js';
import { randomRequest } from './random-document.js';
import { askedByDocument, askedEverywhere, askedInTurn, type Asked, type AskedErasure } from './requests.js';
import { openSide, type Side } from './side.js';
import { keySet, writeToken } from './tokens.js';

/** SQLite and PostgreSQL: whatever is sent goes to both. */
let sides: readonly Side[] = [];
let description: Description;
const firstId = 1000;
let organizations = firstId;
const ready = new Map<number, string[]>();
const folder = mkdtempSync(join(tmpdir(), 'inputs-test-'));
const jwks = join(folder, 'keys.json');

beforeAll(async () => {
  // Both sides have to see the same time.
  writeFileSync(jwks, keySet);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01T00:00:00Z') });
  sides = [await openSide(createFile()), await openSide(await createTestDatabase())];
  const described = await sides[0]?.send({ method: 'GET', url: '/v1.1/openapi.json' });
  description = new Description(described?.text ?? '');
});

afterAll(async () => {
  for (const side of sides) await side.close();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** An organization that nobody has changed yet; several are imported at once. */
async function newOrganization(kind: number): Promise<string> {
  const found = ready.get(kind)?.pop();
  if (found !== undefined) return found;
  const ids = Array.from({ length: 20 }, () => String((organizations += 1)));
  for (const side of sides) await side.importOrganizations(ids.map((id) => fileOf(id, kind, jwks)));
  ready.set(kind, ids);
  return newOrganization(kind);
}

/** What one side has told so far: ids that are chance, and so another one's on the other side. */
class Told {
  readonly merges: string[] = [];
  hash = '';
  cursor = '';

  fill(text: string): string {
    return text
      .replace(/merge\((\d)\)/g, (written, index: string) => this.merges[Number(index)] ?? written)
      .replaceAll('hash()', this.hash)
      .replaceAll('cursor()', this.cursor);
  }

  /** Remembers what the answer tells, and answers its text as it is the same on both sides. */
  hear(text: string): string {
    this.hash = /"planHash":"(\w+)"/.exec(text)?.[1] ?? this.hash;
    this.cursor = /"cursor":"([\w-]+)"/.exec(text)?.[1] ?? this.cursor;
    const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
    for (const [id] of text.matchAll(/(?<="id":")[0-9a-f-]{36}(?=","survivorId")/g)) {
      if (!this.merges.includes(id)) this.merges.push(id);
    }
    // The salts of the audit log are chance, and so are its hashes.
    const head = /(?<=":"\d+:)[0-9a-f]{64}/g;
    return text.replace(head, 'chance').replace(uuid, (id) => {
      const index = this.merges.indexOf(id.toLowerCase());
      return index < 0 ? 'chance' : `merge(${index})`;
    });
  }
}

async function send(side: Side, { credentials, ...request }: Asked, told: Told, organizationId: string) {
  const headers = { ...request.headers, authorization: authorizationOf(credentials, organizationId) };
  const answer = await side.send({ ...request, headers, payload: told.fill(String(request.payload)) });
  const faults = faultsOf(request.kind, answer);
  const story = `${String(request.payload).slice(0, 2000)}\n${answer.text.slice(0, 2000)}`;
  expect([...faults, side.logged()], story).toEqual(['']);
  return comparable(answer, told);
}

function faultsOf(kind: Asked['kind'], answer: HttpAnswer): string[] {
  if (kind === 'document') return faultsOfGraphql(answer);
  if (kind === 'graphql') return [...faultsOfGraphql(answer), ...faultsOfPayloads(answer)];
  return description.faultsOf(answer);
}

function authorizationOf(credentials: Asked['credentials'], organizationId: string): string {
  if (typeof credentials === 'string') return credentials;
  return credentials === null
    ? `Basic ${Buffer.from(`${clientId('till', organizationId)}:${SECRET}`).toString('base64')}`
    : `Bearer ${writeToken(credentials, organizationId)}`;
}

/** The command's exit code, and its one line, which is an answer only where it is 0. */
async function erase(side: Side, { organization, customer }: AskedErasure, organizationId: string): Promise<object> {
  const ran = await side.erase(['--organization', organization ?? organizationId, '--customer', customer]);
  const lines = (text: string): number => text.split('\n').length - 1;
  expect([ran.code, lines(ran.out), lines(ran.err)], ran.err).toEqual(ran.code === 0 ? [0, 1, 0] : [1, 0, 1]);
  expect(side.logged()).toBe('');
  return ran;
}

const comparable = ({ status, headers, text }: HttpAnswer, told: Told): object => ({
  status,
  type: headers['content-type'],
  requestId: told.hear(String(headers['x-cap-request-id'])),
  body: told.hear(text),
});

async function run(kind: number, requests: readonly (Asked | AskedErasure)[]): Promise<void> {
  const organizationId = await newOrganization(kind);
  const told = sides.map(() => new Told());
  for (const request of requests) {
    vi.setSystemTime(Date.now() + 1000);
    const answers: object[] = [];
    for (const [index, side] of sides.entries()) {
      answers.push(
        request.kind === 'erase'
          ? await erase(side, request, organizationId)
          : await send(side, request, told[index] ?? new Told(), organizationId),
      );
    }
    expect(answers[1]).toEqual(answers[0]);
  }
  const rows = await Promise.all(sides.map((side) => side.rowsOf(organizationId)));
  expect(rows[1]).toEqual(rows[0]);
}

test('both databases take the worst of texts in each place', { timeout: longest }, async () => {
  for (const text of worst) await run(0, askedEverywhere(text));
});

test('both databases answer and hold the same, whatever is said', { timeout: longest }, async () => {
  await checked(fc.asyncProperty(fc.nat(kinds - 1), askedInTurn, run), runs(40));
  expect(await Promise.all(sides.map((side) => side.breaches()))).toEqual([[], []]);
});

test('both databases answer and hold the same, whatever documents are sent', { timeout: longest }, async () => {
  const property = fc.asyncProperty(fc.nat(kinds - 1), fc.gen(), (kind, gen) =>
    run(kind, [randomRequest(gen), randomRequest(gen), randomRequest(gen)].map(askedByDocument)),
  );
  await checked(property, runs(80));
  expect(await Promise.all(sides.map((side) => side.breaches()))).toEqual([[], []]);
});
