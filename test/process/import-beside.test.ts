import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { ask, useWorkplace, type Service } from './service.js';

// An import "beside a running service": queries go on and see none of it until it is there; updates wait for it, "then
// answer SERVICE_UNAVAILABLE".

const CUSTOMERS = 20_000;

const workplace = useWorkplace();

const mobileOf = (index: number): string => `+4479${String(11_000_000 + index)}`;

async function writeCustomers(path: string): Promise<void> {
  const file = createWriteStream(path);
  for (let index = 0; index < CUSTOMERS; index += 1) {
    const line = JSON.stringify({
      id: String(500_000 + index),
      mobile: mobileOf(index),
      email: `p${index}@example.com`,
    });
    if (!file.write(`${line}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

/** Whether the last, and then whether the first customer of the file is there. */
async function endsOfFile(service: Service): Promise<string> {
  const isThere = async (index: number): Promise<boolean> => {
    const query = 'query ($mobile: String) { customer(mobile: $mobile) { userId } }';
    const { data, errors } = await ask(service, query, { mobile: mobileOf(index) });
    expect(errors).toEqual([]);
    return data?.['customer'] != null;
  };
  const last = await isThere(CUSTOMERS - 1);
  return `${last ? 'last' : '-'} ${(await isThere(0)) ? 'first' : '-'}`;
}

/** A name that the customer has got, or the code that says why not. */
async function rename(service: Service, firstname: string): Promise<string> {
  const { data, errors } = await ask(
    service,
    'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { success customer { firstname } } }',
    { input: { mobile: '+44 7700 900111', firstname } },
  );
  const payload = data?.['updateCustomer'] as { customer: { firstname: string } | null } | null | undefined;
  return payload?.customer?.firstname ?? errors.map(({ extensions }) => extensions.code).join();
}

test('an import beside the running service leaves queries answered and updates whole', async () => {
  const path = workplace.path('beside.sqlite');
  const env = { DATABASE_URL: `sqlite:${path}` };
  const service = await workplace.start(env);
  const file = workplace.path('customers.ndjson');
  await writeCustomers(file);
  expect(await endsOfFile(service)).toBe('- -');

  const importing = workplace.launch({ script: 'cli/import', args: ['--organization', '100', file], env });
  const state: { isOver: boolean } = { isOver: false };
  void importing.exited.then(() => {
    state.isOver = true;
  });
  const seen = new Set<string>();
  const query = async (): Promise<void> => {
    while (!state.isOver) seen.add(await endsOfFile(service));
  };
  const renamed: string[] = [];
  const names: string[] = [];
  const update = async (): Promise<void> => {
    while (!state.isOver) {
      const name = `Rita${'a'.repeat(names.length + 1)}`.slice(0, 100);
      names.push(name);
      renamed.push(await rename(service, name));
    }
  };
  await Promise.all([query(), query(), update()]);

  expect(await importing.exited).toMatchObject({
    code: 0,
    stdout: `${CUSTOMERS} customers were imported from ${file}\n`,
    stderr: '',
  });
  // All of it or nothing, at every moment: it may have come between the two questions, and not the other way round.
  expect(['- -', '- first', 'last first']).toEqual(expect.arrayContaining([...seen]));
  expect(seen).toContain('- -');
  expect(renamed.filter((name, index) => name !== names[index] && name !== 'SERVICE_UNAVAILABLE')).toEqual([]);

  expect(await endsOfFile(service)).toBe('last first');
  expect(await rename(service, 'Afterwards')).toBe('Afterwards');
  // The same file again: every customer exists, and nothing of it is stored.
  const again = await workplace.launch({ script: 'cli/import', args: ['--organization', '100', file], env }).exited;
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toContain('line 1');
  expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
});
