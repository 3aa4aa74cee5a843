import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOrganizationCache } from '../../src/organization/organization-cache.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import { InTheWay } from '../../src/database/unavailable.js';
import { OrganizationConfigRow } from '../../src/organization/organization.entity.js';
import { createWorld, shop, type World } from '../import/world.js';

let world: World;
let database: Database;
let now = 0;
const clock = () => now;

beforeEach(async () => {
  world = await createWorld();
  expect((await world.load({ organization: shop })).faults).toEqual([]);
  database = await openDatabase(world.settings);
  now = Date.now();
});
afterEach(async () => {
  vi.useRealTimers();
  await database.close();
  await world.remove();
});

const counted = (afterRead: () => Promise<void> = () => Promise.resolve()) => {
  let queries = 0;
  let broken = false;
  let stands = false;

  async function read(from: () => Promise<unknown>): Promise<unknown> {
    if (broken) throw new Error('the database is gone');
    if (stands) return new Promise(() => undefined);
    queries += 1;
    const found = await from();
    await afterRead();
    return found;
  }
  // Every way from a manager to the database goes through one of these.
  const reader = new Proxy(database.reader, {
    get(target, key, receiver) {
      const found = Reflect.get(target, key, receiver) as (...args: unknown[]) => unknown;
      const call = (args: unknown[]) => found.apply(target, args);
      if (key === 'find' || key === 'findBy' || key === 'findOne' || key === 'findOneBy') {
        return (...args: unknown[]) => read(() => call(args) as Promise<unknown>);
      }
      if (key === 'createQueryBuilder') {
        return (...args: unknown[]) => {
          const builder = call(args) as SelectQueryBuilder<ObjectLiteral>;
          const getOne = builder.getOne.bind(builder);
          return Object.assign(builder, { getOne: () => read(getOne) });
        };
      }
      return found;
    },
  });
  return {
    cache: createOrganizationCache(reader, clock),
    queries: () => queries,
    breakDown: (is: boolean) => {
      broken = is;
    },
    standStill: (does: boolean) => {
      stands = does;
    },
  };
};

