import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/customer/engine/plan-item.js';
import type { Organization } from '../../src/organization/organization.js';
import type { CustomerSetting } from '../support/settings.js';
import { item, openEngineWorld, type EngineWorld, type Input } from './world.js';

// "Each as if in its own transaction, each seeing what those before it did", though they share one.

const NOW = Date.UTC(2026, 5, 1);
const clock = (): number => NOW;

let world: EngineWorld;
/** The same service once more, which is handed every item alone. */
let oneByOne: EngineWorld;
let organizations = 100;

beforeAll(async () => {
  world = await openEngineWorld(clock);
  oneByOne = await openEngineWorld(clock);
});
afterAll(async () => {
  await world.close();
  await oneByOne.close();
});

const newOrganization = (customers: readonly CustomerSetting[]): Promise<Organization> =>
  world.organization(String((organizations += 1)), customers);

const update = (organization: Organization, ...inputs: Input[]): Promise<Outcome[]> =>
  world.engine.update(inputs.map((input) => item(organization, input)));

const customersOf = ({ id }: Organization): Promise<{ id: number; version: number; mergedInto: number | null }[]> =>
  world.query('SELECT id, version, merged_into AS "mergedInto" FROM customer WHERE organization_id = ? ORDER BY id', [
    id,
  ]);

const done = (outcome: Outcome | undefined): Extract<Outcome, { kind: 'done' }> => {
  if (outcome?.kind !== 'done') throw new Error(`refused: ${JSON.stringify(outcome)}`);
  return outcome;
};
const codes = (outcome: Outcome | undefined): string[] =>
  outcome?.kind === 'refused' ? outcome.errors.map(({ code }) => code) : ['done'];

