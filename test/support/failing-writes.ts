import { expect } from 'vitest';
import type { RawAnswer } from './shop.js';
import type { World } from './world.js';

const operations = ['INSERT', 'UPDATE', 'DELETE'] as const;

/** One kind of write, such as `INSERT audit_event`. */
export type Write = `${(typeof operations)[number]} ${string}`;

/** The kinds of writes that the work does, in alphabetical order, as the database itself sees them. */
export async function observeWrites(world: World, work: () => Promise<unknown>): Promise<string[]> {
  const tables = await world.query<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`,
  );
  await world.execute('CREATE TABLE observed_write (name TEXT)');
  for (const { name } of tables) {
    for (const operation of operations) {
      await world.execute(`CREATE TRIGGER "observe ${operation} ${name}" AFTER ${operation} ON ${name}
        BEGIN INSERT INTO observed_write VALUES ('${operation} ${name}'); END`);
    }
  }
  try {
    await work();
    const observed = await world.query<{ name: string }>('SELECT DISTINCT name FROM observed_write ORDER BY name');
    return observed.map(({ name }) => name);
  } finally {
    for (const { name } of tables) {
      for (const operation of operations) await world.execute(`DROP TRIGGER "observe ${operation} ${name}"`);
    }
    await world.execute('DROP TABLE observed_write');
  }
}

/** Lets one kind of write fail while the work is done: such a fault is nobody's but the service's. */
async function whileFailing<T>(world: World, write: Write, work: () => Promise<T>): Promise<T> {
  const [operation, table] = write.split(' ');
  await world.execute(`CREATE TRIGGER failing AFTER ${operation ?? ''} ON ${table ?? ''}
    BEGIN SELECT RAISE(ABORT, 'a write fails'); END`);
  try {
    return await work();
  } finally {
    await world.execute('DROP TRIGGER failing');
  }
}

/** With this write failing, the request is answered as a masked error of ours, and nothing at all is stored. */
export async function expectNothingStored(
  world: World,
  write: Write,
  request: () => Promise<RawAnswer>,
): Promise<void> {
  const answer = await world.expectNothingChanged(() => whileFailing(world, write, request));
  expect(answer.data).toBeNull();
  expect(answer.errors.map(({ extensions }) => extensions)).toEqual([
    { code: 'INTERNAL_SERVER_ERROR', requestId: answer.headers['x-cap-request-id'] },
  ]);
  expect(JSON.stringify(answer.errors)).not.toContain('a write fails');
}
