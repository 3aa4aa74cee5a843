import { spawnSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { dump, inFile, openFile, useWorkplace, type Exit } from './service.js';

// A start that can't be says why in one line, and exits with 1. No stack, and nothing on stdout.

const workplace = useWorkplace();

const NOBODY = 65534;

/** One line on stderr that says this, exit code 1, and not a word more. */
function expectOneLine({ code, signal, stdout, stderr }: Exit, says: RegExp): void {
  expect({ code, signal, stdout, lines: stderr.split('\n').length - 1 }, stderr).toEqual({
    code: 1,
    signal: null,
    stdout: '',
    lines: 1,
  });
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/^\s+at |node:internal|\.js:\d+/m);
}

const refusedWith = (env: Readonly<Record<string, string>>): Promise<Exit> => workplace.launch({ env }).exited;

describe('a wrong setting', () => {
  const wrong: Readonly<Record<string, string>> = {
    DATABASE_URL: 'mysql://user:hunter2@db/customers',
    PORT: '70000',
    HOST: 'not a host',
    DEMO_DATA: 'yes',
    NODE_ENV: 'prod',
    INTROSPECTION: 'true',
    EXPLORER: 'on',
    CORS_ORIGINS: 'shop.example.com',
    LOG_LEVEL: 'loud',
    MAX_BODY_BYTES: '1MiB',
    MAX_DEPTH: '0',
    MAX_ALIASES: '-1',
    MAX_ROOT_FIELDS: '1.5',
    MAX_DIRECTIVES: 'many',
    MAX_TOKENS: '99999999999',
    DATABASE_REPLICA_URLS: 'postgres://',
  };

  test.concurrent.each([
    ['PORT', '4000x'],
    ['DATABASE_URL', 'sqlite::memory:'],
    // Known already, and not to be opened yet.
    ['DATABASE_URL', 'postgres://user:hunter2@db.example.com:5432/customers'],
    ['HOST', 'no-such-host.invalid'],
  ])('%s=%s stops the start with one line that names it', async (name, value) => {
    const exit = await refusedWith({ [name]: value });
    expectOneLine(exit, new RegExp(`\\b${name}\\b`));
    expect(exit.stderr).not.toContain('hunter2');
  });

  test('is named with all the others, one line each', async () => {
    const { code, stdout, stderr } = await refusedWith(wrong);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const named = stderr
      .trimEnd()
      .split('\n')
      .map((line) => /^[A-Z_]+/.exec(line)?.[0]);
    expect(named.toSorted()).toEqual(Object.keys(wrong).toSorted());
    expect(stderr).not.toContain('hunter2');
  });
});

test('a link that somebody has left for its mark, which every user may, is not followed', async () => {
  const other = workplace.path('other');
  writeFileSync(other, 'of somebody else');
  const leave = `ln -s '${other}' "$(dirname "$1")/.running/$$"; exec "$0" "$@"`;
  const { child, exited } = workplace.launch({ env: { PORT: 'x' }, within: ['sh', '-c', leave] });
  await exited;
  expect(readFileSync(other, 'utf8')).toBe('of somebody else');
  rmSync(fileURLToPath(new URL(`../../dist/.running/${child.pid}`, import.meta.url)));
});

test('a port that is in use is named', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  expectOneLine(await refusedWith({ PORT: String(port) }), new RegExp(`\\b${port}\\b.*\\bPORT\\b`));
  other.close();
});

test('a HOST that nothing can listen on, as an address of one link without its interface, is named', async () => {
  expectOneLine(await refusedWith({ HOST: 'fe80::1' }), /^HOST fe80::1 is not an address of this machine\n$/);
});