describe('the items of a batch', () => {
  test('may be about one customer: each has its version and its event, and the row has what all did', async () => {
    const organization = await newOrganization([{ id: '1', mobile: '+447700900001' }]);
    const outcomes = await update(
      organization,
      { id: '1', firstname: 'Rita' },
      { mobile: '07700 900001', lastname: 'James' },
      { mobile: '+44 7700 900001', firstname: 'Ruth', expectedVersion: 3 },
    );
    expect(outcomes.map((outcome) => done(outcome).customer.version)).toEqual([2, 3, 4]);
    expect(outcomes.map((outcome) => done(outcome).changes.map(({ previous }) => previous))).toEqual([
      [null],
      [null],
      ['Rita'],
    ]);
    const events = await world.query<{ version: number }>(
      'SELECT version FROM audit_event WHERE organization_id = ? ORDER BY sequence',
      [organization.id],
    );
    expect(events.map(({ version }) => version)).toEqual([2, 3, 4]);
    expect(await customersOf(organization)).toEqual([{ id: 1, version: 4, mergedInto: null }]);
  });

  test('are left as they were where one is refused', async () => {
    const organization = await newOrganization([{ id: '1', mobile: '+447700900001' }]);
    const outcomes = await update(
      organization,
      { id: '1', firstname: 'Rita' },
      { id: '1', firstname: 'Ruth', expectedVersion: 1 },
      { id: '1', firstname: 'R!ta' },
      { id: '9', firstname: 'Ruth' },
      { id: '1', lastname: 'James', expectedVersion: 2 },
    );
    expect(outcomes.map(codes)).toEqual([
      ['done'],
      ['VERSION_CONFLICT'],
      ['INVALID_INPUT'],
      ['CUSTOMER_NOT_FOUND'],
      ['done'],
    ]);
    expect(done(outcomes[4]).customer).toMatchObject({ version: 3, firstname: 'Rita', lastname: 'James' });
  });

  test('find a customer by the identifier that an earlier one gave it, and by none that a refused one would have', async () => {
    const organization = await newOrganization([{ id: '1', mobile: '+447700900001' }]);
    const outcomes = await update(
      organization,
      { id: '1', email: 'refused@example.com', expectedVersion: 7 },
      { email: 'refused@example.com', firstname: 'Rita' },
      { id: '1', email: 'new@example.com' },
      { email: 'NEW@example.com', firstname: 'Rita' },
    );
    expect(outcomes.map(codes)).toEqual([['VERSION_CONFLICT'], ['CUSTOMER_NOT_FOUND'], ['done'], ['done']]);
    expect(done(outcomes[3]).customer).toMatchObject({ id: 1, version: 3 });
  });

  test('may fight for a new identifier: the first has it, the second merges with the first', async () => {
    const organization = await newOrganization([
      { id: '1', mobile: '+447700900001' },
      { id: '2', mobile: '+447700900002' },
    ]);
    const [first, second] = await update(
      organization,
      { mobile: '+447700900001', email: 'one@example.com' },
      { mobile: '+447700900002', email: 'one@example.com' },
    );
    expect(done(first).merges).toEqual([]);
    expect(done(second).merges).toMatchObject([{ survivorId: 2, victimId: 1 }]);
    expect(await customersOf(organization)).toMatchObject([
      { id: 1, mergedInto: 2 },
      { id: 2, mergedInto: null },
    ]);
  });

  test('follow a customer through merges: its identifiers, its id, and the pointers of those merged into it', async () => {
    const organization = await newOrganization([
      { id: '1', mobile: '+447700900001', type: 'LOYALTY' },
      { id: '2', mobile: null, email: 'two@example.com' },
      { id: '3', mobile: null, externalId: 'THREE' },
      { id: '4', mobile: '+447700900004', email: 'four@example.com', type: 'LOYALTY' },
    ]);
    const outcomes = await update(
      organization,
      { email: 'two@example.com', externalId: 'THREE' },
      { id: '3', firstname: 'Rita' },
      { mobile: '+447700900001', email: 'two@example.com' },
      { externalId: 'THREE', lastname: 'James' },
      { mobile: '+447700900004', externalId: 'THREE' },
      { id: '2', lastname: 'Okafor' },
      { email: 'two@example.com', firstname: 'Ruth' },
    );
    expect(outcomes.map((outcome) => done(outcome).customer.id)).toEqual([2, 2, 1, 1, 4, 4, 4]);
    expect(done(outcomes[1]).warnings.map(({ code }) => code)).toEqual(['RESOLVED_TO_SURVIVOR']);
    expect(done(outcomes[5]).warnings.map(({ code }) => code)).toEqual(['RESOLVED_TO_SURVIVOR']);
    expect(await customersOf(organization)).toMatchObject([
      { id: 1, mergedInto: 4 },
      { id: 2, mergedInto: 4 },
      { id: 3, mergedInto: 4 },
      { id: 4, mergedInto: null, version: done(outcomes[6]).customer.version },
    ]);
    const [merged, ...others] = await update(organization, { id: '3', firstname: 'Zoe' });
    expect(others).toEqual([]);
    expect(done(merged).customer).toMatchObject({ id: 4, firstname: 'Zoe', lastname: 'Okafor' });
  });

  test('move the pointers of a tombstone that no item of the batch names', async () => {
    const organization = await newOrganization([
      { id: '1', mobile: '+447700900001' },
      { id: '2', mobile: null, email: 'two@example.com' },
      { id: '3', mobile: null, externalId: 'THREE' },
    ]);
    await update(organization, { email: 'two@example.com', externalId: 'THREE' });
    await update(organization, { mobile: '+447700900001', email: 'two@example.com' });
    expect(await customersOf(organization)).toMatchObject([
      { id: 1, mergedInto: null },
      { id: 2, mergedInto: 1 },
      { id: 3, mergedInto: 1 },
    ]);
  });

  test('share idempotency keys: the second with a key repeats the first, or is refused', async () => {
    const organization = await newOrganization([{ id: '1', mobile: '+447700900001' }]);
    const keyed = { id: '1', firstname: 'Rita', idempotencyKey: 'k' };
    const [first, again, later, other] = await update(
      organization,
      keyed,
      keyed,
      { id: '1', lastname: 'James' },
      { ...keyed, firstname: 'Ruth' },
    );
    expect([first, again, later].map((outcome) => done(outcome).replayed)).toEqual([false, true, false]);
    expect(done(again).customer.version).toBe(2);
    expect(codes(other)).toEqual(['IDEMPOTENCY_KEY_REUSED']);
    expect(await customersOf(organization)).toEqual([{ id: 1, version: 3, mergedInto: null }]);
  });
});

// --- any batch ---

const customers: readonly CustomerSetting[] = [
  { id: '1', mobile: '+447700900001', type: 'LOYALTY', pointsSummaries: [{ programId: '1016', lifetimePoints: '7' }] },
  { id: '2', mobile: '+447700900002', email: 'e2@example.com', firstname: 'Rita', lifetimePurchases: '0.5' },
  { id: '3', mobile: null, email: 'e3@example.com', customFields: { nickname: 'Three' }, fraudStatus: 'CONFIRMED' },
  {
    id: '4',
    mobile: null,
    externalId: 'X4',
    type: 'LOYALTY',
    pointsSummaries: [{ programId: '7', lifetimePoints: '3', redeemed: '1' }],
    subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
  },
  { id: '5', mobile: '+447700900005', externalId: 'X5', registeredOn: '2020-01-01 00:00:00' },
  { id: '6', mobile: null, email: 'e6@example.com', externalId: 'X6' },
];

