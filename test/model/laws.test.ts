import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTestDatabase, databaseKind } from '../support/test-database.js';
import { callers, inputs, organizationFile, shop } from './histories.js';
import type { UpdateInput } from './model.js';
import { BATCH, customersQuery, PREVIEW, UNDO, UPDATE } from './queries.js';
import { openServiceInProcess, type JsonObject, type ServiceInProcess } from './service-in-process.js';
import {
  identifierField,
  identifierTypes,
  type Customer,
  type Organization,
  type Payload,
  type ShownCustomer,
  type ShownMerge,
  type UndoPayload,
} from './world.js';

/**
 * What holds whatever the rules are in detail: laws between operations, without the model. Each is tried so often
 * (MODEL_LAWS) that all together take some ten to twenty seconds.
 */
const few = { sqlite: 25, postgres: 10 };
const numRuns = Number(process.env['MODEL_LAWS'] ?? few[databaseKind()]);
const timeout = 600_000;

let service: ServiceInProcess;
let organizations = 5000;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01T00:00:00Z') });
  service = await openServiceInProcess(await createTestDatabase());
});

afterAll(async () => {
  await service.close();
  vi.useRealTimers();
});

interface Shop {
  organization: Organization;
  customers: Customer[];
}

/** An organization of the service's, and what it is asked. */
class Till {
  private constructor(
    private readonly id: string,
    private readonly ids: string[],
  ) {}

  /** As many organizations with the same customers. */
  static async open({ organization, customers }: Shop, count = 1): Promise<Till[]> {
    const ids = Array.from({ length: count }, () => String(organizations++));
    await service.importOrganizations(ids.map((id) => organizationFile(id, organization, customers)));
    return ids.map(
      (id) =>
        new Till(
          id,
          customers.map((one) => one.id),
        ),
    );
  }

  async update(input: UpdateInput): Promise<Payload> {
    return (await this.ask(UPDATE, { input: input as JsonObject })) as Payload;
  }

  async updates(inputs: UpdateInput[]): Promise<Payload[]> {
    return ((await this.ask(BATCH, { inputs: inputs as JsonObject[] })) as { results: Payload[] }).results;
  }

  async preview(input: UpdateInput): Promise<Payload> {
    return (await this.ask(PREVIEW, { input: input as JsonObject })) as Payload;
  }

  async undo({ id }: ShownMerge): Promise<UndoPayload> {
    return (await this.ask(UNDO, { mergeId: id })) as UndoPayload;
  }

  /** What each customer's id finds, in the order of the import. */
  async customers(): Promise<ShownCustomer[]> {
    const data = await this.data(customersQuery(this.ids), {});
    return this.ids.map((_, index) => data[`a${index}`] as unknown as ShownCustomer);
  }

  private async ask(query: string, variables: JsonObject): Promise<unknown> {
    vi.setSystemTime(Date.now() + 1000);
    return (await this.data(query, variables))['answer'];
  }

  private async data(query: string, variables: JsonObject): Promise<JsonObject> {
    const [caller] = callers(this.id);
    if (caller === undefined) throw new Error('No caller');
    const { data, errors } = await service.ask(query, variables, this.id, caller, 'a-law');
    expect(errors).toEqual([]);
    return data ?? {};
  }
}

const mergesFreely: Partial<Organization> = {
  policy: 'AUTOMATIC',
  blockedOn: [],
  placeholders: { MOBILE: [], EMAIL: [], EXTERNAL_ID: [] },
  strict: false,
  undoDays: 30,
};

/** An update of the first customer that names an identifier of each of the others, as far as they have different ones. */
function merging([target, ...others]: Customer[], victims: number): UpdateInput {
  const input: UpdateInput = { id: target?.id ?? '' };
  for (const { identifiers } of others.slice(0, victims)) {
    const type = identifierTypes.find((one) => identifiers[one] !== null && input[identifierField[one]] === undefined);
    if (type === undefined) continue;
    input[identifierField[type]] = type === 'MOBILE' ? `+${identifiers.MOBILE ?? ''}` : identifiers[type];
  }
  return input;
}

function unversioned(customer: ShownCustomer): Partial<ShownCustomer> {
  const copy: Partial<ShownCustomer> = { ...customer };
  delete copy.version;
  delete copy.updatedOn;
  return copy;
}

async function undoAll(till: Till, merges: ShownMerge[]): Promise<void> {
  for (const merge of [...merges].reverse()) expect((await till.undo(merge)).errors).toEqual([]);
}

