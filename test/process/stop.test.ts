import { createConnection, type Socket } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ask, inFile, openFile, printed, useWorkplace, type Opened, type Service } from './service.js';

// "SIGTERM: no new requests, what is under way finishes, then exit 0; a second one changes nothing."

const workplace = useWorkplace();
const REQUESTS = 40;

const update = (service: Service, nickname: string) =>
  ask(
    service,
    `mutation ($input: UpdateCustomerInput!) {
      updateCustomer(input: $input) { success customer { version } errors { code } } }`,
    { input: { mobile: '+44 7700 900111', customFields: [{ name: 'nickname', value: nickname }] } },
  );

interface Held {
  readonly service: Service;
  readonly path: string;
  readonly answers: Promise<Awaited<ReturnType<typeof update>>[]>;
  /** Lets the updates go on. */
  readonly release: () => Promise<void>;
}

/** A service with updates under way: it has them, and can't write, because somebody else holds the database. */
async function underWay(name: string): Promise<Held> {
  const path = workplace.path(name);
  const service = await workplace.start({ DATABASE_URL: `sqlite:${path}` });
  const writer: Opened = await openFile(path);
  await writer.query('BEGIN IMMEDIATE');
  const answers = Promise.all(Array.from({ length: REQUESTS }, (_, index) => update(service, `Rita${index}`)));
  // Those that come later are answered: so those before them have been read.
  for (let round = 0; round < 5; round += 1) await fetch(`${service.origin}/livez`);
  return {
    service,
    path,
    answers,
    release: async () => {
      await writer.query('ROLLBACK');
      await writer.close();
    },
  };
}

const storedNames = (path: string): Promise<{ version: number }[]> =>
  inFile(path, ({ query }) => query<{ version: number }>(`SELECT version FROM audit_event WHERE action = 'UPDATED'`));

async function connect({ origin }: Service): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = createConnection(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Waits until nobody can connect any more. What the process says of its stopping may come a moment before that. */
async function refusesConnections(service: Service): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const socket = await connect(service).catch(() => null);
    if (socket === null) return;
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('It still takes connections');
}

describe('a service with updates under way', () => {
  test('answers and stores all of them after SIGTERM, whatever signals follow, and exits with 0', async () => {
    const { service, path, answers, release } = await underWay('term.sqlite');
    // Somebody who never says anything does not hold it up.
    const silent = await connect(service);
    const closed = once(silent, 'close');
    service.child.kill('SIGTERM');
    await printed(service, /^Stopping.*\n/m);
    service.child.kill('SIGTERM');
    service.child.kill('SIGINT');
    await refusesConnections(service);
    expect(service.child.exitCode).toBeNull();
    await release();

    const payloads = (await answers).map(({ data }) => data?.['updateCustomer']);
    expect(payloads).toEqual(
      payloads.map(() => ({ success: true, customer: { version: expect.any(Number) as number }, errors: [] })),
    );
    expect(await service.exited).toMatchObject({ code: 0, signal: null, stderr: '' });
    await closed;
    expect(await storedNames(path)).toHaveLength(REQUESTS);
  });

  test('does so even where nobody reads its output any more, as when a pipe behind it was stopped first', async () => {
    const { service, path, answers, release } = await underWay('pipe.sqlite');
    service.child.stdout?.destroy();
    service.child.stderr?.destroy();
    service.child.kill('SIGTERM');
    await refusesConnections(service);
    await release();
    const results = await answers.catch(() => []);
    expect(results.filter(({ data }) => data !== null)).toHaveLength(REQUESTS);
    expect(await service.exited).toMatchObject({ code: 0, signal: null });
    expect(await storedNames(path)).toHaveLength(REQUESTS);
  });
});