describe('a database', () => {
  const path = (name: string): string => workplace.path(name);
  const startOn = (name: string, user?: number): Promise<Exit> =>
    workplace.launch({ env: { DATABASE_URL: `sqlite:${path(name)}` }, user }).exited;

  /** A database with its tables and no organization, closed as it should be. */
  let empty: Buffer;
  beforeAll(async () => {
    const service = await workplace.start({ DATABASE_URL: `sqlite:${path('empty.sqlite')}`, DEMO_DATA: '0' });
    expect((await service.stop()).code).toBe(0);
    empty = readFileSync(path('empty.sqlite'));
  });

  test('that is no database is left as it is', async () => {
    writeFileSync(path('text.sqlite'), 'Not a database, but somebody else’s text.\n'.repeat(50));
    const before = readFileSync(path('text.sqlite'));
    expectOneLine(await startOn('text.sqlite'), /\bDATABASE_URL\b.*text\.sqlite/);
    expect(readFileSync(path('text.sqlite')).equals(before)).toBe(true);
  });

  test('that is a pipe is named, and not waited for', async () => {
    spawnSync('mkfifo', [path('pipe.sqlite')]);
    expectOneLine(await startOn('pipe.sqlite'), /\bDATABASE_URL: .*pipe\.sqlite is no file\n$/);
  });

  test('that has another name, by which it would have another log, is refused by both', async () => {
    writeFileSync(path('one.sqlite'), empty);
    linkSync(path('one.sqlite'), path('two.sqlite'));
    for (const name of ['one.sqlite', 'two.sqlite']) {
      expectOneLine(await startOn(name), new RegExp(`\\bDATABASE_URL: .*${name} has another name`));
    }
    expect(readFileSync(path('one.sqlite')).equals(empty)).toBe(true);
    rmSync(path('two.sqlite'));
    const service = await workplace.start({ DATABASE_URL: `sqlite:${path('one.sqlite')}` });
    expect((await service.stop()).code).toBe(0);
  });

  test('that is a folder, or inside of a file, is named', async () => {
    mkdirSync(path('folder.sqlite'));
    expectOneLine(await startOn('folder.sqlite'), /\bDATABASE_URL: .*folder\.sqlite is no file\n$/);
    writeFileSync(path('file'), '');
    expectOneLine(await startOn('file/new.sqlite'), /\bDATABASE_URL\b.*file\/new\.sqlite/);
  });

  // There the new folder itself is what is not there, as elsewhere one above it.
  test.skipIf(process.platform !== 'linux')(
    "whose folder can't be made is named, and not tried for ever: needs Linux's /proc",
    async () => {
      const { exited } = workplace.launch({ env: { DATABASE_URL: 'sqlite:/proc/new/new.sqlite' } });
      expectOneLine(await exited, /\bDATABASE_URL\b.*\/proc\/new\/new\.sqlite/);
    },
  );

  const newer = `INSERT INTO migration (timestamp, name) VALUES (9999999999999, 'Later9999999999999')`;

  test('that a newer version made is refused, and unchanged', async () => {
    writeFileSync(path('newer.sqlite'), empty);
    await inFile(path('newer.sqlite'), ({ query }) => query(newer));
    const before = { bytes: readFileSync(path('newer.sqlite')), rows: await dump(path('newer.sqlite')) };
    expectOneLine(await startOn('newer.sqlite'), /newer version/);
    expect(readFileSync(path('newer.sqlite')).equals(before.bytes)).toBe(true);
    expect(await dump(path('newer.sqlite'))).toEqual(before.rows);
  });

  test('that a newer version made is unchanged also where it is a copy without write-ahead log', async () => {
    writeFileSync(path('copied-from.sqlite'), empty);
    await inFile(path('copied-from.sqlite'), async ({ query }) => {
      await query(newer);
      // How a backup is made beside a running service. The copy has the other journal.
      await query(`VACUUM INTO '${path('copy.sqlite')}'`);
    });
    const before = readFileSync(path('copy.sqlite'));
    expect([...before.subarray(18, 20)]).toEqual([1, 1]);
    expectOneLine(await startOn('copy.sqlite'), /newer version/);
    expect(readFileSync(path('copy.sqlite')).equals(before)).toBe(true);
  });

  test("that is another program's is refused, and unchanged", async () => {
    await inFile(path('others.sqlite'), ({ query }) => query('CREATE TABLE bookmark (url)'));
    const before = readFileSync(path('others.sqlite'));
    expectOneLine(await startOn('others.sqlite'), /\bDATABASE_URL\b.*others\.sqlite.*another program/);
    expect(readFileSync(path('others.sqlite')).equals(before)).toBe(true);
  });

  // What can be tested of "its journal must be a write-ahead log": a file that has another journal and can't get this
  // one, because somebody is reading it. (File systems without shared memory are not at hand everywhere.)
  test('that cannot have a write-ahead log is refused', async () => {
    const file = path('rollback.sqlite');
    writeFileSync(path('with-log.sqlite'), empty);
    await inFile(path('with-log.sqlite'), ({ query }) => query(`VACUUM INTO '${file}'`));
    const reader = await openFile(file);
    await reader.query('BEGIN');
    await reader.query('SELECT * FROM organization');
    expectOneLine(await startOn('rollback.sqlite'), /\bDATABASE_URL\b.*rollback\.sqlite.*locked/);
    await reader.close();
    expect(await inFile(file, ({ query }) => query('PRAGMA journal_mode'))).toEqual([{ journal_mode: 'delete' }]);
  });

  // Root may write to any file: there the service is started as nobody, if nobody may read it.
  const user = process.getuid?.() === 0 ? NOBODY : undefined;
  const isReadable = user === undefined || mayRead(user, fileURLToPath(new URL('../../package.json', import.meta.url)));
  describe.skipIf(!isReadable)('that this user may not write', () => {
    test.each([
      ['the file, in a folder that it may write', 'file-only', 0o444, 0o777],
      ['the folder, around a file that it may write: there is no place for the log', 'folder-only', 0o666, 0o555],
      ['file and folder', 'both', 0o444, 0o555],
    ])('%s: is refused, since it could not store an update', async (_what, folder, fileMode, folderMode) => {
      const file = path(`${folder}/customers.sqlite`);
      mkdirSync(path(folder));
      writeFileSync(file, empty);
      chmodSync(file, fileMode);
      chmodSync(path(folder), folderMode);
      chmodSync(path('.'), 0o755);
      // With nothing to load: whether it can write, it has to find out by itself.
      const launched = workplace.launch({ env: { DATABASE_URL: `sqlite:${file}`, DEMO_DATA: '0' }, user });
      const serves = new Promise<'serves'>((resolve) => {
        launched.child.stdout?.once('data', () => {
          resolve('serves');
        });
      });
      const outcome = await Promise.race([launched.exited, serves]);
      launched.child.kill('SIGKILL');
      chmodSync(path(folder), 0o755);
      expect(outcome).not.toBe('serves');
      expectOneLine(outcome as Exit, /\bDATABASE_URL\b.*customers\.sqlite/);
      expect(readFileSync(file).equals(empty)).toBe(true);
    });

    test('the folder of a new one is refused, and not called a port', async () => {
      mkdirSync(path('closed'), { mode: 0o555 });
      chmodSync(path('.'), 0o755);
      const exit = await startOn('closed/data/customers.sqlite', user);
      chmodSync(path('closed'), 0o755);
      expectOneLine(exit, /\bDATABASE_URL\b.*closed/);
      expect(exit.stderr).not.toContain('PORT');
    });
  });
});

function mayRead(user: number, file: string): boolean {
  const script = `require('node:fs').accessSync(${JSON.stringify(file)})`;
  return spawnSync(process.execPath, ['-e', script], { uid: user, gid: user, cwd: '/' }).status === 0;
}