describe('the organization cache', () => {
  test('answers the identical organization while nothing changes, with one query every 3 seconds', async () => {
    const { cache, queries } = counted();
    const first = await cache.organization('7');
    const loading = queries();
    now += 2999;
    expect(await cache.organization('7')).toBe(first);
    expect(queries()).toBe(loading);
    now += 1;
    expect(await cache.organization('7')).toBe(first);
    expect(await cache.organization('7')).toBe(first);
    expect(queries()).toBe(loading + 1);
  });

  test('sees new settings within 10 seconds', async () => {
    const { cache } = counted();
    const first = await cache.organization('7');
    await world.load({ organization: { ...shop, name: 'Renamed' } });
    now += 3000;
    const second = await cache.organization('7');
    expect(second).not.toBe(first);
    expect([first.name, second.name]).toEqual(['Corner Shop', 'Renamed']);
  });

  test('sees within a minute what came under a revision that it knows, as beside a restore that was under way', async () => {
    const { cache } = counted();
    const config = { organizationId: '7', key: 'MERGE_POLICY' };
    expect((await cache.organization('7')).rules.mergePolicy).toBe('AUTOMATIC');
    await database.transaction((manager) => manager.insert(OrganizationConfigRow, { ...config, value: 'NEVER' }));
    now += 60_000;
    expect((await cache.organization('7')).rules.mergePolicy).toBe('NEVER');
  });

  test('loads once for all who ask at once', async () => {
    const { cache, queries } = counted();
    const [first] = await Promise.all([cache.organization('7')]);
    const loading = queries();
    const other = counted();
    const all = await Promise.all(Array.from({ length: 20 }, () => other.cache.organization('7')));
    expect(other.queries()).toBe(loading);
    expect(new Set(all).size).toBe(1);
    expect(all[0]).toEqual(first);
  });

  test('checks again when the clock was set back', async () => {
    const { cache } = counted();
    await cache.organization('7');
    await world.load({ organization: { ...shop, name: 'Renamed' } });
    now -= 60_000;
    expect((await cache.organization('7')).name).toBe('Renamed');
  });

  test('fails while the database does, and then answers the identical organization', async () => {
    const { cache, breakDown } = counted();
    const first = await cache.organization('7');
    breakDown(true);
    now += 3000;
    await expect(cache.organization('7')).rejects.toThrow('the database is gone');
    breakDown(false);
    expect(await cache.organization('7')).toBe(first);
  });

  test('keeps nobody waiting for a database that stands still, and answers again when it does', async () => {
    const { cache, standStill } = counted();
    const first = await cache.organization('7');
    standStill(true);
    now += 3000;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const all = Promise.allSettled([
      cache.organization('7'),
      cache.organization('7'),
      cache.client('shop.till.1'),
      cache.issuer('https://login.example.com'),
      cache.accessGroups('7'),
    ]);
    await vi.advanceTimersByTimeAsync(5000);
    expect((await all).map((one) => (one.status === 'rejected' ? (one.reason as unknown) : one))).toEqual(
      Array.from({ length: 5 }, () => expect.any(InTheWay) as unknown),
    );
    vi.useRealTimers();
    standStill(false);
    expect(await cache.organization('7')).toBe(first);
    expect(await cache.client('shop.till.1')).toMatchObject({ organizationId: '7' });
  });

  test('keeps what comes too late for who asked: what takes longer than anybody waits is known in the end', async () => {
    const { cache: other, queries: statements } = counted();
    await other.organization('7');
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    let reads = 0;
    const { cache, queries } = counted(async () => {
      await gate;
      reads += 1;
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const late = expect(cache.organization('7')).rejects.toThrow(InTheWay);
    await vi.advanceTimersByTimeAsync(5000);
    await late;
    vi.useRealTimers();
    now += 6000;
    goOn();
    await expect.poll(() => reads).toBe(statements());
    await new Promise(setImmediate);
    expect((await cache.organization('7')).name).toBe(shop.name);
    expect(queries() - statements()).toBe(1);
  });

  test('never mixes two imports in one organization', async () => {
    const { reader } = database;
    let imported = false;
    const slow = new Proxy(reader, {
      get(target, key, receiver) {
        const found = Reflect.get(target, key, receiver) as unknown;
        if (key !== 'find' || typeof found !== 'function' || imported) return found;
        return async (...args: unknown[]) => {
          imported = true;
          await world.load({ organization: { ...shop, name: 'Renamed', tills: [{ code: 'till.3', name: 'Three' }] } });
          return (found as (...all: unknown[]) => unknown).apply(target, args);
        };
      },
    });
    const organization = await createOrganizationCache(slow, clock).organization('7');
    expect([organization.name, organization.tills.size]).toEqual(['Renamed', 3]);
  });

  test('throws for an organization that does not exist, and sees it when it does', async () => {
    const { cache } = counted();
    await expect(cache.organization('8')).rejects.toThrow('There is no organization 8');
    await world.load({ organization: { id: '8', name: 'New' } });
    expect((await cache.organization('8')).name).toBe('New');
  });

  test('knows clients, and sees within 10 seconds that one has gone, has come or may do something else', async () => {
    const { cache } = counted();
    expect(await cache.client('shop.till.1')).toMatchObject({ organizationId: '7', access: 'WRITE', till: 'till.1' });
    expect(await cache.client('shop.reports')).toMatchObject({ access: 'READ', mayMerge: false, till: null });
    expect(await cache.client('shop.new')).toBeNull();
    await world.load({
      organization: {
        ...shop,
        accessGroups: [{ name: 'reports', customer: 'NONE' }],
        clients: ['shop.reports', 'shop.new'].map((id) => ({ id, secret: 'sixteen-letters!', accessGroup: 'reports' })),
      },
    });
    now += 3000;
    expect(await cache.client('shop.till.1')).toBeNull();
    expect(await cache.client('shop.reports')).toMatchObject({ access: 'NONE', mayMerge: true });
    expect(await cache.client('shop.new')).toMatchObject({ access: 'NONE' });
  });

  test('never mixes two imports in one client', async () => {
    const reports = { id: 'shop.reports', secret: 'sixteen-letters!', accessGroup: 'few' };
    const accessGroups = [
      { name: 'reports', customer: 'WRITE' },
      { name: 'few', customer: 'NONE' },
    ];
    const { cache } = counted(async () => {
      await world.load({ organization: { ...shop, accessGroups, clients: [reports] } });
    });
    expect(await cache.client('shop.reports')).toMatchObject({ access: 'READ' });
    now += 3000;
    expect(await cache.client('shop.reports')).toMatchObject({ access: 'NONE' });
  });

  test('takes as many statements for a client that there is as for one that there is not', async () => {
    const { cache, queries } = counted();
    await cache.client('shop.till.1');
    const ofOne = queries();
    await cache.client('shop.nobody');
    expect(queries() - ofOne).toBe(ofOne);
  });

  test('remembers an unknown client, but not ever more of them, and asks for none with an id that is too long', async () => {
    const { cache, queries } = counted();
    const ask = async (id: string) => {
      const before = queries();
      expect(await cache.client(id)).toBeNull();
      return queries() - before;
    };
    expect(await ask('guess.0')).toBe(1);
    expect(await ask('guess.0')).toBe(0);
    for (let guess = 1; guess <= 1000; guess += 1) await ask(`guess.${guess}`);
    expect(await ask('guess.1000')).toBe(0);
    expect(await ask('guess.1')).toBe(0);
    expect(await ask('guess.0')).toBe(1);
    expect(await ask('x'.repeat(511))).toBe(0);
  });
});
