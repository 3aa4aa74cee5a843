import { PassThrough, Readable } from 'node:stream';
import { beforeAll, expect, test } from 'vitest';
import { runClient } from '../../src/cli/client-command.js';
import { runEraseOn, type Ran } from '../erase/run-erase.js';
import type { Shop } from '../support/shop.js';
import { createTrigger, dropTrigger } from '../support/triggers.js';
import { useWorld } from '../support/world.js';
import { writtenTo } from '../support/written-to.js';
import { runOn } from '../verify/copies.js';
import { leaksIn, markedNumber, marker } from './markers.js';

// No person's value and no secret in what the commands print that change people and clients beside a running service.

const world = useWorld();
const { given } = world;
let shop: Shop;
beforeAll(async () => {
  shop = await given.organization({ configs: { CONF_ALLOW_EMAIL_UPDATE: '1' } });
});

const erase = (...args: string[]): Promise<Ran> => runEraseOn(world.url, args);

async function runWith(secret: string | Buffer, ...args: string[]): Promise<Ran> {
  const streams = { stdin: Readable.from([secret]), stdout: new PassThrough(), stderr: new PassThrough() };
  const name = ['--organization', shop.id, '--client', 'leaks'];
  const code = await runClient([...args, ...name], { DATABASE_URL: world.url }, streams);
  return { code, out: writtenTo(streams.stdout), err: writtenTo(streams.stderr) };
}

function expectSaid(code: number, { code: ended, out, err }: Ran): void {
  expect([ended, out + err]).toEqual([code, expect.stringMatching(/^[^\n]+\n$/)]);
  expect(leaksIn(out + err)).toEqual([]);
}

test('what an erasure says, and verify after it, has no value of the person, nor of who was asked for', async () => {
  const email = `${marker()}@example.com`;
  await given.customers(
    shop,
    { id: '1', firstname: marker(), externalId: marker(), customFields: { nickname: marker() } },
    { id: '2', email, lastname: marker(), extendedFields: { city: marker() } },
  );
  await shop.updated({ id: '1', email, idempotencyKey: marker() });
  // Whatever somebody may put there who has no id at hand.
  for (const customer of [email, marker(), markedNumber(), `+447${markedNumber()}`]) {
    expectSaid(1, await erase('--organization', shop.id, '--customer', customer));
  }
  await world.execute(createTrigger('failing', 'BEFORE UPDATE ON customer', 'fail'));
  try {
    expectSaid(1, await erase('--organization', shop.id, '--customer', '2'));
  } finally {
    await world.execute(dropTrigger('failing'));
  }
  expectSaid(0, await erase('--organization', shop.id, '--customer', '2'));
  expectSaid(0, await erase('--organization', shop.id, '--customer', '2'));
  const verified = await runOn(world.url);
  expect([verified.code, leaksIn(JSON.stringify(verified))]).toEqual([0, []]);
});

test('what the client command says has no secret that it was given, whether it takes it or not', async () => {
  const secret = (): string => `${marker()} ${marker()}`;
  const group = ['--access-group', 'till'];
  const fromStdin = '--secret-from-stdin';
  expectSaid(0, await runWith(`${secret()}\n`, 'add', ...group, fromStdin));
  expectSaid(0, await runWith(secret(), 'rotate', fromStdin));
  expectSaid(1, await runWith(secret(), 'add', ...group, fromStdin));
  const wrong = [
    marker().slice(0, 10),
    `${secret()}\0`,
    secret().repeat(200),
    Buffer.concat([Buffer.from(secret()), Buffer.from([0xff])]),
  ];
  for (const one of wrong) expectSaid(1, await runWith(one, 'rotate', fromStdin));
  await world.execute(createTrigger('failing', 'BEFORE UPDATE ON client', 'fail'));
  try {
    expectSaid(1, await runWith(secret(), 'rotate', fromStdin));
  } finally {
    await world.execute(dropTrigger('failing'));
  }
  expectSaid(0, await runWith('', 'revoke'));
});