describe('merge, then undo', () => {
  test('restores every customer exactly, but for version and updatedOn', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(
        shop({ ...mergesFreely, rewardRules: [] }),
        fc.integer({ min: 1, max: 3 }),
        async (one, victims) => {
          const [till] = await Till.open(one);
          if (till === undefined) return;
          const before = await till.customers();
          const { merges } = await till.update(merging(one.customers, victims));
          await undoAll(till, merges);
          expect((await till.customers()).map(unversioned)).toEqual(before.map(unversioned));
        },
      ),
      { numRuns },
    );
  });

  test('leaves what the request said, as if it had said it without merging', { timeout }, async () => {
    // Values that no customer has: what a merge brings as well stays the merge's.
    const said = fc.record(
      {
        firstname: fc.constantFrom('Zoe', null),
        lastname: fc.constantFrom('Zed', null),
        registeredOn: fc.constant('2020-02-02T02:02:02Z'),
        registeredTill: fc.constant('till.9'),
        associatedWith: fc.constantFrom('till.9', null),
        customFields: fc.constantFrom('99', null).map((value) => [{ name: 'age', value }]),
        extendedFields: fc.constantFrom('Other', null).map((value) => [{ name: 'gender', value }]),
        fraudStatus: fc.constant('CONFIRMED' as const),
        subscriptions: fc.constant<UpdateInput['subscriptions']>([
          { channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' },
        ]),
      },
      { requiredKeys: [] },
    );
    const settings = { ...mergesFreely, rewardRules: [], tills: ['till.1', 'till.2', 'till.9'] };
    await fc.assert(
      fc.asyncProperty(shop(settings), fc.integer({ min: 1, max: 3 }), said, async (one, victims, given) => {
        const values = given as UpdateInput;
        const customers = one.customers.map((customer) => ({ ...customer, type: 'LOYALTY' as const }));
        const [merged, unmerged] = await Till.open({ ...one, customers }, 2);
        if (merged === undefined || unmerged === undefined) return;
        const input = merging(customers, victims);
        const { merges } = await merged.update({ ...input, ...values });
        fc.pre(merges.length > 0);
        await undoAll(merged, merges);
        await unmerged.update({ id: input.id ?? '', ...values });
        const registration = (customer: Partial<ShownCustomer>): Partial<ShownCustomer> =>
          // A till goes back with its date or not at all, so that a request for one of them holds on to both.
          'registeredOn' in values === 'registeredTill' in values
            ? customer
            : { ...customer, registeredOn: null, registeredTill: null };
        const shown = async (till: Till) => (await till.customers()).map(unversioned).map(registration);
        expect(await shown(merged)).toEqual(await shown(unmerged));
      }),
      { numRuns },
    );
  });
});

