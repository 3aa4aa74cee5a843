import { expect } from 'vitest';
import type { RawAnswer } from './shop.js';
import { createTrigger, dropTrigger } from './triggers.js';
import type { World } from './world.js';

const operations = ['INSERT', 'UPDATE', 'DELETE'] as const;

/** One kind of write, such as `INSERT audit_event`. */
export type Write = `${(typeof operations)[number]} ${string}`;

/** The kinds of writes that the work does, in alphabetical order, as the database itself sees them. */
export async function observeWrites(world: World, work: () => Promise<unknown>): Promise<string[]> {
  const tables = Object.keys(await world.snapshot());
  await world.execute('CREATE TABLE observed_write (name TEXT)');
  const observers = tables.flatMap((table) =>
    operations.map((operation) => ({
      name: `observe_${operation}_${table}`,
      at: `AFTER ${operation} ON ${table}`,
      run: `INSERT INTO observed_write VALUES ('${operation} ${table}')`,
    })),
  );
  for (const { name, at, run } of observers) await world.execute(createTrigger(name, at, { run }));
  try {
    await work();
    const observed = await world.query<{ name: string }>('SELECT DISTINCT name FROM observed_write ORDER BY name');
    return observed.map(({ name }) => name);
  } finally {
    for (const { name } of observers) await world.execute(dropTrigger(name));
    await world.execute('DROP TABLE observed_write');
  }
}

/** Lets one kind of write fail while the work is done: such a fault is nobody's but the service's. */
async function whileFailing<T>(world: World, write: Write, work: () => Promise<T>): Promise<T> {
  const [operation, table] = write.split(' ');
  await world.execute(createTrigger('failing', `AFTER ${operation ?? ''} ON ${table ?? ''}`, 'fail'));
  try {
    return await work();
  } finally {
    await world.execute(dropTrigger('failing'));
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
  expect(JSON.stringify(answer.errors)).not.toContain('poison');
}
