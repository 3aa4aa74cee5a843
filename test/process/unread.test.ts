import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useWorkplace, type Exit, type Launch } from './service.js';

// Commands whose output nobody reads: somebody behind a pipe who has seen enough, a terminal that is gone.

const workplace = useWorkplace();

function unread(script: NonNullable<Launch['script']>, ...args: string[]): Promise<Exit> {
  const env = { DATABASE_URL: `sqlite:${workplace.path('unread.sqlite')}` };
  const launched = workplace.launch({ script, args, env });
  launched.child.stdout?.destroy();
  return launched.exited;
}

const DEMO = fileURLToPath(new URL('../../demo/northwind.json', import.meta.url));
const EMAIL = 'rita.james@example.com';

const heldBytes = (): string =>
  ['', '-wal']
    .map((ending) => workplace.path(`unread.sqlite${ending}`))
    .filter(existsSync)
    .map((file) => readFileSync(file, 'latin1'))
    .join('');

// Each goes on where the one before it left the database.
test('an import is done, and says so by its exit code', async () => {
  expect(await unread('cli/import', DEMO)).toMatchObject({ code: 0, stderr: '' });
  expect(heldBytes()).toContain(EMAIL);
});

test('an erasure rewrites the file all the same', async () => {
  const args = ['--organization', '100', '--customer', '343445382'];
  expect(await unread('cli/erase', ...args)).toMatchObject({ code: 0, stderr: '' });
  expect(heldBytes()).not.toContain(EMAIL);
});

test('a secret that nobody has seen is told in one line, and is no success', async () => {
  const args = ['add', '--organization', '100', '--client', 'app.1', '--access-group', 'tills'];
  expect(await unread('cli/client', ...args)).toMatchObject({
    code: 1,
    stderr:
      'Client app.1 was added to organization 100\nThe secret could not be printed, and nobody has it: rotate the secret of the client\n',
  });
});