/** Mostly what somebody has; the others are nobody's, until an item sets them. */
const identifiers = {
  mobile: fc.constantFrom('+447700900001', '07700 900002', '447700900005', '+447700900008'),
  email: fc.constantFrom('e2@example.com', 'E3@example.com', 'e6@example.com', 'e8@example.com', 'e9@example.com'),
  externalId: fc.constantFrom('X4', 'X5', 'X6', 'X8'),
};
const who: fc.Arbitrary<Input> = fc.oneof(
  ...(['mobile', 'email', 'externalId'] as const).map((key) => fc.record({ [key]: identifiers[key] })),
);
const anything: fc.Arbitrary<Input> = fc.record(
  {
    ...identifiers,
    id: fc.constantFrom('1', '2', '3', '4', '5', '6', '7'),
    firstname: fc.constantFrom('Rita', 'Ruth', null),
    type: fc.constantFrom('LOYALTY', 'NON_LOYALTY'),
    customFields: fc.constantFrom([{ name: 'nickname', value: 'N' }], [{ name: 'nickname', value: null }]),
    subscriptions: fc.constantFrom([{ channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' } as const]),
    fraudStatus: fc.constantFrom('NONE', 'CONFIRMED'),
    expectedVersion: fc.integer({ min: 1, max: 4 }),
    idempotencyKey: fc.constantFrom('k1', 'k2', 'k3'),
  },
  { requiredKeys: [] },
);

/** Somebody, and few of the other keys, so that most inputs can succeed. */
const anyInput: fc.Arbitrary<Input> = fc
  .tuple(who, anything, fc.array(fc.nat(3), { minLength: 11, maxLength: 11 }))
  .map(([identifier, input, chances]) => {
    const few = Object.entries(input).filter((_, index) => chances[index] === 0);
    return { ...(Object.fromEntries(few) as Input), ...identifier };
  });

/**
 * In a form that is equal where it means the same: the ids that merges get by chance are all alike, figures are text,
 * and what has no order (the entries of a map, ids, names) has the same. JSON inside of texts is read.
 */
function canonical(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') {
    if (/^[{[]/.test(value)) return canonical(JSON.parse(value));
    return value.replace(/^[0-9a-f]{8}-[0-9a-f-]{27}$/, 'a merge');
  }
  if (value instanceof Map || value instanceof Set) return canonical([...(value as Iterable<unknown>)]);
  if (Array.isArray(value)) {
    const list = value.map(canonical);
    const hasOrder = list.some((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
    return hasOrder ? list : list.map((one) => JSON.stringify(one)).sort();
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, canonical(inner)]));
}

/** Salts of audit events, and the hashes that follow from them. */
const BY_CHANCE = /"(hash|salt)":"[^"]+",?/g;

/** Every row of the organization, in every table but the one that has salts of chance. */
async function rowsOf(of: EngineWorld, { id }: Organization): Promise<Record<string, unknown[]>> {
  const tables = Object.entries(await of.snapshot()).filter(([table]) => table !== 'client');
  return Object.fromEntries(
    tables.map(([table, rows]) => {
      const own = rows.filter((row) => row.includes(`"organization_id":"${id}"`));
      return [table, own.map((row) => JSON.stringify(canonical(row)).replace(BY_CHANCE, '')).sort()];
    }),
  );
}

describe('any items', () => {
  test('in one batch answer and store what they do one by one', async () => {
    let merges = 0;
    let refusals = 0;
    const property = fc.asyncProperty(fc.array(anyInput, { minLength: 2, maxLength: 30 }), async (inputs) => {
      organizations += 1;
      const [shared, alone] = await Promise.all([
        world.organization(String(organizations), customers),
        oneByOne.organization(String(organizations), customers),
      ]);
      const together = await world.engine.update(inputs.map((input) => item(shared, input)));
      const apart: Outcome[] = [];
      for (const input of inputs) apart.push(...(await oneByOne.engine.update([item(alone, input)])));
      expect(canonical(together)).toEqual(canonical(apart));
      expect(await rowsOf(world, shared)).toEqual(await rowsOf(oneByOne, alone));
      merges += together.filter((outcome) => outcome.kind === 'done' && outcome.merges.length > 0).length;
      refusals += together.filter(({ kind }) => kind === 'refused').length;
    });
    await fc.assert(property, { numRuns: 40, seed: 20260101 });
    // The inputs are worth their while.
    expect(merges).toBeGreaterThan(30);
    expect(refusals).toBeGreaterThan(30);
  });
});
