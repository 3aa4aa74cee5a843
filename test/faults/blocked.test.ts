import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { customers } from '../history/customers.js';
import type { Disturbance } from '../history/fleet.js';
import { runRound, SHOP } from '../history/run-round.js';
import { importShop } from '../history/world.js';
import { ask, useWorkplace, type Service } from '../process/service.js';
import { documents } from '../support/documents.js';
import { clientId, SECRET } from '../support/settings.js';

// A process that does not come to its turn: since a request of it is large, or since the machine lets it stand still.

const workplace = useWorkplace();

/** Milliseconds for which the process's one thread of JavaScript has had a processor; null where the system does not say. */
function workedFor({ child }: Service): number | null {
  try {
    const [nanoseconds] = readFileSync(`/proc/${child.pid}/task/${child.pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return null;
  }
}

/**
 * How long `/livez` took at most while the work was done, asked all the time: of the process's own time, where that is less. On
 * a busy machine it also waits for others.
 */
async function slowestLivez(service: Service, work: Promise<unknown>): Promise<number> {
  const state: { isOver: boolean } = { isOver: false };
  const done = work.finally(() => {
    state.isOver = true;
  });
  let slowest = 0;
  const asking = (async () => {
    while (!state.isOver) {
      const [began, workedBefore] = [performance.now(), workedFor(service)];
      expect((await fetch(`${service.origin}/livez`)).status).toBe(200);
      const [took, worked] = [performance.now() - began, workedFor(service)];
      slowest = Math.max(
        slowest,
        worked === null || workedBefore === null ? took : Math.min(took, worked - workedBefore),
      );
      await sleep(5);
    }
  })();
  await Promise.all([done, asking]);
  return slowest;
}

const fields = (index: number) => ({
  id: '1',
  firstname: `Rita ${'x'.repeat(60)}`,
  lastname: `James ${index}`,
  registeredTill: 'till.1',
  associatedWith: 'till.2',
  customFields: [
    { name: 'nickname', value: `nick ${index}` },
    { name: 'age', value: String(index % 100) },
    { name: 'shoeSize', value: '42.5' },
    { name: 'isStudent', value: 'true' },
    { name: 'birthday', value: '1990-01-01' },
    { name: 'lastVisit', value: '2024-01-01T00:00:00Z' },
  ],
  extendedFields: [
    { name: 'Gender', value: 'Female' },
    { name: 'city', value: 'x'.repeat(200) },
  ],
  subscriptions: [
    { channel: 'SMS', priority: 'BULK', status: index % 2 === 0 ? 'SUBSCRIBED' : 'UNSUBSCRIBED' },
    { channel: 'EMAIL', priority: 'BULK', status: index % 2 === 0 ? 'UNSUBSCRIBED' : 'SUBSCRIBED' },
  ],
  idempotencyKey: `key-${index}`,
});

/** Every field that can be answered, the logs too; more than their default length, of a hundred customers, may not be asked for. */
const everyField = documents.updateCustomers.replaceAll('(first: 500)', '');

test('while requests are as large as they may be, /livez is answered within a second', async () => {
  const url = `sqlite:${workplace.path('large.sqlite')}`;
  await importShop(url, SHOP, customers);
  const service = await workplace.start({ DATABASE_URL: url, DEMO_DATA: '0' });
  const credentials = `${clientId('till', SHOP)}:${SECRET}`;
  const work = async (): Promise<void> => {
    for (let round = 0; round < 2; round += 1) {
      const inputs = Array.from({ length: 100 }, (_, index) => fields(100 * round + index));
      const { data, errors } = await ask(service, everyField, { inputs }, credentials);
      expect(errors).toEqual([]);
      expect(data).toMatchObject({ updateCustomers: { successCount: 100 } });
    }
  };
  expect(await slowestLivez(service, work())).toBeLessThan(1000);
  expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
});

/** One of them stands still for two seconds, as long as a machine may take that is saved and moved; then another. */
const standStill: Disturbance = async (fleet, random, isOver) => {
  while (!isOver()) {
    const child = fleet.at(random(fleet.size))?.child;
    await sleep(random(300));
    child?.kill('SIGSTOP');
    await sleep(2000);
    child?.kill('SIGCONT');
    await sleep(300);
  }
};

test('a process that stands still for two seconds under load: nobody is refused, and nothing is lost or done twice', async () => {
  const { operations, refused, faults, breaches, broken } = await runRound(workplace, {
    url: `sqlite:${workplace.path('still.sqlite')}`,
    seed: 1,
    processes: 2,
    clients: 8,
    milliseconds: 2500,
    disturb: standStill,
  });
  expect({ refused, faults, breaches, broken }).toEqual({ refused: 0, faults: [], breaches: [], broken: [] });
  expect(operations).toBeGreaterThan(20);
});
