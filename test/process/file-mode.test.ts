import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ask, useWorkplace } from './service.js';

const workplace = useWorkplace();

const modeOf = (name: string): string => (statSync(workplace.path(name)).mode & 0o777).toString(8);

const update = 'mutation { updateCustomer(input: { id: "343445382", lastname: "Jones" }) { success } }';

/** What is stored is in the log first, so all of SQLite's files are there. */
async function serveAndUpdate(name: string): Promise<Record<string, string>> {
  const service = await workplace.start({ DATABASE_URL: `sqlite:./${name}` });
  expect((await ask(service, update)).data).toEqual({ updateCustomer: { success: true } });
  const modes = { file: modeOf(name), wal: modeOf(`${name}-wal`), shm: modeOf(`${name}-shm`) };
  await service.stop();
  return modes;
}

/** What a process is started with, and gives its files where it says nothing else. */
async function withUmask<T>(mask: string, work: () => Promise<T>): Promise<T> {
  const before = process.umask(mask);
  try {
    return await work();
  } finally {
    process.umask(before);
  }
}

test.each(['000', '077'])('a database and its folders are for their owner alone, with a umask of %s', async (mask) => {
  await withUmask(mask, async () => {
    const folder = `data-${mask}`;
    expect(await serveAndUpdate(`${folder}/deep/customers.sqlite`)).toEqual({ file: '600', wal: '600', shm: '600' });
    expect([modeOf(folder), modeOf(`${folder}/deep`)]).toEqual(['700', '700']);
  });
});

test('so is one that a command makes', async () => {
  await withUmask('000', async () => {
    for (const [script, name] of [
      ['cli/import', 'imported.sqlite'],
      ['cli/verify', 'verified.sqlite'],
    ] as const) {
      writeFileSync(workplace.path('file.json'), '{ "organization": { "id": "1", "name": "Shop" } }');
      const args = script === 'cli/import' ? ['file.json'] : [];
      const { exited } = workplace.launch({ script, args, env: { DATABASE_URL: `sqlite:./${name}` } });
      expect(await exited).toMatchObject({ code: 0 });
      expect(modeOf(name)).toBe('600');
    }
  });
});

test('so are they with a umask that takes from the owner too', async () => {
  await withUmask('177', async () => {
    const env = { DATABASE_URL: 'sqlite:./data-177/deep/customers.sqlite' };
    expect(await workplace.launch({ script: 'cli/verify', env }).exited).toMatchObject({ code: 0 });
    const names = ['data-177', 'data-177/deep', 'data-177/deep/customers.sqlite'];
    expect(names.map(modeOf)).toEqual(['700', '700', '600']);
  });
});

test('a file and a folder that are there keep the mode that somebody gave them', async () => {
  mkdirSync(workplace.path('shared'));
  chmodSync(workplace.path('shared'), 0o750);
  writeFileSync(workplace.path('shared/customers.sqlite'), '');
  chmodSync(workplace.path('shared/customers.sqlite'), 0o640);
  expect(await serveAndUpdate('shared/customers.sqlite')).toEqual({ file: '640', wal: '640', shm: '640' });
  expect(modeOf('shared')).toBe('750');
});