describe('preview, then update', () => {
  const unnamed = (payload: Payload): unknown => {
    // Only the ids of merges are made.
    const text = JSON.stringify({ ...payload, merges: payload.merges });
    const ids = [...payload.merges, ...(payload.customer?.merges ?? [])].map(({ id }) => id);
    return JSON.parse(ids.reduce((rest, id) => rest.replaceAll(JSON.stringify(id), '"an id"'), text));
  };
  /** Without its times: what comes from the clock. */
  const timeless = (payload: unknown): unknown =>
    JSON.parse(JSON.stringify(payload).replaceAll(/"2026-[^"]*Z"/g, '"now"'));

  test('does what the preview said, under the same plan hash', { timeout }, async () => {
    const cases = shop(mergesFreely).chain((one) =>
      fc.record({
        one: fc.constant(one),
        asked: fc.array(inputs(one.customers.length), { minLength: 1, maxLength: 6 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ one, asked }) => {
        const [till] = await Till.open(one);
        if (till === undefined) return;
        for (const input of asked) {
          const before = await till.customers();
          const preview = await till.preview(input);
          expect(await till.customers()).toEqual(before);
          const update = await till.update({ ...input, expectedPlanHash: preview.planHash });
          expect(timeless(unnamed(update))).toEqual(timeless(unnamed(preview)));
          expect(preview.merges.map(({ id }) => id)).toEqual(
            update.merges.map(({ victimId }) => `preview:${victimId}`),
          );
        }
      }),
      { numRuns },
    );
  });

  test('is PLAN_CHANGED after anything in between that bears on it, and only then', { timeout }, async () => {
    const cases = shop(mergesFreely).chain((one) =>
      fc.record({
        one: fc.constant(one),
        planned: inputs(one.customers.length),
        between: fc.array(inputs(one.customers.length), { minLength: 1, maxLength: 3 }),
      }),
    );
    const versions = (customers: ShownCustomer[]) => customers.map(({ userId, version }) => `${userId}:${version}`);
    await fc.assert(
      fc.asyncProperty(cases, async ({ one, planned, between }) => {
        const [till] = await Till.open(one);
        if (till === undefined) return;
        const before = await till.customers();
        const preview = await till.preview(planned);
        fc.pre(preview.success);
        for (const input of between) await till.update(input);
        const after = await till.customers();
        const involved = new Set([preview.customer?.userId, ...preview.merges.map(({ victimId }) => victimId)]);
        const hasChanged = one.customers.some(
          ({ id }, index) => involved.has(id) && versions(before)[index] !== versions(after)[index],
        );
        const update = await till.update({ ...planned, expectedPlanHash: preview.planHash });
        if (hasChanged) expect(update.success).toBe(false);
        // An identifier that nobody had may be somebody's now.
        else if (!update.success) expect(versions(after)).not.toEqual(versions(before));
        if (!update.success && update.errors.some(({ code }) => code === 'PLAN_CHANGED')) {
          expect(update.errors).toHaveLength(1);
        }
      }),
      { numRuns },
    );
  });
});

describe('merges', () => {
  const statusOf = ({ subscriptions }: ShownCustomer, key: string) =>
    subscriptions.find(({ channel, priority }) => `${channel ?? ''}.${priority ?? ''}` === key)?.status;

  test('never subscribe who opted out', { timeout }, async () => {
    const cases = shop(mergesFreely).chain((one) =>
      fc.record({
        one: fc.constant(one),
        asked: fc.array(inputs(one.customers.length), { maxLength: 4 }),
        victims: fc.integer({ min: 1, max: 3 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ one, asked, victims }) => {
        const [till] = await Till.open(one);
        if (till === undefined) return;
        for (const input of [...asked, { ...merging(one.customers, victims), ...subscribed }]) {
          const before = await till.customers();
          const { customer, merges } = await till.update(input);
          if (customer === null) continue;
          for (const { changes } of merges) {
            const bad = changes.filter(
              ({ previous, current }) => previous === 'UNSUBSCRIBED' && current === 'SUBSCRIBED',
            );
            expect(bad).toEqual([]);
          }
          const target = before.find(({ userId }) => userId === targetOf(input, before));
          const others = before.filter(({ userId }) =>
            [customer.userId, ...merges.map(({ victimId }) => victimId)].includes(userId),
          );
          for (const key of ['SMS.TRANS', 'SMS.BULK', 'EMAIL.TRANS', 'EMAIL.BULK']) {
            const optedOut = others.some(
              (other) => other.userId !== target?.userId && statusOf(other, key) === 'UNSUBSCRIBED',
            );
            if (merges.length > 0 && target !== undefined && optedOut)
              expect(statusOf(customer, key)).toBe('UNSUBSCRIBED');
          }
        }
      }),
      { numRuns },
    );
  });

  const subscribed: UpdateInput = {
    subscriptions: [
      { channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' },
      { channel: 'EMAIL', priority: 'TRANS', status: 'SUBSCRIBED' },
    ],
  };

  /** Where the id says who it is; the survivor of a merged one. */
  const targetOf = ({ id }: UpdateInput, before: ShownCustomer[]): string | undefined =>
    id === undefined || id === null ? undefined : before[Number(id) - 1]?.userId;

  const thousandths = (text: string): bigint => {
    const [whole = '', places = ''] = text.replace('-', '').split('.');
    const magnitude = BigInt(whole + places.padEnd(3, '0'));
    return text.startsWith('-') ? -magnitude : magnitude;
  };

  /** One who survives, and whose sums are never out of bounds: either would depend on the order. */
  const loyalAndModest = (customer: Customer): Customer => ({
    ...customer,
    type: 'LOYALTY',
    lifetimePurchases: customer.lifetimePurchases % 1_000_000n,
  });

  /** Each figure summed over all live customers. */
  function totals(customers: ShownCustomer[]): Record<string, bigint> {
    const sums: Record<string, bigint> = {};
    const add = (key: string, text: string) => (sums[key] = (sums[key] ?? 0n) + thousandths(text));
    const living = [...new Map(customers.map((customer) => [customer.userId, customer])).values()];
    for (const { lifetimePurchases, pointsSummaries } of living) {
      add('lifetimePurchases', lifetimePurchases);
      for (const summary of pointsSummaries) {
        for (const name of [
          'redeemed',
          'expired',
          'returned',
          'adjusted',
          'lifetimePoints',
          'loyaltyPoints',
          'cumulativePurchases',
        ] as const) {
          add(`${summary.programId}.${name}`, summary[name]);
        }
      }
    }
    return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n));
  }

  test('and undos conserve points: only a reward adds any', { timeout }, async () => {
    const cases = shop(mergesFreely).chain((one) =>
      fc.record({
        one: fc.constant(one),
        asked: fc.array(fc.tuple(inputs(one.customers.length), fc.nat(3)), { minLength: 1, maxLength: 10 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ one, asked }) => {
        const [till] = await Till.open(one);
        if (till === undefined) return;
        const expected = totals(await till.customers());
        const standing: ShownMerge[] = [];
        for (const [input, undo] of asked) {
          const last = standing.at(-1);
          if (undo === 0 && last !== undefined) {
            if ((await till.undo(last)).success) standing.pop();
          } else {
            const { merges, sideEffects } = await till.update(input);
            standing.push(...merges);
            for (const { programId, awardedPoints } of sideEffects) {
              for (const name of ['lifetimePoints', 'loyaltyPoints']) {
                const key = `${programId}.${name}`;
                const sum = (expected[key] ?? 0n) + thousandths(awardedPoints);
                if (sum === 0n) Reflect.deleteProperty(expected, key);
                else expected[key] = sum;
              }
            }
          }
          expect(totals(await till.customers())).toEqual(expected);
        }
      }),
      { numRuns },
    );
  });

  test(
    'of two victims in either order leave the same figures, slabs, dates, consents and identifiers',
    { timeout },
    async () => {
      await fc.assert(
        fc.asyncProperty(shop({ ...mergesFreely, rewardRules: [] }), async (one) => {
          const [target, first, second] = one.customers.map(loyalAndModest);
          if (target === undefined || first === undefined || second === undefined) return;
          const [there, back] = await Till.open({ ...one, customers: [target, first, second] }, 2);
          if (there === undefined || back === undefined) return;
          const mergeFirst = merging([target, first], 1);
          const mergeSecond = merging([target, second], 1);
          for (const input of [mergeFirst, mergeSecond]) await there.update(input);
          for (const input of [mergeSecond, mergeFirst]) await back.update(input);
          const result = async (till: Till) => {
            const [survivor] = await till.customers();
            if (survivor === undefined) throw new Error('No survivor');
            const { fraudStatus, registeredOn, pointsSummaries, subscriptions, lifetimePurchases } = survivor;
            const own = [survivor.mobile, survivor.email, survivor.externalId].filter((value) => value !== null);
            const identifiers = [...own, ...survivor.aliases.map(({ value }) => value)].sort();
            return { fraudStatus, registeredOn, pointsSummaries, subscriptions, lifetimePurchases, identifiers };
          };
          expect(await result(there)).toEqual(await result(back));
        }),
        { numRuns },
      );
    },
  );
});

describe('updates that have nothing to do with each other', () => {
  test('leave the same customers in any order, one by one or in a batch', { timeout }, async () => {
    const parts: fc.Arbitrary<UpdateInput>[] = [
      fc.record({ firstname: fc.constantFrom('Zoe', null) }),
      fc.record({ lastname: fc.constantFrom('Zed', null) }),
      fc.record({ associatedWith: fc.constantFrom('till.1', 'till.2', null) }),
      fc.record({ customFields: fc.constantFrom('99', null).map((value) => [{ name: 'age', value }]) }),
      fc.record({ extendedFields: fc.constant([{ name: 'gender', value: 'Other' }]) }),
      fc.record({ fraudStatus: fc.constantFrom('CONFIRMED' as const, 'NONE' as const) }),
      fc.record({ subscriptions: fc.constant([{ channel: 'SMS' as const, priority: 'BULK' as const }]) }),
    ];
    const updates = fc
      .tuple(...parts.map((part) => fc.tuple(fc.constantFrom('1', '2', '3'), part)))
      .map((all) => all.map(([id, part]): UpdateInput => ({ id, ...part })));
    const orders = updates.chain((all) =>
      fc.record({ all: fc.constant(all), shuffled: fc.shuffledSubarray(all, { minLength: all.length }) }),
    );
    // A reward that wants a field to be cleared no more depends on when it was looked at.
    await fc.assert(
      fc.asyncProperty(shop({ rewardRules: [] }), orders, async (one, { all, shuffled }) => {
        const [inOrder, inOther, inBatch] = await Till.open(one, 3);
        if (inOrder === undefined || inOther === undefined || inBatch === undefined) return;
        for (const input of all) await inOrder.update(input);
        for (const input of shuffled) await inOther.update(input);
        await inBatch.updates(shuffled);
        const expected = (await inOrder.customers()).map(undated);
        expect((await inOther.customers()).map(undated)).toEqual(expected);
        expect((await inBatch.customers()).map(undated)).toEqual(expected);
      }),
      { numRuns },
    );
  });

  /** The version, too: it counts the updates that changed something, in whichever order. */
  const undated = (customer: ShownCustomer): ShownCustomer => ({ ...customer, updatedOn: 'some time' });
});
